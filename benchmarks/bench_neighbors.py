"""The k nearest other rows of every row, one thread: against SciPy's tree, scikit-learn-intelex and faiss.

Peers that are not installed are skipped (``pip install scikit-learn-intelex faiss-cpu``). One minute and a half.
"""

import time

import numpy as np
import pytest

from synthfast import num_threads
from synthfast.neighbors import nearest_neighbors

K = 5


def clustered(n_rows, n_columns, *, seed=0, n_clusters=20, rank=6):
    """Clusters that each fill a plane of few dimensions, with a little noise: as real tables are."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, n_clusters, n_rows)
    centers, planes = 3.0 * rng.normal(size=(n_clusters, n_columns)), rng.normal(size=(n_clusters, rank, n_columns))
    within = rng.normal(size=(n_rows, rank))
    points = centers[label] + 0.1 * rng.normal(size=(n_rows, n_columns))
    for c in range(n_clusters):
        points[label == c] += within[label == c] @ planes[c]
    return points


def noise(n_rows, n_columns):
    return np.random.default_rng(0).normal(size=(n_rows, n_columns))


def scipy_tree(points):
    from scipy.spatial import cKDTree

    return cKDTree(points).query(points, k=K + 1)[1][:, 1:]


def intelex(points):
    neighbors = pytest.importorskip("sklearnex.neighbors")
    algorithm = "kd_tree" if points.shape[1] <= 15 else "brute"
    search = neighbors.NearestNeighbors(n_neighbors=K + 1, algorithm=algorithm, n_jobs=1).fit(points)
    return search.kneighbors(points)[1][:, 1:]


def faiss_flat(points):
    faiss = pytest.importorskip("faiss")
    faiss.omp_set_num_threads(1)
    index = faiss.IndexFlatL2(points.shape[1])
    index.add(np.ascontiguousarray(points, dtype=np.float32))
    return index.search(np.ascontiguousarray(points, dtype=np.float32), K + 1)[1][:, 1:]


PEERS = {"scipy": scipy_tree, "scikit-learn-intelex": intelex, "faiss-cpu": faiss_flat}
CASES = {
    "noise d=8": (noise, 8, ["scipy", "scikit-learn-intelex"]),
    "clusters d=32": (clustered, 32, ["scikit-learn-intelex", "faiss-cpu"]),
    "noise d=32": (noise, 32, ["scikit-learn-intelex", "faiss-cpu"]),
}
RACES = [(case, peer) for case, (*_, peers) in CASES.items() for peer in peers]


@pytest.mark.parametrize(("case", "peer"), RACES)
def test_nearest_rows(race, benchmark, case, peer):
    """The peer runs once, for its time and its answers: brute force takes long."""
    make, n_columns, _ = CASES[case]
    points = make(100_000, n_columns).astype(np.float32)
    benchmark.extra_info["task"] = f"5 nearest of 100,000 rows, {case}, float32, 1 thread"
    PEERS[peer](points[:1_000])  # imports, threads and pages
    start = time.perf_counter()
    theirs = PEERS[peer](points)
    peer_seconds = time.perf_counter() - start
    with num_threads(1):
        ours = nearest_neighbors(points, k=K)[1]
        same = float(np.mean(np.sort(ours, axis=1) == np.sort(theirs, axis=1)))
        race(lambda: nearest_neighbors(points, k=K), peer_seconds, peer=peer, rounds=2, same_neighbors=same)


@pytest.mark.parametrize("n_rows", [10_000, 100_000, 1_000_000])
def test_growth(benchmark, n_rows):
    points = clustered(n_rows, 20)
    benchmark.extra_info["task"] = f"5 nearest of {n_rows:,} rows, clusters d=20"
    benchmark.pedantic(lambda: nearest_neighbors(points, k=K), rounds=1)


@pytest.mark.parametrize("case", [*CASES])
def test_approximate(race, benchmark, case):
    make, n_columns, _ = CASES[case]
    points = make(100_000, n_columns)
    benchmark.extra_info["task"] = f"5 nearest of 100,000 rows, {case}, approximate against exact"
    found = {}

    def search(approximate):
        found[approximate] = nearest_neighbors(points, k=K, approximate=approximate)[1]

    search(True), search(False)
    recall = float(np.mean([np.isin(a, b).mean() for a, b in zip(found[False], found[True], strict=True)]))
    race(lambda: search(True), lambda: search(False), peer="exact", rounds=1, recall=recall)
