"""Transforms of a million values through 1,000 knots, and the normal law, against NumPy and SciPy; one core each.

Run with OMP_NUM_THREADS=1. The last benchmark races two threads of synthfast against one.
"""

import numpy as np
import pytest
import scipy.special

from synthfast.marginals.ecdf import PiecewiseLinear, ndtr, ndtri

N, N_KNOTS = 1_000_000, 1_000
RNG = np.random.default_rng(0)
LAWS = {
    "lognormal": lambda n: RNG.lognormal(size=n),
    "normal": lambda n: RNG.normal(size=n),
    "cauchy": lambda n: RNG.standard_cauchy(size=n),
    "integers": lambda n: RNG.integers(0, 100_000, size=n).astype(float),
}
FUNCTIONS = {"ndtr": (ndtr, scipy.special.ndtr), "ndtri": (ndtri, scipy.special.ndtri)}
ARGUMENTS = {
    "ndtr": RNG.normal(size=N),
    "ndtri": RNG.random(N),
}
HEIGHTS = np.linspace(0, 1, N_KNOTS)


@pytest.fixture(params=LAWS)
def law(request):
    """Knots of a distribution function and random arguments for it."""
    draw = LAWS[request.param]
    return request.param, np.unique(draw(N_KNOTS)), draw(N)


def distance(ours, theirs):
    return float(np.max(np.abs(ours - theirs)))


def test_values_to_probabilities(race, benchmark, law):
    name, knots, x = law
    heights = np.linspace(0, 1, len(knots))
    function = PiecewiseLinear(knots, heights)
    benchmark.extra_info["task"] = f"1e6 values through 1,000 knots to probabilities: {name}, 1 core"
    difference = distance(function(x), np.interp(x, knots, heights))
    race(
        lambda: function(x, n_threads=1),
        lambda: np.interp(x, knots, heights),
        peer="numpy",
        largest_difference=difference,
    )


def test_probabilities_to_values(race, benchmark, law):
    name, knots, x = law
    heights, u = np.linspace(0, 1, len(knots)), RNG.random(len(x))
    function = PiecewiseLinear(heights, knots)
    benchmark.extra_info["task"] = f"1e6 probabilities through 1,000 knots to values: {name}, 1 core"
    theirs = np.interp(u, heights, knots)
    difference = distance(function(u), theirs) / np.abs(theirs).max()
    race(
        lambda: function(u, n_threads=1),
        lambda: np.interp(u, heights, knots),
        peer="numpy",
        largest_relative_difference=difference,
    )


@pytest.mark.parametrize("name", FUNCTIONS)
def test_normal_law(race, benchmark, name):
    (own, peer), x = FUNCTIONS[name], ARGUMENTS[name]
    benchmark.extra_info["task"] = f"{name} of 1e6 values, 1 core"
    race(lambda: own(x, n_threads=1), lambda: peer(x), peer="scipy", largest_difference=distance(own(x), peer(x)))


@pytest.mark.parametrize("task", ["transform", *FUNCTIONS])
def test_two_threads(race, benchmark, task):
    function = PiecewiseLinear(HEIGHTS, np.sort(RNG.normal(size=N_KNOTS)))
    work, x = (function, ARGUMENTS["ndtri"]) if task == "transform" else (FUNCTIONS[task][0], ARGUMENTS[task])
    benchmark.extra_info["task"] = f"{task} of 1e6 values, 2 threads against 1"
    same = work(x, n_threads=2).tobytes() == work(x, n_threads=1).tobytes()
    race(lambda: work(x, n_threads=2), lambda: work(x, n_threads=1), peer="synthfast", same_bytes=same)
