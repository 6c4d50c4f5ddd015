"""Metrics of series: against statsmodels, on copies, shuffles and twins."""

import numpy as np
import pytest

from synthfast.quality import series_disclosure, series_memory, series_scores
from synthfast.quality.series_features import FEATURES, feature_distance, series_features
from synthfast.quality.series_spectrum import log_spectrum, log_spectrum_distance
from synthfast.quality.series_values import series_kolmogorov_smirnov, series_wasserstein


def remembering(n=400, coefficient=0.8, seed=0):
    noise = np.random.default_rng(seed).normal(size=n)
    values = np.zeros(n)
    for t in range(1, n):
        values[t] = coefficient * values[t - 1] + noise[t]
    return values


@pytest.fixture(scope="module")
def real():
    return remembering()[None]


@pytest.fixture(scope="module")
def twins():
    """Draws of the same law."""
    return np.stack([remembering(seed=s)[None] for s in range(1, 9)])


@pytest.fixture(scope="module")
def shuffles(real):
    rng = np.random.default_rng(0)
    return np.stack([rng.permutation(real[0])[None] for _ in range(8)])


def test_autocorrelations_are_those_of_statsmodels(real):
    from statsmodels.tsa.stattools import acf, pacf

    np.testing.assert_allclose(series_memory.autocorrelation(real[0], 30), acf(real[0], nlags=30), atol=1e-12)
    expected = pacf(real[0], nlags=12, method="ldb")[1:]
    np.testing.assert_allclose(series_memory.partial_autocorrelation(real[0], 12), expected, atol=1e-10)
    assert (series_memory.autocorrelation(np.ones(20), 3) == [1, 0, 0, 0]).all()


METRICS = {
    "acf": lambda r, s: series_memory.autocorrelation_distance(r, s, 20),
    "pacf": lambda r, s: series_memory.partial_autocorrelation_distance(r, s, 20),
    "spectrum": log_spectrum_distance,
    "features": lambda r, s: feature_distance(r, s, 1),
    "refit": series_scores.refit_distance,
}


@pytest.mark.parametrize("name", METRICS)
def test_a_copy_is_perfect_and_a_twin_is_nearer_than_a_shuffle(name, real, twins, shuffles):
    metric = METRICS[name]
    assert metric(real, real[None]).value == pytest.approx(0.0, abs=1e-9)
    near, far = metric(real, twins), metric(real, shuffles)
    assert near.value < far.value
    assert near.reference > 0
    assert near.value < 2.5 * near.reference


def test_values(real, twins, shuffles):
    for metric in (series_kolmogorov_smirnov, series_wasserstein):
        assert metric(real, shuffles).value == pytest.approx(0.0, abs=1e-12)
        assert 0 < metric(real, twins).value < 3 * metric(real, twins).reference
        assert metric(real, twins + 5).value > 0.7


def test_volatility_and_cross_correlations(real, twins):
    assert series_memory.volatility_memory_distance(real, real[None], 10).value == pytest.approx(0, abs=1e-12)
    assert series_memory.cross_correlation_distance(real, twins, 10).value is None
    two = np.concatenate([real, np.roll(real, 3)])
    assert series_memory.cross_correlation_distance(two, two[None], 10).value == pytest.approx(0, abs=1e-12)
    apart = np.concatenate([twins, twins[::-1]], axis=1)
    assert series_memory.cross_correlation_distance(two, apart, 10).value > 0.3


def test_spectrum_peaks_where_the_season_is():
    t = np.arange(480)
    frequency, power = log_spectrum(np.sin(2 * np.pi * t / 12), 240)
    assert frequency[power.argmax()] == pytest.approx(1 / 12)


def test_features():
    t = np.arange(240)
    rng = np.random.default_rng(0)
    of = {}
    for name, values in {
        "trend": t / 10 + rng.normal(size=240),
        "season": 4 * np.sin(2 * np.pi * t / 12) + rng.normal(size=240),
        "noise": rng.normal(size=240),
    }.items():
        of[name] = dict(zip(FEATURES, series_features(values, 12), strict=True))
    assert len(FEATURES) == 21
    assert of["trend"]["trend_strength"] > 0.9 > of["noise"]["trend_strength"]
    assert of["season"]["season_strength"] > 0.8 > of["noise"]["season_strength"]
    assert of["season"]["peak_frequency"] == pytest.approx(1 / 12)
    assert of["noise"]["spectral_entropy"] > of["season"]["spectral_entropy"]
    assert of["trend"]["hurst"] > 0.8 > of["noise"]["hurst"]
    assert np.isfinite(series_features(np.ones(50), 1)).all()


def test_copies_are_disclosed(real, twins):
    copy = real[None]
    assert series_disclosure.longest_verbatim_run(real, copy).value == 1.0
    assert series_disclosure.longest_verbatim_run(real, twins).detail["n_steps"] == 1  # all begin at 0
    assert series_disclosure.best_lag_correlation(real, copy, 1).value == pytest.approx(1.0)
    shifted = np.roll(real, 7)[None]
    assert series_disclosure.best_lag_correlation(real, shifted, 1).value > 0.9
    assert series_disclosure.best_lag_correlation(real, twins, 1).value < 0.6
    assert series_disclosure.nearest_window_ratio(real, copy, 24).value == pytest.approx(0.0, abs=1e-6)
    assert 0.8 < series_disclosure.nearest_window_ratio(real, twins, 24).value < 1.25
    assert series_disclosure.warping_distance(real, copy).value == 0.0


def test_a_trend_alone_is_no_copy():
    t = np.arange(200.0)
    rng = np.random.default_rng(0)
    real, other = (t + rng.normal(size=200) for _ in range(2))
    assert np.corrcoef(real, other)[0, 1] > 0.99
    assert series_disclosure.best_lag_correlation(real[None], other[None, None], 1).value < 0.4


def test_classifiers_tell_shuffles_apart_and_not_twins(real, twins, shuffles):
    weak, strong = series_scores.discriminative_scores(real, twins, 12)
    assert abs(weak.value - 0.5) < 0.2
    _, told = series_scores.discriminative_scores(real, shuffles, 12)
    assert told.value > 0.8
    assert weak.reference is not None
    assert 0 <= strong.detail["score"] <= 0.5


def test_forecasts_learned_from_twins_are_as_good(real, twins, shuffles):
    near = series_scores.predictive_score(real, twins, 1)
    assert near.value < 1.25
    assert near.detail["naive"][0] > 0
    assert series_scores.predictive_score(real, shuffles, 1).value > near.value
    assert series_scores.predictive_score(real[:, :20], twins[..., :20], 1).value is None
