"""The constructor's parameters: what they do, and what is refused before anything is done."""

import numpy as np
import pandas as pd
import pytest
from synthesizers.tree_tables import PRESETS, fit

from synthfast import TreeSynthesizer
from synthfast.exceptions import SchemaError
from synthfast.synthesizers._tree.model import TreeModel


@pytest.fixture(params=PRESETS)
def preset(request):
    return request.param


@pytest.fixture
def rng():
    return np.random.default_rng(20240613)


@pytest.fixture
def plain(rng):
    """A small table to be refused."""
    return pd.DataFrame({"a": rng.normal(size=300), "b": rng.choice(["x", "y"], 300), "c": rng.poisson(3, 300)})


@pytest.mark.parametrize(
    ("params", "error", "words"),
    [
        ({"preset": "slow"}, ValueError, r"preset.*fast.*quality.*'slow'"),
        ({"preset": None}, ValueError, "preset.*None"),
        pytest.param(
            {"preset": ["fast"]},
            ValueError,
            "preset",
        ),
        ({"max_copying": 0.4}, ValueError, r"max_copying.*\(0.5, 1\].*0.4"),
        ({"max_copying": float("nan")}, ValueError, "max_copying.*nan"),
        ({"max_copying": "low"}, ValueError, "max_copying.*low"),
        ({"max_copying": True}, ValueError, "max_copying.*number.*True"),
        ({"max_copying": np.True_}, ValueError, "max_copying.*number.*True"),
        ({"max_copying": 0.6, "audit": False}, ValueError, "max_copying.*audit"),
        ({"audit": "no"}, TypeError, "audit.*True or False.*'no'"),
        ({"audit": None}, TypeError, "audit.*True or False.*None"),
        ({"audit": 1}, TypeError, "audit.*True or False.*1"),
        ({"column_order": "a"}, TypeError, r"column_order.*list.*'a'.*Give a list"),
        ({"column_order": 3}, TypeError, r"column_order.*list.*3.*Give a list"),
        ({"column_order": b"a"}, TypeError, "column_order.*list"),
        ({"column_order": {"a"}}, TypeError, "column_order.*list"),
        ({"column_order": np.array("a")}, TypeError, "column_order.*list"),
        ({"column_order": ["a", "nothing"]}, SchemaError, "column_order.*nothing"),
        ({"column_order": ["a", "a"]}, SchemaError, "column_order.*once"),
        ({"column_order": [["a"]]}, SchemaError, "column_order"),
        ({"group": "nothing"}, SchemaError, "group='nothing'"),
        ({"time": "nothing"}, SchemaError, "time='nothing'"),
        ({"group": "b", "time": "c"}, ValueError, "group.*time"),
        ({"min_level_count": 0}, ValueError, "min_level_count.*0"),
        ({"min_level_count": "few"}, TypeError, "min_level_count.*few"),
    ],
    ids=str,
)
def test_wrong_parameters_are_named(plain, params, error, words):
    with pytest.raises(error, match=words):
        TreeSynthesizer(**params).fit(plain)


@pytest.mark.parametrize(
    "params", [{"audit": "no"}, {"max_copying": True}, {"column_order": "a"}, {"min_level_count": 0}, {"time": "b"}]
)
def test_wrong_parameters_are_named_before_anything_is_fitted(plain, params, monkeypatch):
    def fit(*args):
        raise AssertionError("fitted")

    monkeypatch.setattr(TreeModel, "fit", fit)
    with pytest.raises(AssertionError, match="fitted"):
        TreeSynthesizer().fit(plain)
    with pytest.raises((TypeError, ValueError), match=f"TreeSynthesizer|{next(iter(params))}"):
        TreeSynthesizer(**params).fit(plain.assign(b=[f"u{k:05d}" for k in range(300)]))


@pytest.mark.parametrize("params", [{"audit": np.False_}, {"max_copying": np.float32(0.75)}, {"max_copying": 1}])
def test_numbers_and_booleans_of_numpy_are_as_good(plain, params):
    model = TreeSynthesizer(preset="fast", random_state=0, **params).fit(plain)
    assert (model.copying_ is None) == ("audit" in params)


@pytest.mark.parametrize("role", ["group", "time"])
def test_identifiers_tell_neither_groups_nor_time(role, rng):
    frame = pd.DataFrame({"id": [f"u{k:05d}" for k in range(300)], "x": rng.normal(size=300)})
    with pytest.raises(SchemaError, match=r"id.*identifier"):
        TreeSynthesizer(preset="fast", **{role: "id"}).fit(frame)


def test_levels_without_an_order_tell_no_time(plain):
    with pytest.raises(SchemaError, match=r"time.*'b'.*no order.*ordinal"):
        TreeSynthesizer(preset="fast", time="b").fit(plain)
    ordered = plain.assign(b=pd.Categorical(plain["b"], ordered=True))
    assert TreeSynthesizer(preset="fast", time="b", random_state=0).fit(ordered).copying_.split == "time"


@pytest.mark.parametrize("value", [1, None])
def test_a_column_of_one_value_tells_no_groups(value):
    frame = pd.DataFrame({"g": [value] * 300, "x": np.arange(300.0)})
    with pytest.raises(SchemaError, match="'g': its rows are all alike"):
        TreeSynthesizer(preset="fast", group="g").fit(frame)


@pytest.mark.parametrize(
    "order",
    [
        ["c", "a"],
        ("c", "a"),
        pd.Index(["c", "a"]),
        np.array(["c", "a"]),
    ],
    ids=["list", "tuple", "index", "array"],
)
def test_columns_are_drawn_in_the_order_asked_for(plain, preset, order):
    model = fit(plain, preset, column_order=order)
    assert model.column_order_ == ["c", "a", "b"]
    assert list(model.sample(5).columns) == ["a", "b", "c"]
    assert fit(plain, preset).column_order_ == ["a", "b", "c"]


def test_columns_that_are_not_modelled_are_no_part_of_the_order(plain, preset):
    frame = plain.assign(one=1, id=[f"u{k:05d}" for k in range(300)])
    model = fit(frame, preset, column_order=["one", "c"])
    assert model.column_order_ == ["c", "a", "b"]
    assert (model.sample(50)["one"] == 1).all()


def test_rare_numbers_are_spread_as_min_level_count_says(rng):
    """A number held by 8 of 2,000 rows is kept at 5 and spread over its neighbourhood at 20."""
    x = rng.normal(size=2_000)
    x[:8] = 0.123456789
    frame = pd.DataFrame({"x": x, "y": rng.normal(size=2_000)})
    kept, spread = (fit(frame, "fast", min_level_count=k).sample(20_000, random_state=0) for k in (5, 20))
    assert (kept["x"] == 0.123456789).sum() > 30
    assert (spread["x"] == 0.123456789).sum() == 0


def test_the_target_is_joined(plain, preset):
    model = TreeSynthesizer(preset=preset, audit=False).fit(plain[["a", "c"]], plain["b"])
    assert list(model.sample(5).columns) == ["a", "c", "b"]
    assert list(model.predict_proba(plain[["a", "c"]].head(3)).columns) == ["x", "y"]
    with pytest.raises(SchemaError, match="target"):
        fit(plain, preset).predict_proba(plain)
