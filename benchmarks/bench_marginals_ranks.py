"""Sorts, ranks, column summaries and cross-products of one column or table of a million rows, one core each.

Run with POLARS_MAX_THREADS=1 and OMP_NUM_THREADS=1.
"""

import numpy as np
import polars
import pytest
import scipy.stats

from synthfast._ext._crossprod import accumulate_crossprod
from synthfast.marginals.histogram import BitPrefixHistogram
from synthfast.marginals.ranks import argsort_values, rank_values, sort_values

N = 1_000_000
RNG = np.random.default_rng(0)
NORMAL = RNG.normal(size=N)
COLUMNS = {
    "normal": NORMAL,
    "lognormal": RNG.lognormal(size=N),
    "uniform": RNG.random(N),
    "integers": RNG.integers(0, 1_000, N).astype(float),
    "two decimals": NORMAL.round(2),
    "constant": np.full(N, 0.1),
    "sorted": np.sort(NORMAL),
    "reversed": np.sort(NORMAL)[::-1].copy(),
    "spread 1e-3 at 1e9": 1e9 + RNG.random(N) * 1e-3,
}


@pytest.fixture(params=COLUMNS)
def x(request, benchmark):
    benchmark.extra_info["task"] = (
        f"{request.node.originalname.removeprefix('test_').replace('_', ' ')}: {request.param}"
    )
    return COLUMNS[request.param]


def agree(ours, theirs):
    return bool(np.array_equal(ours, theirs))


def test_rank_1e6_values(race, x):
    theirs = scipy.stats.rankdata(x)
    race(lambda: rank_values(x), lambda: scipy.stats.rankdata(x), peer="scipy", exact=agree(rank_values(x), theirs))


def test_rank_1e6_values_with_polars(race, x):
    theirs = polars.Series(x).rank().to_numpy()
    race(lambda: rank_values(x), lambda: polars.Series(x).rank(), peer="polars", exact=agree(rank_values(x), theirs))


def test_sort_1e6_values(race, x):
    race(lambda: sort_values(x), lambda: np.sort(x), peer="numpy", exact=agree(sort_values(x), np.sort(x)))


def test_sort_1e6_values_with_polars(race, x):
    theirs = polars.Series(x).sort().to_numpy()
    race(lambda: sort_values(x), lambda: polars.Series(x).sort(), peer="polars", exact=agree(sort_values(x), theirs))


def test_order_1e6_values_with_polars(race, x):
    stable = bool(np.array_equal(argsort_values(x), np.argsort(x, kind="stable")))
    race(lambda: argsort_values(x), lambda: polars.Series(x).arg_sort(), peer="polars", stable=stable)


def test_summarise_1e6_values(race, x):
    values, counts = np.unique(x, return_counts=True)
    summary = BitPrefixHistogram.from_values(x)
    exact = agree(summary.values(), values) and agree(summary.counts(), counts)
    race(
        lambda: BitPrefixHistogram.from_values(x),
        lambda: np.unique(x, return_counts=True),
        peer="numpy",
        exact=exact,
    )


def test_cross_products_of_20_columns_of_1e6_scores(race):
    scores = np.rint(RNG.normal(size=(20, N)) * 2**16).astype(np.int32)
    floats = scores.astype(np.float64)
    exact = np.zeros((20, 20), np.int64)
    accumulate_crossprod(scores, exact, 1)
    error = np.abs((floats @ floats.T).astype(np.int64) - exact).max()
    race(
        lambda: accumulate_crossprod(scores, np.zeros((20, 20), np.int64), 1),
        lambda: floats @ floats.T,  # BLAS, which need not be exact
        peer="numpy",
        largest_error_of_the_peer=int(error),
    )
