"""Gaussian mixtures and k-means against scikit-learn's, from the same starts on the same data.

The mixtures are timed by their iterations: both run the same number of them from one start, and end at the same
log-likelihood, which is checked. k-means runs the same number of Lloyd's iterations from the same seeds, and by itself,
seeds and all. Draws are of a million rows.
"""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans, kmeans_plusplus
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from synthfast import MixtureSynthesizer, num_threads
from synthfast._core.random import Stream
from synthfast.neighbors.kmeans import _iterate, _seed, _Tiles, kmeans
from synthfast.synthesizers._mixture.em import Terms, fit_em
from synthfast.synthesizers._mixture.parameters import Parameters
from synthfast.synthesizers._mixture.rows import MixtureRows

N_ITERATIONS = 10


def clustered(n, d, k, seed=0):
    rng = np.random.default_rng(seed)
    means = 2 * rng.normal(size=(k, d))
    factors = 0.5 * rng.normal(size=(k, d, d)) + np.eye(d)
    component = rng.integers(0, k, n)
    return means[component] + np.einsum("nij,nj->ni", factors[component], rng.normal(size=(n, d)))


@pytest.fixture(params=[1, 2], ids=lambda n: f"{n}-threads")
def threads(request):
    with threadpool_limits(request.param), num_threads(request.param):
        yield request.param


def peer_from(begun, kind, max_iter):
    return GaussianMixture(
        begun.n_components,
        covariance_type=kind,
        weights_init=begun.weights_,
        means_init=begun.means_,
        precisions_init=begun.precisions_,
        max_iter=max_iter,
        tol=0.0,
    )


def own_covariances(begun, kind, d):
    c, k = begun.covariances_, begun.n_components
    if kind == "tied":
        return np.repeat(c[None], k, axis=0)
    if kind == "spherical":
        return np.repeat(c[:, None, None], d, axis=2)
    return np.ascontiguousarray(c if kind == "full" else c[:, None, :])


@pytest.mark.parametrize(
    ("n", "d", "k", "kind"),
    [(100_000, 8, 10, kind) for kind in ("full", "tied", "diag", "spherical")]
    + [(100_000, 2, 5, "full"), (20_000, 30, 10, "full"), (1_000_000, 8, 10, "full")],
)
def test_iterations(race, benchmark, threads, n, d, k, kind):
    x = clustered(n, d, k)
    rows = MixtureRows.of(np.ascontiguousarray(x.T), np.empty((n, 0), np.int32))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        begun = GaussianMixture(
            k, covariance_type=kind, max_iter=1, init_params="random_from_data", random_state=0
        ).fit(x[:20_000])
        start = Parameters(kind, begun.weights_, begun.means_, own_covariances(begun, kind, d), np.ones((0, k)))
        terms = Terms(1e-6, np.zeros(d), np.empty(0))
        fitted = []

        def ours():
            fitted.append(fit_em(rows, start, terms, np.zeros(1, np.int64), max_iter=N_ITERATIONS, tol=0.0))

        peer = peer_from(begun, kind, N_ITERATIONS)
        benchmark.extra_info["task"] = f"{N_ITERATIONS} EM iterations, {n:,} x {d}, {k} {kind}, {threads} thread(s)"
        ratio = race(ours, lambda: peer.fit(x), peer="scikit-learn", rounds=2)
    gap = abs(fitted[-1].log_likelihood / n - peer.score(x))
    benchmark.extra_info["quality"] = {"difference of mean log-likelihoods": gap}
    assert gap < 1e-6
    if ratio is not None and (n, d, k, kind) == (100_000, 8, 10, "full"):
        assert ratio >= 5


@pytest.mark.parametrize(("n", "d", "k"), [(100_000, 8, 10), (100_000, 2, 10), (20_000, 20, 50), (100_000, 50, 20)])
def test_kmeans(race, benchmark, threads, n, d, k):
    x = clustered(n, d, k)
    inertia = kmeans(x, k, random_state=0)[2]
    peer = KMeans(k, n_init=1, random_state=0)
    benchmark.extra_info["task"] = f"k-means, {n:,} x {d}, {k} clusters, {threads} thread(s)"
    race(
        lambda: kmeans(x, k, random_state=0),
        lambda: peer.fit(x),
        peer="scikit-learn",
        rounds=3,
        inertia_over_theirs=inertia / peer.fit(x).inertia_,
    )


@pytest.mark.parametrize(("n", "d", "k"), [(100_000, 8, 10), (20_000, 20, 50), (100_000, 50, 20)])
@pytest.mark.parametrize("part", ["seeds", "iterations"])
def test_parts_of_kmeans(race, benchmark, threads, n, d, k, part):
    x = clustered(n, d, k)
    benchmark.extra_info["task"] = f"k-means, {part}, {n:,} x {d}, {k} clusters, {threads} thread(s)"
    if part == "seeds":
        race(
            lambda: _seed(_Tiles.of(x, threads), k, Stream.from_seed(0)),
            lambda: kmeans_plusplus(x, k, random_state=0),
            peer="scikit-learn",
            rounds=3,
        )
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")

        def ours():
            tiles = _Tiles.of(x, threads)
            return _iterate(tiles, x[:k] - tiles.shift, 20, -1.0)

        peer = KMeans(k, init=x[:k], n_init=1, max_iter=20, tol=0, algorithm="lloyd")
        race(ours, lambda: peer.fit(x), peer="scikit-learn", rounds=3)


def test_sample(race, benchmark, threads):
    x = clustered(100_000, 8, 10)
    frame = pd.DataFrame(x, columns=list("abcdefgh"))
    model = MixtureSynthesizer(n_components=10, scale="standard", marginals="mixture", random_state=0).fit(frame)
    peer = GaussianMixture(10, random_state=0, max_iter=5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer.fit(x[:20_000])
    benchmark.extra_info["task"] = f"1,000,000 rows of 8 numbers drawn, 10 components, {threads} thread(s)"
    race(lambda: model.sample(1_000_000, random_state=0), lambda: peer.sample(1_000_000), peer="scikit-learn", rounds=3)


def test_fit_with_missing_numbers(race, benchmark, threads):
    """Ten per cent of the numbers missing; scikit-learn's takes none, so it gets their column's mean."""
    x = clustered(100_000, 8, 10)
    gone = np.random.default_rng(1).random(x.shape) < 0.1
    rows = MixtureRows.of(np.ascontiguousarray(np.where(gone, np.nan, x).T), np.empty((len(x), 0), np.int32))
    filled = np.where(gone, x.mean(axis=0), x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        begun = GaussianMixture(10, max_iter=1, init_params="random_from_data", random_state=0).fit(x[:20_000])
        start = Parameters("full", begun.weights_, begun.means_, begun.covariances_, np.ones((0, 10)))
        terms = Terms(1e-6, np.zeros(8), np.empty(0))
        peer = peer_from(begun, "full", N_ITERATIONS)
        benchmark.extra_info["task"] = f"{N_ITERATIONS} EM iterations, a tenth missing, {threads} thread(s)"
        race(
            lambda: fit_em(rows, start, terms, np.zeros(1, np.int64), max_iter=N_ITERATIONS, tol=0.0),
            lambda: peer.fit(filled),
            peer="scikit-learn on filled rows",
            rounds=2,
        )
