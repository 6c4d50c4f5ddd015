import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from reference.grouping import group_rows

from synthfast._core.frames import Table
from synthfast.exceptions import DataError, SchemaError
from synthfast.privacy import class_sizes
from synthfast.privacy._columns import column_digits
from synthfast.privacy._keys import Digits, group_columns, sizes_of_classes, sizes_of_rows


def digits(columns):
    return [Digits(c, int(c.min()), int(c.max()) - int(c.min()) + 1) for c in columns]


# Dense counts; hashing; numbers past 2**63, which are compacted on the way; columns that are too wide by themselves.
WIDTHS = {"dense": [5, 3, 9], "hashed": [2000, 3000, 50], "compacted": [2**40, 2**40, 7], "wide": [2**63, 2**63, 2]}


@pytest.mark.parametrize("case", WIDTHS)
@pytest.mark.parametrize("n", [1, 2, 1500])
def test_classes_are_exact_however_many_there_could_be(case, n, n_threads):
    rng = np.random.default_rng(0)
    base = [rng.integers(0, width, n, dtype=np.uint64).astype(np.int64) for width in WIDTHS[case]]
    picked = rng.integers(0, n, n)
    columns = [column[picked] for column in base]
    found = group_columns(digits(columns), n, n_threads)
    ids, sizes = group_rows(columns)
    assert found.ids.tolist() == ids
    assert found.sizes.tolist() == list(sizes)
    assert sizes_of_classes(digits(columns), n, n_threads).tolist() == list(sizes)
    assert sizes_of_rows(digits(columns), n, n_threads).tolist() == [sizes[i] for i in ids]


def test_many_rows_and_threads(n_threads):
    rng = np.random.default_rng(1)
    columns = [rng.integers(0, 3000, 200_000) for _ in range(2)]
    found = group_columns(digits(columns), 200_000, n_threads)
    _, ids, sizes = np.unique(np.array(columns), axis=1, return_inverse=True, return_counts=True)
    np.testing.assert_array_equal(found.ids, ids.ravel())
    np.testing.assert_array_equal(found.sizes, sizes)
    np.testing.assert_array_equal(columns[0][found.first_rows()][found.ids], columns[0])


COLUMNS = {
    "float": [0.0, -0.0, 1.5, 1.5, np.nan, np.nan],
    "infinite": [np.inf, np.inf, -np.inf, 0.1, np.nan, -np.inf],
    "integer": [1, 1, 2, 3, 2, 1],
    "huge": [2**62, -(2**62), 2**62, 0, 0, 1],
    "nullable": pd.array([1, None, 1, None, 2, 2], dtype="Int64"),
    "nullable_huge": pd.array([2**63 - 1, None, -(2**63), None, 2, 2], dtype="Int64"),
    "unsigned": np.array([2**64 - 1, 0, 2**64 - 1, 5, 5, 5], dtype=np.uint64),
    "boolean": [True, True, False, True, False, False],
    "text": ["a", None, "b", "a", None, "a"],
    "category": pd.Categorical(["x", "y", None, "x", "x", None]),
    "mixed": [1, "1", 1.0, True, 1, None],
    "date": pd.to_datetime(["2020-01-01", None, "2020-01-01", "2021-01-01", None, "2021-01-01"]),
    "zoned": pd.to_datetime(["2020-01-01"] * 4 + [None] * 2).tz_localize("Europe/Berlin"),
    "missing": [None] * 6,
    "decimal": [Decimal("1.10"), Decimal("1.1"), None, Decimal("2.00"), Decimal("2.01"), None],
    "time": [dt.time(1), dt.time(1), dt.time(2), None, None, dt.time(2)],
    "constant": [7] * 6,
}


def key(value):
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return "missing"
    return (type(value).__name__, value) if isinstance(value, (bool, str)) else value


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_of_every_kind(name):
    frame = pd.DataFrame({name: COLUMNS[name]})
    keys = [key(value) for value in frame[name].tolist()]
    if name == "mixed":  # types count: 1, 1.0 and True are three
        keys = ["int", "str", "float", "bool", "int", "missing"]
    assert class_sizes(frame, name).tolist() == [keys.count(value) for value in keys]


def test_order_of_classes_is_that_of_the_values():
    values = np.array([-np.inf, -2.5, -1e-300, 0.0, 1e-300, 2.5, np.inf])
    column = column_digits(Table.from_any({"x": values}).column("x"))
    assert group_columns([column], 7).ids.tolist() == list(range(7))


@pytest.mark.parametrize("container", [pd.DataFrame, pl.DataFrame, pa.table, lambda table: table])
def test_containers(container):
    table = container({"zip": ["10115", "10115", "20095", None], "age": [34, 34, 51, 34]})
    assert class_sizes(table, ["zip", "age"]).tolist() == [2, 2, 1, 1]
    assert class_sizes(table, "age").tolist() == [3, 3, 1, 3]


def test_arrays_and_odd_names():
    assert class_sizes(np.array([[1, 2], [1, 2], [1, 3]]), [0, 1]).tolist() == [2, 2, 1]
    frame = pd.DataFrame([[1, 2], [1, 2]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")]))
    assert class_sizes(frame, [("a", "x")]).tolist() == [2, 2]
    assert class_sizes(frame, ("a", "y")).tolist() == [2, 2]


def test_no_rows():
    assert class_sizes(pd.DataFrame({"a": [], "b": []}), ["a", "b"]).tolist() == []


def test_missing_rows_are_counted_which_pandas_groupby_and_pycanon_drop():
    """pycanon 1.3.6 groups by pandas' default and loses rows with a missing quasi-identifier: its k is too high."""
    frame = pd.DataFrame({"a": [1.0, 1.0, np.nan]})
    assert frame.groupby("a").size().min() == 2
    assert class_sizes(frame, "a").min() == 1


def compatible(frame, names):
    rows = frame[names].to_numpy(dtype=object)
    alike = [
        [all(key(a) == key(b) or "missing" in (key(a), key(b)) for a, b in zip(x, y, strict=True)) for y in rows]
        for x in rows
    ]
    return np.sum(alike, axis=1).tolist()


def test_wildcards_agree_with_comparing_all_pairs():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({c: rng.integers(0, 3, 60).astype(float) for c in "abc"})
    frame = frame.mask(rng.random(frame.shape) < 0.2)
    assert class_sizes(frame, list("abc"), missing="wildcard").tolist() == compatible(frame, list("abc"))


@pytest.mark.parametrize(
    ("quasi_identifiers", "error", "text"),
    [
        (["nope"], SchemaError, "'nope'"),
        ([], DataError, "at least one"),
        (["a", "a"], DataError, "more than once"),
        (3, SchemaError, "not columns"),
    ],
)
def test_bad_names_are_refused(quasi_identifiers, error, text):
    with pytest.raises(error, match=text):
        class_sizes(pd.DataFrame({"a": [1], "b": [2]}), quasi_identifiers)


def test_other_bad_input_is_refused():
    with pytest.raises(ValueError, match="'own', 'wildcard'"):
        class_sizes({"a": [1]}, "a", missing="drop")
    with pytest.raises(SchemaError, match="more than once"):
        class_sizes(pd.DataFrame([[1, 2]], columns=["a", "a"]), "a")
    with pytest.raises(DataError, match="expected a table"):
        class_sizes(pd.Series([1]), "a")
