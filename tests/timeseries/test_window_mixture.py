"""Windows drawn as a whole."""

import numpy as np
import pytest

import synthfast
from synthfast import WindowMixtureSynthesizer
from synthfast.exceptions import DataError


def long(n=900, seed=0):
    rng = np.random.default_rng(seed)
    t = np.arange(n)
    return np.column_stack([np.sin(t / 4), np.cos(t / 4) + 5]) + 0.1 * rng.normal(size=(n, 2))


def test_windows_have_the_moments_of_the_real_ones():
    series = long()
    model = WindowMixtureSynthesizer(n_components=8, random_state=0).fit(series)
    assert (model.window_length_, model.n_windows_) == (24, 877)
    draws = model.sample(4_000, random_state=1)
    real = np.lib.stride_tricks.sliding_window_view(series, 24, axis=0).swapaxes(1, 2)
    # overlapping windows of ten turns stand for about 100 independent ones: 5 standard errors of 0.7 / 10
    np.testing.assert_allclose(draws.mean(axis=0), real.mean(axis=0), atol=0.35)
    a, b = (np.cov(x.reshape(len(x), -1), rowvar=False) for x in (draws, real))
    assert np.linalg.norm(a - b) < 0.25 * np.linalg.norm(b)


def test_windows_given_as_windows(tmp_path):
    windows = np.lib.stride_tricks.sliding_window_view(long(), 24, axis=0).swapaxes(1, 2)
    model = WindowMixtureSynthesizer(n_components=3, random_state=0).fit(windows)
    draws = model.sample(10, random_state=0)
    assert draws.shape == (10, 24, 2)
    model.save(tmp_path / "w.synth")
    np.testing.assert_array_equal(synthfast.load(tmp_path / "w.synth").sample(10, random_state=0), draws)
    auto = synthfast.TimeSeriesSynthesizer(random_state=0).fit(windows)
    assert auto.method_ == "window_mixture"
    assert auto.sample(3, random_state=0).shape == (3, 24, 2)


def test_windows_that_cannot_be_learned():
    windows = np.zeros((30, 5, 1))
    with pytest.raises(DataError, match="constant windows"):
        WindowMixtureSynthesizer().fit(windows)
    windows[3, 2] = np.nan
    windows[4, 2] = 1.0
    with pytest.raises(DataError, match="missing"):
        WindowMixtureSynthesizer().fit(windows)
    with pytest.raises(DataError, match="at least 21 windows"):
        WindowMixtureSynthesizer().fit(np.random.default_rng(0).normal(size=(9, 5, 1)))
    with pytest.raises(DataError, match="window_length"):
        WindowMixtureSynthesizer(window_length=50).fit(long(60))
