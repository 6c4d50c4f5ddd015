"""Rows completed: the law of what is drawn beside known columns, and cells that stay as they are."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from synthesizers.tree_tables import PRESETS, fit, holes, people

from synthfast.exceptions import ConditionError

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


@pytest.mark.parametrize(
    "known", [["happy"], ["score"], ["income", "happy"], ["education", "bonus"], ["age", "score"]], ids=str
)
def test_completion_restores_the_joint_law(model, free, known):
    """Columns known from the model's own rows, the others completed: every pair as in the model's own rows."""
    n = 2_000
    own = free.head(n)
    drawn = model.sample_remaining(own[known], random_state=3)
    pd.testing.assert_frame_equal(drawn[known], own[known])
    numbers = ["age", "income", "education_num", "bonus"]
    pairs = np.triu_indices(len(numbers), 1)
    expected, found = (f[numbers].corr(method="spearman").to_numpy()[pairs] for f in (free, drawn))
    error = np.abs(np.arctanh(found) - np.arctanh(expected)).max()
    # rank correlations have at most 1.06 times the variance of Fisher's z up to 0.95 or so (Fieller): 4 of their errors
    assert error < 4.5 / np.sqrt(n - 3)
    for name in free.columns:
        if free[name].dtype.kind in "if":
            a, b = free[name].dropna(), drawn[name].dropna()
            assert stats.ks_2samp(a, b).statistic < 2.2 / np.sqrt(len(b)), name
        for level in ("yes", "no"):
            one, other = (f[f["happy"] == level][name].isna().mean() for f in (free, drawn))
            assert abs(one - other) < 4 * np.sqrt(max(one * (1 - one), 1 / n) / (drawn["happy"] == level).sum()), name
    table = [f.groupby(["education", "happy"]).size() / len(f) for f in (free, drawn)]
    assert (np.abs(table[0] - table[1]) < 4 * np.sqrt(table[0] * (1 - table[0]) / n)).all()


def test_known_columns_of_no_rows_and_of_all_columns(model, frame):
    assert model.sample_remaining(frame.head(0), random_state=0).shape == (0, frame.shape[1])
    whole = frame.head(20)
    pd.testing.assert_frame_equal(model.sample_remaining(whole, random_state=0), whole)
    a, b = (model.sample_remaining(frame[["happy"]].head(50), random_state=s) for s in (0, 0))
    pd.testing.assert_frame_equal(a, b)


def test_missing_where_none_was_is_named(model, frame):
    known = frame[["age", "happy"]].head(5).astype({"age": "Float64"})
    known.loc[2, "age"] = pd.NA
    with pytest.raises(ConditionError, match=r"age.*row 2"):
        model.sample_remaining(known)
    with pytest.raises(ConditionError, match=r"age.*row 2"):
        model.predict_proba(known, "happy")


# -- imputation --------------------------------------------------------------------------------------------------------


def all_kinds(n=120, seed=8):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    return pd.DataFrame(
        {
            "real": z,
            "nullable": pd.array(rng.poisson(np.exp(1 + 0.3 * z)), dtype="Int64"),
            "float": pd.array(np.round(z + rng.normal(size=n), 2), dtype="Float64"),
            "maybe": pd.array(z > 0.3, dtype="boolean"),
            "grade": pd.Categorical(
                np.array(["low", "mid", "high"])[np.digitize(z, [-0.5, 0.5])], ["low", "mid", "high"], ordered=True
            ),
            "text": pd.array(np.where(z > 0, "plus", "minus"), dtype="string"),
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(np.rint(300 + 90 * z).astype(int), unit="D"),
            "moment": pd.Timestamp("2020-01-01", tz="Europe/Berlin")
            + pd.to_timedelta(rng.integers(0, 10**7, n), unit="s"),
        }
    )


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("train_on_holes", [False, True])
def test_imputation_keeps_what_is_known_and_fills_the_rest(preset, train_on_holes):
    frame = all_kinds()
    gaps = holes(frame)
    model = fit(gaps if train_on_holes else frame, preset)
    filled = model.impute(gaps, random_state=0)
    assert filled.shape == gaps.shape
    assert not filled.isna().any().any()
    assert filled.dtypes.to_dict() == frame.dtypes.to_dict()
    for name in frame.columns:
        known = gaps[name].notna()
        pd.testing.assert_series_equal(filled.loc[known, name], gaps.loc[known, name])
    pd.testing.assert_frame_equal(model.impute(gaps, random_state=0), filled)
    assert not model.impute(gaps, random_state=1).equals(filled)
    assert model.impute(frame.head(0)).shape == (0, frame.shape[1])


@pytest.mark.parametrize("preset", PRESETS)
def test_imputation_of_polars_frames(preset):
    import polars as pl

    frame = pl.from_pandas(all_kinds())
    gaps = pl.from_pandas(holes(all_kinds()))
    filled = fit(frame, preset).impute(gaps, random_state=0)
    assert isinstance(filled, pl.DataFrame)
    assert filled.schema == frame.schema
    for name in frame.columns:
        assert filled[name].null_count() == 0
        known = gaps[name].is_not_null()
        assert filled[name].filter(known).equals(gaps[name].cast(frame.schema[name]).filter(known))


@pytest.mark.parametrize("preset", PRESETS)
def test_imputed_cells_follow_the_law(preset):
    """A third of one column gone at random: what is filled in has the slope of the truth, within 4 standard errors."""
    rng = np.random.default_rng(9)
    x = rng.normal(size=N)
    frame = pd.DataFrame({"y": 0.8 * x + 0.6 * rng.normal(size=N), "x": x})
    gaps = frame.copy()
    gone = rng.random(N) < 1 / 3
    gaps.loc[gone, "y"] = np.nan
    filled = fit(gaps, preset).impute(gaps, random_state=0)[gone]
    r = np.corrcoef(filled["x"], filled["y"])[0, 1]
    assert abs(np.arctanh(r) - np.arctanh(0.8)) < 4 * np.sqrt(1 / len(filled) + 1 / (N - len(filled)))
    assert stats.ks_2samp(filled["y"], frame["y"][gone]).statistic < 2.2 * np.sqrt(2 / len(filled))


@pytest.mark.parametrize("preset", PRESETS)
def test_cells_that_a_rule_leaves_empty_do_not_stop_imputation(preset):
    rng = np.random.default_rng(10)
    team = rng.choice(["none", "hr", "it"], 1_000)
    frame = pd.DataFrame(
        {"team": team, "code": pd.Series(team).map({"hr": 10.0, "it": 20.0}), "x": rng.normal(size=1_000)}
    )
    filled = fit(frame, preset).impute(frame.head(50), random_state=0)
    known = frame["code"].head(50).notna()
    assert (filled["code"][known] == frame["code"].head(50)[known]).all()


@pytest.mark.parametrize("preset", PRESETS)
def test_known_cells_outside_the_training_range_stay(preset):
    """Integers with a gap come as floats in pandas: 10 and 2,000 must not become the largest of the training data."""
    rng = np.random.default_rng(11)
    frame = pd.DataFrame({"i": rng.integers(0, 9, 1_000), "c": rng.choice(["a", "b"], 1_000)})
    gaps = frame.head(5).astype({"i": "float64"})
    gaps["i"] = [3.0, np.nan, 10.0, 2_000.0, 4.0]
    filled = fit(frame, preset).impute(gaps, random_state=0)
    assert filled["i"].drop(1).tolist() == [3, 10, 2_000, 4]


@pytest.mark.parametrize("preset", PRESETS)
def test_known_cells_stay_whatever_they_are_stored_in(preset):
    """Levels that the model does not know, booleans as numbers, decimals as floats, dates in other units."""
    frame = all_kinds().assign(level=pd.Categorical(["a", "b", "c"] * 40), flag=[True, False] * 60)
    given = pd.DataFrame(
        {
            "real": np.array([9.5, np.nan, -7.25], dtype=np.float32),
            "nullable": [999.0, np.nan, 3.0],
            "float": [5, 77, 6],
            "maybe": [1.0, np.nan, 0.0],
            "grade": ["low", None, "high"],
            "text": pd.Categorical(["other", None, "plus"]),
            "day": pd.to_datetime(["2031-05-05", None, "2020-06-01"]).astype("M8[ns]"),
            "moment": pd.to_datetime(["2031-05-05", None, "2020-01-02"], utc=True).astype("M8[ms, UTC]"),
            "level": ["z", None, "b"],
            "flag": [1, 0, 1],
        }
    )
    filled = fit(frame, preset).impute(given, random_state=0)
    assert not filled.isna().any().any()
    assert filled.dtypes.drop("level").to_dict() == frame.dtypes.drop("level").to_dict()
    for name in given:
        known = given[name].notna()
        found, wanted = filled.loc[known, name].astype(object).tolist(), given.loc[known, name].astype(object).tolist()
        assert found == wanted, name


def test_cells_that_the_column_cannot_hold_are_rounded_into_it():
    frame = pd.DataFrame({"i": np.arange(300) % 9, "c": ["a", "b", "c"] * 100})
    filled = fit(frame, "fast").impute(pd.DataFrame({"i": [2.25, np.nan, 3.0], "c": "a"}), random_state=0)
    assert filled["i"].dtype == "int64"
    assert filled["i"].drop(1).tolist() == [2, 3]


@pytest.mark.parametrize("method", ["impute", "sample_remaining"])
def test_known_dates_outside_the_training_range_stay(method):
    rng = np.random.default_rng(12)
    days = pd.to_timedelta(rng.integers(0, 300, 1_000), unit="D")
    frame = pd.DataFrame({"day": pd.Timestamp("2020-01-01") + days, "x": rng.normal(size=1_000)})
    given = frame.head(3).copy()
    given.loc[1, "day"] = pd.Timestamp("2031-05-05")
    model = fit(frame, "fast")
    found = model.impute(given) if method == "impute" else model.sample_remaining(given[["day"]])
    pd.testing.assert_series_equal(found["day"], given["day"])


def test_a_table_of_constants_is_imputed():
    frame = pd.DataFrame({"a": [1] * 50, "b": ["x"] * 50})
    pd.testing.assert_frame_equal(fit(frame, "fast").impute(frame.head(3)), frame.head(3))


@pytest.mark.parametrize(
    "index",
    [
        lambda n: np.arange(n)[::-1] * 3,
        lambda n: [f"row {k}" for k in range(n)],
        lambda n: pd.date_range("2020-01-01", periods=n, name="day"),
        lambda n: pd.MultiIndex.from_product([range(n // 10), range(10)], names=["a", "b"]),
    ],
    ids=["numbers", "texts", "dates", "levels"],
)
def test_answers_have_the_index_of_the_question(index):
    frame = all_kinds()
    gaps = holes(frame)
    frame.index = gaps.index = index(len(frame))
    model = fit(frame, "fast")
    filled = model.impute(gaps, random_state=0)
    pd.testing.assert_index_equal(filled.index, gaps.index)
    pd.testing.assert_frame_equal(
        filled.reset_index(drop=True), model.impute(gaps.reset_index(drop=True), random_state=0)
    )
    pd.testing.assert_index_equal(model.predict_proba(frame[["real"]], "grade").index, frame.index)


def test_answers_about_other_containers_are_numbered():
    import polars as pl

    frame = all_kinds()
    model = fit(frame, "fast")
    asked = pl.from_pandas(holes(frame).drop(columns="grade")).with_columns(grade=pl.lit("low"))
    assert model.impute(asked, random_state=0).index.equals(pd.RangeIndex(len(frame)))
    other = fit(pl.from_pandas(frame), "fast").impute(frame.set_index(np.arange(len(frame)) + 7))
    assert isinstance(other, pl.DataFrame)
