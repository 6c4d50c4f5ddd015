import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from synthfast import record_distances
from synthfast._core.frames import Table
from synthfast._core.training import join_target
from synthfast._core.unicode import check_unicode, unicode_only
from synthfast.exceptions import SchemaError
from synthfast.quality import share_columns

HALF = "a\ud800"
LEVELS = pd.Index(["a", HALF], dtype=object)
# b"\xed\xa0\x80" is how the half of a pair would be written in UTF-8, were it allowed.
TEXTS = pa.Array.from_buffers(
    pa.large_string(), 2, [None, pa.py_buffer(np.array([0, 1, 4])), pa.py_buffer(b"a\xed\xa0\x80")]
)


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (pd.DataFrame({"x": pd.Series(["a", HALF], dtype=object)}), "column 'x': .* in row 1"),
        (pd.DataFrame({"x": pd.Series([None, HALF, 2.5], dtype=object)}), "column 'x': "),
        (pd.DataFrame({"x": pd.array(["a", HALF], dtype="string[python]")}), "column 'x': .* in row 1"),
        (pd.DataFrame({"x": pd.Categorical.from_codes([0, 1], categories=LEVELS)}), "column 'x': "),
        (np.array([["a", "b"], ["c", HALF]]), "column 1: .* in row 1"),
        (np.array([("a", 1.0), (HALF, 2.0)], dtype=[("x", "U4"), ("y", "f8")]), "column 'x': .* in row 1"),
        (np.array([(1.0, 2.0)], dtype=[(HALF, "f8"), ("y", "f8")]), "column names: "),
        (pd.DataFrame([[1.0]], columns=pd.MultiIndex.from_arrays([["b"], LEVELS[1:]])), "column names: "),
        ({"x": ["a", HALF]}, "the columns: "),
        ([{"x": HALF}], "the columns: "),
        ({HALF: [1.0]}, "the columns: "),
    ],
    ids=[
        "objects",
        "mixed objects",
        "strings",
        "categories",
        "array",
        "structured",
        "field name",
        "tuple name",
        "dict",
        "rows",
        "key",
    ],
)
def test_half_of_a_surrogate_pair_is_named_before_any_work(data, place):
    with pytest.raises(SchemaError, match=place) as told:
        Table.from_any(data).template()
    assert r"expected text of whole Unicode characters, got 'a\ud800'" in str(told.value)


@pytest.mark.parametrize("texts", [TEXTS, pa.DictionaryArray.from_arrays(pa.array([0, 1]), TEXTS)], ids=str)
def test_bytes_that_are_no_utf8_are_refused(texts):
    with pytest.raises(SchemaError, match="column 'x': expected text in UTF-8, got other bytes"):
        Table.from_any(pa.table({"x": texts})).template()


def test_targets_and_compared_tables_are_refused_too():
    frame = pd.DataFrame({"x": [1.0, 2.0]})
    with pytest.raises(SchemaError, match="the target: expected text"):
        join_target(frame, pd.Series(["a", HALF], dtype=object, name="t"))
    other = pd.DataFrame({"x": pd.Series(["a", HALF], dtype=object)})
    with pytest.raises(SchemaError, match="column 'x'"):
        share_columns({"x": ["a", "b"]}, other)
    with pytest.raises(SchemaError, match="column 'x'"):
        record_distances(other, {"x": ["a", "b"]})


def test_whole_characters_pass_and_other_errors_come_through():
    check_unicode(["ä", "\U0001f600", "", 3, None, ("b", 1.5)], "here")
    with pytest.raises(KeyError), unicode_only("here"):
        {}["key"]
    with pytest.raises(SchemaError, match=r"here: .*got 'a\\ud800' in row 2, which") as told:
        with unicode_only("here", ["b", None, HALF]):
            HALF.encode()
    str(told.value).encode()  # the message itself can be written
