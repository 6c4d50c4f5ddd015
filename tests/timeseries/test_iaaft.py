"""Surrogates keep values and spectrum, and of several variables the cross-correlations."""

import numpy as np
import pytest

from synthfast import IAAFTSynthesizer


def two(n=256, seed=0):
    rng = np.random.default_rng(seed)
    common = np.convolve(rng.normal(size=n + 20), np.ones(12) / 12, mode="same")[10 : n + 10]
    return np.exp(np.column_stack([common, np.roll(common, 3)]) + 0.1 * rng.normal(size=(n, 2)))


def correlation(x, lag):
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    return np.mean(x[:, 0] * np.roll(x[:, 1], -lag))


def test_values_are_those_of_the_original():
    values = two()[:, 0]
    drawn = IAAFTSynthesizer().fit(values).sample(5, random_state=0)
    np.testing.assert_array_equal(np.sort(drawn, axis=1), np.sort(values) + np.zeros((5, 1)))
    assert np.abs([np.corrcoef(one, values)[0, 1] for one in drawn]).max() < 0.6


def test_spectrum_is_nearly_that_of_the_original():
    """Better by far than a shuffle, whose spectrum is flat."""
    values = two()[:, 0]
    power = np.abs(np.fft.rfft(values)[1:])
    drawn = np.abs(np.fft.rfft(IAAFTSynthesizer().fit(values).sample(5, random_state=0)))[:, 1:]
    assert (np.linalg.norm(drawn - power, axis=1) < 0.05 * np.linalg.norm(power)).all()


def test_cross_correlations_are_kept():
    values = two()
    drawn = IAAFTSynthesizer().fit(values).sample(20, random_state=0)
    for lag in (0, 3, -3, 10):
        found = np.mean([correlation(one, lag) for one in drawn])
        assert found == pytest.approx(correlation(values, lag), abs=0.1), lag


def test_rounds_are_checked():
    with pytest.raises(ValueError, match="max_iter"):
        IAAFTSynthesizer(max_iter=0).fit(two())
