import datetime as dt
import json
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal as assert_polars_equal
from round_trip import round_trip

from synthfast._core.frames import ColumnData, ContainerTemplate, Table
from synthfast._core.frames.arrow_types import parse_arrow_type, write_arrow_type
from synthfast._core.frames.concat import concatenate_tables, slice_table
from synthfast.exceptions import DataError, SchemaError

STAMPS = [dt.datetime(2020, 1, 1), None, dt.datetime(2020, 7, 1, 3)]
POLARS = pl.DataFrame(
    {
        "int": [1, None, 3],
        "uint8": pl.Series([1, 2, 255], dtype=pl.UInt8),
        "float32": pl.Series([1.5, None, 2.25], dtype=pl.Float32),
        "text": ["x", None, "y"],
        "categorical": pl.Series(["x", None, "x"], dtype=pl.Categorical),
        "enum": pl.Series(["x", None, "y"], dtype=pl.Enum(["y", "z", "x"])),
        "zoned": pl.Series(STAMPS, dtype=pl.Datetime("us", "Europe/Berlin")),
        "stamp": pl.Series(STAMPS, dtype=pl.Datetime("ms")),
        "date": [dt.date(2020, 1, 1), None, dt.date(2021, 3, 4)],
        "span": [dt.timedelta(1), None, dt.timedelta(2)],
        "time": [dt.time(1, 2), None, dt.time(3)],
        "bool": [True, None, False],
        "decimal": pl.Series([Decimal("1.20"), None, Decimal("-7.05")], dtype=pl.Decimal(10, 2)),
        "null": pl.Series([None, None, None]),
    }
)  # fmt: skip
ARROW = pa.table(
    {
        "int64": pa.array([1, None, 3]),
        "uint16": pa.array([1, 2, 3], pa.uint16()),
        "half": pa.array(np.array([1.5, 2.5, 3.5], dtype=np.float16)),
        "double": pa.array([1.25, None, 3.5]),
        "bool": pa.array([True, None, False]),
        "string": pa.array(["a", None, "b"]),
        "large": pa.array(["a", None, "b"], pa.large_string()),
        "view": pa.array(["a", None, "b"], pa.string_view()),
        "dictionary": pa.array(["a", None, "b"]).dictionary_encode(),
        "ordered": pa.DictionaryArray.from_arrays(pa.array([1, None, 0], pa.int8()), ["low", "high"], ordered=True),
        "numbered": pa.DictionaryArray.from_arrays(pa.array([1, None, 0], pa.int8()), pa.array([10, 20])),
        "date32": pa.array([dt.date(2020, 1, 1), None, dt.date(2021, 3, 4)]),
        "date64": pa.array([dt.date(2020, 1, 1), None, dt.date(2021, 3, 4)], pa.date64()),
        "stamp": pa.array([dt.datetime(2020, 1, 1), None, dt.datetime(2021, 1, 1)], pa.timestamp("s")),
        "zoned": pa.array([dt.datetime(2020, 1, 1), None, dt.datetime(2021, 1, 1)], pa.timestamp("ns", "Asia/Tokyo")),
        "duration": pa.array([dt.timedelta(1), None, dt.timedelta(2)], pa.duration("ms")),
        "time32": pa.array([dt.time(1, 2), None, dt.time(3)], pa.time32("s")),
        "decimal": pa.array([Decimal("1.20"), None, Decimal("-7.05")], pa.decimal128(12, 2)),
        "null": pa.nulls(3),
    }
)


@pytest.mark.parametrize("name", POLARS.columns)
def test_polars_dtype_comes_back(name):
    frame = POLARS.select(name)
    out = round_trip(frame)
    assert out.schema == frame.schema
    assert_polars_equal(out, frame)


def test_lazy_frames_are_collected():
    assert_polars_equal(round_trip(POLARS.lazy().select("int", "text")), POLARS.select("int", "text"))


@pytest.mark.parametrize("name", ARROW.column_names)
def test_arrow_type_comes_back(name):
    table = ARROW.select([name])
    out = round_trip(table)
    assert out.schema == table.schema
    assert out.combine_chunks().equals(table.combine_chunks())


def test_record_batches_chunks_and_the_capsule_interface():
    table = ARROW.select(["int64", "string", "dictionary"])
    chunked = pa.concat_tables([table, table])
    assert round_trip(chunked).to_pylist() == chunked.to_pylist()
    assert round_trip(table.to_batches()[0]).equals(table)

    class Capsule:
        def __arrow_c_stream__(self, requested_schema=None):
            return table.__arrow_c_stream__(requested_schema)

    assert round_trip(Capsule()).equals(table)


def test_numpy_arrays_come_back():
    flat = np.array([[1.5, 2.0, np.nan], [4.25, 5.0, 6.0]])
    np.testing.assert_array_equal(round_trip(flat), flat)
    assert round_trip(flat.astype(np.float32)).dtype == np.float32
    words = np.array([["a", 1], ["b", 2]], dtype=object)
    assert round_trip(words).tolist() == words.tolist()
    fields = np.array([(1, 2.5, "a"), (2, 3.5, "b")], dtype=[("i", "i4"), ("x", "f8"), ("s", "U3")])
    out = round_trip(fields)
    assert out.dtype == fields.dtype
    assert out.tolist() == fields.tolist()


def test_dicts_and_lists_of_dicts_become_pandas_frames():
    expected = pd.DataFrame({"x": [1.5, 2.5], "c": ["a", "b"]})
    pd.testing.assert_frame_equal(round_trip({"x": [1.5, 2.5], "c": ["a", "b"]}), expected)
    pd.testing.assert_frame_equal(round_trip([{"x": 1.5, "c": "a"}, {"x": 2.5, "c": "b"}]), expected)


def test_column_index_comes_back():
    columns = pd.MultiIndex.from_tuples([("a", 1), ("a", 2)], names=["upper", None])
    frame = pd.DataFrame([[1.5, 2.5], [2.5, 3.5]], columns=columns, index=["r1", "r2"])
    out = round_trip(frame)
    pd.testing.assert_index_equal(out.columns, columns)
    pd.testing.assert_index_equal(out.index, pd.RangeIndex(2))
    named = pd.DataFrame({7: [1.5, 2.5], "x": [2.5, 3.5]}).rename_axis(columns="columns")
    pd.testing.assert_frame_equal(round_trip(named), named)


def test_rows_of_another_index_are_read_in_order():
    frame = pd.DataFrame({"x": [3.5, 1.5, 2.5]}, index=[2, 0, 0])
    assert Table.from_any(frame).column("x").array.tolist() == [3.5, 1.5, 2.5]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), r"\['a'\] more than once"),
        (pd.DataFrame({"p": pd.period_range("2020", periods=2, freq="M")}), "'p': expected numbers.*to_timestamp"),
        (pd.DataFrame({"z": [1 + 2j]}), "'z': expected numbers.*complex128"),
        (
            pd.DataFrame({"t": pd.to_datetime(["2020"]).tz_localize("dateutil/Europe/Berlin")}),
            "'t': expected a time zone",
        ),
        (pd.DataFrame({"l": [[1], [2, 3]]}), "'l': expected scalars, got list in row 0"),
        (pd.DataFrame({"d": [1, {"a": 1}]}, dtype=object), "'d': expected scalars, got dict in row 1"),
        (pd.DataFrame({"b": [b"x"]}), "'b': expected scalars, got bytes in row 0"),
        (pd.DataFrame({"i": pd.Series([1, 2**70], dtype=object)}), "'i': expected integers of 64 bits.* in row 1"),
        (pa.table({"n": [[1], [2]]}), "'n': expected numbers.*list<"),
        (pa.table({"s": [{"a": 1}]}), "'s': expected numbers.*struct<"),
        (pa.table({"d": pa.array([Decimal(10) ** 30], pa.decimal128(38, 2))}), "'d': expected decimals of at most 18"),
        (pl.DataFrame({"l": [[1], [2]]}), "'l': expected numbers"),
        (pl.DataFrame({"o": pl.Series([object()], dtype=pl.Object)}), "'o': expected a native polars dtype"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__module__.partition(".")[0],
)
def test_what_cannot_be_a_column_is_named(data, message):
    with pytest.raises(SchemaError, match=message):
        Table.from_any(data).template()


@pytest.mark.parametrize("data", [5, "text", [1, 2], pd.Series([1]), pl.Series([1]), np.zeros(3), np.zeros((2, 2, 2))])
def test_what_is_no_table_is_told(data):
    with pytest.raises(DataError, match=r"expected"):
        Table.from_any(data)


def test_columns_of_different_lengths_are_told():
    with pytest.raises(DataError, match="one length"):
        Table.from_any({"a": [1], "b": [1, 2]})


def test_unknown_column_is_told():
    with pytest.raises(SchemaError, match=r"expected one of the columns \['a'\], got 'b'"):
        Table.from_any({"a": [1]}).column("b")


def test_table_reads_without_copying():
    frame = pd.DataFrame({"x": np.arange(5.0), "i": np.arange(5)})
    table = Table.from_any(frame)
    assert np.shares_memory(table.column("x").array, frame["x"].to_numpy())
    assert np.shares_memory(table.column("i").array, frame["i"].to_numpy())
    assert Table.from_any(table) is table
    assert len(table) == 5
    assert "5 rows x 2 columns" in repr(table)


def test_template_goes_through_json():
    table = Table.from_any(pd.DataFrame({("a", 1): pd.Categorical([1, 2]), 3: [1, 2]}))
    template = table.template()
    assert ContainerTemplate.from_dict(json.loads(json.dumps(template.to_dict()))) == template
    with pytest.raises(SchemaError, match="missing"):
        template.build({3: table.column(3)})
    with pytest.raises(SchemaError, match="container"):
        ContainerTemplate("excel", (), (), {}).build({})


@pytest.mark.parametrize("kind", [*ARROW.schema.types, pa.decimal64(9, 3), pa.time64("ns"), pa.int8()], ids=str)
def test_arrow_types_are_written_and_parsed(kind):
    assert parse_arrow_type(write_arrow_type(kind)) == kind


def test_unknown_arrow_type_is_told():
    with pytest.raises(SchemaError, match="'array'"):
        parse_arrow_type("array")


def test_tables_are_cut_and_joined():
    parts = [
        {"c": ColumnData("c", "category", 2, values=np.array([0, 1], dtype=np.int32), categories=["a", "b"])},
        {"c": ColumnData("c", "category", 3, values=np.array([1, -1, 0], dtype=np.int32), categories=["b", "c"])},
    ]
    whole = concatenate_tables(parts)["c"]
    assert (list(whole.categories), whole.array.tolist()) == (["a", "b", "c"], [0, 1, 2, -1, 1])
    cut = slice_table({"c": whole}, 1, 4)["c"]
    assert (cut.n_rows, cut.array.tolist()) == (3, [1, 2, -1])


def test_factorize_gives_codes_and_levels():
    column = Table.from_any({"s": ["b", None, "a", "b"]}).column("s")
    codes, levels = column.factorize()
    assert (codes.tolist(), levels.to_pylist()) == ([0, -1, 1, 0], ["b", "a"])
    for values, expected in [
        ([3.5, np.nan, 1.5, 3.5], ([1, -1, 0, 1], [1.5, 3.5])),
        (pd.array([True, None, True, True], dtype="boolean"), ([0, -1, 0, 0], [True])),
        (pd.array([7, None, 5, 7], dtype="Int64"), ([1, -1, 0, 1], [5, 7])),
        ([None] * 4, ([-1] * 4, [])),
    ]:
        codes, levels = Table.from_any(pd.DataFrame({"x": values})).column("x").factorize()
        assert (codes.tolist(), levels) == expected
        assert codes.dtype == np.int32
