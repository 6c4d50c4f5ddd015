import datetime as dt
import decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from synthfast.exceptions import DataError, SchemaError
from synthfast.quality import share_columns
from synthfast.schema import Schema


def coded(real, synthetic, holdout=None):
    """Kinds and values of the only column of two tables."""
    tables = share_columns({"x": real}, {"x": synthetic}, None if holdout is None else {"x": holdout})
    return tables.real.coding, tables.real.values("x"), tables.synthetic.values("x")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2, 3], "numeric"),
        ([1.5, None, 3.0], "numeric"),
        (pd.array([1, None, 3], dtype="Int64"), "numeric"),
        ([decimal.Decimal("1.5"), None, decimal.Decimal("2.25")], "numeric"),
        ([True, False, True], "categorical"),
        (pd.array([True, None, False], dtype="boolean"), "categorical"),
        (["a", "b", None], "categorical"),
        (pd.Categorical([1, 2, 1]), "categorical"),
        ([1, "a", None], "categorical"),
        ([None, None, None], "categorical"),
        (pd.to_datetime(["2020-01-01", None, "2021-01-01"]), "time"),
        (pd.date_range("2020-01-01", periods=3, tz="Europe/Berlin"), "time"),
        ([dt.date(2020, 1, 1), None, dt.date(2020, 1, 3)], "time"),
        (["2020-01-01", "2020-02-01 10:30", None], "time"),
        (pd.to_timedelta([1, 2, None], unit="h"), "duration"),
    ],
)
def test_kind_of_a_column(values, kind):
    coding, real, synthetic = coded(values, values)
    assert coding.kinds["x"] == kind
    np.testing.assert_array_equal(real, synthetic)


def test_strings_that_hardly_repeat_are_text_and_compared_by_missing_rate():
    names = [f"person {k}" for k in range(60)]
    tables = share_columns({"name": names, "y": range(60)}, {"name": [None, *names[1:]], "y": range(60)})
    assert tables.real.coding.text == ["name"]
    assert tables.real.coding.compared == ["y"]
    assert tables.synthetic.missing_rate("name") == pytest.approx(1 / 60)


def test_identifiers_are_compared_by_missing_rate_only():
    real = pd.DataFrame(
        {
            "order_id": np.arange(40) * 7,
            "code": [f"C-{k:03d}" for k in range(40)],
            "grade": pd.Categorical([f"G{k:02d}" for k in range(40)]),
            "x": np.arange(40) / 7,
        }
    )
    synthetic = real.assign(order_id=[None, *range(10**6, 10**6 + 39)], code=[f"C-{k}" for k in range(500, 540)])
    tables = share_columns(real, synthetic)
    assert tables.real.coding.kinds == dict.fromkeys(["order_id", "code", "grade"], "identifier") | {"x": "numeric"}
    assert tables.real.coding.compared == tables.real.coding.numeric == ["x"]
    assert tables.real.coding.categorical == tables.real.coding.text == []
    assert tables.synthetic.missing_rate("order_id") == 1 / 40


def test_a_schema_tells_which_columns_are_identifiers():
    real = pd.DataFrame({"order_id": np.arange(40) * 7, "x": np.arange(40) * 3 + 1, "day": range(40)})
    schema = Schema.infer(real, overrides={"order_id": "integer", "x": "identifier"})
    kinds = share_columns(real, real, schema=schema).real.coding.kinds
    assert kinds == {"order_id": "numeric", "x": "identifier", "day": "numeric"}
    assert share_columns(real, real).real.coding.kinds == {"order_id": "identifier", "x": "numeric", "day": "numeric"}


def test_many_levels_that_repeat_are_categories():
    levels = [f"level {k}" for k in range(60)] * 3
    coding, *_ = coded(levels, levels)
    assert coding.kinds["x"] == "categorical"


@pytest.mark.parametrize(
    ("real", "synthetic", "expected"),
    [
        ([1, 2, 3], [1.5, np.nan, 3.0], [1.5, np.nan, 3.0]),
        ([1.0, 2.0, 3.0], ["1", "2.5", None], [1.0, 2.5, np.nan]),
        ([1, 2, 3], [True, False, True], [1.0, 0.0, 1.0]),
        ([1, 2, 3], [None, None, None], [np.nan] * 3),
        ([1, 2, 3], pd.Categorical(["4", "5", "4"]), [4.0, 5.0, 4.0]),
        (pd.to_datetime(["2020-01-01", "2020-01-03"]), ["2020-01-02", "2020-01-01T12:00:00"], [86_400.0, 43_200.0]),
        (pd.to_datetime(["2020-01-01", "2020-01-03"]), [dt.date(2020, 1, 2), None], [86_400.0, np.nan]),
        (pd.to_timedelta([1, 2], unit="h"), pd.to_timedelta([30, None], unit="min"), [1_800.0, np.nan]),
    ],
)
def test_numbers_are_read_whatever_their_dtype(real, synthetic, expected):
    _, _, values = coded(real, synthetic)
    np.testing.assert_array_equal(values, expected)


@pytest.mark.parametrize(
    ("real", "synthetic", "levels", "codes"),
    [
        (["a", "b", "a"], pd.Categorical(["b", "a", None]), ("a", "b"), [1, 0, -1]),
        (["a", "b", "a"], ["new", "a", "older"], ("a", "b", "new", "older"), [2, 0, 3]),
        (pd.Categorical([1, 2, 1]), [1.0, 2.0, np.nan], ("1", "2"), [0, 1, -1]),
        ([True, False, True], [0, 1, 1], ("True", "False"), [1, 0, 0]),
        ([True, False, True], ["true", "FALSE", None], ("True", "False"), [0, 1, -1]),
    ],
)
def test_levels_are_shared_whatever_their_dtype(real, synthetic, levels, codes):
    coding, _, values = coded(real, synthetic)
    assert coding.levels["x"] == levels
    assert values.tolist() == codes


def test_levels_come_by_frequency_of_the_real_table():
    coding, real, _ = coded(["b", "b", "a", "c", "c", "c"], ["z"])
    assert coding.levels["x"] == ("c", "b", "a", "z")
    assert coding.n_real_levels["x"] == 3
    assert real.tolist() == [1, 1, 2, 0, 0, 0]


def test_time_zones_are_compared_as_instants():
    berlin = pd.DataFrame({"t": pd.date_range("2020-06-01 12:00", periods=2, tz="Europe/Berlin")})
    utc = pd.DataFrame({"t": pd.to_datetime(["2020-06-01 10:00", "2020-06-02 10:00"]).tz_localize("UTC")})
    tables = share_columns(berlin, utc)
    np.testing.assert_array_equal(tables.real.values("t"), tables.synthetic.values("t"))


def test_times_before_1970_and_of_any_unit():
    real = pd.DataFrame({"t": pd.to_datetime(["1955-01-01 00:00:00.250", "1955-01-02"], format="ISO8601")})
    synthetic = pd.DataFrame({"t": np.array(["1955-01-02", "1956-01-01"], dtype="M8[s]")})
    tables = share_columns(real, synthetic)
    assert tables.real.values("t").tolist() == [0.25, 86_400.0]
    assert tables.synthetic.values("t").tolist() == [86_400.0, 365 * 86_400.0]
    assert tables.real.coding.units["t"] == "seconds since 1955-01-01T00:00:00"


@pytest.mark.parametrize(
    ("real", "synthetic", "what"),
    [
        ([1, 2], ["a", "b"], "numbers"),
        ([1, 2], pd.to_datetime(["2020-01-01", "2020-01-02"]), "numbers"),
        (pd.to_datetime(["2020-01-01", "2020-01-02"]), [1, 2], "dates or times"),
        (pd.to_datetime(["2020-01-01", "2020-01-02"]), ["yesterday", "today"], "dates or times"),
        (pd.to_timedelta([1, 2], unit="s"), [1, 2], "durations"),
    ],
)
def test_what_cannot_be_read_is_an_error_that_names_column_and_table(real, synthetic, what):
    with pytest.raises(DataError, match=f"Column 'x' holds {what}.*synthetic table"):
        coded(real, synthetic)


def test_infinite_values_are_missing_and_counted():
    tables = share_columns({"x": [1.0, np.inf, 3.0]}, {"x": [-np.inf, np.inf, 1e200]})
    assert tables.real.n_infinite["x"] == 1
    assert tables.synthetic.n_infinite["x"] == 3
    assert tables.synthetic.missing_rate("x") == 1.0


def test_missing_columns_are_named():
    with pytest.raises(DataError, match=r"synthetic table lacks 2 of the real table's 3 columns: 'b', 7"):
        share_columns(pd.DataFrame({"a": [1], "b": [1], 7: [1]}), {"a": [1]})
    with pytest.raises(DataError, match="holdout table lacks"):
        share_columns({"a": [1], "b": [2]}, {"a": [1], "b": [2]}, {"a": [1]})


def test_extra_columns_and_another_order_are_fine():
    tables = share_columns({"a": [1], "b": ["x"]}, pd.DataFrame({"z": [0], "b": ["y"], "a": [2]}))
    assert tables.synthetic.coding.extra == ("z",)
    assert tables.synthetic.values("a").tolist() == [2.0]


@pytest.mark.parametrize(
    ("real", "synthetic", "message"),
    [
        (pd.DataFrame({"a": []}), {"a": [1]}, "real table has no rows"),
        ({"a": [1]}, pd.DataFrame({"a": []}), "synthetic table has no rows"),
        (pd.DataFrame(index=range(3)), {"a": [1]}, "no columns"),
        (pd.Series([1, 2]), {"a": [1]}, "real table cannot be read"),
        ({"a": [1]}, "file.csv", "synthetic table cannot be read"),
        ({"a": [[1], [2]]}, {"a": [[1], [2]]}, "Flatten nested"),
    ],
)
def test_bad_tables(real, synthetic, message):
    with pytest.raises(DataError, match=message):
        share_columns(real, synthetic)


def test_repeated_names_are_an_error():
    frame = pd.DataFrame([[1, 2]], columns=["a", "a"])
    with pytest.raises(SchemaError, match="'a'"):
        share_columns(frame, frame)


def test_containers_agree():
    frame = pd.DataFrame({"x": [1.0, None, 3.0], "c": ["a", "b", None], "t": pd.to_datetime(["2020-01-01"] * 3)})
    expected = share_columns(frame, frame).real
    for table in (pl.from_pandas(frame), pl.from_pandas(frame).lazy(), pa.Table.from_pandas(frame), dict(frame)):
        found = share_columns(frame, table).synthetic
        for name in expected.coding.kinds:
            np.testing.assert_array_equal(found.values(name), expected.values(name))
    array = np.array([[1.0, 2.0], [np.nan, 4.0]])
    np.testing.assert_array_equal(share_columns(array, array).real.values(0), array[:, 0])


def test_coded_tables_pass_through_and_strangers_are_refused():
    tables = share_columns({"x": [1, 2]}, {"x": [3]})
    again = share_columns(tables.real, tables.synthetic)
    assert again.real is tables.real
    assert again.synthetic is tables.synthetic
    with pytest.raises(DataError, match="coded apart"):
        share_columns(tables.real, share_columns({"x": [1]}, {"x": [1]}).real)


def test_inputs_are_not_changed():
    frame = pd.DataFrame({"x": [3.0, np.inf, 1.0], "c": ["a", None, "b"]})
    before = frame.copy(deep=True)
    tables = share_columns(frame, frame)
    tables.real.sorted_values("x")
    pd.testing.assert_frame_equal(frame, before)


def test_sample_keeps_the_rows_order_and_is_seeded():
    table = share_columns({"x": np.arange(100.0)}, {"x": [1.0]}).real
    one, two = (table.sample(10, np.random.default_rng(4)).values("x") for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert np.all(np.diff(one) > 0)
    assert table.sample(100, np.random.default_rng(4)) is table
