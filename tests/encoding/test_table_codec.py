import datetime as dt
import json
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from synthfast._core.frames import Table
from synthfast.encoding import TableCodec
from synthfast.exceptions import ConditionError, SchemaError
from synthfast.schema import Schema


class FixedStream:
    """A stream key with children, all that decoding asks for."""

    def __init__(self, key=(1, 2)):
        self.key = key

    def child(self, *path):
        text = json.dumps([*self.key, *path]).encode()
        return FixedStream((int.from_bytes(text[-8:], "little") % 2**63, len(text)))


def round_trip(frame, **options):
    """Infer, encode and decode by way of the saved forms of schema and codec."""
    table = Table.from_any(frame)
    schema = Schema.from_json(Schema.infer(table, **options).to_json())
    document, arrays = TableCodec.fit(table, schema).to_state()
    codec = TableCodec.from_state(json.loads(json.dumps(document)), arrays)
    coded = {name: column.values for name, column in codec.encode(table).items()}
    return codec.build(codec.decode(coded, n_rows=table.n_rows, stream=FixedStream()))


ARROW = pd.ArrowDtype
DAYS = pd.to_datetime(["2020-01-01", "2020-01-02", None, "2020-07-03", "2021-01-01"])
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
        codec.decode({}, n_rows=2, stream=FixedStream())
