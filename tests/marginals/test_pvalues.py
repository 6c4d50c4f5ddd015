"""P-values under the null hypothesis are uniform where they are honest, and too large where they are naive."""

import numpy as np
import pytest
import scipy.stats

from synthfast._core.random import Stream
from synthfast.marginals import FittedMarginal, fit_column
from synthfast.marginals.lilliefors import lilliefors_p_value
from synthfast.marginals.pvalues import naive_p_value

SAMPLES = 400


@pytest.mark.parametrize("n", [10, 30, 200, 5000])
@pytest.mark.parametrize("scaled", [0.5, 0.9, 1.36, 1.95])
def test_naive_p_value_is_kolmogorovs(n, scaled):
    distance = scaled / np.sqrt(n)
    # Vrbik's correction is right to a few thousandths at n = 10 and better beyond.
    assert naive_p_value(distance, n) == pytest.approx(scipy.stats.kstwo.sf(distance, n), abs=0.004)


NULLS = {
    "norm": (lambda g: g.normal(3.0, 2.0, 40), "free"),
    "lognorm": (lambda g: g.lognormal(1.0, 0.7, 40), 0.0),
    "expon": (lambda g: g.exponential(2.0, 40), 0.0),
    "pareto": (lambda g: 2.0 * (1.0 + g.pareto(1.5, 40)), 0.0),
    "uniform": (lambda g: g.uniform(-2.0, 5.0, 40), "free"),
    "logistic": (lambda g: g.logistic(1.0, 3.0, 40), "free"),
    "gumbel_r": (lambda g: g.gumbel(1.0, 3.0, 40), "free"),
    "weibull_min": (lambda g: 2.0 * g.weibull(1.7, 40), 0.0),
}


@pytest.mark.parametrize("name", NULLS)
def test_lilliefors_p_values_are_uniform_under_the_null(name):
    draw, loc = NULLS[name]
    generator = np.random.default_rng(21)
    p = np.array(
        [fit_column(draw(generator), name, loc=loc, p_value="lilliefors")[name].p_value for _ in range(SAMPLES)]
    )
    # Kolmogorov's own test of the p-values; fails one seed in ten thousand.
    assert scipy.stats.kstest(p, "uniform").pvalue > 1e-4


def test_naive_p_values_are_too_large_under_the_null():
    generator = np.random.default_rng(22)
    p = np.array([fit_column(generator.normal(size=40), "norm")["norm"].p_value for _ in range(SAMPLES)])
    assert (p < 0.05).mean() < 0.01
    assert np.median(p) > 0.7


def test_published_critical_values():
    # Stephens (1974): modified D of 0.895 (normal) and 1.094 (exponential) are the 5 % points for any n; he divides the
    # variance by n - 1, which moves the normal one by less than the tolerance at n = 100.
    n = 100
    normal = 0.895 / (np.sqrt(n) - 0.01 + 0.85 / np.sqrt(n))
    exponential = 1.094 / (np.sqrt(n) + 0.26 + 0.5 / np.sqrt(n)) + 0.2 / n
    for name, distance, fixed in (("norm", normal, {}), ("expon", exponential, {"loc": 0.0})):
        params = {"loc": 0.0, "scale": 1.0}
        law = FittedMarginal(name, params, n=n, ks_statistic=distance, fixed=fixed)
        assert lilliefors_p_value(law) == pytest.approx(0.05, abs=0.004)


def test_lilliefors_p_value_falls_with_the_distance():
    distances = np.linspace(0.0, 0.6, 200)
    laws = [FittedMarginal("norm", {"loc": 0.0, "scale": 1.0}, n=50, ks_statistic=d) for d in distances]
    p = np.array([lilliefors_p_value(law) for law in laws])
    assert p[0] == 1.0
    assert (np.diff(p) <= 0.0).all()
    assert 0.0 < p[-1] < 1e-9


@pytest.mark.parametrize("n", [5, 7, 60, 3000, 10**7])
def test_lilliefors_tables_cover_every_size(n):
    law = FittedMarginal("norm", {"loc": 0.0, "scale": 1.0}, n=n, ks_statistic=0.8 / np.sqrt(n))
    assert 0.04 < lilliefors_p_value(law) < 0.2


def test_lilliefors_needs_a_law_of_location_and_scale():
    gamma = FittedMarginal("gamma", {"a": 2.0, "loc": 0.0, "scale": 1.0}, n=50, ks_statistic=0.1, fixed={"loc": 0.0})
    assert lilliefors_p_value(gamma) is None
    few = FittedMarginal("norm", {"loc": 0.0, "scale": 1.0}, n=4, ks_statistic=0.1)
    assert lilliefors_p_value(few) is None


def test_bootstrap_stands_in_where_there_is_no_table():
    x = np.random.default_rng(23).gamma(2.0, 1.0, 60)
    fits = fit_column(x, ["gamma", "norm"], loc=0.0, p_value="lilliefors", n_bootstrap=19, random_state=1)
    assert fits["gamma"].p_value_method == "bootstrap"
    assert fits["norm"].p_value_method == "lilliefors"


def test_bootstrap_agrees_with_the_table():
    x = np.random.default_rng(24).normal(size=80) ** 3 / 3.0 + np.random.default_rng(25).normal(size=80)
    tabulated = fit_column(x, "logistic", p_value="lilliefors")["logistic"].p_value
    bootstrap = fit_column(x, "logistic", p_value="bootstrap", n_bootstrap=999, random_state=3)["logistic"]
    assert bootstrap.p_value_method == "bootstrap"
    # Binomial error of 999 samples, five standard errors, and 2 % of the table.
    error = 5.0 * np.sqrt(tabulated * (1.0 - tabulated) / 999) + 0.02 * tabulated + 0.001
    assert bootstrap.p_value == pytest.approx(tabulated, abs=error)


def test_bootstrap_is_seeded_and_independent_of_threads():
    x = np.random.default_rng(26).gamma(2.0, 1.0, 200)
    options = {"p_value": "bootstrap", "n_bootstrap": 25}
    first = fit_column(x, "gamma", random_state=5, n_threads=1, **options)["gamma"].p_value
    assert fit_column(x, "gamma", random_state=5, n_threads=8, **options)["gamma"].p_value == first
    assert fit_column(x, "gamma", random_state=Stream.from_seed(5), **options)["gamma"].p_value == first


def test_bootstrap_rejects_a_wrong_law():
    x = np.random.default_rng(27).uniform(size=400)
    assert fit_column(x, "norm", p_value="bootstrap", n_bootstrap=99, random_state=0)["norm"].p_value == 0.01
