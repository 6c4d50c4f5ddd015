import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from reference.neighbors import find_neighbors as twin
from sklearn.neighbors import NearestNeighbors

from synthfast.exceptions import DataError
from synthfast.neighbors import NeighborIndex, _bytes, nearest_neighbors


def test_agrees_with_scikit_learn():
    points = np.random.default_rng(0).normal(size=(2_000, 7))
    distances, indices = NearestNeighbors(n_neighbors=5, algorithm="brute").fit(points).kneighbors()
    found = nearest_neighbors(points, k=5)
    np.testing.assert_array_equal(found[1], indices)
    np.testing.assert_allclose(found[0], distances, rtol=1e-7)


@settings(max_examples=60, deadline=None)
@given(
    points=arrays(np.float64, st.tuples(st.integers(2, 90), st.integers(1, 4)), elements=st.floats(-1e6, 1e6)),
    k=st.integers(1, 5),
)
def test_holds_for_any_numbers(points, k):
    k = min(k, len(points) - 1)
    distances, indices = nearest_neighbors(points, k=k)
    expected = twin(points, points, k, own_rows=np.arange(len(points)))
    np.testing.assert_array_equal(distances, expected[0])
    np.testing.assert_array_equal(indices, expected[1])


def test_rows_of_another_table():
    points, others = np.random.default_rng(1).normal(size=(2, 300, 3))
    np.testing.assert_array_equal(nearest_neighbors(others, points, k=2)[1], twin(others, points, 2)[1])
    assert nearest_neighbors(points[:4], points, k=1)[0].max() == 0.0  # other rows, though equal ones


def test_single_precision_rows_among_double_ones():
    points = np.random.default_rng(2).normal(size=(300, 3))
    for near, far in ((points.astype(np.float32), points), (points, points.astype(np.float32))):
        np.testing.assert_array_equal(nearest_neighbors(near, far, k=2)[1], twin(near, far, 2)[1])


def test_frames_integers_and_lists():
    frame = pd.DataFrame({"a": [0, 1, 5], "b": [0, 1, 5]})
    assert nearest_neighbors(frame, k=1)[1].ravel().tolist() == [1, 0, 1]
    assert nearest_neighbors([[0], [1], [5]], k=2)[1].tolist() == [[1, 2], [0, 2], [1, 0]]


def test_equal_rows_are_neighbours_in_order():
    assert nearest_neighbors(np.ones((100, 2)), k=2)[1][[0, 1, 2, 99]].tolist() == [[1, 2], [0, 2], [0, 1], [0, 1]]


@pytest.mark.parametrize(
    ("points", "k", "error", "said"),
    [
        (np.ones((5, 2)), 5, DataError, "k=5 neighbours need as many other rows, but there are 4"),
        (np.ones((1, 2)), 1, DataError, "there are 0"),
        (np.ones((5, 2)), 0, ValueError, "k: expected an integer"),
        (np.ones((5, 2)), 1.5, TypeError, "k: expected an integer"),
        (np.ones(5), 1, DataError, "Reshape"),
        (np.empty((0, 2)), 1, DataError, "at least one row"),
        ([["a"], ["b"]], 1, DataError, "table of numbers"),
        ([[0.0], [np.nan]], 1, DataError, "row 1, column 0"),
        ([[0.0], [np.inf]], 1, DataError, "finite"),
    ],
)
def test_refuses(points, k, error, said):
    with pytest.raises(error, match=said):
        nearest_neighbors(points, k=k)


def test_refuses_other_columns_and_rows():
    index = NeighborIndex(np.ones((5, 2)), np.ones((5, 1)), 1.0)
    with pytest.raises(DataError, match="expected 2 numbers and 1 codes"):
        index.query_points(np.ones((3, 3)), np.ones((3, 1)), k=1)
    with pytest.raises(DataError, match="row numbers from 0 to 4"):
        index.query(1, [5])
    with pytest.raises(DataError, match=r"shape \(5, n_codes\)"):
        NeighborIndex(np.ones((5, 2)), np.ones((4, 1)))
    with pytest.raises(ValueError, match="mismatch"):
        NeighborIndex(np.ones((5, 2)), mismatch=-1.0)


@pytest.mark.parametrize("supported", [True, False])
@pytest.mark.parametrize("n_columns", [1, 3, 1030])
def test_rows_that_are_all_equal_have_neighbours(monkeypatch, supported, n_columns):
    """Every distance of places is then exactly 0, and so is what rounding could have added to it."""
    monkeypatch.setattr(_bytes, "SUPPORTED", supported and _bytes.SUPPORTED)
    points = np.ones((90, n_columns), dtype=np.float32)
    distances, indices = nearest_neighbors(points, k=3)
    assert (distances == 0).all()
    np.testing.assert_array_equal(indices[:4], [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]])
    far = points.copy()
    far[::2] += 5.0
    distances, indices = nearest_neighbors(far, points, k=3)
    np.testing.assert_array_equal(indices, np.tile([0, 1, 2], (90, 1)))
    np.testing.assert_allclose(distances[:, 0], np.where(np.arange(90) % 2, 0.0, 5.0 * np.sqrt(n_columns)), rtol=1e-12)
