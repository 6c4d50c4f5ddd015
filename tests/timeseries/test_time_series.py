"""The generator that suits a series, and why."""

import numpy as np
import pytest

from synthfast import TimeSeriesSynthesizer


def seasonal(n=120):
    rng = np.random.default_rng(0)
    return 20 + 5 * np.sin(2 * np.pi * np.arange(n) / 12) + rng.normal(size=n)


@pytest.mark.parametrize(
    ("series", "method", "words"),
    [
        (seasonal(), "structural", "a season of 12 steps"),
        (np.arange(100.0) + np.random.default_rng(0).normal(size=100), "structural", "straight line explains"),
        (np.random.default_rng(0).normal(size=200), "iaaft", "no trend and no season"),
        (np.random.default_rng(0).normal(size=(200, 3)), "iaaft", "no trend and no season"),
    ],
)
def test_choice_and_reason(series, method, words):
    model = TimeSeriesSynthesizer(random_state=0).fit(series)
    assert model.method_ == method
    assert words in model.reason_
    assert model.sample(3, random_state=0).shape == (3, *series.shape)


def test_a_method_asked_for_is_taken_with_its_options():
    model = TimeSeriesSynthesizer(method="block_bootstrap", options={"block_length": 5.0}).fit(seasonal())
    assert model.model_.block_length_ == 5.0
    assert model.reason_ == "It was asked for."


def test_bad_arguments():
    with pytest.raises(ValueError, match="expected one of 'auto'"):
        TimeSeriesSynthesizer(method="arma").fit(seasonal())
    with pytest.raises(ValueError, match="belong to one generator"):
        TimeSeriesSynthesizer(options={"block_length": 5.0}).fit(seasonal())
    with pytest.raises(ValueError, match="window_mixture"):
        TimeSeriesSynthesizer(method="iaaft").fit(np.zeros((30, 5, 1)))
