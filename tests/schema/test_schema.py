import json

import numpy as np
import pandas as pd
import pytest

from synthfast.exceptions import SchemaError
from synthfast.schema import Column, Schema


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "x": np.linspace(0, 1, 60).round(2),
            "c": pd.Categorical(["u", "v", None] * 20, ordered=True),
            "d": pd.date_range("2020-01-01", periods=60, tz="UTC"),
            "i": [f"K{i:03d}" for i in range(60)],
            "m": pd.Series([1, "a", True] * 20, dtype=object),
        }
    )


def test_json_gives_the_schema_back(frame):
    schema = Schema.infer(frame)
    text = schema.to_json()
    assert Schema.from_json(text) == schema
    assert Schema.from_json(schema.to_json(indent=None)) == schema
    assert json.loads(text)["format"] == 1
    assert schema != Schema.infer(frame[["x"]])


def test_schema_is_a_mapping_of_columns(frame):
    schema = Schema.infer(frame)
    assert len(schema) == 5
    assert list(schema) == list(frame)
    assert schema["x"].kind == "continuous"
    with pytest.raises(SchemaError, match="got 'nope'"):
        schema["nope"]


def test_repr_is_a_table_of_facts(frame):
    lines = repr(Schema.infer(frame)).splitlines()
    assert lines[0] == "Schema of 5 columns"
    assert lines[2].split() == ["x", "continuous", "float64", "0.0%", "0.0", "to", "1.0;", "2", "decimals"]
    assert "serial" in lines[5]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "text that is not JSON"),
        ("[]", "expected a schema"),
        ('{"format": 99, "columns": []}', "format 1, got 99"),
        ('{"format": 1, "columns": [{"kind": "integer"}]}', "expected a column with 'name', 'kind'"),
        ('{"format": 1, "columns": [{"name": "x", "kind": "integer", "colour": 1}]}', "colour"),
        ('{"format": 1, "columns": [{"name": "x", "kind": "number"}]}', "got 'number'"),
    ],
)
def test_text_that_is_no_schema_is_told(text, message):
    with pytest.raises(SchemaError, match=message):
        Schema.from_json(text)


def test_column_leaves_out_defaults():
    assert Column("x", "integer", minimum=0).to_dict() == {"name": "x", "kind": "integer", "minimum": 0}


def test_inference_does_not_change_its_input(frame):
    before = frame.copy(deep=True)
    Schema.infer(frame)
    pd.testing.assert_frame_equal(frame, before)
