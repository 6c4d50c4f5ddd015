"""Exact dependencies and orders hold under conditions and beside known columns, also of unknown sources."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from synthesizers.tree_tables import PRESETS, fit, meets, people


def ruled(n=3_000, seed=1):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    a, b = rng.integers(0, 50, n), rng.integers(0, 50, n)
    start = np.round(rng.gamma(2, 20, n), 2)
    return pd.DataFrame(
        {
            "x": x,
            "scaled": 2 * x + 1,
            "a": a,
            "b": b,
            "total": a + b,
            "start": start,
            "stop": np.round(start + rng.gamma(1, 10, n), 2),
        }
    )


def breaches(frame):
    return {
        "scaled": int((np.abs(2 * frame["x"] + 1 - frame["scaled"]) > 1e-9).sum()),
        "total": int((frame["a"] + frame["b"] != frame["total"]).sum()),
        "order": int((frame["start"] > frame["stop"]).sum()),
    }


@pytest.fixture(scope="module", params=PRESETS)
def rule_model(request):
    return fit(ruled(), request.param)


@pytest.mark.parametrize(
    "conditions",
    [
        {"scaled": 1.5},
        {"scaled": (0.0, 1.0)},
        {"scaled": [1.5, 2.25]},
        {"total": (20, 23)},
        {"total": 41},
        {"total": [10, 90]},
        {"a": (0, 5), "total": (50, None)},
        {"start": (30.0, 40.0)},
        {"x": (0.0, 1.0), "scaled": (1.5, 2.0)},
        {"x": [0.1, 0.7], "scaled": [1.2, 2.4, 5.0]},
    ],
    ids=str,
)
def test_dependencies_stay_exact_under_conditions(rule_model, conditions):
    drawn = rule_model.sample(3_000, conditions=conditions, random_state=0)
    assert meets(drawn, conditions).all()
    assert breaches(drawn) == {"scaled": 0, "total": 0, "order": 0}


def test_an_order_stays_kept_under_a_condition_on_its_later_column():
    frame = ruled()[["start", "stop"]]
    drawn = fit(frame, "quality").sample(5_000, conditions={"stop": (None, 30.0)}, random_state=0)
    assert (drawn["stop"] <= 30.0).all()
    assert (drawn["start"] <= drawn["stop"]).all()


@pytest.mark.parametrize("known", [["x"], ["a", "b"], ["start"], ["x", "a", "start"]], ids=str)
def test_dependencies_stay_exact_when_their_sources_are_known(rule_model, known):
    given = ruled(seed=2)[known].head(500)
    drawn = rule_model.sample_remaining(given, random_state=0)
    pd.testing.assert_frame_equal(drawn[known], given)
    assert breaches(drawn) == {"scaled": 0, "total": 0, "order": 0}


@pytest.mark.parametrize(
    "known",
    [
        ["scaled"],
        ["a", "total"],
        ["stop"],
    ],
    ids=str,
)
def test_dependencies_stay_exact_when_their_target_is_known(rule_model, known):
    """The training rows' own values, so that each has an answer."""
    drawn = rule_model.sample_remaining(ruled()[known].head(400), random_state=0)
    assert breaches(drawn) == {"scaled": 0, "total": 0, "order": 0}


@pytest.mark.parametrize("preset", PRESETS)
def test_a_determined_column_tells_its_source(preset):
    frame = people()
    drawn = fit(frame, preset).sample_remaining(frame[["education_num", "happy"]].head(500), random_state=0)
    pd.testing.assert_series_equal(drawn["education"], frame["education"].head(500), check_dtype=False)


def chained(n=1_500, seed=3):
    """Rules upon rules: sums of sums, an order of three, a coarse unit, look-ups of levels and of numbers."""
    rng = np.random.default_rng(seed)
    a, b, c = (rng.integers(0, 500, n) / 100 for _ in range(3))
    start = np.round(rng.gamma(2, 20, n), 2)
    middle = np.round(start + rng.gamma(1, 5, n), 2)
    town, pounds, number = rng.integers(0, 100, n), rng.integers(50, 400, n), rng.integers(0, 60, n)
    m, o = (np.where(rng.random(n) < 0.3, np.nan, rng.integers(0, 30, n)) for _ in range(2))
    return pd.DataFrame(
        {
            "noise": rng.normal(size=n),
            "a": a,
            "b": b,
            "ab": np.round(a + b, 2),
            "c": c,
            "abc": np.round(a + b + c, 2),
            "double": 2 * np.round(a + b, 2),
            "town": [f"t{k}" for k in town],
            "region": [f"r{k // 5}" for k in town],
            "pounds": pounds,
            "kilos": np.rint(0.45359237 * pounds),
            "number": number,
            "class": [f"k{k // 7}" for k in number],
            "start": start,
            "middle": middle,
            "stop": np.round(middle + rng.gamma(1, 5, n), 2),
            "m": m,
            "o": o,
            "mo": m + o,
        }
    )


def chain_breaches(frame):
    mo = frame["m"] + frame["o"]
    off = {
        "ab": (frame["a"] + frame["b"] - frame["ab"]).abs() > 1e-6,
        "abc": (frame["ab"] + frame["c"] - frame["abc"]).abs() > 1e-6,
        "double": (2 * frame["ab"] - frame["double"]).abs() > 1e-6,
        "region": "r" + (frame["town"].str[1:].astype(int) // 5).astype(str) != frame["region"],
        "kilos": (0.45359237 * frame["pounds"] - frame["kilos"]).abs() > 0.5,
        "class": "k" + (frame["number"] // 7).astype(str) != frame["class"],
        "middle": frame["start"] > frame["middle"],
        "stop": frame["middle"] > frame["stop"],
        "mo": (mo != frame["mo"]) & ~(mo.isna() & frame["mo"].isna()),
    }
    return {name: int(rows.sum()) for name, rows in off.items() if rows.any()}


@pytest.fixture(scope="module", params=PRESETS)
def chain_model(request):
    model = fit(chained(), request.param)
    assert len(model._model.rules) == 9
    return model


@pytest.mark.parametrize(
    "known",
    [
        ["ab"],
        ["double"],
        ["double", "a"],
        ["abc", "c"],
        ["region"],
        ["kilos"],
        ["class"],
        ["stop"],
        ["start", "stop"],
        ["mo"],
        ["m", "mo"],
        ["stop", "region", "double", "kilos", "class", "mo"],
    ],
    ids=str,
)
def test_what_targets_tell_of_their_sources_goes_through_rules_upon_rules(chain_model, known):
    given = chained()[known].head(100)
    drawn = chain_model.sample_remaining(given, random_state=0)
    pd.testing.assert_frame_equal(drawn[known], given)
    assert chain_breaches(drawn) == {}


def test_a_coarse_target_leaves_its_sources_open(chain_model):
    drawn = chain_model.sample_remaining(pd.DataFrame({"kilos": [91.0] * 100}), random_state=0)
    assert set(drawn["pounds"]) == {200, 201}


def test_impossible_targets_are_kept_and_their_rule_is_not(chain_model):
    """2 a + 1 odd cents, a region without the town, an end before any beginning: an answer, not an error."""
    given = pd.DataFrame(
        {"double": [0.01, 50.0], "town": "t0", "region": "r7", "stop": [0.0, 0.0], "m": np.nan, "mo": 3.0}
    )
    drawn = chain_model.sample_remaining(given, random_state=0)
    pd.testing.assert_frame_equal(drawn[given.columns.tolist()], given)


@pytest.mark.parametrize("preset", PRESETS)
def test_sources_within_bounds_follow_the_law(preset):
    """Ends from the model's own rows, beginnings completed: both as in those rows, and the distance between them."""
    n, rng = 2_000, np.random.default_rng(1)
    start = rng.gamma(2, 20, n)
    model = fit(pd.DataFrame({"start": start, "stop": start + rng.gamma(1, 10, n)}), preset)
    own = model.sample(n, random_state=4)
    drawn = model.sample_remaining(own[["stop"]], random_state=5)
    assert (drawn["start"] <= drawn["stop"]).all()
    far = [f["stop"] - f["start"] for f in (own, drawn)]
    assert stats.ks_2samp(*far).statistic < 2.2 * np.sqrt(2 / n)
    assert stats.ks_2samp(own["start"], drawn["start"]).statistic < 2.2 * np.sqrt(2 / n)
