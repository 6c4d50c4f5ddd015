"""VARSynthesizer: its least squares against statsmodels, its draws against the law of the model."""

import numpy as np
import pandas as pd
import pytest
from statsmodels import datasets
from statsmodels.tsa.api import VAR

import synthfast
from synthfast import VARSynthesizer
from synthfast.exceptions import DataError


def coupled(n=600, seed=0):
    """The second variable follows the first by one step."""
    rng = np.random.default_rng(seed)
    x = np.zeros((n, 2))
    for t in range(1, n):
        x[t, 0] = 0.6 * x[t - 1, 0] + rng.normal()
        x[t, 1] = 0.7 * x[t - 1, 0] + 0.2 * x[t - 1, 1] + 0.5 * rng.normal()
    return x + np.array([10.0, -3.0])


@pytest.fixture(scope="module")
def model():
    return VARSynthesizer(seasonal_period=1, n_lags=2, transform="none").fit(coupled())


def test_coefficients_are_those_of_statsmodels(model):
    """Golden: VAR of statsmodels on the same times, scaled as here."""
    w = coupled()[1:]
    w = (w - w.mean(axis=0)) / w.std(axis=0)
    np.testing.assert_allclose(model.coefs_, VAR(w).fit(2).coefs, atol=1e-8)
    assert not model.differenced_.any()


def test_order_by_aic():
    found = VARSynthesizer(seasonal_period=1, transform="none").fit(coupled(2_000))
    assert found.n_lags_ in (1, 2, 3)


def test_cross_covariances_come_back(model):
    """Lagged covariances of long draws within 15 % of the largest, those of the series."""
    x, drawn = coupled(), model.sample(100, n_steps=600, random_state=0)

    def lagged(a, lag):
        a = a - a.mean(axis=-2, keepdims=True)
        return np.swapaxes(a[..., lag:, :], -1, -2) @ a[..., : a.shape[-2] - lag, :] / a.shape[-2]

    for lag in (0, 1, 2):
        expected = lagged(x, lag)
        np.testing.assert_allclose(lagged(drawn, lag).mean(axis=0), expected, atol=0.15 * np.abs(expected).max())


def test_draws_after_the_end_follow_the_forecast(model):
    """Means of 4,000 draws at h = 1 .. 10 within 4 standard errors of the iterated forecast."""
    drawn = model.sample(4_000, n_steps=10, random_state=0)
    ahead = VARSynthesizer(seasonal_period=1, n_lags=2, transform="none", anchor="end").fit(coupled())
    drawn = ahead.sample(4_000, n_steps=10, random_state=0)
    w = coupled()[1:]
    center, size = w.mean(axis=0), w.std(axis=0)
    past, constant = list((w - center) / size), ahead._season[0]
    for h in range(10):
        past.append(constant + ahead.coefs_[0] @ past[-1] + ahead.coefs_[1] @ past[-2])
        error = drawn[:, h].std(axis=0) / np.sqrt(4_000)
        assert (np.abs(drawn[:, h].mean(axis=0) - (center + size * past[-1])) < 4 * error).all()


@pytest.mark.parametrize("innovations", ["bootstrap", "gaussian"])
def test_macroeconomic_series(innovations):
    frame = datasets.macrodata.load_pandas().data[["realgdp", "realcons", "unemp", "infl"]]
    frame.index = pd.period_range("1959Q1", periods=len(frame), freq="Q")
    model = VARSynthesizer(innovations=innovations, random_state=0).fit(frame)
    assert model.differenced_[:2].all()
    drawn = model.sample(20, random_state=0)
    assert drawn.shape == (len(frame), 80)
    growth = np.log(drawn.xs("realgdp", axis=1, level=1)).diff().mean().mean()
    real = np.log(frame["realgdp"]).diff().mean()
    assert growth == pytest.approx(real, rel=0.3)
    assert (drawn.xs("realcons", axis=1, level=1) > 0).all().all()


def test_seasons_stay_in_step():
    t = np.arange(240)
    rng = np.random.default_rng(0)
    x = np.stack([5 * np.sin(2 * np.pi * t / 12), 3 * np.cos(2 * np.pi * t / 12)], axis=1) + rng.normal(size=(240, 2))
    for anchor, first in (("start", 0), ("end", 240)):
        drawn = VARSynthesizer(seasonal_period=12, anchor=anchor).fit(x).sample(200, random_state=0).mean(axis=0)
        wave = np.sin(2 * np.pi * (t + first) / 12)
        assert np.corrcoef(drawn[:, 0], wave)[0, 1] > 0.95


def test_explosive_fits_are_held():
    x = np.stack([1.05 ** np.arange(60), np.random.default_rng(0).normal(size=60)], axis=1)
    drawn = VARSynthesizer(seasonal_period=1, n_lags=1, transform="none").fit(x).sample(5, n_steps=300, random_state=0)
    assert np.isfinite(drawn).all()


def test_saved_models_keep_their_anchor(tmp_path):
    model = VARSynthesizer(anchor="end", seasonal_period=1).fit(coupled(100))
    model.save(tmp_path / "a.synth")
    again = synthfast.load(tmp_path / "a.synth")
    np.testing.assert_array_equal(again.sample(2, random_state=0), model.sample(2, random_state=0))


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"n_lags": 0}, "n_lags"),
        ({"n_lags": 90}, "too many"),
        ({"max_lags": 0}, "max_lags"),
        ({"innovations": "cauchy"}, "innovations"),
        ({"anchor": "middle"}, "anchor"),
        ({"transform": "log"}, "transform"),
    ],
)
def test_parameters_that_make_no_sense(parameters, words):
    with pytest.raises((TypeError, ValueError, DataError), match=words):
        VARSynthesizer(seasonal_period=1, **parameters).fit(coupled(100))
