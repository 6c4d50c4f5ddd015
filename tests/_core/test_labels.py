import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from synthfast._core.labels import Labels
from synthfast.exceptions import DataError

NAMES = ["rare", "common", "common", "odd", "rare"]


@pytest.mark.parametrize(
    "data",
    [
        NAMES,
        tuple(NAMES),
        np.array(NAMES),
        np.array(NAMES, dtype=object),
        pd.Series(NAMES, index=range(3, 8), name="y"),
        pd.Series(NAMES, dtype="category"),
        pd.DataFrame({"y": NAMES}),
        pl.Series("y", NAMES),
        pl.DataFrame({"y": NAMES}),
        pl.Series("y", NAMES, dtype=pl.Categorical),
        pa.array(NAMES),
        pa.chunked_array([NAMES[:2], NAMES[2:]]),
        pa.table({"y": NAMES}),
        pa.array(NAMES).dictionary_encode(),
    ],
    ids=lambda data: type(data).__module__.partition(".")[0] + " " + type(data).__name__,
)
def test_labels_of_every_container(data):
    labels = Labels(data, "me")
    assert labels.classes == ["common", "odd", "rare"]
    assert labels.codes.tolist() == [2, 0, 0, 1, 2]
    assert labels.counts == [2, 1, 2]
    assert labels.rows_of(2).tolist() == [0, 4]
    for kept, expected in ((None, [*NAMES, "odd", "rare"]), (np.array([1, 3]), ["common", "odd", "odd", "rare"])):
        found = labels.extend(np.array([1, 2]), kept)
        assert type(found) is (np.ndarray if isinstance(data, tuple) else type(data))
        plain = found.to_pandas() if type(found).__module__.startswith("pyarrow") else found
        assert np.asarray(plain).ravel().tolist() == expected
        assert getattr(found, "name", None) == getattr(data, "name", None)
        assert getattr(found, "dtype", None) == getattr(data, "dtype", None) or isinstance(data, tuple)


def test_indicator_columns():
    data = np.eye(3, dtype=np.uint8)[[2, 0, 0, 1]]
    labels = Labels(data, "me")
    assert labels.values.tolist() == labels.codes.tolist() == [2, 0, 0, 1]
    assert labels.extend(np.array([1])).tolist() == [*data.tolist(), [0, 1, 0]]


@pytest.mark.parametrize(
    ("data", "classes"),
    [
        ([2.0, 1.0, 2.0], [1.0, 2.0]),
        ([True, False], [False, True]),
        (np.array([3, -1], dtype=np.int8), [-1, 3]),
        (pd.Series(pd.to_datetime(["2021-01-02", "2021-01-01"])), None),
        (pd.Series([2, 1], dtype="Int64"), [1, 2]),
    ],
)
def test_classes_are_sorted_plain_values(data, classes):
    labels = Labels(data, "me")
    assert labels.codes[-2:].tolist() != labels.codes[:1].tolist() * 2
    if classes is not None:
        assert labels.classes == classes
        assert [type(label) for label in labels.classes] == [type(label) for label in classes]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "y to be passed"),
        ([0.5, 1.0], "continuous"),
        ([1.0, np.nan], "missing one .*row 1"),
        (["a", None], "missing one .*row 1"),
        (pd.Series(["a", pd.NA], dtype="string"), "missing"),
        ([1, "a"], "can be sorted|one type"),
        (np.ones((3, 2)), "not supported"),
        (np.array([[1, 0], [1, 1]]), "not supported"),
        (np.array([[2, 0], [0, 1]]), "not supported"),
        (pd.DataFrame({"a": [1, 0], "b": [0, 1]}), "not supported"),
        (np.ones((2, 1, 1)), "shape"),
    ],
)
def test_labels_that_cannot_be_used(data, words):
    if isinstance(data, list) and data[:1] == [1]:
        data = np.array(data, dtype=object)
    with pytest.raises(DataError, match=words):
        Labels(data, "me")
