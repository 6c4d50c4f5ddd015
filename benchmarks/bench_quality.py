"""Quality figures of Adult, train against test: ours against SciPy, pandas and scikit-learn doing the same."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from rivals.runner import run_rival
from scipy.stats.contingency import association
from sklearn.neighbors import NearestNeighbors

import synthfast
from synthfast import record_distances
from synthfast.quality import (
    associations,
    cramers_v,
    kolmogorov_smirnov,
    marginal_accuracy,
    share_columns,
    wasserstein,
)
from synthfast.quality.bins import bin_tables
from synthfast.quality.privacy import AttackedTables

WITHOUT_UTILITY = ("statistical", "distribution", "correlation", "marginals", "coverage", "detection", "privacy")
SDMETRICS_CONTENT = ("distribution", "correlation", "marginals")
DCR_ROWS = 5_000  # of each table; SDMetrics compares every row with every other in Python


@pytest.fixture(scope="module")
def adult(real_path):
    return tuple(pd.read_csv(real_path(f"adult_{part}")) for part in ("train", "test"))


def fresh(adult, columns=slice(None)):
    """Coded tables with which nothing is remembered yet."""
    return share_columns(*(frame.loc[:, columns] for frame in adult))[:2]


def numbers(frame):
    return frame.select_dtypes("number").columns


def test_kolmogorov_smirnov(race, benchmark, adult):
    train, test = adult
    benchmark.extra_info["task"] = "KS distance and p-value of Adult's 6 numbers"

    def theirs():
        return [scipy.stats.ks_2samp(train[c], test[c], method="asymp").statistic for c in numbers(train)]

    ours = kolmogorov_smirnov(*fresh(adult, numbers(train))).value
    race(
        lambda: kolmogorov_smirnov(*fresh(adult, numbers(train))),
        theirs,
        peer="scipy",
        value=ours,
        peer_value=float(np.mean(theirs())),
    )


def test_wasserstein(race, benchmark, adult):
    train, test = adult
    benchmark.extra_info["task"] = "Wasserstein distance of Adult's 6 numbers"

    def theirs():
        return [scipy.stats.wasserstein_distance(train[c], test[c]) / train[c].std(ddof=0) for c in numbers(train)]

    ours = wasserstein(*fresh(adult, numbers(train))).value
    race(
        lambda: wasserstein(*fresh(adult, numbers(train))),
        theirs,
        peer="scipy",
        value=ours,
        peer_value=float(np.mean(theirs())),
    )


def test_cramers_v(race, benchmark, adult):
    benchmark.extra_info["task"] = "Cramer's V of Adult's 36 pairs of categories, both tables"
    categories = [c for c in adult[0] if c not in numbers(adult[0])]
    pairs = list(itertools.combinations(categories, 2))

    def matrix(frame):
        filled = frame.fillna("missing")
        return np.array([association(pd.crosstab(filled[a], filled[b]).to_numpy()) for a, b in pairs])

    def theirs():
        return float(np.sqrt(np.mean((matrix(adult[1]) - matrix(adult[0])) ** 2)))

    ours = cramers_v(*fresh(adult, categories)).value
    race(lambda: cramers_v(*fresh(adult, categories)), theirs, peer="scipy", rounds=3, value=ours, peer_value=theirs())


def test_marginal_accuracy(race, benchmark, adult):
    benchmark.extra_info["task"] = "accuracy of Adult's 575 tables of one to three columns"
    real, synthetic = fresh(adult)
    (own, other), _ = bin_tables(real, [synthetic], 10)
    frames = [pd.DataFrame({k: column.astype(np.int64) for k, column in enumerate(codes)}) for codes in (own, other)]
    subsets = [c for size in (1, 2, 3) for c in itertools.combinations(range(len(own)), size)]

    def theirs():
        accuracies = {1: [], 2: [], 3: []}
        for columns in subsets:
            shares = [frame.groupby(list(columns)).size() / len(frame) for frame in frames]
            accuracies[len(columns)].append(1.0 - 0.5 * shares[0].sub(shares[1], fill_value=0.0).abs().sum())
        return float(np.mean([np.mean(of_size) for of_size in accuracies.values()]))

    found = marginal_accuracy(real, synthetic)
    quality = {"value": found.value, "peer_value": theirs(), "fresh_real": found.reference}
    race(lambda: marginal_accuracy(*fresh(adult)), theirs, peer="pandas", rounds=1, **quality)


def test_nearest_rows(race, benchmark, adult):
    benchmark.extra_info["task"] = "two nearest of 32,561 rows to 2,000 rows of Adult"
    attacked = AttackedTables(share_columns(*adult)).sampled
    space, points = attacked.space(), attacked.points("original")
    queries = attacked.points("synthetic")[attacked.draw("synthetic", 2_000, "bench")]
    n_numbers = len(space.measured)

    def indicators(rows):
        parts = [rows[:, :n_numbers]]
        for column in range(n_numbers, rows.shape[1]):
            parts.append((rows[:, [column]] == np.unique(points[:, column])) / np.sqrt(2.0))
        return np.hstack(parts)

    index = NearestNeighbors(n_neighbors=2, algorithm="brute").fit(indicators(points))
    asked = indicators(queries)
    exact, found = index.kneighbors(asked)[0], space.nearest(queries, points, n_neighbors=2)[0]
    worst = float(np.abs(found - exact).max())
    race(
        lambda: space.nearest(queries, points, n_neighbors=2),
        lambda: index.kneighbors(asked),
        peer="scikit-learn",
        rounds=3,
        largest_difference=worst,
    )


def test_report_against_sdmetrics(race, benchmark, adult, tmp_path):
    """Shapes, pair trends and the distances to the closest record, against QualityReport and calculate_dcr."""
    benchmark.extra_info["task"] = f"shapes, pairs and distances to closest records ({DCR_ROWS:,} rows) of Adult"
    source, output = tmp_path / "adult.csv", tmp_path / "figures.json"
    parts = [frame.assign(role=role) for role, frame in zip(("original", "synthetic"), adult, strict=True)]
    pd.concat(parts).to_csv(source, index=False)
    report = run_rival("quality", source, output, n_rows=DCR_ROWS)
    theirs = json.loads(output.read_text())

    def ours():
        found = synthfast.evaluate(*adult, metrics=SDMETRICS_CONTENT)
        nearest = record_distances(*(frame.head(DCR_ROWS) for frame in reversed(adult)), metric="gower")[0]
        return found, nearest

    found, nearest = ours()
    quality = {
        "shapes": 1.0 - found["column_shapes"].value,
        "peer_shapes": theirs["column_shapes"],
        "pairs": found["contingency_similarity"].value,
        "peer_pairs": theirs["column_pair_trends"],
        "median_distance": float(np.median(nearest)),
        "peer_median_distance": theirs["median_distance"],
    }
    race(ours, report["fit_seconds"], peer=report["rival"], rounds=3, **quality)


@pytest.mark.parametrize("n_rows", [100_000, 1_000_000])
def test_evaluate_grows(benchmark, n_rows):
    benchmark.extra_info["task"] = f"a report of {n_rows:,} x 20 without utility"
    tables = []
    for seed in (1, 2):
        rng = np.random.default_rng(seed)
        z = rng.normal(size=(n_rows, 20))
        z[:, 1:] += z[:, :1]
        frame = pd.DataFrame({f"x{k}": z[:, k].copy() for k in range(14)})
        for k in range(14, 20):
            frame[f"c{k}"] = pd.Categorical.from_codes(np.clip((z[:, k] + 3).astype(int), 0, 6), list("abcdefg"))
        tables.append(frame)
    report = benchmark.pedantic(lambda: synthfast.evaluate(*tables, metrics=WITHOUT_UTILITY), rounds=1, iterations=1)
    benchmark.extra_info["quality"] = {"overall_score": report.score}


def test_associations(benchmark, adult):
    benchmark.extra_info["task"] = "mixed association matrices of Adult, both tables and two halves"
    found = benchmark(lambda: associations(*fresh(adult)))
    benchmark.extra_info["quality"] = {"rmse": found.value, "fresh_real": found.reference}


@pytest.mark.parametrize("families", [WITHOUT_UTILITY, None], ids=["without utility", "all"])
def test_evaluate(benchmark, adult, families):
    benchmark.extra_info["task"] = "a full report of Adult" + (" without utility" if families else "")
    report = benchmark.pedantic(
        lambda: synthfast.evaluate(*adult, metrics=families), rounds=3, iterations=1, warmup_rounds=1
    )
    benchmark.extra_info["quality"] = {"overall_score": report.score, **report.overall.detail["components"]}
