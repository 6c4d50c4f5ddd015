"""Distances under warping as users call them."""

import numpy as np
import pytest

from synthfast.exceptions import DataError
from synthfast.timeseries import (
    dtw_barycenter,
    dtw_distance,
    dtw_distance_matrix,
    dtw_nearest,
    dtw_path,
    soft_dtw,
)

GOLDEN = {
    "full": 3.2822593224460364,
    "band": 3.2864786301152127,
    "short": 3.9564717277236037,
    "two": 7.539787324255316,
    "soft": -21.092066051011063,
}


def waves(n_series=6, n=40, seed=0):
    rng = np.random.default_rng(seed)
    return np.sin(np.arange(n) / 4 + rng.uniform(0, 3, (n_series, 1))) + 0.1 * rng.normal(size=(n_series, n))


def test_golden_values_of_the_peers():
    """By dtaidistance 2.5.1 ``distance`` (its window is ours + 1) and tslearn 0.10.0 ``dtw``, ``soft_dtw``."""
    t = np.arange(50)
    a, b = np.sin(t / 3), np.cos(t / 4) + t / 100
    assert dtw_distance(a, b) == pytest.approx(GOLDEN["full"], rel=1e-12)
    assert dtw_distance(a, b, window=5) == pytest.approx(GOLDEN["band"], rel=1e-12)
    assert dtw_distance(a, b[:30]) == pytest.approx(GOLDEN["short"], rel=1e-12)
    assert dtw_distance(np.c_[a, b], np.c_[b, a]) == pytest.approx(GOLDEN["two"], rel=1e-12)
    assert soft_dtw(a, b, gamma=0.5) == pytest.approx(GOLDEN["soft"], rel=1e-12)


def test_matrix_pairs_and_nearest_agree():
    x, y = waves(), waves(9, 33, 1)
    matrix = dtw_distance_matrix(x, y)
    assert matrix.shape == (6, 9)
    assert matrix[2, 5] == dtw_distance(x[2], y[5])
    assert dtw_path(x[2], y[5])[1] == pytest.approx(matrix[2, 5], rel=1e-12)
    distances, indices = dtw_nearest(x, y, k=2)
    np.testing.assert_array_equal(indices[:, 0], matrix.argmin(axis=1))
    np.testing.assert_array_equal(distances[:, 0], matrix.min(axis=1))
    own = dtw_distance_matrix(x)
    np.testing.assert_array_equal(own, own.T)
    assert (np.diag(own) == 0).all()


def test_any_thread_count_gives_the_same(n_threads):
    x = waves(40)
    np.testing.assert_array_equal(
        dtw_distance_matrix(x, window=6, n_threads=n_threads), dtw_distance_matrix(x, window=6)
    )
    np.testing.assert_array_equal(dtw_nearest(x, n_threads=n_threads)[1], dtw_nearest(x)[1])


def test_independent_variables_are_warped_one_by_one():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 20, 3))
    apart = np.sqrt(sum(dtw_distance(a[:, c], b[:, c]) ** 2 for c in range(3)))
    assert dtw_distance(a, b, dependent=False) == pytest.approx(apart, rel=1e-12)
    assert dtw_distance(a, b) >= apart


def test_window_of_no_width_is_the_euclidean_distance():
    a, b = waves(2)
    assert dtw_distance(a, b, window=0) == pytest.approx(np.linalg.norm(a - b), rel=1e-12)
    assert dtw_distance(a, b) <= dtw_distance(a, b, max_slope=2.0) <= dtw_distance(a, b, max_slope=1.0)
    assert dtw_distance(a, b, max_slope=1.0) == pytest.approx(np.linalg.norm(a - b), rel=1e-12)


def test_lists_of_different_lengths():
    series = [np.arange(5.0), np.arange(9.0), np.arange(3.0)]
    matrix = dtw_distance_matrix(series)
    assert matrix[0, 1] == dtw_distance(series[0], series[1])
    with pytest.raises(DataError, match="differ by 6"):
        dtw_distance_matrix(series, window=2)
    with pytest.raises(DataError, match="one length"):
        dtw_nearest(series)


def test_single_precision_strided_and_integer_input():
    x = waves(10)
    np.testing.assert_allclose(dtw_distance_matrix(x.astype(np.float32)), dtw_distance_matrix(x), rtol=1e-4)
    np.testing.assert_array_equal(dtw_distance_matrix(x[:, ::2]), dtw_distance_matrix(x[:, ::2].copy()))
    assert dtw_distance([1, 2, 3], np.array([1, 2, 5], dtype=np.int8)) == 2.0


def test_barycenter_is_no_worse_than_the_medoid():
    x = waves(8)
    center = dtw_barycenter(x)
    to_center = sum(dtw_distance(center, one) ** 2 for one in x)
    assert to_center < (dtw_distance_matrix(x) ** 2).sum(axis=1).min()
    assert dtw_barycenter(x[:, :, None], n_steps=25).shape == (25, 1)


def test_soft_minimum_lies_below_the_hard_one_and_tends_to_it():
    a, b = waves(2)
    hard = dtw_distance(a, b) ** 2
    assert soft_dtw(a, b, gamma=1.0) < hard
    assert soft_dtw(a, b, gamma=1e-4) == pytest.approx(hard, abs=1e-2)


@pytest.mark.parametrize(
    ("a", "b", "options", "words"),
    [
        ([], [1.0], {}, "at least one step"),
        ([1.0, np.nan], [1.0], {}, "finite"),
        ([1.0, np.inf], [1.0], {}, "finite"),
        (np.zeros((3, 2)), np.zeros((3, 1)), {}, "number of variables"),
        (np.zeros((3, 2, 2)), [1.0], {}, "shape"),
        ([1.0] * 10, [1.0], {"window": 3}, "widen"),
        ([1.0] * 10, [1.0] * 10, {"window": -1}, "window"),
        ([1.0] * 10, [1.0] * 10, {"window": 2.5}, "window"),
        ([1.0] * 10, [1.0] * 10, {"max_slope": 0.5}, "max_slope"),
        ([1e200], [1.0], {}, "rescale"),
        (["a"], ["b"], {}, "real numbers"),
        ([True], [False], {}, "real numbers"),
    ],
)
def test_what_cannot_be_aligned(a, b, options, words):
    with pytest.raises((TypeError, ValueError), match=words):
        dtw_distance(a, b, **options)


def test_none_and_too_few():
    assert dtw_distance_matrix(np.empty((0, 5))).shape == (0, 0)
    with pytest.raises(DataError, match="k=3"):
        dtw_nearest(waves(3), k=3)
    with pytest.raises(DataError, match="at least one series"):
        dtw_barycenter([])
    with pytest.raises(ValueError, match="gamma"):
        soft_dtw([1.0], [2.0], gamma=0.0)
