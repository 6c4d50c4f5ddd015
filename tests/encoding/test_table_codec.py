import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from round_trip import decode_encoded, make_codec, round_trip

from synthfast._core.frames import Table
from synthfast._core.random import Stream
from synthfast.encoding import TableCodec
from synthfast.exceptions import ConditionError, PlaceholderTextWarning, SchemaError
from synthfast.schema import Schema

ARROW = pd.ArrowDtype
DAYS = pd.to_datetime(["2020-01-01", "2020-01-02", None, "2020-07-03", "2021-01-01"])
CEST = dt.timezone(dt.timedelta(hours=2))
CENTS = [Decimal("1.25"), None, Decimal("-3.10"), Decimal("0.00"), Decimal("1.00")]
PANDAS_COLUMNS = {
    "float64": [1.5, None, 3, 4, 5],
    "float32": np.array([0.1, 0.25, 1e-3, 4, np.nan], dtype="f4"),
    "int8": np.array([-128, 127, 0, 1, 2], dtype="i1"),
    "uint64": np.array([2**64 - 1, 2**64 - 6, 2**64 - 2**52, 2**64 - 7, 2**64 - 4], dtype="u8"),
    "int64 far": np.array([2**62, 2**62 + 1, 2**62 + 2**50, 2**62 + 7, 2**62], dtype="i8"),
    "Int64": pd.array([1, None, 3, 4, 2**52], dtype="Int64"),
    "UInt8": pd.array([1, None, 3, 4, 255], dtype="UInt8"),
    "Float32": pd.array([1, None, 3, 4, 5.5], dtype="Float32"),
    "bool": [True, False, True, True, False],
    "boolean": pd.array([True, None, False, True, True], dtype="boolean"),
    "str": pd.array(["a", "b", None, "a", "c"], dtype="str"),
    "string": pd.array(["a", None, "b", "c", "d"], dtype="string"),
    "string[python]": pd.array(["a", None, "b", "c", "d"], dtype="string[python]"),
    "ordered": pd.Categorical(["x", "y", None, "x", "y"], categories=["y", "z", "x"], ordered=True),
    "category of int": pd.Categorical([1, 2, None, 1, 2]),
    "category of interval": pd.cut([1, 2, 3, 4, 5], 2),
    "category of dates": pd.Categorical(DAYS),
    "datetime": DAYS,
    "zoned": DAYS.tz_localize("Europe/Berlin"),
    "seconds": pd.to_datetime(["2020-01-01 00:00:01"] * 5).astype("M8[s]"),
    "nanoseconds": pd.to_datetime([1, 2, 3, 2**40 + 1, 5]),
    "timedelta": pd.to_timedelta([1, 2, None, 4, 5], unit="h"),
    "arrow string": pd.array(["a", None, "b", "c", "d"], dtype=ARROW(pa.string())),
    "arrow zoned": pd.array([dt.datetime(2020, 1, 1)] * 5, dtype=ARROW(pa.timestamp("us", "UTC"))),
    "arrow decimal": pd.array(CENTS, dtype=ARROW(pa.decimal128(10, 2))),
    "arrow double": pd.array([1.5, None, 2, 3, 4], dtype="double[pyarrow]"),
    "arrow bool": pd.array([True, None, False, True, True], dtype="bool[pyarrow]"),
    "arrow dictionary": pd.array(["a", None, "b", "c", "a"], dtype=ARROW(pa.dictionary(pa.int8(), pa.string()))),
    "arrow date": pd.array([dt.date(2020, 1, 1)] * 5, dtype=ARROW(pa.date32())),
    "arrow time": pd.array([dt.time(20, 1, 1)] * 5, dtype=ARROW(pa.time64("us"))),
    "object str": pd.Series(["a", None, "b", "c", "d"], dtype=object),
    "object bool": pd.Series([True, None, False, True, True], dtype=object),
    "object int": pd.Series([1, np.nan, 2, 3, 4], dtype=object),
    "object mixed": pd.Series([1, "a", None, 1.0, True], dtype=object),
    "object decimal": pd.Series(CENTS, dtype=object),
    "object date": pd.Series([dt.date(2020, 1, 1), None, dt.date(2021, 1, 1), None, None], dtype=object),
    "object datetime": pd.Series([dt.datetime(2020, 1, 1, 3), None, dt.datetime(2021, 1, 1), None, None], dtype=object),
    "object stamp": pd.Series([pd.Timestamp(2020, 1, 1, 3), pd.NaT, pd.Timestamp(2021, 1, 1)] * 2, dtype=object)[:5],
    "object zoned": pd.Series([dt.datetime(2020, 1, 1, tzinfo=CEST), None] * 2 + [None], dtype=object),
    "object span": pd.Series([dt.timedelta(1), None, dt.timedelta(2), None, None], dtype=object),
    "object time": pd.Series([dt.time(1, 2), None, dt.time(3), None, None], dtype=object),
    "object empty": pd.Series([None] * 5, dtype=object),
    "float empty": [np.nan] * 5,
    "Int64 empty": pd.array([None] * 5, dtype="Int64"),
    "sparse": pd.arrays.SparseArray([0, 0, 1, 0, 2]),
    7: [1, 2, 3, 4, 5],
    ("tuple", 1): [1, 2, 3, 4, 5],
}  # fmt: skip


@pytest.mark.parametrize("name", PANDAS_COLUMNS, ids=str)
def test_pandas_dtype_comes_back(name):
    frame = pd.DataFrame({name: PANDAS_COLUMNS[name]})
    pd.testing.assert_frame_equal(round_trip(frame), frame)


NULLABLE = [name for name, values in PANDAS_COLUMNS.items() if pd.Series(values).isna().any()]


@pytest.mark.parametrize("name", NULLABLE, ids=str)
def test_columns_of_nothing_come_back(name):
    series = pd.Series(PANDAS_COLUMNS[name])
    frame = pd.DataFrame({name: series.where(np.zeros(len(series), dtype=bool))})
    pd.testing.assert_frame_equal(round_trip(frame), frame)


def test_float64_is_not_copied_and_is_read_only():
    frame = pd.DataFrame({"x": [1.25, 2.5, np.nan]})
    table = Table.from_any(frame)
    values = TableCodec.fit(table, Schema.infer(table)).encode(table)["x"].values
    assert np.shares_memory(values, frame["x"].to_numpy())
    assert not values.flags.writeable


def test_unseen_levels_and_columns_in_conditions_are_named():
    table = Table.from_any(pd.DataFrame({"c": ["a", "b"] * 9, "d": pd.to_datetime(["2020-01-01", "2020-03-01"] * 9)}))
    codec = TableCodec.fit(table, Schema.infer(table))
    assert codec.encode_value("c", "b") == 1
    assert codec.encode_value("c", None) is None
    assert codec.encode_value("d", "2020-01-03") == 2.0
    with pytest.raises(ConditionError, match=r"'c': expected one of 'a', 'b'; got 'z'"):
        codec.encode_value("c", "z")
    with pytest.raises(ConditionError, match="'nope'"):
        codec.encode_value("nope", 1)


def test_decode_asks_for_every_modelled_column():
    table = Table.from_any(pd.DataFrame({"x": [1.0, 2.0]}))
    codec = TableCodec.fit(table, Schema.infer(table))
    with pytest.raises(SchemaError, match="'x': expected 2 encoded values, got none"):
        codec.decode({}, n_rows=2, stream=Stream.from_seed(0))


def test_row_blocks_are_slices_of_the_whole():
    text = [f"free text {'and more ' * (i % 7)}{i}" for i in range(300)]
    frame = pd.DataFrame({"id": range(1000, 1300), "note": text, "x": np.linspace(0, 1, 300)})
    with pytest.warns(PlaceholderTextWarning, match="'note'"):
        codec = make_codec(frame)
    whole = codec.build(decode_encoded(codec, frame))
    part = codec.build(decode_encoded(codec, frame[100:180], start_row=100))
    pd.testing.assert_frame_equal(part, whole[100:180].reset_index(drop=True))


def test_nothing_is_modelled_of_generated_and_constant_columns_unless_rows_are_missing():
    n = 40
    frame = pd.DataFrame(
        {
            "id": [f"K-{i:04d}" for i in range(n)],
            "maybe_id": [None if i % 4 == 0 else f"K-{i:04d}" for i in range(n)],
            "one": 1.5,
            "maybe_one": [None if i % 2 else "yes" for i in range(n)],
            "none": [None] * n,
        }
    )
    codec = make_codec(frame)
    assert codec.modelled == ["maybe_id", "maybe_one"]
    assert [column.n_levels for column in codec.encode(Table.from_any(frame)).values()] == [1, 1]
    out = codec.build(decode_encoded(codec, frame))
    for name in frame:
        assert out[name].isna().equals(frame[name].isna())
    pd.testing.assert_frame_equal(out[["one", "maybe_one", "none"]], frame[["one", "maybe_one", "none"]])


def test_one_row_comes_back():
    frame = pd.DataFrame({"x": [1.5], "c": ["a"], "d": pd.to_datetime(["2020-02-29"]), "m": [None]})
    pd.testing.assert_frame_equal(round_trip(frame), frame)


def test_a_schema_fits_dtypes_that_hold_the_same():
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0] * 9, "c": ["a", "b", "a"] * 9, "d": pd.to_datetime(["2020-01-01"] * 27)})
    schema = Schema.infer(frame)
    other = frame.astype({"x": "Int64", "c": "category", "d": "datetime64[s]"})
    table = Table.from_any(other)
    codec = TableCodec.fit(table, schema)
    pd.testing.assert_frame_equal(codec.build(decode_encoded(codec, other)), other)
    with pytest.raises(SchemaError, match="'x': expected a dtype like float64"):
        TableCodec.fit(Table.from_any(frame.astype({"x": str})), schema)
    with pytest.raises(SchemaError, match=r"missing \['c'\], unexpected \['q'\]"):
        TableCodec.fit(Table.from_any(frame.rename(columns={"c": "q"})), schema)


def test_categories_of_generated_columns_are_not_kept():
    names = [f"k{i * 37 % 1000:05d}" for i in range(1000)]
    codec = make_codec(pd.DataFrame({"key": pd.Categorical(names)}))
    text = str(codec.to_state())
    assert not any(name in text for name in names)
    out = codec.build(codec.decode({}, n_rows=5, stream=Stream.from_seed(0)))
    assert isinstance(out["key"].dtype, pd.CategoricalDtype)
    assert not set(out["key"]) & set(names)
