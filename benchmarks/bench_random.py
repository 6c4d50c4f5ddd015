"""Random fills of 10 million values, one core, against NumPy's fastest bit generator (SFC64) in the same run."""

import numpy as np
import pytest
from scipy import stats

from synthfast._core.random import AliasTable, Stream

N = 10_000_000
STREAM = Stream.from_seed(1)
LAWS = {
    "uniform": (stats.uniform(), "random"),
    "normal": (stats.norm(), "standard_normal"),
    "exponential": (stats.expon(), "standard_exponential"),
}


@pytest.fixture
def sfc64():
    return np.random.Generator(np.random.SFC64(1))


def distance(values, law):
    """Kolmogorov distance of a part of the values; about 0.9 / sqrt(n) for right ones."""
    return float(stats.kstest(values[:1_000_000].astype(np.float64), law.cdf).statistic)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", LAWS)
def test_fill(race, benchmark, sfc64, name, dtype):
    law, peer_name = LAWS[name]
    own, other = np.empty(N, dtype), np.empty(N, dtype)
    draw, fill = getattr(STREAM, name), getattr(sfc64, peer_name)
    benchmark.extra_info["task"] = f"{name} {dtype}, 1e7 values, 1 core"
    draw(N, dtype=dtype, out=own)
    fill(out=other, dtype=np.dtype(dtype))
    race(
        lambda: draw(N, dtype=dtype, out=own, n_threads=1),
        lambda: fill(out=other, dtype=np.dtype(dtype)),
        peer="numpy",
        ks_ours=distance(own, law),
        ks_theirs=distance(other, law),
    )


@pytest.mark.parametrize("shape", [0.3, 2.5, 1e6])
def test_gamma(race, benchmark, sfc64, shape):
    own, other = STREAM.gamma(shape, N), np.empty(N)
    benchmark.extra_info["task"] = f"gamma of shape {shape:g}, 1e7 values, 1 core"
    sfc64.standard_gamma(shape, out=other)
    race(
        lambda: STREAM.gamma(shape, N, out=own, n_threads=1),
        lambda: sfc64.standard_gamma(shape, out=other),
        peer="numpy",
        rounds=3,
        ks_ours=distance(own, stats.gamma(shape)),
        ks_theirs=distance(other, stats.gamma(shape)),
    )


def test_weighted_choice(race, benchmark, sfc64):
    weights = sfc64.random(1000)
    chances = weights / weights.sum()
    table, own = AliasTable(weights), np.empty(N, np.int32)
    benchmark.extra_info["task"] = "weighted choice of 1,000, 1e7 values, 1 core"

    def chi_square(codes):
        return float(stats.chisquare(np.bincount(codes, minlength=1000), N * chances).pvalue)

    race(
        lambda: STREAM.choice(table, N, out=own, n_threads=1),
        lambda: sfc64.choice(1000, size=N, p=chances),
        peer="numpy",
        rounds=3,
        chi_square_p_ours=chi_square(STREAM.choice(table, N)),
        chi_square_p_theirs=chi_square(sfc64.choice(1000, size=N, p=chances)),
    )


def test_bounded_integers(race, benchmark, sfc64):
    own = np.empty(N, np.int64)
    benchmark.extra_info["task"] = "integers below 1,000, 1e7 values, 1 core"
    race(
        lambda: STREAM.integers(1000, N, out=own, n_threads=1),
        lambda: sfc64.integers(1000, size=N),
        peer="numpy",
    )


def test_permutation(race, benchmark, sfc64):
    benchmark.extra_info["task"] = "permutation of 1e7, 1 core"
    race(
        lambda: STREAM.permutation(N, n_threads=1),
        lambda: sfc64.permutation(N),
        peer="numpy",
        rounds=2,
    )
