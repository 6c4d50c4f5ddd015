from itertools import pairwise

import numpy as np
import pytest
from reference import kmeans as twin

from synthfast._ext import _kmeans

SHAPES = [(1, 1), (5, 2), (64, 3), (65, 1), (300, 7), (1000, 33)]


def tiled(points, shift=None, n_threads=1):
    shift = np.zeros(points.shape[1]) if shift is None else shift
    tiles = np.full((-(-len(points) // 64), points.shape[1], 64), np.nan)
    _kmeans.fill_tiles(points, shift, tiles, n_threads)
    return tiles


def assigned(points, centers, n_parts=3, n_threads=1, labels=None, sums=None, counts=None):
    n_padded = -(-len(centers) // 4) * 4
    padded, half_norms = np.zeros((n_padded, centers.shape[1])), np.full(n_padded, np.inf)
    padded[: len(centers)], half_norms[: len(centers)] = centers, 0.5 * np.square(centers).sum(axis=1)
    labels = np.full(len(points), -1) if labels is None else labels
    sums = np.zeros((n_parts, n_padded, centers.shape[1])) if sums is None else sums
    counts = np.zeros((n_parts, n_padded), dtype=np.int64) if counts is None else counts
    n_moved = _kmeans.assign_points(tiled(points), padded, half_norms, labels, sums, counts, n_threads)
    return labels, sums, counts, n_moved


def rows_and_centers(shape, n_centers, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape), rng.normal(size=(n_centers, shape[1]))


@pytest.mark.parametrize("shape", [(0, 3), *SHAPES])
def test_tiles_are_those_of_their_twin(shape):
    points, shift = np.random.default_rng(0).normal(size=shape), np.arange(shape[1], dtype=float)
    np.testing.assert_array_equal(tiled(points, shift), twin.fill_tiles(points, shift))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("n_centers", [1, 4, 7])
def test_labels_sums_and_counts_agree_with_their_twin(shape, n_centers):
    points, centers = rows_and_centers(shape, n_centers)
    labels, sums, counts, n_moved = assigned(points, centers)
    np.testing.assert_array_equal(labels, twin.assign_points(points, centers))
    assert n_moved == len(points)
    np.testing.assert_array_equal(counts.sum(axis=0)[:n_centers], np.bincount(labels, minlength=n_centers))
    for k in range(n_centers):
        np.testing.assert_allclose(sums.sum(axis=0)[k], points[labels == k].sum(axis=0), atol=1e-12)


def test_sums_follow_rows_that_change_their_centre():
    points, centers = rows_and_centers((500, 4), 5)
    labels, sums, counts, _ = assigned(points, centers)
    moved = centers + 0.3
    before = labels.copy()
    labels, sums, counts, n_moved = assigned(points, moved, labels=labels, sums=sums, counts=counts)
    fresh_labels, fresh_sums, fresh_counts, _ = assigned(points, moved)
    assert 0 < n_moved == np.count_nonzero(labels != before)
    np.testing.assert_array_equal(labels, fresh_labels)
    np.testing.assert_array_equal(counts, fresh_counts)
    np.testing.assert_allclose(sums, fresh_sums, atol=1e-12)


def test_of_equal_centres_the_first_is_taken():
    labels, *_ = assigned(np.ones((70, 2)), np.array([[9.0, 9.0], [1.0, 1.0], [1.0, 1.0]]))
    assert (labels == 1).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_distances_agree_with_their_twins(shape):
    points, centers = rows_and_centers(shape, 3)
    labels = np.random.default_rng(1).integers(0, 3, len(points))
    out = np.full(len(points), np.nan)
    _kmeans.measure_points(tiled(points), centers, labels, out, 1)
    np.testing.assert_allclose(out, twin.measure_points(points, centers, labels), rtol=1e-13)
    n_tiles = -(-len(points) // 64)
    nearest = np.zeros(64 * n_tiles)
    nearest[: len(points)] = np.random.default_rng(2).exponential(3.0 * shape[1], len(points))
    lowered, sums = np.full((3, len(nearest)), np.nan), np.full((2, 3), np.nan)
    _kmeans.lower_distances(tiled(points), centers, nearest, lowered, sums, 1)
    expected = twin.lower_distances(points, centers, nearest[: len(points)])
    np.testing.assert_allclose(lowered[:, : len(points)], expected, rtol=1e-13)
    assert (lowered[:, len(points) :] == 0).all()
    np.testing.assert_allclose(sums.sum(axis=0), expected.sum(axis=1), rtol=1e-12)


def test_rows_are_picked_in_proportion_to_their_weights():
    rng = np.random.default_rng(3)
    weights = np.where(rng.random(64 * 5) < 0.3, 0.0, rng.random(64 * 5))
    weights[300:] = 0.0
    n_parts = 3
    ends = [p * 5 // n_parts * 64 for p in range(n_parts + 1)]
    sums = np.array([weights[a:b].sum() for a, b in pairwise(ends)])
    aims = np.append(rng.random(200) * weights.sum(), [0.0, weights.sum(), 2 * weights.sum()])
    rows = np.full(len(aims), -1)
    _kmeans.pick_rows(weights, sums, aims, rows)
    np.testing.assert_array_equal(rows[:200], twin.pick_rows(weights, aims)[:200])
    assert (weights[rows] > 0).all()
    np.testing.assert_array_equal(rows[201:], twin.pick_rows(weights, aims)[201:])


def test_where_nothing_has_weight_a_row_is_picked_all_the_same():
    rows = np.full(2, -1)
    _kmeans.pick_rows(np.zeros(64), np.zeros(1), np.array([0.0, 1.0]), rows)
    assert rows.tolist() == [0, 0]


def test_threads_change_nothing(n_threads):
    points, centers = rows_and_centers((20_000, 5), 9)
    for mine, one in zip(assigned(points, centers, 64, n_threads), assigned(points, centers, 64), strict=True):
        assert np.asarray(mine).tobytes() == np.asarray(one).tobytes()
    tiles, nearest = tiled(points), np.full(20_032, np.inf)
    nearest[20_000:] = 0.0
    found = [np.empty((2, 20_032)), np.empty((64, 2)), np.empty(20_000)]
    again = [np.empty_like(part) for part in found]
    for out, threads in ((found, n_threads), (again, 1)):
        _kmeans.lower_distances(tiles, centers[:2], nearest, *out[:2], threads)
        _kmeans.measure_points(tiles, centers, np.zeros(20_000, dtype=np.int64), out[2], threads)
    for mine, one in zip(found, again, strict=True):
        assert mine.tobytes() == one.tobytes()


def test_nothing_and_read_only_input():
    points, centers = rows_and_centers((70, 2), 4)
    points.flags.writeable = centers.flags.writeable = False
    assert assigned(points, centers)[3] == 70
    assert assigned(np.empty((0, 2)), centers)[3] == 0
    assert tiled(np.empty((3, 0))).shape == (1, 0, 64)


def test_nan_stays_in_its_row():
    points, centers = rows_and_centers((70, 2), 3)
    points[3, 1] = np.nan
    out = np.empty(70)
    _kmeans.measure_points(tiled(points), centers, np.zeros(70, dtype=np.int64), out, 1)
    assert np.flatnonzero(np.isnan(out)).tolist() == [3]
