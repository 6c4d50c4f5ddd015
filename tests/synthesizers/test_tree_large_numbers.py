"""Numbers near the largest floats: the distance of two of them may be no float, and nothing may come of that."""

import warnings

import numpy as np
import pandas as pd
import pytest

import synthfast
from synthfast import TreeSynthesizer
from synthfast.marginals.quantile_table import QuantileTable
from synthfast.synthesizers._tree.grid import Grid
from synthfast.synthesizers._tree.large_numbers import LargeTable, quantile_table

PRESETS = ("fast", "quality")
N = 200
LARGEST = np.finfo(np.float64).max

LARGE = {
    "four values": lambda rng: np.tile([1.7e308, -1.7e308, 0.0, 1.0], N // 4),
    "some values": lambda rng: rng.choice([1.7e308, -1.7e308, 0.0, 1.5, 2.5e307], N),
    "any values": lambda rng: rng.uniform(-1.0, 1.0, N) * LARGEST,
    "outliers": lambda rng: np.r_[LARGEST, -LARGEST, rng.normal(size=N - 2)],
    "orders of magnitude": lambda rng: np.exp(rng.uniform(0.0, 709.7, N)),
    "missing values": lambda rng: np.where(rng.random(N) < 0.2, np.nan, rng.uniform(-1.0, 1.0, N) * 1.79e308),
}


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def table_with(large, rng):
    return pd.DataFrame(
        {"x": rng.normal(size=N), "large": large, "level": rng.choice(["a", "b"], N), "k": rng.integers(0, 9, N)}
    )


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("kind", LARGE)
def test_large_numbers_are_drawn_and_asked_about(preset, kind, rng, tmp_path):
    frame = table_with(LARGE[kind](rng), rng)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = TreeSynthesizer(preset=preset, random_state=0).fit(frame)
        sample = model.sample(2_000, random_state=1)
        probability = model.log_prob(frame)
        model.predict_proba(frame.drop(columns="large").head(3), "large")
        model.impute(frame.head(20), random_state=0)
        above = model.sample(20, conditions={"large": (1e307, None)}, random_state=0)
        model.sample_remaining(frame[["large"]].head(20), random_state=0)
    known = sample["large"].dropna()
    assert np.isfinite(known).all()
    assert known.between(model.schema_["large"].minimum, model.schema_["large"].maximum).all()
    assert sample["large"].isna().mean() == pytest.approx(frame["large"].isna().mean(), abs=0.05)
    assert not np.isnan(probability).any()
    assert (above["large"] >= 1e307).all()
    model.save(tmp_path / "m.synth")
    pd.testing.assert_frame_equal(synthfast.load(tmp_path / "m.synth").sample(2_000, random_state=1), sample)


def test_large_numbers_are_spread_as_they_were(rng):
    """Uniform over all floats: quartiles within 4 standard errors, and half the rows below 0."""
    frame = table_with(LARGE["any values"](rng), rng)
    sample = TreeSynthesizer(preset="fast", audit=False, random_state=0).fit(frame).sample(20_000, random_state=1)
    for share in (0.25, 0.5, 0.75):
        low, high = frame["large"].quantile([share - 0.12, share + 0.12])
        assert low < sample["large"].quantile(share) < high


def test_rules_of_large_numbers_hold(rng):
    """A look-up of points whose middle is no float, and an order that mirrors beyond the floats."""
    large = rng.choice([1.7e308, 1.6e308, -1.7e308, -1.69e308, 0.5], N)
    frame = table_with(large, rng)
    frame["level"] = frame["large"].map({1.7e308: "a", 1.6e308: "b", -1.7e308: "c", -1.69e308: "d", 0.5: "e"})
    frame["below"] = np.minimum(large, rng.uniform(-1.0, 1.0, N) * 1.7e308)
    model = TreeSynthesizer(preset="fast", audit=False, random_state=0).fit(frame)
    assert set(model._model.rules) == {"level", "below"}
    sample = model.sample(2_000, random_state=1)
    pairs = set(zip(frame["large"], frame["level"], strict=True))
    assert set(zip(sample["large"], sample["level"], strict=True)) <= pairs
    assert (sample["below"] <= sample["large"]).all()
    given = frame[["below"]].head(50)
    assert (model.sample_remaining(given, random_state=0)["large"] >= given["below"]).all()


def test_a_large_table_is_the_table_of_its_eighths(rng):
    values, p = np.sort(rng.normal(size=50)), np.linspace(0.0, 1.0, 50)
    plain, large = QuantileTable(p, values), LargeTable(p, values)
    u, x = rng.random(200), rng.normal(size=200)
    np.testing.assert_allclose(large.ppf(u), plain.ppf(u), rtol=1e-14)
    np.testing.assert_allclose(large.cdf(x), plain.cdf(x), rtol=1e-12)
    for own, its in zip(large.interval(x - 1, x), plain.interval(x - 1, x), strict=True):
        np.testing.assert_allclose(own, its, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(("values", "kind"), [([-3.0, 5e300], QuantileTable), ([-1e308, 1e308], LargeTable)])
def test_only_large_numbers_are_kept_in_eighths(values, kind):
    assert type(quantile_table(np.array([0.0, 1.0]), np.array(values), None)) is kind


def test_numbers_past_the_count_of_steps_stay_where_they_are():
    values = np.array([LARGEST, -1.7e308, np.inf, -np.inf, 12.3456])
    for place in (Grid(0.01).nearest, Grid(0.01).above, Grid(0.01).below):
        np.testing.assert_array_equal(place(values)[:4], values[:4])
        assert abs(place(values)[4] - 12.3456) < 0.01
