"""Nearest records of mixed tables: ours against scikit-learn's exact search on the one-hot table."""

import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import NearestNeighbors

from synthfast.neighbors import RecordSpace, record_distances


@pytest.fixture(scope="module")
def adult(real_path):
    return tuple(pd.read_csv(real_path(f"adult_{part}")) for part in ("train", "test"))


def one_hot(space, points):
    """Coordinates whose Euclidean distances are the space's, an axis a level; float32, as a matrix product likes it."""
    first = len(space.measured)
    levels = [np.arange(-1, len(known)) for known in space.levels.values()]
    parts = [(points[:, first + k, None] == axis) / np.sqrt(2.0) for k, axis in enumerate(levels)]
    return np.hstack([points[:, :first], *parts]).astype(np.float32)


def shuffled(frame):
    """As many rows, each column's values shuffled with a chance of 0.3: near the table, and not in it."""
    rng = np.random.default_rng(0)
    return pd.DataFrame({c: rng.permutation(frame[c]) if rng.random() < 0.3 else frame[c] for c in frame})


@pytest.mark.parametrize("rows", ["test", "shuffled", "resampled"])
def test_nearest_records(race, benchmark, adult, rows):
    train, test = adult
    resampled = train.sample(len(train), replace=True, random_state=0).reset_index(drop=True)
    query = {"test": test, "shuffled": shuffled(train), "resampled": resampled}[rows]
    benchmark.extra_info["task"] = f"nearest of 32,561 Adult rows to {len(query):,} ({rows}), 15 mixed columns"
    space = RecordSpace.fit({"reference": train, "query": query})
    points, queries = space.points(train), space.points(query)
    wide_points, wide_queries = one_hot(space, points), one_hot(space, queries)
    found = {}

    def ours():
        found["ours"] = record_distances(query, train)[0]

    def theirs():  # from the finished one-hot table; ours from the frames
        search = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(wide_points)
        found["theirs"] = search.kneighbors(wide_queries)[0][:, 0]

    ours(), theirs()
    gap = float(np.abs(found["ours"] - found["theirs"]).max())
    race(ours, theirs, peer="scikit-learn", rounds=2, largest_difference=gap)


def test_gower(benchmark, adult):
    benchmark.extra_info["task"] = "Gower distance of 16,281 Adult rows to the nearest of 32,561"
    train, test = adult
    benchmark.pedantic(lambda: record_distances(test, train, metric="gower"), rounds=3, warmup_rounds=1)
