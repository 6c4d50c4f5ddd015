"""Conditions: they hold in every row, and rows that meet them follow the law that they follow without."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from synthesizers.tree_tables import PRESETS, fit, meets, people

import synthfast
from synthfast.exceptions import ConditionError, ConditionWarning

N = 5_000


@pytest.fixture(scope="module")
def frame():
    return people()


@pytest.fixture(scope="module", params=PRESETS)
def model(request, frame):
    return fit(frame, request.param)


@pytest.fixture(scope="module")
def free(model):
    """Many rows without conditions."""
    return model.sample(80_000, random_state=99)


CONDITIONS = [
    {"education": "master"},
    {"education": ["none", "doctor"]},
    {"age": (40, 60)},
    {"age": 33},
    {"age": [25, 45, 65]},
    {"income": (60, None)},
    {"income": (None, 30)},
    {"bonus": 0.0},
    {"bonus": (5, 10)},
    {"score": None},
    {"score": (1, 2)},
    {"happy": "no"},
    {"education_num": 6},
    {"education_num": [3, 7]},
    {"education_num": (5, None)},
    {"happy": "yes", "education": "none"},
    {"happy": "no", "income": (50, None)},
    {"score": None, "bonus": 0.0, "age": (30, 50)},
    {"education_num": (4, 6), "happy": "yes", "age": (None, 40)},
    {"education": ["school", "college"], "education_num": (5, 9)},
]


@pytest.mark.parametrize("conditions", CONDITIONS, ids=str)
def test_conditions_hold_in_every_row_and_leave_the_law_as_it_is(model, free, conditions):
    """Against rows of the same model that happen to meet them: means, shares and whole distributions.

    Candidates are at least twice as many as rows in effective number, so chosen rows are worth at least half of theirs.
    """
    n = 4_096
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConditionWarning)
        drawn = model.sample(n, conditions=conditions, random_state=1)
    assert len(drawn) == n
    assert meets(drawn, conditions).all()
    match = free[meets(free, conditions)]
    worth = 1 / len(match) + 2 / n
    for name in free.columns:
        one, other = match[name], drawn[name]
        p, q = one.isna().mean(), other.isna().mean()
        assert abs(p - q) <= 4 * np.sqrt(max(p * (1 - p), 1 / n) * worth), name
        if one.dtype.kind in "if":
            one, other = one.dropna(), other.dropna()
            if len(one) > 200:
                own = 1 / len(one) + 2 / max(len(other), 1)
                assert abs(one.mean() - other.mean()) <= 4 * one.std() * np.sqrt(own) + 1e-9, name
                assert stats.ks_2samp(one, other).statistic < 2.2 * np.sqrt(own), name
        else:
            for level in free[name].unique():
                p, q = (one == level).mean(), (other == level).mean()
                assert abs(p - q) <= 4 * np.sqrt(max(p * (1 - p), 1 / n) * worth), (name, level)


@pytest.mark.parametrize("order", [["happy", "income"], ["education_num", "score"], ["score", "age", "education"]])
def test_conditions_may_be_early_or_late_in_any_order(frame, order):
    conditions = {"education": "college", "income": (40, 60), "happy": "yes"}
    for preset in PRESETS:
        model = fit(frame, preset, column_order=order)
        assert model.column_order_[: len(order)] == order
        drawn = model.sample(2_000, conditions=conditions, random_state=0)
        assert meets(drawn, conditions).all()
        assert (drawn["education_num"] == 5).all()
        pd.testing.assert_frame_equal(
            model.sample(2_000, conditions=dict(reversed(conditions.items())), random_state=0), drawn
        )


@pytest.mark.parametrize("preset", PRESETS)
def test_a_list_of_points_is_weighted_by_their_density(preset):
    """Of 0 and 2 in a standard normal column, 0 comes in 88 of 100 rows."""
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(20_000, 2)), columns=["x", "y"])
    drawn = fit(frame, preset).sample(5_000, conditions={"x": [0.0, 2.0]}, random_state=0)
    assert set(drawn["x"]) == {0.0, 2.0}
    assert (drawn["x"] == 0.0).mean() == pytest.approx(1 / (1 + np.exp(-2.0)), abs=0.04)


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ({"education": "kindergarten"}, "education"),
        ({"age": 200}, "age"),
        ({"age": (200, 300)}, "age"),
        ({"income": (1e6, None)}, "income"),
        ({"age": None}, "age"),
        ({"nothing": 1}, "nothing"),
        ({"education": "none", "education_num": 7}, "'education' and column 'education_num'"),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore::synthfast.exceptions.ConditionWarning")
def test_impossible_conditions_name_the_column(model, conditions, words):
    with pytest.raises(ConditionError, match=words):
        model.sample(10, conditions=conditions, random_state=0)


@pytest.mark.parametrize("preset", PRESETS)
def test_impossible_values_of_a_determined_column_name_that_column(preset):
    x = np.random.default_rng(0).normal(size=1_000)
    model = fit(pd.DataFrame({"first": x, "second": 2 * x + 1}), preset)
    with pytest.raises(ConditionError, match="second"):
        model.sample(10, conditions={"second": (50.0, 60.0)}, random_state=0)


def test_next_to_impossible_conditions_warn_and_hold():
    rng = np.random.default_rng(0)
    x = rng.normal(size=N)
    frame = pd.DataFrame({"x": x, "y": x + 0.05 * rng.normal(size=N), "z": x + 0.05 * rng.normal(size=N)})
    model = fit(frame, "quality")
    wanted = {"x": (None, -2.0), "y": (0.5, None), "z": (2.0, None)}
    with pytest.warns(ConditionWarning, match="x, y, z"):
        drawn = model.sample(50, conditions=wanted, random_state=0)
    assert meets(drawn, wanted).all()


def test_rare_conditions_that_training_rows_meet_do_not_warn(model, frame):
    """One row or two in 5,000: few, but no extrapolation."""
    rare = {"education": "doctor", "age": (70, 75), "happy": "yes"}
    assert 0 < meets(frame, rare).sum() < 20
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConditionWarning)
        assert meets(model.sample(200, conditions=rare, random_state=0), rare).all()


@pytest.mark.filterwarnings("ignore::synthfast.exceptions.ConditionWarning")
@pytest.mark.parametrize(
    "conditions", [{"happy": "no"}, {"income": (60, None), "happy": "no"}, {"bonus": (5, 10)}], ids=str
)
def test_conditional_draws_are_prefixes_on_any_number_of_threads(model, conditions):
    n_long = 67_000 if conditions == {"happy": "no"} else 4_500
    long = model.sample(n_long, conditions=conditions, random_state=5)
    for n in (1, 700, 1_025, 3_000):
        pd.testing.assert_frame_equal(model.sample(n, conditions=conditions, random_state=5), long.head(n))
    for n_threads in (1, 3):
        with synthfast.num_threads(n_threads):
            pd.testing.assert_frame_equal(model.sample(n_long, conditions=conditions, random_state=5), long)


# -- look-ups of missing values ----------------------------------------------------------------------------------------


def gappy(kind, n=4_000, seed=2):
    """A target that is "low" where its source is missing, and where it is the first of four levels, or below 2."""
    rng = np.random.default_rng(seed)
    code = rng.choice(4, n, p=[0.2, 0.3, 0.3, 0.2])
    gone = rng.random(n) < 0.3
    source = pd.Series(np.array(["a", "b", "c", "d"])[code] if kind == "levels" else 1.5 * code).mask(gone)
    target = np.where(gone | (code == 0), "low", np.array(["", "mid", "mid", "high"])[code])
    return pd.DataFrame({"x": rng.normal(size=n) + code, "source": source, "target": target})


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("kind", ["levels", "numbers"])
@pytest.mark.parametrize(
    ("conditions", "met"),
    [
        ({"target": "low"}, lambda f: f["target"] == "low"),
        ({"target": ["low", "high"]}, lambda f: f["target"] != "mid"),
        ({"target": "low", "source": None}, lambda f: f["source"].isna()),
        ({"target": "low", "x": (1.0, None)}, lambda f: (f["target"] == "low") & (f["x"] >= 1.0)),
    ],
    ids=["low", "low or high", "low and missing", "low and large"],
)
def test_conditions_lead_to_missing_sources_and_to_others(preset, kind, conditions, met):
    """Shares of missing sources against those of free rows, within 4 standard errors of both."""
    model = fit(gappy(kind), preset)
    assert model._model.rules["target"].source == "source"
    n = 4_096
    drawn, free = model.sample(n, conditions=conditions, random_state=1), model.sample(60_000, random_state=2)
    assert met(drawn).all()
    match = free[met(free)]
    p, q = match["source"].isna().mean(), drawn["source"].isna().mean()
    assert abs(p - q) <= 4 * np.sqrt(p * (1 - p) * (1 / len(match) + 2 / n)), (p, q)
    assert (q == 1.0) == ("source" in conditions)


@pytest.mark.parametrize("kind", ["levels", "numbers"])
def test_missing_sources_stay_impossible_where_they_are_not_wanted(kind):
    model = fit(gappy(kind), "fast")
    wanted = {"target": "low", "source": "a" if kind == "levels" else 0.0}
    drawn = model.sample(500, conditions=wanted, random_state=0)
    assert meets(drawn, wanted).all()
    with pytest.raises(ConditionError, match="'source' and column 'target'"):
        model.sample(5, conditions={"target": "mid", "source": None}, random_state=0)


@pytest.mark.parametrize("preset", PRESETS)
def test_points_of_one_cell_come_as_often_as_their_density_says(preset):
    frame = pd.DataFrame({"x": np.exp(2.0 * np.random.default_rng(0).normal(size=2_000))})
    model = fit(frame, preset)
    low, high = 30.0, 90.0
    odds = np.exp(np.diff(model.log_prob(pd.DataFrame({"x": [high, low]})))[0])
    drawn = model.sample(4_000, conditions={"x": [low, high]}, random_state=1)["x"]
    share = (drawn == low).mean()
    expected = odds / (1 + odds)
    assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / 4_000) + 1e-3
