"""Resamplers against imbalanced-learn's; interpolation alone against a copy; what a classifier makes of the rows.

Sets of neighbours are those of comparing all pairs in either library, so equal work is compared. The large cases run
only if ``SYNTHFAST_BENCH_LARGE=1``.
"""

import importlib
import os
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

import synthfast
from synthfast._core.random import Stream
from synthfast._ext._interpolate import interpolate_rows32
from synthfast.oversampling._search import NeighborSearch

PEER = "imbalanced-learn"
large = pytest.mark.skipif(os.environ.get("SYNTHFAST_BENCH_LARGE") != "1", reason="set SYNTHFAST_BENCH_LARGE=1")


def clustered(n_rows, n_columns, n_clusters=20, n_directions=6, seed=0):
    """Gaussian clusters, each of which extends in few directions, with noise in all."""
    rng = np.random.default_rng(seed)
    middles = rng.normal(0.0, 4.0, (n_clusters, n_columns))
    directions = rng.normal(size=(n_clusters, n_directions, n_columns)) / np.sqrt(n_directions)
    cluster = rng.integers(0, n_clusters, n_rows)
    X = middles[cluster] + 0.05 * rng.normal(size=(n_rows, n_columns))
    for k in range(n_clusters):
        own = cluster == k
        X[own] += rng.normal(size=(own.sum(), n_directions)) @ directions[k]
    return X


def nominal(n_rows, n_columns, n_levels=10, seed=0):
    """Codes that lean to those of 20 prototypes."""
    rng = np.random.default_rng(seed)
    prototypes = rng.integers(0, n_levels, (20, n_columns))
    noise = rng.integers(0, n_levels, (n_rows, n_columns))
    return np.where(rng.random(noise.shape) < 0.6, prototypes[rng.integers(0, 20, n_rows)], noise)


def share_of(n_rows, share=0.1):
    return (np.random.default_rng(1).random(n_rows) < share).astype(int)


def theirs(name):
    pytest.importorskip("imblearn")
    home = "imblearn.combine" if name in ("SMOTETomek", "SMOTEENN") else "imblearn.over_sampling"
    return getattr(importlib.import_module(home), name)


def race_samplers(race, benchmark, task, name, X, y, *, rounds=2, own=(), **params):
    benchmark.extra_info["task"] = task
    our_sampler = getattr(synthfast, name)(random_state=0, **params)
    their_sampler = theirs(name)(random_state=0, **params)
    made = [sampler.fit_resample(X, y)[0].shape[0] - len(X) for sampler in (our_sampler, their_sampler)]
    assert abs(made[0] - made[1]) <= 0.02 * max(made)
    race(
        lambda: our_sampler.fit_resample(X, y),
        lambda: their_sampler.fit_resample(X, y),
        peer=PEER,
        rounds=rounds,
        rows_made=made[0],
        **dict(own),
    )


def test_smote(race, benchmark):
    X, y = clustered(500_000, 20), share_of(500_000)
    race_samplers(race, benchmark, "SMOTE 500k x 20, 10 % minority, clustered", "SMOTE", X, y, rounds=1)


def test_smote_single(race, benchmark):
    X, y = clustered(200_000, 20).astype(np.float32), share_of(200_000)
    race_samplers(race, benchmark, "SMOTE 200k x 20 float32, 10 % minority", "SMOTE", X, y)


def test_smote_many(race, benchmark):
    X, y = clustered(300_000, 8), share_of(300_000, 1 / 3)
    task = "SMOTE, minority 100k x 8 -> +100k"
    race_samplers(race, benchmark, task, "SMOTE", X, y, rounds=1, sampling_strategy={1: int(y.sum()) + 100_000})


@pytest.mark.parametrize("name", ["BorderlineSMOTE", "ADASYN"])
def test_border(race, benchmark, name):
    race_samplers(race, benchmark, f"{name} 100k x 20", name, clustered(100_000, 20), share_of(100_000))


@pytest.mark.parametrize("name", ["SMOTETomek", "SMOTEENN"])
def test_cleaning(race, benchmark, name):
    benchmark.extra_info["task"] = f"{name} 30k x 20"
    X, y = clustered(30_000, 20), share_of(30_000)
    ours, peer = getattr(synthfast, name)(random_state=0), theirs(name)(random_state=0)
    race(lambda: ours.fit_resample(X, y), lambda: peer.fit_resample(X, y), peer=PEER, rounds=2)


NOMINAL = {
    "SMOTENC": "np.column_stack([b.clustered(100_000, 8), b.nominal(100_000, 40)]), b.share_of(100_000)",
    "SMOTEN": "b.nominal(50_000, 8), b.share_of(50_000)",
}


@pytest.mark.parametrize(("name", "shape"), [("SMOTENC", "100k x 48, 40 categorical"), ("SMOTEN", "50k x 8")])
def test_nominal(race, benchmark, name, shape):
    X, y = eval(NOMINAL[name], {"np": np, "b": sys.modules[__name__]})
    params = {"categorical_features": list(range(8, 48))} if name == "SMOTENC" else {}
    peak = {"peak_megabytes": peak_megabytes(NOMINAL[name], name, params)}
    race_samplers(race, benchmark, f"{name} {shape}", name, X, y, rounds=1, own=peak, **params)


def peak_megabytes(data, name, params, *, beyond_imports=False):
    """The most memory of a process that makes the data and resamples it, the data included; Linux tells it."""
    code = f"""
import numpy as np, pandas, synthfast, bench_oversampling as b

def peak():
    return int(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0])

imports = peak() if {beyond_imports} else 0
X, y = {data}
synthfast.{name}(random_state=0, **{params!r}).fit_resample(X, y)
print((peak() - imports) / 1024)
"""
    path = os.pathsep.join([os.path.dirname(__file__), *(p for p in sys.path if p)])  # noqa: PTH120
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    return float(done.stdout)


@large
@pytest.mark.parametrize("approximate", [False, True])
def test_a_million_rows_of_the_minority(benchmark, approximate):
    """No peer: imbalanced-learn's search takes hours. Twice as many rows of the other class, as many made."""
    kind = "approximate" if approximate else "exact"
    benchmark.extra_info["task"] = f"SMOTE, minority 1M x 20 -> +1M, {kind}"
    X, y = clustered(2_000_000, 20), np.arange(2_000_000) % 2
    sampler = synthfast.SMOTE(random_state=0, approximate=approximate, n_samples={1: 1_000_000})
    benchmark.pedantic(lambda: sampler.fit_resample(X, y), rounds=1)
    data = "b.clustered(2_000_000, 20), np.arange(2_000_000) % 2"
    params = {"approximate": approximate, "n_samples": {1: 1_000_000}}
    peak = peak_megabytes(data, "SMOTE", params, beyond_imports=True)
    recall = recall_of(X[1::2]) if approximate else 1.0
    benchmark.extra_info["quality"] = {"peak_per_data": peak / (X.nbytes / 2**20), "recall": recall}


def recall_of(points):
    """Share of the nearest rows that SMOTE's search finds if it is approximate."""
    exact, found = (NeighborSearch(5, approximate=flag).over(points)(None) for flag in (False, True))
    return float(np.mean([(found == exact[:, [j]]).any(axis=1) for j in range(5)]))


def test_interpolation(benchmark):
    """Bytes read and written a second, against copies of rows at random places: two reads and two writes of a row."""
    benchmark.extra_info["task"] = "interpolation alone, 1e7 x 16 float32 out of 4M rows"
    n, n_columns, n_points = 10_000_000, 16, 4_000_000
    points = np.random.default_rng(0).random((n_points, n_columns), dtype=np.float32)
    links = np.random.default_rng(1).integers(0, n_points, (5 * n_points, 2), dtype=np.uint32)
    stream = Stream.from_seed(0)
    pairs, steps = stream.integers(len(links), n), stream.uniform(n)
    places = np.random.default_rng(2).integers(0, n_points, n)
    out = np.zeros((n, n_columns), dtype=np.float32)
    copies = []

    def copy():
        start = time.perf_counter()
        np.take(points, places, axis=0, out=out, mode="clip")
        copies.append(time.perf_counter() - start)

    benchmark.pedantic(
        lambda: interpolate_rows32(points, links, pairs, steps, out, 1), setup=copy, rounds=5, warmup_rounds=1
    )
    row = 4 * n_columns
    speed = n * (3 * row + 8 + 8 + 8) / benchmark.stats.stats.min
    copy_speed = n * (2 * row + 8) / min(copies)
    benchmark.extra_info["quality"] = {"gigabytes_a_second": speed / 1e9, "share_of_copy": speed / copy_speed}


TABLES = {"mammography": "class", "credit_default": "has_default", "bank_marketing": "y"}
N_SEEDS = 10


@pytest.mark.parametrize("table", TABLES)
def test_downstream(race, benchmark, real_path, table):
    """A fixed classifier after our rows and after theirs: means over ten splits, and the error of the difference."""
    from sklearn.model_selection import train_test_split

    frame = pd.read_csv(real_path(table))
    y = frame.pop(TABLES[table])
    y = (y == y.value_counts().idxmin()).astype(int)
    X, categories = coded(frame)
    name = "SMOTENC" if categories else "SMOTE"
    benchmark.extra_info["task"] = f"{name} before a classifier on {table}, 10 splits"
    params = {"categorical_features": categories} if categories else {}
    scores = {}
    for seed in range(N_SEEDS):
        parts = train_test_split(X, y, test_size=0.3, stratify=y, random_state=seed)
        for who, cls in (("ours", getattr(synthfast, name)), ("theirs", theirs(name))):
            scores[who, seed] = score_after(cls(random_state=seed, **params), *parts)
    ours, peer = (np.array([scores[who, seed] for seed in range(N_SEEDS)]) for who in ("ours", "theirs"))
    quality = {}
    for k, measure in enumerate(("balanced_accuracy", "pr_auc")):
        gap = ours[:, k] - peer[:, k]
        error = gap.std(ddof=1) / np.sqrt(N_SEEDS)
        quality[f"{measure}_ours"] = float(ours[:, k].mean())
        quality[f"{measure}_theirs"] = float(peer[:, k].mean())
        quality[f"{measure}_difference_in_errors"] = float(gap.mean() / error)
    our_sampler, their_sampler = (cls(random_state=0, **params) for cls in (getattr(synthfast, name), theirs(name)))
    race(
        lambda: our_sampler.fit_resample(X, y),
        lambda: their_sampler.fit_resample(X, y),
        peer=PEER,
        rounds=1,
        **quality,
    )


def coded(frame):
    """Standardised numbers and codes as an array, and which columns hold codes."""
    categories = [j for j, name in enumerate(frame) if not pd.api.types.is_numeric_dtype(frame[name])]
    columns = [
        frame[name].astype("category").cat.codes
        if j in categories
        else (frame[name] - frame[name].mean()) / frame[name].std()
        for j, name in enumerate(frame)
    ]
    return np.column_stack(columns).astype(float), categories


def score_after(sampler, X, X_test, y, y_test):
    """Balanced accuracy and area under the precision-recall curve of a fixed classifier."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import average_precision_score, balanced_accuracy_score

    model = HistGradientBoostingClassifier(random_state=0, early_stopping=False).fit(*sampler.fit_resample(X, y))
    probability = model.predict_proba(X_test)[:, 1]
    return balanced_accuracy_score(y_test, probability > 0.5), average_precision_score(y_test, probability)
