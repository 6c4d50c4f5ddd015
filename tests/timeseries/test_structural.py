"""Structural draws keep trend, season and memory, and are no copies."""

import numpy as np
import pytest

from synthfast import StructuralSynthesizer
from synthfast.timeseries._decomposition import decompose, grows_with_level


def airline(n=144, seed=0):
    rng = np.random.default_rng(seed)
    t = np.arange(n)
    season = 0.15 * np.sin(2 * np.pi * t / 12) + 0.08 * np.cos(4 * np.pi * t / 12)
    return np.exp(5 + 0.01 * t + season + rng.normal(0, 0.01, n).cumsum() + rng.normal(0, 0.02, n))


def test_parts_add_up():
    values = np.log(airline())[:, None]
    parts = decompose(values, [12])
    whole = parts.line(144) + parts.seasons[0] + parts.rest
    np.testing.assert_allclose(whole, values, rtol=1e-12)
    assert parts.slope[0] == pytest.approx(0.01, abs=0.003)


def test_logarithms_where_movements_grow_with_the_level():
    assert grows_with_level(airline(), 12)
    assert not grows_with_level(100 + np.log(airline()), 12)
    assert StructuralSynthesizer(seasonal_period=12).fit(airline()).transform_ == ["log"]
    with pytest.raises(ValueError, match="positive"):
        StructuralSynthesizer(transform="log").fit(airline() - 300)


def test_draws_keep_trend_and_season_and_move_otherwise():
    series = airline()
    draws = StructuralSynthesizer(seasonal_period=12).fit(series).sample(200, random_state=0)
    # the ends of a draw scatter by what the line leaves, about a tenth here; 200 draws make it a hundredth
    assert np.log(draws[:, -12:]).mean() == pytest.approx(np.log(series[-12:]).mean(), abs=0.1)
    profile = np.log(series).reshape(12, 12)
    profile = (profile - profile.mean(axis=1, keepdims=True)).mean(axis=0)
    drawn = np.log(draws).reshape(200, 12, 12)
    drawn = (drawn - drawn.mean(axis=2, keepdims=True)).mean(axis=(0, 1))
    assert np.corrcoef(profile, drawn)[0, 1] > 0.98
    rest = np.log(series) - StructuralSynthesizer(seasonal_period=12).fit(series)._parts.line(144)[:, 0]
    moved = np.log(draws) - np.log(draws).mean(axis=0)
    assert abs(np.mean([np.corrcoef(one, rest)[0, 1] for one in moved])) < 0.2


def test_several_seasons_and_no_season():
    t = np.arange(24 * 7 * 4)
    hourly = 10 + 3 * np.sin(2 * np.pi * t / 24) + 2 * np.sin(2 * np.pi * t / 168)
    hourly = hourly + np.random.default_rng(0).normal(0, 0.3, len(t))
    model = StructuralSynthesizer(seasonal_period=[168, 24]).fit(hourly)
    assert model.seasonal_periods_ == [24, 168]
    draw = model.sample(random_state=0)[0]
    power = np.abs(np.fft.rfft(draw - draw.mean()))
    assert set(np.argsort(power)[-2:]) == {4, 28}
    assert StructuralSynthesizer(seasonal_period=1).fit(hourly).seasonal_periods_ == []


def test_draws_longer_than_the_series_go_on():
    series = airline()
    model = StructuralSynthesizer(seasonal_period=12).fit(series)
    draws = np.log(model.sample(50, n_steps=288, random_state=0))
    growth = (draws[:, -24:].mean() - draws[:, :24].mean()) / (288 - 24)
    assert growth == pytest.approx(model._parts.slope[0], rel=0.2)


@pytest.mark.parametrize(
    ("options", "words"),
    [({"transform": "sqrt"}, "transform"), ({"cycle_reach": -1}, "cycle_reach"), ({"max_iter": 0}, "max_iter")],
)
def test_bad_arguments(options, words):
    with pytest.raises(ValueError, match=words):
        StructuralSynthesizer(**options).fit(airline())
