"""Quality figures of Adult, train against test: ours against SciPy, pandas and scikit-learn doing the same."""

import itertools

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from scipy.stats.contingency import association
from sklearn.neighbors import NearestNeighbors

import synthfast
from synthfast.quality import (
    associations,
    cramers_v,
    kolmogorov_smirnov,
    marginal_accuracy,
    share_columns,
    wasserstein,
)
from synthfast.quality.bins import bin_tables
from synthfast.quality.distances import NeighbourSearch

WITHOUT_UTILITY = ("statistical", "distribution", "correlation", "marginals", "detection", "privacy")


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
    tables = share_columns(*adult)
    search = NeighbourSearch(tables)
    points, queries = search._points["real"], search._points["synthetic"][search._asked["synthetic"]]
    index = NearestNeighbors(n_neighbors=2, algorithm="brute").fit(points)
    exact = index.kneighbors(queries)[0]

    def ours():
        search._cache.clear()
        return search.distances("synthetic", "real")

    worst = max(float(np.abs(np.array(ours()).T - exact).max()), 0.0)
    race(ours, lambda: index.kneighbors(queries), peer="scikit-learn", rounds=3, largest_difference=worst)


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
