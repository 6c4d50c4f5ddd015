"""Seasons are found where they are, and not where they are not."""

import numpy as np
import pytest

from synthfast.base.seasonal_period import find_period, seasonal_share


def noise(n, seed=0):
    return np.random.default_rng(seed).normal(size=n)


@pytest.mark.parametrize("period", [4, 7, 12, 24, 52])
def test_a_season_is_found_in_the_values(period):
    n = 8 * period
    values = 3 * np.sin(2 * np.pi * np.arange(n) / period) + 0.1 * np.arange(n) + noise(n)
    assert find_period(values[:, None], None) == period
    assert seasonal_share(values, period) > 0.7


def test_noise_and_walks_have_none():
    assert [find_period(noise(300, s)[:, None], None) for s in range(20)] == [1] * 20
    assert [find_period(noise(300, s).cumsum()[:, None], None) for s in range(20)].count(1) >= 18


@pytest.mark.parametrize(
    ("frequency", "period"),
    [("MS", 12), ("ME", 12), ("M", 12), ("QS-OCT", 4), ("Q-DEC", 4), ("D", 7), ("B", 5), ("W-SAT", 52), ("h", 24),
     ("min", 60), ("BMS", 12)],
)  # fmt: skip
def test_the_frequency_says_where_to_look(frequency, period):
    n = 6 * period
    values = 3 * np.sin(2 * np.pi * np.arange(n) / period) + noise(n)
    assert find_period(values[:, None], frequency) == period
    assert find_period(noise(n)[:, None], frequency) == 1
