import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse

from synthfast._core.frames.features import MadeRows, as_storable
from synthfast._core.frames.open_features import open_features
from synthfast._core.frames.rows import append_rows, count_rows, take_rows
from synthfast.exceptions import CellTypeError, DataError, SchemaError

CONTAINERS = {
    "array": lambda X: X,
    "integers": lambda X: X.astype(int),
    "list": lambda X: X.tolist(),
    "pandas": lambda X: pd.DataFrame(X, columns=list("abc"), index=range(7, 7 + len(X))),
    "polars": lambda X: pl.DataFrame(X, schema=["a", "b", "c"]),
    "arrow": lambda X: pa.table({name: X[:, j] for j, name in enumerate("abc")}),
    "objects": lambda X: X.astype(object),
    "csr": sparse.csr_matrix,
    "csc array": sparse.csc_array,
}


def values(data):
    if sparse.issparse(data):
        return data.toarray()
    return (
        (data.to_pandas() if isinstance(data, pa.Table) else np.asarray(data)) if not isinstance(data, list) else data
    )


@pytest.fixture(params=CONTAINERS)
def container(request):
    return CONTAINERS[request.param]


def table(n=6):
    return np.arange(3.0 * n).reshape(n, 3)


def test_every_container_is_read_and_extended(container):
    data = container(table())
    features = open_features(data, "me")
    assert (features.n_rows, features.n_columns) == (6, 3)
    points = features.points()
    np.testing.assert_array_equal(points.toarray() if sparse.issparse(points) else points, table())
    np.testing.assert_array_equal(features.codes(1), np.arange(6))
    made = MadeRows(np.array([[100.0], [200.0]]), [2], np.array([[0, 1], [5, 4]]), [0, 1])
    for kept in (None, np.array([4, 1])):
        found = features.extend(made, kept)
        expected = [*(table() if kept is None else table()[kept]), [0, 4, 100], [15, 13, 200]]
        np.testing.assert_array_equal(np.asarray(values(found), dtype=float), expected)
        assert type(found) is type(data)


def test_every_container_is_cut_by_rows(container):
    data = container(table())
    rows = np.array([5, 0, 0, 3])
    for found in (take_rows(data, rows), open_features(data, "me").take(rows)):
        np.testing.assert_array_equal(np.asarray(values(found), dtype=float), table()[rows])
        assert type(found) is type(data)
        assert count_rows(found) == 4
    longer = append_rows(data, rows)
    np.testing.assert_array_equal(np.asarray(values(longer), dtype=float), table()[[*range(6), *rows]])


def test_rows_of_numbers_go_straight_to_their_place():
    X = table()
    features = open_features(X, "me")
    room = features.room(2)
    room[:] = 9.0
    found = features.extend(MadeRows.of_numbers(room))
    assert np.shares_memory(found, room)
    np.testing.assert_array_equal(found, [*X, [9.0] * 3, [9.0] * 3])
    other = features.extend(MadeRows.of_numbers(np.zeros((2, 3))))
    assert not np.shares_memory(other, room)


def test_codes_come_in_the_order_of_appearance_in_every_container():
    text = ["b", None, "a", "b", None, "c"]
    number = [2.0, np.nan, 1.0, 2.0, np.nan, 3.0]
    frame = pd.DataFrame({"t": text, "n": number, "k": pd.Categorical(text, ["c", "b", "a"])})
    for data in (frame, pl.from_pandas(frame), pl.from_pandas(frame).to_arrow(), frame.astype(object).to_numpy()):
        features = open_features(data, "me")
        for column in range(3):
            assert features.codes(column).tolist() == [0, 1, 2, 0, 1, 3]
            assert features.codes(column).dtype == np.int32
    assert open_features(np.array(number)[:, None], "me").codes(0).tolist() == [0, 1, 2, 0, 1, 3]


def test_the_smallest_dtype_that_holds_all_columns_is_searched():
    frame = pd.DataFrame({"a": np.ones(3, "float32"), "b": np.ones(3, "float16")})
    assert open_features(frame, "me").points().dtype == np.float32
    assert open_features(frame.assign(c=1), "me").points().dtype == np.float64
    assert open_features(np.ones((2, 2), np.float16), "me").points().dtype == np.float32
    assert open_features(np.ones((2, 2), np.int8), "me").points().dtype == np.float64


def test_decimals_keep_their_places():
    prices = pa.array([1.25, 2.5, 3.75]).cast(pa.decimal128(10, 2))
    features = open_features(pa.table({"price": prices}), "me")
    assert features.points().ravel().tolist() == [1.25, 2.5, 3.75]
    found = features.extend(MadeRows.of_numbers(np.array([[2.3456]])))
    assert found.schema.field("price").type == pa.decimal128(10, 2)
    assert [str(v) for v in found["price"].to_pylist()] == ["1.25", "2.50", "3.75", "2.35"]


@pytest.mark.parametrize(
    ("dtype", "numbers", "expected"),
    [
        ("int8", [-300.0, -128.4, 0.5, 1.5, 126.6, 127.4, 300.0], [-128, -128, 0, 2, 127, 127, 127]),
        ("uint8", [-1.0, 254.6, 256.0], [0, 255, 255]),
        ("int64", [-1e30, 2.0**63, 2.0**62], [-(2**63), 2**63 - 1, 2**62]),
        ("uint64", [-5.0, 2.0**64, 2.0**63], [0, 2**64 - 1, 2**63]),
        ("bool", [-0.2, 0.4, 0.6, 1.7], [False, False, True, True]),
        ("float32", [0.1], [np.float32(0.1)]),
    ],
)
def test_numbers_as_a_dtype_holds_them(dtype, numbers, expected):
    found = as_storable(np.array(numbers), np.dtype(dtype))
    assert found.dtype == dtype
    assert found.tolist() == np.array(expected, dtype=dtype).tolist()


def test_rounded_numbers_are_those_that_come_out(container):
    data = container(table())
    features = open_features(data, "me")
    numbers = np.array([[0.3, 1.6, 2.5], [-4.4, 0.0, 9.9]])
    given = sparse.csr_matrix(numbers) if sparse.issparse(data) else numbers
    rounded = features.rounded(given)
    made = MadeRows.of_numbers(rounded)
    below = np.asarray(values(features.extend(made)), dtype=float)[6:]
    np.testing.assert_array_equal(rounded.toarray() if sparse.issparse(rounded) else rounded, below)


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (pd.DataFrame({"a": [1.0, np.inf]}), DataError, r"me: column 'a'.*infinite value \(inf\) in row 1"),
        (
            pd.DataFrame({"a": pd.array([1, None], dtype="Int8")}),
            DataError,
            r"column 'a'.*missing value \(NaN\).*row 1",
        ),
        (
            pd.DataFrame({"a": pd.to_datetime(["2021-01-01"])}),
            SchemaError,
            "column 'a': expected numbers, got datetime64",
        ),
        (pd.DataFrame({"a": [{}, {}]}), CellTypeError, "string or a number: .*dict in row 0"),
        (np.array([[1.0], [np.nan]]), DataError, r"missing value \(NaN\) in row 1, column 0"),
        (np.array([["a"], ["b"]]), SchemaError, "column 0: expected numbers"),
        (sparse.csr_matrix([[1.0, np.inf]]), DataError, "inf"),
        (np.zeros(3, dtype=[("a", float)]), DataError, "structured"),
    ],
)
def test_what_holds_no_numbers_is_named(data, error, words):
    with pytest.raises(error, match=words):
        open_features(data, "me").points()


def test_large_numbers_whose_sum_overflows_are_finite():
    X = np.full((3, 2), 1e308)
    np.testing.assert_array_equal(open_features(X, "me").points(), X)


def test_dicts_and_lists_of_dicts_are_tables():
    for data in ({"a": [1, 2], "b": [3.0, 4.0]}, [{"a": 1, "b": 3.0}, {"a": 2, "b": 4.0}]):
        features = open_features(data, "me")
        assert list(features.names) == ["a", "b"]
        assert isinstance(features.take(np.array([0])), pd.DataFrame)
