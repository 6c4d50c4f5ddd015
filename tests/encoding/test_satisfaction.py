import numpy as np
import pandas as pd
import pytest

from synthfast._core.frames import Table
from synthfast.encoding import TableCodec, encode_conditions
from synthfast.encoding.satisfaction import rows_that_meet
from synthfast.schema import Schema

FRAME = pd.DataFrame(
    {
        "x": [1.5, 2.0, np.nan, 4.25, 5.0] * 4,
        "big": pd.array([2**60, 2**60 + 1, None, 2**60 + 3, 2**60 + 4] * 4, dtype="Int64"),
        "level": pd.Categorical(["lo", "mid", None, "hi", "lo"] * 4, categories=["lo", "mid", "hi"], ordered=True),
        "word": ["a", "b", None, "c", "a"] * 4,
        "day": pd.to_datetime(["2024-01-01", "2024-02-01", None, "2024-03-01", "2024-04-01"] * 4),
    }
)


@pytest.mark.parametrize(
    ("name", "wanted", "expected"),
    [
        ("x", 2.0, [0, 1, 0, 0, 0]),
        ("x", (2.0, 4.25), [0, 1, 0, 1, 0]),
        ("x", (None, 2), [1, 1, 0, 0, 0]),
        ("x", [1.5, 5], [1, 0, 0, 0, 1]),
        ("x", None, [0, 0, 1, 0, 0]),
        ("big", (2**60 + 1, 2**60 + 3), [0, 1, 0, 1, 0]),
        ("big", str(2**60 + 3), [0, 0, 0, 1, 0]),
        ("level", ("mid", None), [0, 1, 0, 1, 0]),
        ("level", None, [0, 0, 1, 0, 0]),
        ("word", ["a", "c"], [1, 0, 0, 1, 1]),
        ("word", "b", [0, 1, 0, 0, 0]),
        ("day", ("2024-02-01", "2024-03-15"), [0, 1, 0, 1, 0]),
    ],
)
def test_rows_that_meet(name, wanted, expected):
    table = Table.from_any(FRAME)
    codec = TableCodec.fit(
        table, Schema.infer(FRAME, overrides={"word": "categorical", "big": "integer"}, min_level_count=1)
    )
    condition = encode_conditions(codec, {name: wanted})[name]
    assert rows_that_meet(codec.encode(table, [name])[name], condition).tolist() == [bool(e) for e in expected] * 4
