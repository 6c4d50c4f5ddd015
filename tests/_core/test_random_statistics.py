"""Are the values of the laws they claim to be? Each check fails a right generator with a chance of about 1e-6.

Seeds are fixed, so a check that has passed keeps passing. Z bounds a standard normal statistic, P a p-value.
"""

import itertools

import numpy as np
import pytest
from scipy import special, stats

from synthfast._core.random import AliasTable, Stream

P = 1e-6
Z = float(-special.ndtri(P / 2))
STREAM = Stream.from_seed(2024)
F64, F32 = np.float64, np.float32


def assert_tails(dtype, seed, limits, n, block=2**18):
    """Of n normal values, as many lie beyond each limit, on either side, as the law says."""
    stream, values = Stream.from_seed(seed), np.empty(block, dtype)
    above, below = np.zeros(len(limits), np.int64), np.zeros(len(limits), np.int64)
    for start in range(0, n, block):
        stream.normal(block, start=start, dtype=dtype, out=values)
        high, low = values[values > limits[0]], values[values < -limits[0]]
        above += [(high > limit).sum() for limit in limits]
        below += [(low < -limit).sum() for limit in limits]
    for limit, *counts in zip(limits, above.tolist(), below.tolist(), strict=True):
        for count in counts:
            assert_poisson(count, n * special.ndtr(-limit))


def assert_poisson(count, expected):
    """Two-sided: neither too many nor too few."""
    low, high = stats.poisson.cdf(count, expected), stats.poisson.sf(count - 1, expected)
    assert min(low, high) > P / 2, f"{count} where {expected:.4g} are expected"


def assert_equal_chances(counts, chances=None):
    expected = counts.sum() / counts.size if chances is None else counts.sum() * chances
    assert stats.chi2.sf(((counts - expected) ** 2 / expected).sum(), counts.size - 1) > P
    assert stats.chi2.cdf(((counts - expected) ** 2 / expected).sum(), counts.size - 1) > P


def assert_uncorrelated(x, y):
    x, y = x.astype(F64) - x.mean(dtype=F64), y.astype(F64) - y.mean(dtype=F64)
    z = (x @ y) / np.sqrt((x @ x) * (y @ y)) * np.sqrt(x.size)
    assert abs(z) < Z


CONTINUOUS = {
    "uniform": (lambda s, n: s.uniform(n), stats.uniform()),
    "uniform32": (lambda s, n: s.uniform(n, dtype=F32), stats.uniform()),
    "normal": (lambda s, n: s.normal(n), stats.norm()),
    "normal32": (lambda s, n: s.normal(n, dtype=F32), stats.norm()),
    "exponential": (lambda s, n: s.exponential(n), stats.expon()),
    **{
        f"gamma-{a:g}": (lambda s, n, a=a: s.gamma(a, n), stats.gamma(a))
        for a in (0.05, 0.5, 0.999, 1.0, 1.7, 30.0, 9999.0, 10_001.0, 1e8)
    },
    "integers": (lambda s, n: s.integers(2**62 + 2**61, n) / (2.0**62 + 2.0**61), stats.uniform()),
}


@pytest.mark.parametrize("name", CONTINUOUS)
def test_distribution(name):
    draw, law = CONTINUOUS[name]
    values = draw(STREAM, 1_000_000).astype(F64)
    assert stats.kstest(values, law.cdf).pvalue > P
    # Far out in either direction a Kolmogorov test is blind: count instead.
    for chance in (1e-3, 1e-4, 1e-5):
        assert_poisson(int((values < law.ppf(chance)).sum()), chance * values.size)
        assert_poisson(int((values > law.isf(chance)).sum()), chance * values.size)


@pytest.mark.parametrize("shape", [1e-3, 1e-2])
def test_tiny_gamma_shapes(shape):
    # P(X < x) is x ** shape / gamma(shape + 1) for small x; what underflows is 0.
    values = STREAM.gamma(shape, 1_000_000)
    for limit in (2.3e-308, 1e-200, 1e-100, 1e-30, 1e-10):
        expected = values.size * limit**shape / special.gamma(shape + 1)
        deviation = np.sqrt(expected * (1 - expected / values.size))
        assert abs((values < limit).sum() - expected) < Z * deviation
    positive = values[values > 1e-6]
    law = stats.gamma(shape)
    assert stats.kstest(positive, lambda x: 1 - law.sf(x) / law.sf(1e-6)).pvalue > P


@pytest.mark.parametrize(("dtype", "n_bits"), [(F64, 52), (F32, 23)])
def test_every_bit_of_a_uniform_value(dtype, n_bits):
    n = 2**21
    bits = (STREAM.uniform(n, dtype=dtype).astype(F64) * 2.0**n_bits).astype(np.uint64)
    ones = np.array([((bits >> np.uint64(b)) & np.uint64(1)).sum() for b in range(n_bits)], F64)
    z = (ones - n / 2) / np.sqrt(n / 4)
    assert P < stats.chi2.cdf(z @ z, n_bits) < 1 - P
    for shift in range(0, n_bits - 11, 12):
        assert_equal_chances(
            np.bincount(((bits >> np.uint64(shift)) & np.uint64(4095)).astype(np.int64), minlength=4096)
        )
    # Runs of one bit over successive values, as bytes.
    for b in (0, n_bits // 2, n_bits - 1):
        packed = np.packbits(((bits >> np.uint64(b)) & np.uint64(1)).astype(np.uint8))
        assert_equal_chances(np.bincount(packed, minlength=256))


@pytest.mark.parametrize("dtype", [F64, F32])
@pytest.mark.parametrize("law", ["uniform", "normal"])
def test_no_serial_correlation(law, dtype):
    # Lags around what could show: neighbours, lanes (16), halves of a block (128, 256), blocks, chunks.
    values = getattr(STREAM, law)(2**20, dtype=dtype).astype(F64)
    lags = (*range(1, 34), 48, 127, 128, 129, 255, 256, 257, 511, 512, 513, 1024, 4095, 4096, 4097, 8192)
    for x in (values - values.mean(), values**2 - np.mean(values**2)):
        for lag in lags:
            assert abs(x[:-lag] @ x[lag:]) / (x @ x) * np.sqrt(x.size) < Z


@pytest.mark.parametrize("shift", [0, 20])
def test_birthday_spacings(shift):
    # Marsaglia: of m birthdays in d days, equal spacings are Poisson with mean m^3 / 4 d. Here 2000 years of 4.
    m, days, years = 2**12, 2**32, 2000
    bits = (STREAM.uniform(m * years) * 2.0**52).astype(np.uint64)
    birthdays = np.sort(((bits >> np.uint64(shift)) % np.uint64(days)).reshape(years, m).astype(np.int64), axis=1)
    spacings = np.sort(np.diff(birthdays, axis=1), axis=1)
    assert_poisson(int((np.diff(spacings, axis=1) == 0).sum()), years * m**3 / (4 * days))


def test_successive_uniforms_fill_squares_and_cubes():
    values = STREAM.uniform(6 * 2**19)
    for dimension, cells in ((2, 128), (3, 32)):
        codes = (values * cells).astype(np.int64).reshape(-1, dimension)
        flat = codes @ (cells ** np.arange(dimension))
        assert_equal_chances(np.bincount(flat, minlength=cells**dimension))


def test_partners_of_a_normal_pair_are_independent():
    # Values 128 apart in a block come from one radius and one angle; the quadrant and the radius must not show.
    pairs = STREAM.normal(2**20).reshape(-1, 2, 128)
    x, y = pairs[:, 0].ravel(), pairs[:, 1].ravel()
    cells = (special.ndtr(np.stack([x, y])) * 64).astype(np.int64)
    assert_equal_chances(np.bincount(cells[0] * 64 + cells[1], minlength=4096))
    assert stats.kstest(np.arctan2(y, x) / (2 * np.pi) + 0.5, "uniform").pvalue > P
    assert stats.kstest(x * x + y * y, stats.chi2(2).cdf).pvalue > P


@pytest.mark.parametrize("dtype", [F64, F32])
def test_normal_tails(dtype):
    assert_tails(dtype, 5, [3.0, 4.0, 5.0, 5.5], 2**26)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [F64, F32])
def test_normal_tails_to_six_deviations(dtype):
    # 8.5 are expected beyond 6 on either side.
    assert_tails(dtype, 6, [4.0, 5.0, 5.5, 6.0], 2**33)


@pytest.mark.parametrize("high", [2, 3, 10, 1000])
def test_small_integers_are_equally_likely(high):
    assert_equal_chances(np.bincount(STREAM.integers(high, 2_000_000), minlength=high))


def test_choice_draws_its_weights():
    weights = STREAM.child("weights").exponential(1000)
    weights[::7] = 0
    counts = np.bincount(STREAM.choice(AliasTable(weights), 5_000_000), minlength=1000)
    assert counts[::7].sum() == 0
    kept = weights > 0
    assert_equal_chances(counts[kept], weights[kept] / weights.sum())


@pytest.mark.parametrize("n_buckets", [1, 4])
def test_orders_of_a_permutation_are_equally_likely(n_buckets):
    from synthfast._ext import _random

    ranks = {order: rank for rank, order in enumerate(itertools.permutations(range(5)))}
    counts = np.zeros(len(ranks), np.int64)
    out, buckets, ends = np.empty(5, np.int64), np.empty(5, np.uint16), np.empty(n_buckets, np.int64)
    for key in range(60_000):
        _random.fill_permutation(out, buckets, ends, key, 1, 1)
        counts[ranks[tuple(out.tolist())]] += 1
    assert_equal_chances(counts)


def test_children_and_laws_are_unrelated():
    n = 100_000
    first = STREAM.child(0).normal(n)
    others = [STREAM.child(1), STREAM.child("0"), STREAM.child(0, 0), STREAM, Stream.from_seed(2025).child(0)]
    for other in others:
        assert_uncorrelated(first, other.normal(n))
    laws = [STREAM.uniform(n), STREAM.normal(n), STREAM.exponential(n), STREAM.gamma(2.0, n), STREAM.integers(1000, n)]
    laws += [STREAM.uniform(n, dtype=F32), STREAM.normal(n, dtype=F32)]
    for x, y in itertools.combinations(laws, 2):
        assert_uncorrelated(x, y)


def test_first_values_of_many_children():
    # What one row or block after another would see: the same place in many streams.
    heads = np.array([STREAM.child("row", i).uniform(3) for i in range(50_000)])
    for column in heads.T:
        assert stats.kstest(column, "uniform").pvalue > P
        assert_uncorrelated(column[:-1], column[1:])
    assert_uncorrelated(heads[:, 0], heads[:, 1])
    cells = (heads * 16).astype(np.int64) @ np.array([256, 16, 1])
    assert_equal_chances(np.bincount(cells, minlength=4096))
