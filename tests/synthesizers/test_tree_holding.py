"""Known targets of exact dependencies and orders: their unknown sources are such that every rule holds."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from synthfast import TreeSynthesizer

PRESETS = ("fast", "quality")


def fit(frame, preset):
    return TreeSynthesizer(preset=preset, audit=False, random_state=0).fit(frame)


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
