"""Kernel density estimates, one core: densities and draws against scikit-learn, SciPy and, where it is there, KDEpy."""

from functools import lru_cache

import numpy as np
import pytest
from scipy import stats
from sklearn.neighbors import KernelDensity

from synthfast import KDESynthesizer, num_threads
from synthfast._core.random import BLOCK_ROWS, Stream

N, QUERIES, DRAWS = 100_000, 1_000, 1_000_000


@pytest.fixture(autouse=True)
def one_core():
    with num_threads(1):
        yield


@lru_cache
def normals(d):
    """Training rows, queries and Scott's bandwidth."""
    rng = np.random.default_rng(d)
    return rng.normal(size=(N, d)), rng.normal(size=(QUERIES, d)), float(N ** (-1 / (d + 4)))


@lru_cache
def fitted(d, rtol=1e-5, covariance="full"):
    rows, _, width = normals(d)
    bandwidth = "scott" if covariance == "full" else width
    return KDESynthesizer(bandwidth=bandwidth, covariance=covariance, bounds=None, rtol=rtol).fit(rows)


@lru_cache
def exact(d, covariance="full"):
    """Log densities at the queries, all kernels summed in double precision."""
    return fitted(d, 0.0, covariance).score_samples(normals(d)[1])


def error(found, expected):
    return float(np.abs(np.expm1(found - expected)).max())


@pytest.mark.parametrize("d", [2, 8])
def test_density_against_scipy(race, benchmark, d):
    benchmark.extra_info["task"] = f"density of 1,000 queries on 1e5 points in {d} dimensions, full covariance, 1 core"
    rows, queries, _ = normals(d)
    model, peer = fitted(d), stats.gaussian_kde(rows.T)
    race(
        lambda: model.score_samples(queries),
        lambda: peer(queries.T),
        peer="scipy",
        rounds=3,
        largest_relative_error=error(model.score_samples(queries), exact(d)),
    )


@pytest.mark.parametrize("d", [2, 8])
def test_density_against_sklearn(race, benchmark, d):
    benchmark.extra_info["task"] = f"density of 1,000 queries on 1e5 points in {d} dimensions, one bandwidth, 1 core"
    rows, queries, width = normals(d)
    model, peer = fitted(d, covariance="diagonal"), KernelDensity(bandwidth=width).fit(rows)
    race(
        lambda: model.score_samples(queries),
        lambda: peer.score_samples(queries),
        peer="scikit-learn",
        rounds=2,
        largest_relative_error=error(model.score_samples(queries), exact(d, "diagonal")),
    )


@pytest.mark.parametrize("d", [2, 8])
def test_exact_density(race, benchmark, d):
    benchmark.extra_info["task"] = f"the same in {d} dimensions without tolerance, double precision, 1 core"
    rows, queries, _ = normals(d)
    peer = stats.gaussian_kde(rows.T)
    race(
        lambda: fitted(d, 0.0).score_samples(queries),
        lambda: peer(queries.T),
        peer="scipy",
        rounds=2,
        largest_relative_error=error(np.log(peer(queries.T)), exact(d)),
    )


@pytest.mark.parametrize("first", [True, False], ids=["first call", "later calls"])
def test_density_in_one_dimension(race, benchmark, first):
    """KDEpy bins the data at every call; ours at the first one."""
    kdepy = pytest.importorskip("KDEpy")
    benchmark.extra_info["task"] = f"density at 2,000 points on 1e5 points in one dimension, {'first' if first else 'later'} call, 1 core"  # fmt: skip  # noqa: E501
    rows, _, width = normals(1)
    at = np.linspace(-4.0, 4.0, 2_000)
    model = fitted(1, covariance="diagonal")
    truth = np.exp(fitted(1, 0.0, "diagonal").score_samples(at[:, None]))

    def ours():
        if first:
            model._densities.clear()
        return np.exp(model.score_samples(at[:, None]))

    def theirs():
        grid, density = kdepy.FFTKDE(kernel="gaussian", bw=width).fit(rows[:, 0]).evaluate(2**11)
        return np.interp(at, grid, density)

    race(
        ours,
        theirs,
        peer="KDEpy",
        rounds=20,
        largest_relative_error_ours=float(np.abs(ours() / truth - 1).max()),
        largest_relative_error_theirs=float(np.abs(theirs() / truth - 1).max()),
    )


@pytest.mark.parametrize("peer", ["scikit-learn", "scipy"])
@pytest.mark.parametrize("d", [1, 8])
def test_sample(race, benchmark, d, peer):
    benchmark.extra_info["task"] = f"a table of 1e6 rows drawn in {d} dimensions, 1 core"
    rows, _, width = normals(d)
    if peer == "scipy":
        model, other = fitted(d), stats.gaussian_kde(rows.T)
        theirs = lambda: other.resample(DRAWS, seed=0)  # noqa: E731
    else:
        model, other = fitted(d, covariance="diagonal"), KernelDensity(bandwidth=width).fit(rows)
        theirs = lambda: other.sample(DRAWS, random_state=0)  # noqa: E731
    sample = model.sample(DRAWS, random_state=0)
    race(
        lambda: model.sample(DRAWS, random_state=0),
        theirs,
        peer=peer,
        rounds=5,
        variance_ours=float(sample[:, 0].var()),
        variance_theirs=float(np.ravel(theirs() if peer == "scikit-learn" else theirs().T).reshape(-1, d)[:, 0].var()),
        variance_expected=float(rows[:, 0].var() * (1 + width**2)),
    )


@pytest.mark.parametrize("peer", ["scikit-learn", "scipy"])
def test_sample_blocks(race, benchmark, peer):
    """What the estimate costs of it: blocks of encoded columns, before they are decoded and put together."""
    benchmark.extra_info["task"] = "1e6 rows drawn in 8 dimensions as encoded blocks, 1 core"
    rows, _, width = normals(8)
    model = fitted(8, covariance="full" if peer == "scipy" else "diagonal")
    stream = Stream.from_seed(0)

    def ours():
        for block in range(-(-DRAWS // BLOCK_ROWS)):
            model._sample_block(min(BLOCK_ROWS, DRAWS - block * BLOCK_ROWS), stream.child(block), {})

    if peer == "scipy":
        kde = stats.gaussian_kde(rows.T)
        race(ours, lambda: kde.resample(DRAWS, seed=0), peer=peer)
    else:
        other = KernelDensity(bandwidth=width).fit(rows)
        race(ours, lambda: other.sample(DRAWS, random_state=0), peer=peer)


@pytest.mark.parametrize("covariance", ["diagonal", "full"])
def test_sample_under_conditions(benchmark, covariance):
    benchmark.extra_info["task"] = f"1e5 rows with two of 8 columns in ranges, {covariance}, 1 core"
    model = fitted(8, covariance=covariance)
    conditions = {0: (0.5, 1.5), 3: (None, -0.2)}
    benchmark.pedantic(lambda: model.sample(N, conditions=conditions, random_state=0), rounds=3, warmup_rounds=1)


def test_fit(race, benchmark):
    benchmark.extra_info["task"] = "fit on 1e5 points in 8 dimensions by Scott's rule, 1 core"
    rows, _, width = normals(8)
    race(
        lambda: KDESynthesizer(bandwidth="scott", bounds=None).fit(rows),
        lambda: KernelDensity(bandwidth=width).fit(rows),
        peer="scikit-learn",
        rounds=3,
    )
