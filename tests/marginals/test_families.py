"""Maximum likelihood of every family: golden fits, scipy, derivatives, scaling laws, bounds."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
from scipy import optimize

from synthfast.exceptions import DataError
from synthfast.marginals.families import FAMILIES, beta, gumbel, logistic, student, weibull
from synthfast.marginals.points import Points
from synthfast.marginals.summary import Summary

GOLDEN = json.loads((Path(__file__).parent.parent / "golden" / "families" / "fits.json").read_text(encoding="utf-8"))
LAWS = {
    "norm": {"loc": 1.0, "scale": 2.0},
    "lognorm": {"s": 0.7, "loc": 0.0, "scale": 2.0},
    "expon": {"loc": 0.0, "scale": 3.0},
    "gamma": {"a": 2.5, "loc": 0.0, "scale": 3.0},
    "beta": {"a": 2.0, "b": 3.0, "loc": 0.0, "scale": 4.0},
    "weibull_min": {"c": 1.8, "loc": 0.0, "scale": 3.0},
    "uniform": {"loc": 0.0, "scale": 2.0},
    "t": {"df": 3.0, "loc": 1.0, "scale": 2.0},
    "pareto": {"b": 2.5, "loc": 0.0, "scale": 3.0},
    "logistic": {"loc": 1.0, "scale": 2.0},
    "gumbel_r": {"loc": 1.0, "scale": 2.0},
    "poisson": {"mu": 3.3, "loc": 0.0},
    "binom": {"n": 9, "p": 0.3, "loc": 0.0},
    "nbinom": {"n": 2.5, "p": 0.3, "loc": 0.0},
    "geom": {"p": 0.2, "loc": 0.0},
}
CONTINUOUS = [name for name, family in FAMILIES.items() if not family.discrete]
EDGED = ["lognorm", "expon", "gamma", "beta", "weibull_min", "uniform", "pareto"]


def sample(name, n, seed=1, **changes):
    law = getattr(scipy.stats, name)(**{**LAWS[name], **changes})
    return np.asarray(law.rvs(n, random_state=np.random.default_rng(seed)), dtype=float)


def fit(name, values, **fixed):
    with np.errstate(all="ignore"):
        return FAMILIES[name].fit(Summary(values), fixed)


def scipy_loglik(name, values, params):
    law = getattr(scipy.stats, name)(**params)
    return float((law.logpmf if FAMILIES[name].discrete else law.logpdf)(values).sum())


def scipy_fit(name, values, **fixed):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        params = getattr(scipy.stats, name).fit(values, **fixed)
        return params, float(getattr(scipy.stats, name).logpdf(values, *params).sum())


def label(case):
    return f"{case['family']}-{'-'.join(case['fixed']) or 'free'}-{len(case['values'])}"


@pytest.mark.parametrize("case", GOLDEN, ids=label)
def test_golden_fit(case):
    found = fit(case["family"], case["values"], **case["fixed"])
    n = len(case["values"])
    # A search ends when no step promises 1e-11 per value, so the log-likelihood is within about that of the best one;
    # parameters are then off by sqrt(2e-11 / information per value): below 1e-4 at an information of 0.002 and more.
    assert found.loglik == pytest.approx(case["loglik"], abs=1e-10 * n + 1e-12 * abs(case["loglik"]))
    assert found.params == pytest.approx({**case["fixed"], **case["params"]}, rel=1e-4, abs=1e-9)
    assert found.at_bound == ()


@pytest.mark.parametrize("name", FAMILIES)
def test_reported_likelihood_is_that_of_the_reported_law(name):
    values = sample(name, 3000)
    for fixed in FAMILIES[name].candidates(Summary(values), "auto"):
        found = fit(name, values, **fixed)
        assert found.loglik == pytest.approx(scipy_loglik(name, values, found.params), rel=1e-10)
        assert found.n_free == len(found.params) - len(fixed)


@pytest.mark.parametrize("name", FAMILIES)
def test_truth_is_within_sampling_error(name):
    """Wilks: twice the gain in log-likelihood over the truth is chi-square; 1e-6 of samples may be beyond the bound.

    An edge estimated by an extreme value gains like an exponential variable, which is chi-square with two degrees, so
    every parameter is given two. A fit that holds what the truth fixes cannot be worse than the truth.
    """
    values = sample(name, 20_000, seed=11)
    found = fit(name, values, **({"loc": 0.0} if FAMILIES[name].discrete else {}))
    gain = 2.0 * (found.loglik - scipy_loglik(name, values, LAWS[name]))
    assert -1e-6 <= gain <= scipy.stats.chi2.isf(1e-6, 2 * found.n_free)


def is_degenerate(name, values, params):
    """What scipy returns where a likelihood has no maximum: an edge on an extreme value or out of all proportion."""
    std, shapes, loc, scale = values.std(), params[:-2], params[-2], params[-1]
    gaps = []
    if name in ("lognorm", "gamma", "weibull_min", "beta"):
        gaps.append((values.min() - loc) / std)
    if name == "pareto":
        gaps.append(scale / std)
    if name == "beta":
        gaps.append((loc + scale - values.max()) / std)
    return any(gap < 1e-10 or gap > 100.0 for gap in gaps) or any(shape > 1e6 for shape in shapes)


DATASETS = {
    "gamma": lambda g: g.gamma(2.5, 3.0, 2000),
    "lognormal": lambda g: g.lognormal(0.0, 0.8, 2000),
    "normal": lambda g: g.normal(10.0, 2.0, 2000),
    "t": lambda g: g.standard_t(3, 2000),
    "beta": lambda g: g.beta(2.0, 5.0, 2000),
    "weibull": lambda g: 7.0 + g.weibull(1.3, 2000),
    "whole": lambda g: g.poisson(20.0, 2000).astype(float),
}


@pytest.mark.parametrize("data", DATASETS)
@pytest.mark.parametrize("name", CONTINUOUS)
def test_at_least_as_likely_as_scipy(name, data):
    values = DATASETS[data](np.random.default_rng(3))
    theirs, best = scipy_fit(name, values)
    found = fit(name, values)
    if not is_degenerate(name, values, theirs):
        assert found.loglik >= best - 1e-6 * len(values)
    std = values.std()
    if name in EDGED:
        assert values.min() - found.params["loc"] <= 100.001 * std
    assert found.params["scale"] <= 250.0 * std


@pytest.mark.parametrize("name", EDGED)
@pytest.mark.parametrize("data", ["gamma", "lognormal", "beta"])
def test_fixed_location_is_at_least_as_likely_as_scipy(name, data):
    values = DATASETS[data](np.random.default_rng(4))
    theirs, best = scipy_fit(name, values, floc=0)
    found = fit(name, values, loc=0.0)
    assert found.params["loc"] == 0.0
    if not is_degenerate(name, values, theirs) or name == "pareto":
        assert found.loglik >= best - 1e-6 * len(values)


def gradient_and_hessian_errors(function, at):
    """Largest errors of the analytic derivatives against central differences of the value and of the gradient."""
    _, gradient, hessian = function(*at)
    d, h = len(at), 1e-5
    errors = []
    for i in range(d):
        up, down = list(at), list(at)
        up[i] += h
        down[i] -= h
        above, below = function(*up), function(*down)
        scale = 1.0 + abs(gradient[i]) + max(abs(v) for v in hessian[i])
        errors.append(abs((above[0] - below[0]) / (2 * h) - gradient[i]) / scale)
        errors += [abs((above[1][j] - below[1][j]) / (2 * h) - hessian[i][j]) / scale for j in range(d)]
    return max(errors)


VALUES = np.sort(np.random.default_rng(5).gamma(2.5, 3.0, 400))
POINTS = Points(VALUES, np.random.default_rng(6).integers(1, 4, 400).astype(float))
PROFILES = {
    "lognorm": (lambda x: as_one(FAMILIES["lognorm"]._profile(POINTS, VALUES[0], x)), (0.3,)),
    "gamma": (lambda x: as_one(FAMILIES["gamma"]._profile(POINTS, VALUES[0], x)), (-1.0,)),
    "pareto": (lambda x: as_one(FAMILIES["pareto"]._profile(POINTS, VALUES[0], x)), (1.2,)),
    "weibull_min": (lambda c, g: weibull._profile(POINTS, VALUES[0] - np.exp(g), c, np.exp(g)), (0.4, -0.5)),
    "gumbel_r": (lambda r: gumbel._profile(POINTS, VALUES[0], r), (-0.8,)),
    "logistic": (lambda m, s: logistic._likelihood(POINTS, 4.7 * m, s, 4.7), (1.5, 0.8)),
    "t": (lambda m, df, s: student._likelihood(POINTS, 4.7 * m, df, s, 4.7), (1.4, 1.1, 0.9)),
    "t with many degrees": (lambda m, df, s: student._likelihood(POINTS, 4.7 * m, df, s, 4.7), (1.4, 6.5, 0.9)),
    "beta": (lambda a, b: beta._profile(POINTS, VALUES[0] - np.exp(a), VALUES[-1] + np.exp(b)), (-0.5, 1.5)),
}


def as_one(evaluation):
    value, slope, curvature = evaluation
    return value, (slope,), ((curvature,),)


@pytest.mark.parametrize("name", PROFILES)
def test_derivatives(name):
    function, at = PROFILES[name]
    # Central differences at h = 1e-5: h^2 f'''/6 of order 1e-10 times the third derivative, rounding 1e-16 / h.
    assert gradient_and_hessian_errors(function, at) < 1e-7


@pytest.mark.parametrize("name", CONTINUOUS)
@pytest.mark.parametrize(("shift", "factor"), [(0.0, 1e-250), (0.0, 1e250), (1e6, 1.0), (-50.0, 3.0)])
def test_fit_moves_and_scales_with_the_data(name, shift, factor):
    """Location and scale follow, shapes stay; a large shift leaves fewer digits of the distances from an edge."""
    values = sample(name, 400, seed=8)
    before, after = fit(name, values), fit(name, values * factor + shift)
    digits = 1e-3 if shift == 1e6 else 1e-5
    for parameter, value in before.params.items():
        expected = {"loc": value * factor + shift, "scale": value * factor}.get(parameter, value)
        room = digits * abs(before.params["scale"] * factor) if parameter == "loc" else 0.0
        assert after.params[parameter] == pytest.approx(expected, rel=digits, abs=room + 1e-9 * abs(shift))
    gain = after.loglik - (before.loglik - len(values) * np.log(factor))
    assert abs(gain) < 1e-4


def test_shapes_at_their_limits_are_named():
    generator = np.random.default_rng(9)
    left_skewed = 10.0 - generator.gamma(4.0, 1.0, 3000)
    light_tail = generator.random(3000)
    assert fit("gamma", left_skewed).at_bound == ("loc",)
    assert fit("lognorm", left_skewed).at_bound == ("loc",)
    assert fit("pareto", light_tail).at_bound == ("loc", "scale")
    assert fit("t", light_tail).at_bound == ("df",)
    assert "scale" in fit("beta", generator.lognormal(0.0, 1.0, 3000)).at_bound
    under_dispersed = generator.binomial(20, 0.9, 3000).astype(float)
    assert fit("nbinom", under_dispersed, loc=0.0).at_bound == ("n",)
    assert fit("binom", generator.negative_binomial(2, 0.3, 3000).astype(float), loc=0.0).at_bound == ("n",)


@pytest.mark.parametrize("name", ["gamma", "weibull_min", "beta"])
def test_unbounded_likelihood_keeps_the_edge_away_from_the_data(name):
    values = 5.0 + np.random.default_rng(10).gamma(0.4, 2.0, 2000)
    found = fit(name, values)
    assert values.min() - found.params["loc"] == pytest.approx(values.std() / 2000, rel=1e-6)
    assert "loc" in found.at_bound


def test_rounded_values_keep_half_a_step():
    values = np.random.default_rng(12).geometric(0.5, 2000).astype(float)
    assert fit("gamma", values).params["loc"] >= 0.5
    assert fit("lognorm", values).params["loc"] >= 0.5


def test_an_edge_at_zero_is_found_exactly():
    values = np.random.default_rng(13).gamma(0.4, 2.0, 20_000)
    assert fit("gamma", values).params["loc"] == 0.0


@pytest.mark.parametrize("name", EDGED)
def test_values_outside_the_support_are_refused(name):
    with pytest.raises(DataError, match="needs values above 0, found -1"):
        fit(name, np.array([-1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), loc=0.0)


@pytest.mark.parametrize("name", ["poisson", "binom", "nbinom", "geom"])
def test_discrete_families_refuse_what_is_not_theirs(name):
    with pytest.raises(DataError, match="whole numbers"):
        fit(name, np.array([0.5, 1.0, 2.0, 3.0, 4.0]), loc=0.0)
    with pytest.raises(DataError, match="found -1"):
        fit(name, np.array([-1.0, 1.0, 2.0, 3.0, 4.0]), loc=0.0)
    with pytest.raises(DataError, match="whole location"):
        fit(name, np.array([1.0, 1.0, 2.0, 3.0, 4.0]), loc=0.5)


@pytest.mark.parametrize("name", FAMILIES)
def test_too_few_values_are_refused(name):
    n_free = len(FAMILIES[name].parameters)
    with pytest.raises(DataError, match=f"{name} estimates {n_free} parameters"):
        fit(name, np.arange(1.0, n_free + 1.0))


def test_binom_finds_the_whole_number_of_trials():
    values = sample("binom", 4000, seed=14)
    found = fit("binom", values, loc=0.0)

    def profile(n):
        p = values.mean() / n
        return scipy.stats.binom(n, p).logpmf(values).sum()

    best = max(range(int(values.max()), 60), key=profile)
    assert found.params["n"] == best


def test_nbinom_agrees_with_a_general_optimiser():
    values = sample("nbinom", 4000, seed=15)

    def loss(size):
        return -scipy.stats.nbinom(size, size / (size + values.mean())).logpmf(values).sum()

    best = optimize.minimize_scalar(loss, bounds=(0.1, 50.0), method="bounded", options={"xatol": 1e-10})
    found = fit("nbinom", values, loc=0.0)
    assert found.loglik >= -best.fun - 1e-7
    assert found.params["n"] == pytest.approx(best.x, rel=1e-4)


@pytest.mark.parametrize("name", FAMILIES)
def test_fit_does_not_depend_on_threads_or_order(name):
    values = sample(name, 9000, seed=16)
    shuffled = np.random.default_rng(17).permutation(values)
    fixed = {"loc": 0.0} if FAMILIES[name].discrete else {}
    with np.errstate(all="ignore"):
        one = FAMILIES[name].fit(Summary(values, 1), fixed)
        other = FAMILIES[name].fit(Summary(shuffled, 8), fixed)
    assert one == other


@pytest.mark.parametrize("name", FAMILIES)
def test_density_distribution_and_quantiles_are_those_of_scipy(name):
    law, family = getattr(scipy.stats, name)(**LAWS[name]), FAMILIES[name]
    u = np.linspace(0.0, 1.0, 201)
    x = np.concatenate(([-np.inf, -1e3, -0.5, 0.0], np.asarray(law.ppf(u[1:-1])), [1e3, np.inf, np.nan]))
    density = law.logpmf if family.discrete else law.logpdf
    inner = x[1:-2]  # scipy warns at infinities
    np.testing.assert_allclose(family.cdf(x, LAWS[name]), law.cdf(x), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(family.logpdf(inner, LAWS[name]), density(inner), rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(family.ppf(u, LAWS[name]), law.ppf(u), rtol=1e-9, atol=1e-12)
    assert np.isnan(family.logpdf([np.nan], LAWS[name])).all()
    assert np.isnan(family.ppf([-0.1, 1.1, np.nan], LAWS[name])).all()
