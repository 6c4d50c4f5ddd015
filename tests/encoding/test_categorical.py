import numpy as np
import pandas as pd
import pytest
from round_trip import make_codec, round_trip

from synthfast._core.frames import Table
from synthfast._core.random import Stream
from synthfast.exceptions import ConditionError


def encode(codec, values, name="x"):
    return codec.encode(Table.from_any(pd.DataFrame({name: values})))[name]


def test_codes_follow_the_levels_of_the_schema():
    codec = make_codec(pd.DataFrame({"x": ["b", "a", None] * 9}))
    column = encode(codec, ["a", "b", None, "a"])
    assert column.values.tolist() == [0, 1, -1, 0]
    assert column.values.dtype == np.int32
    assert (column.kind, column.n_levels, column.ordered) == ("levels", 2, False)


def test_order_of_categories_is_kept():
    values = pd.Categorical(["mid", "lo", "hi"] * 9, categories=["lo", "mid", "never", "hi"], ordered=True)
    codec = make_codec(pd.DataFrame({"x": values}))
    column = encode(codec, values)
    assert (column.values[:3].tolist(), column.ordered) == ([1, 0, 2], True)
    assert round_trip(pd.DataFrame({"x": values}))["x"].dtype == values.dtype


def test_rare_and_unseen_levels_stand_for_kept_ones_in_proportion():
    n = 4_000
    rare = [f"rare {i}" for i in range(n // 25)]  # 4 % of the rows, one row each
    values = ["a"] * (3 * n // 4) + ["b"] * (n // 4) + rare
    codec = make_codec(pd.DataFrame({"x": values}))
    codes = encode(codec, values).values
    stand_ins = codes[-len(rare) :]
    # A fixed hash picks 'b' with probability 1/4: 5 standard errors of a binomial share.
    assert abs((stand_ins == 1).mean() - 0.25) < 5 * np.sqrt(0.25 * 0.75 / len(rare))
    assert (encode(codec, values[::-1]).values == codes[::-1]).all()
    assert encode(codec, ["never seen"]).values[0] in (0, 1)


def test_levels_that_are_equal_in_python_stay_apart_in_mixed_columns():
    frame = pd.DataFrame({"x": pd.Series([1, 1.0, True, "1"] * 5, dtype=object)})
    out = round_trip(frame)["x"]
    assert [type(value) for value in out[:4]] == [int, float, bool, str]


def test_numbers_declared_categorical_keep_their_dtype():
    for values in ([10115, 80331] * 9, pd.array([1, None, 2] * 6, dtype="Int16"), [0.5, np.nan, 1.5] * 6):
        frame = pd.DataFrame({"x": values})
        pd.testing.assert_frame_equal(round_trip(frame, overrides={"x": "categorical"}), frame)


def test_values_for_conditions():
    codec = make_codec(pd.DataFrame({"x": [1, 2, 3] * 9, "b": [True, False, True] * 9}), overrides={"x": "categorical"})
    assert codec.encode_value("x", np.int8(2)) == 1
    assert codec.encode_value("x", 2.0) == 1
    assert codec.encode_value("b", True) == codec.encode_value("b", np.True_) == 1
    assert codec.encode_value("x", None) is None
    for name, value in (("x", "2"), ("x", True), ("b", 1), ("b", "yes")):
        with pytest.raises(ConditionError, match=f"{name!r}: expected one of"):
            codec.encode_value(name, value)


def test_many_levels_are_not_all_listed():
    codec = make_codec(pd.DataFrame({"x": [f"level {i}" for i in range(40)] * 9}))
    with pytest.raises(ConditionError, match="and 28 more; got 'z'"):
        codec.encode_value("x", "z")


def test_booleans():
    for values in ([True, False] * 9, pd.array([True, None, False] * 9, dtype="boolean"), ["yes", "no"] * 9):
        frame = pd.DataFrame({"x": values})
        codec = make_codec(frame, overrides={"x": "boolean"})
        pd.testing.assert_frame_equal(round_trip(frame, overrides={"x": "boolean"}), frame)
        assert encode(codec, values).n_levels == 2


def test_constant_with_missing_rows_is_one_level():
    frame = pd.DataFrame({"x": ["only", None, "only", "only"]})
    codec = make_codec(frame)
    assert codec.modelled == ["x"]
    out = codec.build(codec.decode({"x": np.array([-1, 0], dtype=np.int32)}, n_rows=2, stream=Stream.from_seed(0)))
    assert out["x"].isna().tolist() == [True, False]
