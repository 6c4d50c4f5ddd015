import numpy as np
import pytest
from reference import value_difference as twin

from synthfast._ext._value_difference import find_nearest


def task(n_rows, n_columns=4, n_levels=6, n_classes=3, seed=0):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, n_levels, (n_rows, n_columns)).astype(np.int32)
    shares = rng.dirichlet(np.ones(n_classes), n_levels * n_columns)
    return codes, shares, np.arange(0, n_levels * n_columns, n_levels)


def found(codes, shares, offsets, k, n_threads=1, n_tiles=3):
    for array in (codes, shares, offsets):
        array.flags.writeable = False
    tiles = np.full((n_tiles, codes.shape[1] * shares.shape[1] * 16), np.nan)
    costs, nearest = np.full((len(codes), k), np.nan), np.full((len(codes), k), -7)
    find_nearest(codes, shares, offsets, tiles, costs, nearest, n_threads)
    return costs, nearest


@pytest.mark.parametrize("n_classes", [1, 2, 3, 7])
@pytest.mark.parametrize(("n_rows", "k"), [(1, 2), (2, 1), (5, 9), (16, 3), (17, 3), (49, 5), (200, 64)])
def test_agrees_with_comparing_all_pairs_to_the_bit(n_rows, k, n_classes):
    arguments = task(n_rows, n_classes=n_classes)
    costs, nearest = found(*arguments, k)
    expected_costs, expected = twin.find_nearest(*arguments, k)
    np.testing.assert_array_equal(costs[:, : n_rows - 1], expected_costs[:, : n_rows - 1])
    np.testing.assert_array_equal(nearest[:, : n_rows - 1], expected[:, : n_rows - 1])
    assert (nearest[:, max(n_rows - 1, 0) :] == -1).all()
    assert np.isinf(costs[:, max(n_rows - 1, 0) :]).all()


def test_the_first_of_equally_near_rows_comes_first():
    codes, shares, offsets = task(300, n_columns=2, n_levels=2)
    costs, nearest = found(codes, shares, offsets, 5)
    same = np.diff(costs, axis=1) == 0
    assert same.any()
    assert (np.diff(nearest, axis=1)[same] > 0).all()


@pytest.mark.parametrize("n_tiles", [1, 2, 100])
def test_neither_threads_nor_tiles_change_anything(n_threads, n_tiles):
    arguments = task(5_000, n_columns=2, n_levels=40)
    costs, nearest = found(*arguments, 4, n_threads, n_tiles)
    expected = found(*arguments, 4)
    assert costs.tobytes() == expected[0].tobytes()
    assert nearest.tobytes() == expected[1].tobytes()


def test_nothing_to_search():
    costs, nearest = found(np.empty((0, 2), np.int32), np.ones((3, 2)), np.array([0, 1]), 3)
    assert costs.shape == nearest.shape == (0, 3)
    costs, nearest = found(np.empty((4, 0), np.int32), np.ones((3, 2)), np.empty(0, np.int64), 3)
    assert (nearest == -1).all()
