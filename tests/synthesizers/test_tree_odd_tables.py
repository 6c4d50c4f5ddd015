"""Odd tables: fitted, drawn, stored, completed and asked about, or refused with a reason."""

import numpy as np
import pandas as pd
import pytest
from synthesizers.tree_tables import PRESETS, fit

import synthfast
from synthfast import Schema, TreeSynthesizer
from synthfast.exceptions import SchemaError


@pytest.fixture(params=PRESETS)
def preset(request):
    return request.param


@pytest.fixture
def rng():
    return np.random.default_rng(20240613)


ODD = {
    "one row": lambda rng: pd.DataFrame({"a": [1.5], "b": ["x"]}),
    "two rows": lambda rng: pd.DataFrame({"a": [1.5, 2.0], "b": ["x", "y"]}),
    "constants": lambda rng: pd.DataFrame({"a": [1] * 50, "b": ["x"] * 50}),
    "one constant": lambda rng: pd.DataFrame({"a": [True] * 300, "b": rng.normal(size=300)}),
    "all missing": lambda rng: pd.DataFrame({"a": [np.nan] * 300, "b": rng.normal(size=300)}),
    "nearly all missing": lambda rng: pd.DataFrame({"a": [np.nan] * 299 + [1.0], "b": [None] * 299 + ["x"]}),
    "duplicates": lambda rng: pd.DataFrame({"a": [1.5, 2, 7.25] * 100, "b": ["x", "y", "z"] * 100}),
    "a copy": lambda rng: pd.DataFrame({"a": rng.normal(size=300)}).assign(b=lambda d: d["a"]),
    "odd names": lambda rng: pd.DataFrame({0: rng.normal(size=300), ("t", 1): ["a", "b"] * 150, 2.5: [1, 2, 3] * 100}),
    "past 2**53": lambda rng: pd.DataFrame({"a": 2**53 + 2 * np.arange(300) + 1, "b": rng.normal(size=300)}),
    "near 2**63": lambda rng: pd.DataFrame({"a": rng.integers(2**62, 2**63 - 1, 300), "b": rng.normal(size=300)}),
    "mixed types": lambda rng: pd.DataFrame({"a": [1, "x", 2.5] * 100, "b": range(300)}),
    "an unused category": lambda rng: pd.DataFrame(
        {"a": pd.Categorical(["x", "y"] * 150, list("xyz")), "b": range(300)}
    ),
    "identifiers": lambda rng: pd.DataFrame({"id": [f"u{k:05d}" for k in range(300)]}),
    "one column": lambda rng: pd.DataFrame({"a": rng.normal(size=300)}),
    "more columns than rows": lambda rng: pd.DataFrame(rng.normal(size=(30, 60)), columns=[f"c{k}" for k in range(60)]),
    "largest floats": lambda rng: pd.DataFrame({"a": [0.0, 1.7976931348623157e308, -1e-300] * 100, "b": range(300)}),
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_tables(preset, rng, kind, tmp_path):
    """Fitted with the audit, drawn, stored and read, completed and asked about; never an error or another dtype."""
    frame = ODD[kind](rng)
    model = fit(frame, preset, audit=True)
    sample = model.sample(300, random_state=0)
    assert list(sample.columns) == list(frame.columns)
    assert sample.dtypes.to_dict() == frame.dtypes.to_dict()
    assert len(sample) == 300
    model.save(tmp_path / "m.synth")
    pd.testing.assert_frame_equal(synthfast.load(tmp_path / "m.synth").sample(300, random_state=0), sample)
    assert not np.isnan(model.log_prob(frame.head(5))).any()
    known = frame.iloc[:3, :1].copy()
    if kind == "an unused category":
        known["a"] = known["a"].cat.remove_unused_categories()
    assert len(model.sample_remaining(known, random_state=0)) == len(frame.head(3))
    assert (model.copying_ is None) == (len(frame) < 200 or kind in ("constants", "identifiers"))


def test_rows_of_constants_are_certain(preset):
    frame = pd.DataFrame({"a": [1] * 50, "b": ["x"] * 50})
    np.testing.assert_array_equal(fit(frame, preset).log_prob(frame.head(3)), [0.0, 0.0, 0.0])


def test_categories_that_no_row_holds_may_be_known(preset):
    frame = pd.DataFrame({"a": pd.Categorical(["x", "y"] * 150, list("xyz")), "b": range(300)})
    known = frame[["a"]].head(3)
    pd.testing.assert_frame_equal(fit(frame, preset).sample_remaining(known, random_state=0)[["a"]], known)


def test_integers_past_the_floats_stay_in_their_range(preset):
    frame = pd.DataFrame({"a": 2**53 + 2 * np.arange(3_000) + 1, "b": np.arange(3_000) % 7})
    sample = fit(frame, preset).sample(5_000, random_state=1)
    assert sample["a"].dtype == "int64"
    assert sample["a"].between(2**53 - 2_000, 2**53 + 8_000).all()


def test_thousands_of_levels(preset, rng):
    """3,000 levels in 6,000 rows, most of them held by fewer than five."""
    level = rng.integers(0, 3_000, 6_000)
    frame = pd.DataFrame({"x": level % 7 + rng.normal(size=6_000), "c": [f"l{k}" for k in level], "y": level % 5})
    schema = Schema.infer(frame, overrides={"c": "categorical"}, min_level_count=1)
    model = TreeSynthesizer(preset=preset, audit=False, random_state=0).fit(frame, schema=schema)
    sample = model.sample(6_000, random_state=0)
    assert set(sample["c"]) <= set(frame["c"])
    assert sample["c"].nunique() > 2_000
    wanted = sample["c"].iloc[0]
    assert (model.sample(50, conditions={"c": wanted}, random_state=0)["c"] == wanted).all()
    assert len(model.sample_remaining(frame[["y"]].head(20), random_state=0)) == 20
    np.testing.assert_allclose(model.predict_proba(frame[["x", "y"]].head(5), "c").sum(axis=1), 1.0, atol=1e-6)


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (pd.DataFrame(index=range(5)), "0 feature"),
        (pd.DataFrame({"a": []}), "row"),
        (pd.DataFrame({"a": [1.0, np.inf] * 50}), "a.*inf.*row 1"),
        (pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"]), "a"),
        (pd.DataFrame({"a": [[1], [2]]}), "a"),
    ],
    ids=["no columns", "no rows", "infinite", "duplicate names", "nested"],
)
def test_tables_that_cannot_be_learned_say_why(preset, frame, words):
    with pytest.raises(SchemaError, match=words):
        fit(frame, preset)


@pytest.mark.parametrize("preset", PRESETS)
def test_few_missing_rows_among_many_values_are_seen_as_missing(preset):
    rng = np.random.default_rng(0)
    k = rng.integers(0, 400, 40_000).astype(float)
    gone = rng.random(40_000) < 0.003
    k[gone] = np.nan
    drawn = fit(pd.DataFrame({"k": k, "y": np.where(gone, 10.0, 0.0) + 0.1 * rng.normal(size=40_000)}), preset).sample(
        40_000, random_state=1
    )
    blank = drawn["k"].isna()
    assert 60 < blank.sum() < 200
    assert drawn["y"][blank].median() > 9.0
    assert (drawn["y"][~blank] > 5.0).mean() < 0.001
