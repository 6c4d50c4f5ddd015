"""ARIMASynthesizer: its parts against statsmodels and theory, its draws against the analytic forecast, bad input."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter
from statsmodels import datasets
from statsmodels.tsa.statespace.sarimax import SARIMAX
from statsmodels.tsa.stattools import kpss

import synthfast
from synthfast import ARIMASynthesizer
from synthfast.exceptions import DataError, NotFittedError, SeriesWarning
from synthfast.timeseries._arima.fitting import Fitter
from synthfast.timeseries._arima.orders import Order, difference, difference_lags, expanded_lags
from synthfast.timeseries._arima.paths import stationary_factor
from synthfast.timeseries._arima.regression import fourier_rows
from synthfast.timeseries._arima.search import Limits, search_order
from synthfast.timeseries._arima.stationarity import count_differences, count_seasonal_differences, kpss_statistic
from synthfast.timeseries._arima.transforms import Transform
from synthfast.timeseries._innovations import Innovations
from synthfast.timeseries._volatility import Volatility, fit_volatility

NO_ROWS = np.empty((0, 0))


def weekly(n=300, seed=0, level=5_000.0):
    e = np.random.default_rng(seed).normal(size=n + 200)
    seasonal = np.r_[1.0, np.zeros(6), -0.5]
    return level + np.cumsum(lfilter([1.0, 0.4], np.convolve([1.0, -0.5], seasonal), e)[200:])


def no_rows(y):
    return np.empty((0, len(y)))


# -- parts -------------------------------------------------------------------------------------------------------------


def test_differences_are_undone_by_their_lags():
    order = Order(d=1, D=1, m=4)
    y = np.random.default_rng(0).normal(size=40)
    w = difference(y, order)
    lags, weights = difference_lags(order)
    rebuilt = [w[t] + sum(c * y[5 + t - lag] for lag, c in zip(lags, weights, strict=True)) for t in range(len(w))]
    np.testing.assert_allclose(rebuilt, y[5:], atol=1e-12)


def test_expanded_lags_are_the_product_of_the_factors():
    order = Order(2, 0, 1, 1, 0, 1, 4)
    phi, theta, PHI, THETA = np.array([0.5, -0.2]), np.array([0.3]), np.array([0.4]), np.array([-0.6])
    (ar_lags, ar), (ma_lags, ma) = expanded_lags(order, np.r_[phi, theta, PHI, THETA])
    product = -np.convolve(np.r_[1, -phi], np.r_[1, 0, 0, 0, -PHI])
    np.testing.assert_allclose(ar, product[ar_lags])
    assert set(np.flatnonzero(product)) == {0, *ar_lags}
    product = np.convolve(np.r_[1, theta], np.r_[1, 0, 0, 0, THETA])
    np.testing.assert_allclose(ma, product[ma_lags])


@pytest.mark.parametrize("n", [60, 200, 700])
def test_kpss_is_that_of_statsmodels(n):
    y = np.cumsum(np.random.default_rng(n).normal(size=n))
    n_lags = int(3 * np.sqrt(n) / 13)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of p-values outside of its table, and of changes to come
        expected = kpss(y, nlags=n_lags)[0]
    assert kpss_statistic(y) == pytest.approx(expected, rel=1e-10)


def test_how_often_to_difference():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=300)
    assert count_differences(noise) == 0
    assert count_differences(np.cumsum(noise)) == 1
    assert count_differences(np.cumsum(np.cumsum(noise))) == 2
    assert count_differences(np.full(50, 2.0)) == 0
    season = np.tile(rng.normal(size=12) * 5, 25)
    assert count_seasonal_differences(season + noise, 12) == 1
    assert count_seasonal_differences(noise, 12) == 0
    assert count_seasonal_differences(season[:20], 12) == 0


@pytest.mark.parametrize(
    "order", [Order(1, 1, 1, 0, 1, 1, 12), Order(2, 1, 0), Order(1, 0, 2, constant=True), Order(0, 1, 1, constant=True)]
)
def test_maximum_likelihood_is_that_of_statsmodels(order):
    """Golden: SARIMAX of statsmodels on the differenced series, at our estimates and at its own."""
    y = np.log(datasets.macrodata.load_pandas().data["realgdp"].to_numpy()) * 100
    w = difference(y, order)
    fit = Fitter(y, no_rows(y), order).fit(order)
    model = SARIMAX(
        w,
        exog=np.ones(len(w)) if order.constant else None,
        order=(order.p, 0, order.q),
        seasonal_order=(order.P, 0, order.Q, order.m if order.m > 1 else 0),
    )
    model.ssm.tolerance = 0  # it stops updating its gain too early for ten digits
    ours = np.r_[fit.beta, fit.coefs, fit.variance]
    assert fit.log_likelihood == pytest.approx(model.loglike(ours), abs=1e-6)
    assert fit.log_likelihood >= model.fit(disp=0, maxiter=200).llf - 1e-3


def test_the_search_is_no_worse_than_all_small_orders():
    """Stepwise against the grid: within two units of AICc on a series that comes with statsmodels."""
    y = datasets.nile.load_pandas().data["volume"].to_numpy()
    walked = search_order(y, 1, no_rows(y))
    best = search_order(y, 1, no_rows(y), limits=Limits(3, 3, stepwise=False))
    assert walked.aicc <= best.aicc + 2


def test_the_search_finds_the_order_it_was_made_with():
    y = weekly(2_000)
    fit = search_order(y, 7, no_rows(y))
    assert (fit.order.d, fit.order.D) == (1, 0)
    true = Fitter(y, no_rows(y), fit.order).fit(Order(1, 1, 1, 1, 0, 0, 7))
    assert fit.aicc <= true.aicc + 0.1
    np.testing.assert_allclose(true.coefs, [0.5, 0.4, 0.5], atol=4 / np.sqrt(2_000))
    assert true.variance == pytest.approx(1.0, abs=4 * np.sqrt(2 / 2_000))


def test_the_stationary_state_is_what_a_long_run_leads_to():
    order, coefs = Order(2, 0, 1, 1, 0, 0, 3), np.array([0.5, -0.3, 0.4, 0.3])
    factor = stationary_factor(order, coefs)
    (ar_lags, ar), (ma_lags, ma) = expanded_lags(order, coefs)
    size = order.state_size
    transition, loading = np.eye(size, k=1), np.eye(1, size)[0]
    transition[ar_lags - 1, 0] += ar
    loading[ma_lags] = ma
    covariance = np.zeros((size, size))
    for _ in range(400):
        covariance = transition @ covariance @ transition.T + np.outer(loading, loading)
    np.testing.assert_allclose(factor @ factor.T, transition @ covariance @ transition.T, atol=1e-9)


@pytest.mark.parametrize("transform", [Transform(), Transform(0.0), Transform(0.5), Transform(bounds=(-1.0, 40.0))])
def test_transforms_are_undone(transform):
    x = np.linspace(0.5, 39.0, 50)
    np.testing.assert_allclose(transform.back(transform.forward(x)), x, rtol=1e-12)


@pytest.mark.parametrize(("period", "n_waves"), [(7, 3), (12, 6), (52, 4), (2, 1)])
def test_waves(period, n_waves):
    rows = fourier_rows(period, n_waves, 5, 3 * period)
    assert len(rows) == min(2 * n_waves, period - 1)
    gram = rows @ rows.T
    np.testing.assert_allclose(gram, np.diag(np.diag(gram)), atol=1e-9)
    np.testing.assert_allclose(rows[:, :period], rows[:, period : 2 * period], atol=1e-12)


def test_volatility_is_found_again():
    """1,000 series of 3,000 values: standard errors of alpha and beta are about .02 and .04."""
    z = np.random.default_rng(1).normal(size=(1, 3_000))
    e = Volatility(0.12, 0.8, 1.0).apply(z)[0]
    found = fit_volatility((e - e.mean()) / e.std())
    assert found.alpha == pytest.approx(0.12, abs=0.08)
    assert found.beta == pytest.approx(0.8, abs=0.16)
    assert fit_volatility(z[0]).alpha < 0.06
    v = found.variances(e)
    by_hand = [1.0]
    for value in e:
        by_hand.append((1 - found.alpha - found.beta) + found.alpha * value**2 + found.beta * by_hand[-1])
    np.testing.assert_allclose(v, by_hand, rtol=1e-9)


@pytest.mark.parametrize("law", ["bootstrap", "gaussian", "student_t", "garch"])
def test_innovations_have_unit_variance(law):
    """Means within 4 standard errors, variances within 4 of theirs, by the kurtosis of the draw."""
    residuals = np.random.default_rng(0).standard_t(8, size=800) * 3 + 1
    drawn = Innovations.fit(law, residuals).draw(0, 400, 100, synthfast._core.random.Stream.from_seed(0))
    n, kurtosis = drawn.size, np.mean(drawn**4)
    assert abs(drawn.mean()) < 4 / np.sqrt(n)
    assert drawn.var() == pytest.approx(1, abs=4 * np.sqrt(kurtosis / n) + 0.02 * (law == "garch"))
    if law == "student_t":
        assert kurtosis > 3.5


# -- the generator -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def model():
    fixed = {"order": (1, 1, 1), "seasonal_order": (1, 0, 1), "transform": "none", "innovations": "gaussian"}
    return ARIMASynthesizer(seasonal_period=7, **fixed).fit(weekly())


def test_paths_after_the_end_follow_the_analytic_forecast(model):
    """1,000 paths at h = 1 .. 365: means and variances within 4 standard errors of statsmodels' forecast."""
    n, h, n_paths = 300, 365, 1_000
    c = model.coefs_
    drift = c["regression"][0]
    peer = SARIMAX(weekly() - drift * np.arange(n), order=(1, 1, 1), seasonal_order=(1, 0, 1, 7))
    forecast = peer.filter(np.r_[c["ar"], c["ma"], c["seasonal_ar"], c["seasonal_ma"], model.sigma2_]).get_forecast(h)
    mean, variance = forecast.predicted_mean + drift * np.arange(n, n + h), forecast.var_pred_mean
    paths = model.sample(n_paths, n_steps=h, anchor="end", random_state=0)
    assert (np.abs(paths.mean(axis=0) - mean) < 4 * np.sqrt(variance / n_paths)).all()
    spread = np.mean((paths - mean) ** 2, axis=0) / variance
    assert (np.abs(spread - 1) < 4 * np.sqrt(2 / n_paths)).all()


def test_paths_over_the_span_begin_near_the_series_and_copy_nothing(model):
    y = weekly()
    paths = model.sample(500, random_state=0)
    assert paths.shape == (500, 300)
    # The first value is a change away from the value drawn before it, itself a change away from the real first one.
    deviation = 2 * np.diff(y).std()
    assert abs(paths[:, 0].mean() - y[0]) < 4 * deviation / np.sqrt(500)
    assert 0.3 * deviation < paths[:, 0].std() < 2 * deviation
    assert not np.isin(paths, y).any()
    # Their changes have the variance of those of the model.
    assert np.diff(paths).std() == pytest.approx(
        np.diff(model.sample(500, anchor="end", random_state=1)).std(), rel=0.05
    )


def test_stationary_models_draw_their_stationary_law():
    rng = np.random.default_rng(0)
    y = lfilter([1.0], [1.0, -0.8], rng.normal(size=2_000))[500:] + 20
    model = ARIMASynthesizer(seasonal_period=1, order=(1, 0, 0), transform="none").fit(y)
    for anchor in ("start", "stationary"):
        drawn = model.sample(2_000, n_steps=5, anchor=anchor, random_state=1)
        phi = model.coefs_["ar"][0]
        variance = model.sigma2_ / (1 - phi**2)
        errors = np.sqrt(2 / 2_000)
        np.testing.assert_allclose(drawn.var(axis=0), variance, rtol=5 * errors)
        np.testing.assert_allclose(np.cov(drawn[:, 0], drawn[:, 1])[0, 1], variance * phi, rtol=6 * errors)


def test_integrated_models_have_no_stationary_law(model):
    with pytest.raises(DataError, match=r"anchor='stationary'.*start"):
        model.sample(anchor="stationary")


def test_kinds_of_innovations():
    for law in ("bootstrap", "student_t", "garch"):
        made = ARIMASynthesizer(seasonal_period=1, order=(1, 1, 0), innovations=law).fit(weekly())
        assert np.isfinite(made.sample(3, random_state=0)).all()


def test_bounds_whole_numbers_and_floors_hold():
    rng = np.random.default_rng(0)
    share = 1 / (1 + np.exp(-np.cumsum(rng.normal(size=200) * 0.3)))
    drawn = ARIMASynthesizer(seasonal_period=1, bounds=(0, 1)).fit(share).sample(50, random_state=0)
    assert drawn.min() >= 0
    assert drawn.max() <= 1
    counts = rng.poisson(3, 200)
    drawn = ARIMASynthesizer(seasonal_period=1).fit(counts).sample(20, random_state=0)
    assert drawn.dtype == counts.dtype
    assert drawn.min() >= 0


def test_logarithms_are_taken_where_the_spread_grows_with_the_level():
    rng = np.random.default_rng(0)
    y = np.exp(np.cumsum(rng.normal(0.01, 0.1, 300)) + 3)
    model = ARIMASynthesizer(seasonal_period=1).fit(y)
    assert model.power_ == 0
    assert (model.sample(20, random_state=0) > 0).all()
    assert ARIMASynthesizer(seasonal_period=1).fit(1_000 + np.cumsum(rng.normal(size=300))).power_ == 1


def test_regressors_are_estimated_and_come_back():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 2))
    y = 5 + x @ [3.0, -2.0] + lfilter([1.0], [1.0, -0.6], rng.normal(size=300))
    model = ARIMASynthesizer(seasonal_period=1, order=(1, 0, 0), transform="none").fit(y, exog=x)
    np.testing.assert_allclose(model.coefs_["regression"][1:], [3, -2], atol=0.25)
    drawn = model.sample(200, random_state=0)
    np.testing.assert_allclose(np.linalg.lstsq(x, drawn.mean(axis=0) - 5, rcond=None)[0], [3, -2], atol=0.4)
    ahead = model.sample(200, n_steps=4, anchor="end", exog=np.array([[10.0, 0]] * 4), random_state=0)
    assert ahead[:, 3].mean() == pytest.approx(35, abs=1.5)
    with pytest.raises(DataError, match="2 regressors"):
        model.sample(anchor="end")
    with pytest.raises(DataError, match=r"shape \(4, 2\)"):
        model.sample(n_steps=4, exog=np.zeros((3, 2)))


@pytest.mark.parametrize(
    ("exog", "words"),
    [
        (np.zeros((10, 1)), "shape"),
        (np.ones(300), "does not vary"),
        (np.full(300, np.nan), "finite"),
        (["a"] * 300, "numbers"),
    ],
)
def test_regressors_that_do_not_fit(exog, words):
    with pytest.raises(DataError, match=words):
        ARIMASynthesizer(seasonal_period=1).fit(weekly(), exog=exog)


def test_collinear_regressors_are_an_error():
    x = np.random.default_rng(0).normal(size=300)
    with pytest.raises(DataError, match="collinear"):
        ARIMASynthesizer(seasonal_period=1).fit(weekly(), exog=np.stack([x, 2 * x], axis=1))


def test_long_seasons_become_waves():
    rng = np.random.default_rng(0)
    t = np.arange(400)
    y = 50 + 6 * np.sin(2 * np.pi * t / 52) + rng.normal(size=400)
    model = ARIMASynthesizer(seasonal_period=52).fit(y)
    assert model.seasonal_order_ == (0, 0, 0, 1)
    drawn = model.sample(50, random_state=0).mean(axis=0)
    assert np.corrcoef(drawn, np.sin(2 * np.pi * t / 52))[0, 1] > 0.95


def test_missing_values_count_as_in_the_exact_likelihood():
    """Golden: SARIMAX of statsmodels, whose Kalman filter passes over missing values, on the same series."""
    y = weekly(400)
    holes = y.copy()
    holes[np.random.default_rng(0).choice(np.arange(10, 400), 40, replace=False)] = np.nan
    with pytest.warns(SeriesWarning, match="40 of 400"):
        model = ARIMASynthesizer(seasonal_period=1, order=(1, 1, 1), transform="none").fit(holes)
    drift = model.coefs_["regression"][0]
    peer = SARIMAX(holes - drift * np.arange(400), order=(1, 1, 1)).fit(disp=0)
    ours = np.r_[model.coefs_["ar"], model.coefs_["ma"]]
    assert (np.abs(ours - peer.params[:2]) < 0.5 * peer.bse[:2]).all()
    assert model.sigma2_ == pytest.approx(peer.params[2], rel=0.1)


def test_given_orders_are_taken_and_saved(model, tmp_path):
    assert model.order_ == (1, 1, 1)
    assert model.seasonal_order_ == (1, 0, 1, 7)
    assert model.aicc_ > model.aic_
    model.save(tmp_path / "a.synth")
    again = synthfast.load(tmp_path / "a.synth")
    assert (again.order_, again.seasonal_order_, again.aicc_) == (model.order_, model.seasonal_order_, model.aicc_)
    np.testing.assert_array_equal(again.residuals_, model.residuals_)
    for anchor in ("start", "end"):
        np.testing.assert_array_equal(
            again.sample(3, anchor=anchor, random_state=1), model.sample(3, anchor=anchor, random_state=1)
        )


def test_times_of_draws():
    y = pd.Series(weekly(60), index=pd.date_range("2024-01-01", periods=60))
    model = ARIMASynthesizer(seasonal_period=1, order=(0, 1, 1)).fit(y)
    assert model.sample(2, random_state=0).index.equals(y.index)
    after = model.sample(2, n_steps=5, anchor="end", random_state=0).index
    assert list(after) == list(pd.date_range("2024-03-01", periods=5))


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"order": (1, 1)}, "three integers"),
        ({"order": "111"}, "three integers"),
        ({"order": (1, 3, 0)}, "order, d"),
        ({"order": (-1, 0, 0)}, "order, p"),
        ({"order": (1, 0.5, 0)}, "order, d"),
        ({"order": (13, 0, 0)}, "order, p"),
        ({"seasonal_order": (1, 0, 0)}, "give order"),
        ({"order": (1, 0, 0), "seasonal_order": (1, 0, 0), "seasonal_period": 1}, "needs a season"),
        ({"order": (1, 0, 0), "seasonal_order": (1, 0, 0), "seasonal_period": 30}, "2 to 24 steps"),
        ({"innovations": "cauchy"}, "innovations"),
        ({"anchor": "middle"}, "anchor"),
        ({"criterion": "hqc"}, "criterion"),
        ({"transform": "sqrt"}, "transform"),
        ({"transform": 9}, "transform"),
        ({"transform": np.nan}, "transform"),
        ({"bounds": (0, 1)}, "do not hold"),
        ({"bounds": (9_000, 1)}, "do not hold"),
        ({"max_p": -1}, "max_p"),
        ({"max_q": 2.5}, "max_q"),
    ],
)
def test_parameters_that_make_no_sense(parameters, words):
    with pytest.raises((TypeError, ValueError), match=words):
        ARIMASynthesizer(**{"seasonal_period": 1, **parameters}).fit(weekly())


def test_what_is_asked_of_too_short_series():
    with pytest.raises(DataError, match="needs at least"):
        ARIMASynthesizer(seasonal_period=4, order=(2, 1, 2), seasonal_order=(1, 1, 1)).fit(weekly(20))
    assert np.isfinite(ARIMASynthesizer().fit(weekly(9)).sample(3, random_state=0)).all()


def test_powers_need_positive_values():
    with pytest.raises(DataError, match="positive"):
        ARIMASynthesizer(transform="log").fit(np.random.default_rng(0).normal(size=100))


@pytest.mark.parametrize("y", [np.arange(60.0), np.tile([1.0, 5.0, 2.0, 7.0], 20), np.r_[np.zeros(40), np.ones(40)]])
def test_series_without_noise(y):
    model = ARIMASynthesizer(seasonal_period=4).fit(y)
    drawn = model.sample(5, anchor="end", n_steps=8, random_state=0)
    assert np.isfinite(drawn).all()
    if y[1] == 1:
        np.testing.assert_allclose(drawn, np.broadcast_to(np.arange(60, 68), (5, 8)), atol=1e-3)


@pytest.mark.parametrize("scale", [1e-9, 1e9])
def test_scale_changes_nothing_but_scale(scale):
    y = weekly(level=100.0)
    plain = ARIMASynthesizer(seasonal_period=1, order=(1, 1, 1), transform="none").fit(y)
    scaled = ARIMASynthesizer(seasonal_period=1, order=(1, 1, 1), transform="none").fit(y * scale)
    np.testing.assert_allclose(scaled.coefs_["ar"], plain.coefs_["ar"], rtol=1e-4)
    assert scaled.sigma2_ == pytest.approx(plain.sigma2_ * scale**2, rel=1e-6)


def test_use_before_fit():
    with pytest.raises(NotFittedError, match="fit"):
        ARIMASynthesizer().sample(anchor="end")


def test_values_without_squares_are_named():
    with pytest.raises(DataError, match="rescale"):
        ARIMASynthesizer().fit(weekly(50) * 1e150)


def test_orders_given_as_arrays(tmp_path):
    model = ARIMASynthesizer(order=np.array([1, 0, 1]), seasonal_period=1).fit(weekly(60))
    model.save(tmp_path / "a.synth")
    assert synthfast.load(tmp_path / "a.synth").order_ == (1, 0, 1)
