"""Piecewise linear transforms and the normal law: against their slow twins, at any number of threads."""

import numpy as np
import pytest
from reference import ecdf as twin
from reference.compiled import VARIANTS, output_of, skip_unless_it_runs

from synthfast._ext import _ecdf
from synthfast.marginals.ecdf import PiecewiseLinear

EPS = np.finfo(float).eps
RNG_SEED = 11


def transformed(function, x, n_threads=1):
    """The kernel's own output, with the tables that the wrapper makes."""
    out = np.empty(len(x))
    tables = (function._segments, function._guide, function._half_low, function._scale)
    _ecdf.transform_knots(x, function.knots, *tables, out, n_threads)
    return out


def knots_and_values(name):
    rng = np.random.default_rng(RNG_SEED)
    tables = {
        "lognormal": (np.sort(rng.lognormal(size=1000)), np.linspace(0, 1, 1000)),
        "inverse": (np.linspace(0, 1, 1000), np.sort(rng.lognormal(size=1000))),
        "ties": (np.sort(rng.integers(0, 30, 200)).astype(float), rng.normal(size=200)),
        "outliers": (np.r_[-1e300, np.sort(rng.normal(size=500)), 1e300], rng.normal(size=502)),
        "crowded": (np.r_[0.0, 1.0 + np.arange(3000) * 2.0**-50, 2.0], rng.normal(size=3002)),
        "widest": (np.array([-1.7e308, 0.0, 1.7e308]), np.array([-1.0, 0.0, 1.0])),
        "subnormal": (np.array([0.0, 5e-324, 1e-323, 5e-320]), np.array([0.0, 1.0, 2.0, 3.0])),
        "falling": (np.linspace(-3, 3, 77), np.linspace(5, -5, 77)),
        "one knot": (np.array([2.0]), np.array([7.0])),
        "one place": (np.array([2.0, 2.0]), np.array([7.0, 9.0])),
    }
    return tables[name]


NAMES = (
    *("lognormal", "inverse", "ties", "outliers", "crowded"),
    *("widest", "subnormal", "falling", "one knot", "one place"),
)


def queries(knots):
    """The knots, their neighbours, places between and beyond, and what is not a number."""
    rng = np.random.default_rng(RNG_SEED)
    inside = 0.5 * knots[rng.integers(0, len(knots), 3000)] * rng.uniform(1.8, 2.1, 3000)
    beyond = [-np.inf, -1.79e308, -5e-324, -0.0, 0.0, 5e-324, 1.79e308, np.inf, np.nan]
    near = [np.nextafter(knots, side) for side in (-np.inf, np.inf)]
    with np.errstate(over="ignore"):
        return np.concatenate([knots, *near, inside, beyond])


@pytest.mark.parametrize("name", NAMES)
def test_transform_agrees_with_its_twin(name):
    knots, values = knots_and_values(name)
    x = queries(knots)
    if name == "subnormal":  # no slope is steep enough between such knots: jumps
        x = np.r_[knots, -1.0, 1.0, np.nan]
    got, expected = transformed(PiecewiseLinear(knots, values), x), twin.interpolate(x, knots, values)
    # Two roundings of the difference and one each of slope, product and sum, all within the segment's rise.
    np.testing.assert_allclose(got, expected, rtol=4 * EPS, atol=8 * EPS * np.abs(values).max())


@pytest.mark.parametrize("name", NAMES)
def test_transform_is_monotone_and_stays_within_its_values(name):
    knots, values = knots_and_values(name)
    x = np.sort(queries(knots))[:-1]
    got = transformed(PiecewiseLinear(knots, np.sort(values)), x)
    assert (np.diff(got) >= 0).all()
    assert got[0] == values.min()
    assert got[-1] == values.max()


def test_transform_does_not_depend_on_threads(n_threads):
    knots, values = knots_and_values("outliers")
    function, x = PiecewiseLinear(knots, values), np.random.default_rng(1).normal(size=200_000)
    assert transformed(function, x, n_threads).tobytes() == transformed(function, x).tobytes()


@pytest.mark.parametrize("n", [0, 1])
def test_transform_of_little(n):
    assert transformed(PiecewiseLinear([0.0, 2.0], [0.0, 1.0]), np.ones(n)).tolist() == [0.5] * n


def test_transform_takes_strided_and_read_only_input_and_writes_over_it():
    function, x = PiecewiseLinear(*knots_and_values("lognormal")), np.random.default_rng(2).lognormal(size=1000)
    expected = transformed(function, x[::-3].copy())
    x.flags.writeable = False
    assert transformed(function, x[::-3]).tobytes() == expected.tobytes()
    own = x[::-3].copy()
    function(own, out=own)
    assert own.tobytes() == expected.tobytes()


def filled(name, x, n_threads=1):
    out = np.empty(len(x))
    getattr(_ecdf, f"fill_{name}")(x, out, n_threads)
    return out


def arguments(name, n=20_000):
    rng = np.random.default_rng(3)
    if name == "ndtr":
        return np.r_[rng.normal(size=n), rng.uniform(-37.5, 9, n), 0.0, -0.0]
    return np.r_[rng.random(n), 10.0 ** rng.uniform(-307, 0, n), 1 - 10.0 ** rng.uniform(-16, 0, n)]


# erfc(-x / sqrt 2) has a rounded argument, which x * x / 2 times the rounding of x magnifies: 37.5^2 ulp.
TOLERANCE = {"ndtr": 4e-13, "ndtri": 4e-15}


@pytest.mark.parametrize("name", ["ndtr", "ndtri"])
def test_normal_agrees_with_its_twin(name):
    x = arguments(name)
    np.testing.assert_allclose(filled(name, x), getattr(twin, name)(x), rtol=TOLERANCE[name], atol=1e-307)


@pytest.mark.parametrize("name", ["ndtr", "ndtri"])
def test_normal_does_not_depend_on_threads_or_cuts(name, n_threads):
    x = np.tile(arguments(name), 5)
    whole = filled(name, x)
    assert filled(name, x, n_threads).tobytes() == whole.tobytes()
    for start, stop in [(0, 0), (0, 1), (1, 4), (4095, 4097), (511, 9000), (50_000, len(x))]:
        assert filled(name, x[start:stop].copy(), n_threads).tobytes() == whole[start:stop].tobytes()


def test_special_probabilities():
    x = np.array([-np.inf, -1e300, -37.7, 0.0, -0.0, 40.0, np.inf, np.nan])
    np.testing.assert_array_equal(filled("ndtr", x), [0, 0, 0, 0.5, 0.5, 1, 1, np.nan])


def test_special_quantiles():
    p = np.array([0.0, -0.0, 1.0, 0.5, -1e-300, 1 + EPS, np.inf, -np.inf, np.nan])
    np.testing.assert_array_equal(filled("ndtri", p), [-np.inf, -np.inf, np.inf, 0, *[np.nan] * 5])


def test_quantiles_are_odd_and_rise():
    p = np.linspace(0, 0.5, 50_001)[1:]
    p = p[(1 - p) + p == 1]
    z = filled("ndtri", p)
    np.testing.assert_array_equal(filled("ndtri", 1 - p), -filled("ndtri", 1 - (1 - p)))
    assert (np.diff(z) > 0).all()


def test_one_is_the_inverse_of_the_other():
    # An error of 1e-15 in x moves log P by at most 1e-15 |x| (|x| + 1).
    x = np.linspace(-37, 5, 5001)
    back = filled("ndtri", filled("ndtr", x))
    density = np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi)
    slack = 4e-15 * filled("ndtr", x) / np.maximum(density, 1e-300) + 4e-15 * np.abs(x)
    assert (np.abs(back - x) <= slack).all()


@pytest.mark.parametrize("name", ["ndtr", "ndtri"])
def test_normal_takes_read_only_and_refuses_strided_input(name):
    p = np.full(10, 0.25)
    p.flags.writeable = False
    assert filled(name, p).tobytes() == filled(name, p.copy()).tobytes()
    with pytest.raises(ValueError):
        filled(name, p[::2])


PROGRAM = r"""
#include <stdio.h>
#include "sf_normal_fill.h"
enum { N = 20000 };
static double x[N], y[N];
int main(void) {
    for (int i = 0; i < N; i++) x[i] = (i - 16000) / 420.0;
    sf_fill_ndtr(x, y, N);
    fwrite(y, 8, N, stdout);
    sf_fill_ndtri(y, x, N);
    fwrite(x, 8, N, stdout);
    for (int i = 0; i < N; i++) x[i] = sf_ndtri(y[i]); /* the form for single values */
    fwrite(x, 8, N, stdout);
    return 0;
}
"""


@pytest.mark.parametrize("variant", VARIANTS)
def test_normal_has_the_same_bytes_on_every_processor(variant, tmp_path, repository):
    skip_unless_it_runs(variant)
    p = filled("ndtr", (np.arange(20_000) - 16_000) / 420.0)
    got = output_of(PROGRAM, tmp_path, repository, VARIANTS[variant])
    assert got == p.tobytes() + 2 * filled("ndtri", p).tobytes()
