"""The Kolmogorov-Smirnov distance by branch and bound is the one by brute force."""

import numpy as np
import pytest
import scipy.stats

from synthfast.marginals.families import FAMILIES
from synthfast.marginals.goodness import ks_distance, rounded_fit
from synthfast.marginals.summary import Summary

LAWS = {
    "norm": {"loc": 7.0, "scale": 4.0},
    "gamma": {"a": 2.5, "loc": 0.0, "scale": 3.0},
    "uniform": {"loc": 0.0, "scale": 30.0},
    "pareto": {"b": 0.5, "loc": 0.0, "scale": 0.1},
}


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("n", [2, 3, 10, 128, 129, 130, 1000, 20_001])
def test_distance_is_that_of_scipy(name, n):
    x = np.random.default_rng(n).gamma(2.5, 3.0, n)
    law = getattr(scipy.stats, name)(**LAWS[name])
    found = ks_distance(Summary(x), FAMILIES[name], LAWS[name])
    assert found == pytest.approx(scipy.stats.kstest(x, law.cdf).statistic, rel=1e-13)


@pytest.mark.parametrize("digits", [0, 1])
@pytest.mark.parametrize("name", LAWS)
def test_distance_with_ties(name, digits):
    x = np.round(np.random.default_rng(4).gamma(2.5, 3.0, 3000), digits)
    levels, counts = np.unique(x, return_counts=True)
    upto = np.cumsum(counts) / 3000
    law = getattr(scipy.stats, name)(**LAWS[name]).cdf(levels)
    expected = max((upto - law).max(), (law - np.concatenate(([0.0], upto[:-1]))).max())
    assert ks_distance(Summary(x), FAMILIES[name], LAWS[name]) == pytest.approx(expected, rel=1e-13)


def test_distance_of_a_discrete_law_is_taken_at_whole_numbers():
    x = np.random.default_rng(5).negative_binomial(3, 0.4, 2000).astype(float)
    x[x == 3] = 4.0  # a gap
    law = scipy.stats.poisson(4.0)
    whole = np.arange(-1, x.max() + 30)
    expected = np.abs(np.searchsorted(np.sort(x), whole, side="right") / 2000 - law.cdf(whole)).max()
    assert ks_distance(Summary(x), FAMILIES["poisson"], {"mu": 4.0, "loc": 0}) == pytest.approx(expected, rel=1e-13)


def test_few_evaluations_do():
    x = np.random.default_rng(6).gamma(2.5, 3.0, 100_000)
    family = FAMILIES["gamma"]
    seen = []

    class Counting(type(family)):
        def cdf(self, x, params):
            seen.append(np.size(x))
            return super().cdf(x, params)

    assert ks_distance(Summary(x), Counting(), LAWS["gamma"]) == ks_distance(Summary(x), family, LAWS["gamma"])
    assert sum(seen) < 10_000


def test_rounded_fit_by_brute_force():
    x = np.round(np.random.default_rng(7).normal(7.0, 4.0, 3000))
    law = scipy.stats.norm(**LAWS["norm"])
    loglik, distance = rounded_fit(Summary(x), FAMILIES["norm"], LAWS["norm"])
    assert loglik == pytest.approx(np.log(law.cdf(x + 0.5) - law.cdf(x - 0.5)).sum(), rel=1e-9)
    halves = np.arange(x.min() - 1, x.max() + 1) + 0.5
    expected = np.abs(np.searchsorted(np.sort(x), halves) / 3000 - law.cdf(halves)).max()
    assert distance == pytest.approx(expected, rel=1e-12)


def test_rounded_fit_of_the_far_tail_is_finite():
    x = np.concatenate((np.round(np.random.default_rng(8).normal(7.0, 1.0, 300)), [60.0, 60.0]))
    assert np.isfinite(rounded_fit(Summary(x), FAMILIES["norm"], {"loc": 7.0, "scale": 1.0})[0])


def test_real_numbers_are_not_rounded():
    x = np.random.default_rng(9).normal(size=500)
    assert rounded_fit(Summary(x), FAMILIES["norm"], LAWS["norm"]) is None
