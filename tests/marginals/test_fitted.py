"""A fitted law: draws, prefix law, JSON."""

import json

import numpy as np
import pytest
import scipy.stats

from synthfast._core.random import Stream
from synthfast._core.threads import num_threads
from synthfast.exceptions import DataError
from synthfast.marginals import FittedMarginal, fit_column

LAWS = {
    "norm": [{"loc": 1.0, "scale": 2.0}],
    "lognorm": [{"s": 0.7, "loc": 1.0, "scale": 2.0}],
    "expon": [{"loc": 1.0, "scale": 3.0}],
    "gamma": [{"a": 0.3, "loc": 0.0, "scale": 2.0}, {"a": 20.0, "loc": -5.0, "scale": 0.5}],
    "beta": [{"a": 0.05, "b": 0.3, "loc": 0.0, "scale": 4.0}, {"a": 5.0, "b": 60.0, "loc": 0.0, "scale": 1.0}],
    "weibull_min": [{"c": 0.8, "loc": 2.0, "scale": 3.0}],
    "uniform": [{"loc": 1.0, "scale": 2.0}],
    "t": [{"df": 1.5, "loc": 1.0, "scale": 2.0}, {"df": 1e6, "loc": 0.0, "scale": 1.0}],
    "pareto": [{"b": 2.0, "loc": 0.0, "scale": 3.0}],
    "logistic": [{"loc": 1.0, "scale": 2.0}],
    "gumbel_r": [{"loc": 1.0, "scale": 2.0}],
    "poisson": [{"mu": 3.3, "loc": 0}, {"mu": 1e9, "loc": 0}],
    "binom": [{"n": 9, "p": 0.3, "loc": 0}, {"n": 10**7, "p": 0.5, "loc": -3}],
    "nbinom": [{"n": 2.5, "p": 0.3, "loc": 1}, {"n": 0.1, "p": 1e-4, "loc": 0}],
    "geom": [{"p": 0.2, "loc": -1}, {"p": 1e-7, "loc": 0}],
}
CASES = [(name, params) for name, several in LAWS.items() for params in several]
IDS = [f"{name}-{i}" for name, several in LAWS.items() for i in range(len(several))]


@pytest.mark.parametrize(("name", "params"), CASES, ids=IDS)
def test_draws_follow_the_law(name, params):
    x = FittedMarginal(name, params).sample(20_000, Stream.from_seed(31))
    law = getattr(scipy.stats, name)(**params)
    assert np.isfinite(x).all()
    if name in ("poisson", "binom", "nbinom", "geom"):
        assert (x == np.rint(x)).all()
        levels, counts = np.unique(x, return_counts=True)
        distance = np.abs(np.cumsum(counts) / len(x) - law.cdf(levels)).max()
        # The p-value of a discrete law is at least Kolmogorov's.
        assert scipy.stats.kstwo.sf(distance, len(x)) > 1e-4
    else:
        assert scipy.stats.kstest(x, law.cdf).pvalue > 1e-4


@pytest.mark.parametrize(("name", "params"), CASES, ids=IDS)
def test_a_short_draw_is_the_start_of_a_long_one(name, params):
    law, stream = FittedMarginal(name, params), Stream.from_seed(32)
    whole = law.sample(9000, stream)
    assert law.sample(10, stream).tobytes() == whole[:10].tobytes()
    assert law.sample(500, stream, start=8000).tobytes() == whole[8000:8500].tobytes()
    assert law.sample(0, stream).shape == (0,)


@pytest.mark.parametrize(("name", "params"), CASES, ids=IDS)
def test_draws_do_not_depend_on_threads(name, params, n_threads):
    law, stream = FittedMarginal(name, params), Stream.from_seed(33)
    with num_threads(1):
        alone = law.sample(6000, stream)
    with num_threads(n_threads):
        assert law.sample(6000, stream).tobytes() == alone.tobytes()


@pytest.mark.parametrize(("name", "params"), CASES, ids=IDS)
def test_quantiles_undo_the_distribution_function(name, params):
    law = FittedMarginal(name, params)
    u = np.linspace(0.001, 0.999, 333)
    x = law.ppf(u)
    if law.discrete:
        assert (law.cdf(x) >= u).all()
        assert (law.cdf(x - 1.0) < u).all()
    else:
        # An error of one ulp in x moves the probability by its density: large only beside an infinite one.
        slack = 1e-9 + 4.0 * np.spacing(np.abs(x)) * np.exp(np.minimum(law.logpdf(x), 700.0))
        assert (np.abs(law.cdf(x) - u) <= slack).all()


@pytest.mark.parametrize(("name", "params"), CASES, ids=IDS)
def test_goes_to_json_and_back(name, params):
    law = FittedMarginal(name, params, n=10, n_free=2, loglik=-1.5, at_bound=("loc",), fixed={"loc": 0.0}, n_missing=3,
                         ks_statistic=0.1, p_value=0.5)  # fmt: skip
    document = json.loads(json.dumps(law.to_dict()))
    assert FittedMarginal.from_dict(document) == law
    assert document["aic"] == 7.0
    assert document["bic"] == pytest.approx(2.0 * np.log(10) + 3.0)
    minimal = FittedMarginal.from_dict({"distribution": name, "params": params})
    assert (minimal.distribution, minimal.params) == (name, params)


@pytest.mark.parametrize("name", LAWS)
def test_params_are_those_of_scipy(name):
    x = FittedMarginal(name, LAWS[name][0]).sample(300, Stream.from_seed(34))
    fitted = next(iter(fit_column(x, name).values()))
    frozen = getattr(scipy.stats, name)(**fitted.params)
    np.testing.assert_allclose(fitted.cdf(x), frozen.cdf(x), rtol=1e-10)
    assert len(frozen.rvs(5, random_state=1)) == 5


def test_unknown_names_are_refused():
    with pytest.raises(DataError, match="expected one of norm"):
        FittedMarginal("cauchy", {})
    with pytest.raises(DataError, match="takes the parameters loc, scale, got mean"):
        FittedMarginal("norm", {"mean": 1.0})
    with pytest.raises(DataError, match="None"):
        FittedMarginal.from_dict({"params": {}})


def test_sample_size_is_checked():
    with pytest.raises(ValueError, match="n: expected an integer"):
        FittedMarginal("norm", {"loc": 0.0, "scale": 1.0}).sample(-1, Stream.from_seed(0))
