"""Gamma-type functions and elementwise exp and log: against their slow twins, at any number of threads."""

import numpy as np
import pytest
from reference import special as twin

from synthfast._ext import _special as kernel

SHAPES = [1e-5, 1e-3, 0.1, 0.5, 1.0, 1.5, 2.0, 3.7, 9.99, 10.0, 10.01, 55.0, 1e3]


def polygamma_sums(x, w, shift, n_threads=1):
    out, scratch = np.empty(3), np.empty((-(-len(x) // 4096), 3))
    kernel.sum_polygammas(x, w, shift, out, scratch, n_threads)
    return out


@pytest.mark.parametrize("x", [*SHAPES, 1e6, 1e12])
def test_polygamma(x):
    # lgamma has zeros at 1 and 2, so its error is absolute there: a few ulp of the parts it is made of (about 20).
    assert kernel.polygamma(x) == pytest.approx(twin.polygamma(x), rel=2e-14, abs=1e-14)


@pytest.mark.parametrize("a", SHAPES)
def test_gamma_gaps(a):
    assert kernel.gamma_gaps(a) == pytest.approx(
        twin.gamma_gaps(a), rel=1e-12, abs=1e-15 * max(a * np.log(a + 2), 30.0)
    )


def test_gamma_gaps_keep_their_digits_for_large_shapes():
    # Leading terms of the asymptotic series: 1/(2a) + 1/(12 a^2) and 1/(2a^2) + 1/(6a^3); the next are a^-4, a^-5.
    a = 1e7
    _, gap, excess = kernel.gamma_gaps(a)
    assert gap == pytest.approx(0.5 / a + 1.0 / (12.0 * a * a), rel=1e-15)
    assert excess == pytest.approx(0.5 / a**2 + 1.0 / (6.0 * a**3), rel=1e-15)


@pytest.mark.parametrize("a", [*SHAPES, 1e5])
def test_solve_gamma_shape(a):
    gap = kernel.gamma_gaps(a)[1]
    assert kernel.solve_gamma_shape(gap) == pytest.approx(a, rel=1e-13)
    if a < 1e3:
        assert twin.solve_gamma_shape(gap) == pytest.approx(a, rel=1e-8)


@pytest.mark.parametrize("a", [0.01, 0.5, 1.0, 3.0, 80.0, 1e4])
@pytest.mark.parametrize("b", [0.02, 1.0, 7.0, 1e4])
def test_solve_beta_shapes(a, b):
    # The means are differences of digammas up to 10, so they carry an absolute error of a few 1e-15.
    means = twin.beta_means(a, b)
    tolerance = 1e-13 + 3e-14 / min(abs(mean) for mean in means) + 1e-14 * (a + b)  # flat along a / b
    assert kernel.solve_beta_shapes(*means) == pytest.approx((a, b), rel=tolerance)


def test_sum_polygammas(n_threads):
    rng = np.random.default_rng(5)
    x, w = rng.integers(0, 50, 9000).astype(float), rng.integers(1, 5, 9000).astype(float)
    sums = polygamma_sums(x, w, 0.7, n_threads)
    assert sums == pytest.approx(twin.sum_polygammas(x, w, 0.7), rel=1e-13)
    assert sums.tobytes() == polygamma_sums(x, w, 0.7).tobytes()


@pytest.mark.parametrize("n", [0, 1])
def test_sum_polygammas_of_little(n):
    x = np.full(n, 2.5)
    assert polygamma_sums(x, np.ones(n), 1.0) == pytest.approx(twin.sum_polygammas(x, np.ones(n), 1.0), rel=1e-14)


def test_sum_polygammas_of_nan_and_read_only():
    x, w = np.array([1.0, np.nan]), np.ones(2)
    x.flags.writeable = w.flags.writeable = False
    assert np.isnan(polygamma_sums(x, w, 1.0)).all()


@pytest.mark.parametrize(("name", "low", "high"), [("exp_values", -705.0, 705.0), ("log_values", 1e-300, 1e300)])
def test_exp_and_log(name, low, high, n_threads):
    rng = np.random.default_rng(6)
    x = (
        rng.uniform(low, high, 40_000)
        if name == "exp_values"
        else np.exp(rng.uniform(np.log(low), np.log(high), 40_000))
    )
    x[:1000] = rng.uniform(0.5, 2.0, 1000)
    x.flags.writeable = False
    out, alone = np.empty_like(x), np.empty_like(x)
    getattr(kernel, name)(x, out, n_threads)
    getattr(kernel, name)(x, alone, 1)
    assert out.tobytes() == alone.tobytes()
    # 2 ulp of the result, as the header says.
    assert np.abs(out / getattr(twin, name)(x) - 1.0).max() <= 4.5e-16


@pytest.mark.parametrize("name", ["exp_values", "log_values"])
@pytest.mark.parametrize("n", [0, 1])
def test_exp_and_log_of_little(name, n):
    out = np.full(n, np.nan)
    getattr(kernel, name)(np.ones(n), out, 1)
    assert out == pytest.approx(getattr(twin, name)(np.ones(n)), rel=4.5e-16)


@pytest.mark.parametrize("name", ["exp_values", "log_values"])
def test_exp_and_log_refuse_strided_input(name):
    with pytest.raises(ValueError, match="contiguous"):
        getattr(kernel, name)(np.ones(10)[::2], np.empty(5), 1)


def test_exp_saturates():
    out = np.empty(2)
    kernel.exp_values(np.array([-1e9, 1e9]), out, 1)
    assert out == pytest.approx(twin.exp_values([-1e9, 1e9]), rel=4.5e-16)
