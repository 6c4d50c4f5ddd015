"""The parts that resamplers share."""

import numpy as np
import pytest
from oversampling.geometry import nearest_others, scattered
from scipy import sparse

from synthfast import oversampling
from synthfast._core.random import BLOCK_ROWS, Stream
from synthfast.oversampling._rounding import share_out
from synthfast.oversampling._search import NeighborSearch, one_hot
from synthfast.oversampling._segments import Segment, fill_rows


def test_the_room_offers_its_resamplers_and_the_search():
    assert oversampling.SMOTE.__name__ == "SMOTE"
    assert {"SMOTE", "SMOTEENN", "nearest_neighbors"} <= set(dir(oversampling))
    assert oversampling.nearest_neighbors(np.array([[0.0], [1.0], [5.0]]), k=1)[1].ravel().tolist() == [1, 0, 1]
    with pytest.raises(AttributeError, match="no_such_name"):
        oversampling.no_such_name  # noqa: B018


@pytest.mark.parametrize("total", [0, 1, 7, 1_000, 10**9])
@pytest.mark.parametrize("weights", [[1.0], [1, 1, 1], [0.0, 2.0, 0.0, 1e-9, 5.0, 0.0], np.full(10_000, 0.1)])
def test_shares_add_up_and_are_right_to_less_than_one(weights, total):
    weights = np.asarray(weights, dtype=float)
    counts = share_out(weights, total, Stream.from_seed(0))
    assert counts.sum() == total
    expected = weights / weights.sum() * total
    assert np.abs(counts - expected).max() < 1.0 + 1e-6 * total / 10**3
    assert (counts[weights == 0] == 0).all()


def test_shares_are_exact_on_average():
    weights = np.array([0.3, 0.3, 0.3, 2.2, 0.05])
    counts = np.mean([share_out(weights, 3, Stream.from_seed(seed)) for seed in range(4_000)], axis=0)
    np.testing.assert_allclose(counts, 3 * weights / weights.sum(), atol=4.5 * 0.5 / np.sqrt(4_000))


def test_one_hot_columns_have_the_distances_of_numbers_and_codes():
    rng = np.random.default_rng(0)
    points, codes = rng.normal(size=(50, 2)), rng.integers(0, 3, (50, 4)).astype(np.int32)
    wide = one_hot(points, codes, 0.7).toarray()
    assert wide.shape == (50, 14)
    np.testing.assert_array_equal(nearest_others(wide, 6), nearest_others(points, 6, codes=codes, mismatch=0.7))


def test_wide_sparse_rows_are_searched_as_they_are():
    """A dense form would take 8 GB."""
    X = scattered(2_000, 500_000)
    rows = np.array([3, 500, 1_999])
    found = NeighborSearch(3).over(X)(rows)
    lengths = X.multiply(X).sum(axis=1)
    squares = np.asarray(lengths[rows] + lengths.T - 2 * (X[rows] @ X.T).toarray())
    squares[np.arange(3), rows] = np.inf
    np.testing.assert_array_equal(found, np.argsort(squares, axis=1)[:, :3])


def segment(n_rows, **options):
    rng = np.random.default_rng(0)
    return Segment(2, np.arange(30), rng.integers(0, 30, (30, 4)), n_rows, **options)


def test_rows_depend_on_their_place_only(n_threads):
    import synthfast

    points = np.random.default_rng(1).normal(size=(30, 3))
    n, stream = BLOCK_ROWS + 500, Stream.from_seed(3)
    with synthfast.num_threads(n_threads):
        whole = fill_rows(points, [segment(n)], stream, np.empty((n, 3)))
    part = fill_rows(points, [segment(700, start=n - 700)], stream, np.empty((700, 3)))
    np.testing.assert_array_equal(part, whole[-700:])
    split = fill_rows(points, [segment(100), segment(600, start=100)], stream, np.empty((700, 3)))
    np.testing.assert_array_equal(split, whole[:700])
    other = fill_rows(points, [Segment(3, *(segment(0).bases, segment(0).neighbors), 700)], stream, np.empty((700, 3)))
    assert not (other == whole[:700]).all(axis=1).any()


def test_sparse_rows_are_the_same():
    points = np.random.default_rng(1).normal(size=(30, 3))
    points[points < 0] = 0.0
    halved = np.arange(30) % 2 == 0
    plan = [segment(200, halved=halved), segment(50, start=200, reach=-0.5), segment(40, picks=np.arange(40) % 30)]
    dense = fill_rows(points, plan, Stream.from_seed(0), np.empty((290, 3)))
    found = fill_rows(sparse.csr_matrix(points), plan, Stream.from_seed(0), None)
    np.testing.assert_array_equal(found.toarray(), dense)
    nothing = fill_rows(sparse.csr_matrix(points), [], Stream.from_seed(0), None)
    assert nothing.shape == (0, 3)
