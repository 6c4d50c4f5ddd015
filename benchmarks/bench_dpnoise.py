"""Private noise against OpenDP's samplers, draw for draw on one core, and what an array of a million costs."""

import numpy as np
import pytest
from scipy import stats

from synthfast.privacy import discrete_gaussian, discrete_laplace, exponential_mechanism
from synthfast.privacy.noise import noise_backend

N = 10_000
LAWS = {
    "discrete Gaussian": (discrete_gaussian, lambda y, s: np.exp(-(y**2) / (2 * s**2))),
    "discrete Laplace": (discrete_laplace, lambda y, s: np.exp(-np.abs(y) / s)),
}


@pytest.fixture(scope="module")
def opendp():
    return pytest.importorskip("opendp.prelude")


def chi_square_per_degree(draws, scale, weights):
    """Chi-square of counts against the law over its degrees of freedom: about 1 for a right sampler."""
    y = np.arange(-int(30 * scale) - 5, int(30 * scale) + 6)
    p = weights(y.astype(float), scale)
    edges = np.unique(np.searchsorted(np.cumsum(p / p.sum()), np.linspace(0, 1, 41)[1:-1]))
    expected = np.diff(np.concatenate([[0], np.cumsum(p / p.sum())[edges], [1]])) * len(draws)
    observed = np.bincount(np.searchsorted(y[edges], draws), minlength=len(expected))
    keep = expected > 5
    return float(stats.chisquare(observed[keep], expected[keep] * observed[keep].sum() / expected[keep].sum()).statistic
                 / (keep.sum() - 1))  # fmt: skip


@pytest.mark.parametrize("scale", [1.0, 10.0, 1000.0])
@pytest.mark.parametrize("name", LAWS)
def test_draws(race, benchmark, opendp, name, scale):
    draw, weights = LAWS[name]
    benchmark.extra_info["task"] = f"{name} of scale {scale:g}, {N:,} exact draws, 1 core"
    race(
        lambda: draw(scale, N),
        lambda: draw(scale, N, backend="opendp"),
        peer="opendp",
        rounds=3,
        chi_square_ours=chi_square_per_degree(draw(scale, N), scale, weights),
        chi_square_theirs=chi_square_per_degree(draw(scale, N, backend="opendp"), scale, weights),
    )


@pytest.mark.parametrize("n", [100, 10_000])
def test_selection(race, benchmark, opendp, n):
    scores = np.arange(n) % 50
    benchmark.extra_info["task"] = f"exponential mechanism, 1 of {n:,}"
    theirs = noise_backend("opendp")
    race(
        lambda: exponential_mechanism(scores, epsilon=0.1),
        lambda: theirs.select(scores, 0.05),
        peer="opendp",
        rounds=20,
    )


@pytest.mark.parametrize("scale", [0.5, 1.0, 1e6])
def test_a_million_draws(benchmark, scale):
    benchmark.pedantic(lambda: discrete_gaussian(scale, 1_000_000), rounds=5, warmup_rounds=1)
