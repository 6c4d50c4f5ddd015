"""Dynamic time warping, one thread: 200 series of 500 steps, all pairs and nearest of each, against the peers.

Peers that are not installed are skipped (``pip install aeon dtaidistance tslearn wildboar``). A peer is compiled and
warmed on a few series first and timed once: it takes up to half a minute.
"""

import os
import time

import numpy as np
import pytest

from synthfast import num_threads
from synthfast.timeseries import dtw_distance_matrix, dtw_nearest

os.environ.setdefault("NUMBA_NUM_THREADS", "1")
N_SERIES, N_STEPS, BAND = 200, 500, 50


def walks(n_series=N_SERIES):
    """Random walks in standard units."""
    x = np.random.default_rng(0).normal(size=(n_series, N_STEPS)).cumsum(axis=1)
    return (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)


def by_aeon(x, window):
    distances = pytest.importorskip("aeon.distances")
    return np.sqrt(distances.dtw_pairwise_distance(x, window=None if window is None else window / N_STEPS))


def by_dtaidistance(x, window):
    dtw = pytest.importorskip("dtaidistance.dtw")
    return dtw.distance_matrix_fast(x, window=None if window is None else window + 1, parallel=False)


def by_tslearn(x, window):
    metrics = pytest.importorskip("tslearn.metrics")
    return metrics.cdist_dtw(x, **({} if window is None else {"sakoe_chiba_radius": window}), n_jobs=1)


def by_wildboar(x, window):
    distance = pytest.importorskip("wildboar.distance")
    radius = 1.0 if window is None else window / N_STEPS
    return distance.pairwise_distance(x[:, None], dim=0, metric="dtw", metric_params={"r": radius}, n_jobs=1)


def search_by_wildboar(x, window):
    distance = pytest.importorskip("wildboar.distance")
    radius = 1.0 if window is None else window / N_STEPS
    found = distance.argmin_distance(
        x[:, None], x[:, None], dim=0, k=2, metric="dtw", metric_params={"r": radius}, sorted=True, n_jobs=1
    )
    return found[:, 1]


def search_by_matrix(peer):
    def search(x, window):
        matrix = np.array(peer(x, window))
        np.fill_diagonal(matrix, np.inf)
        return matrix.argmin(axis=1)

    return search


PEERS = {"aeon": by_aeon, "dtaidistance": by_dtaidistance, "tslearn": by_tslearn, "wildboar": by_wildboar}
SEARCHES = {"wildboar": search_by_wildboar, "aeon": search_by_matrix(by_aeon)}
# Half a minute at most for each peer; the slower ones get fewer series, and so do we beside them.
SIZES = {"tslearn": 60, "wildboar": 60}
_once = {}


def timed(peer, run, x, window):
    """Result and seconds of a peer that was warmed on a few series, taken once for both precisions."""
    if (peer, run, window) not in _once:
        run(x[:3], window)
        start = time.perf_counter()
        found = run(x, window)
        _once[peer, run, window] = found, time.perf_counter() - start
    return _once[peer, run, window]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("window", [None, BAND], ids=["full", "band"])
@pytest.mark.parametrize("peer", PEERS)
def test_pairs(race, benchmark, peer, window, dtype):
    x = walks(SIZES.get(peer, N_SERIES))
    band = "no band" if window is None else f"band of {window}"
    benchmark.extra_info["task"] = f"DTW, all pairs of {len(x)} x {N_STEPS}, {band}, {dtype}, 1 thread"
    expected, seconds = timed(peer, PEERS[peer], x, window)
    own = x.astype(dtype)
    with num_threads(1):
        error = float(np.abs(dtw_distance_matrix(own, window=window) - expected).max())
        race(lambda: dtw_distance_matrix(own, window=window), seconds, peer=peer, rounds=3, largest_difference=error)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("window", [None, BAND], ids=["full", "band"])
@pytest.mark.parametrize("peer", SEARCHES)
def test_nearest(race, benchmark, peer, window, dtype):
    x = walks()
    band = "no band" if window is None else f"band of {window}"
    benchmark.extra_info["task"] = f"DTW, nearest of each of {len(x)} x {N_STEPS}, {band}, {dtype}, 1 thread"
    expected, seconds = timed(peer, SEARCHES[peer], x, window)
    own = x.astype(dtype)
    with num_threads(1):
        same = float(np.mean(dtw_nearest(own, window=window)[1][:, 0] == expected))
        race(lambda: dtw_nearest(own, window=window), seconds, peer=peer, rounds=3, same_neighbors=same)
