import numpy as np
import pytest
from reference.record_distance import count_within as counting_twin
from reference.record_distance import find_nearest as twin

from synthfast._ext._record_distance import count_within, find_nearest, order_rows
from synthfast.neighbors.record_boxes import box_tree

N_NUMBERS = 3
SIZES = [(1, 1), (7, 2), (1, 64), (50, 65), (300, 1_000), (40, 4_097)]
METRICS = pytest.mark.parametrize("squared", [True, False], ids=["squared", "clipped"])


def random_points(n_rows, seed=0, decimals=1):
    """Three numbers and three levels; rounded, so that there are ties and equal rows."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(n_rows, N_NUMBERS)).round(decimals)
    return np.hstack([numbers, rng.integers(-1, 3, (n_rows, 3))])


def ordered(points, squared=True):
    order = np.arange(len(points), dtype=np.int64)
    order_rows(points, N_NUMBERS, squared, np.empty(len(points)), order)
    return order


def found(queries, points, squared=True, exclude_own=False, n_threads=1, order=None, query_order=None, k=1):
    tree = box_tree(points, ordered(points, squared) if order is None else order)
    query_order = ordered(queries, squared) if query_order is None else query_order
    costs, nearest = np.full((len(queries), k), np.nan), np.full((len(queries), k), -7, dtype=np.int64)
    find_nearest(queries, query_order, *tree, N_NUMBERS, squared, exclude_own, costs, nearest, n_threads)
    return costs, nearest


def assert_same(ours, theirs):
    np.testing.assert_array_equal(ours[0], theirs[0])
    np.testing.assert_array_equal(ours[1], theirs[1])


@METRICS
@pytest.mark.parametrize(("n_queries", "n_points"), SIZES)
def test_agrees_with_its_twin_to_the_last_bit(n_queries, n_points, squared):
    queries, points = random_points(n_queries, 1, 3), random_points(n_points, 2, 3)
    assert_same(found(queries, points, squared), twin(queries, points, N_NUMBERS, squared, False))


@METRICS
def test_threads_change_nothing(n_threads, squared):
    queries, points = random_points(1_000, 1), random_points(6_000, 2)
    assert_same(found(queries, points, squared, n_threads=n_threads), twin(queries, points, N_NUMBERS, squared, False))


@METRICS
def test_a_row_does_not_count_for_itself(squared):
    points = random_points(700)
    assert_same(found(points, points, squared, True), twin(points, points, N_NUMBERS, squared, True))


def test_the_first_of_equal_rows_is_found_whatever_the_order_of_the_rows():
    points = np.repeat(random_points(9), 50, axis=0)
    rng = np.random.default_rng(3)
    for _ in range(5):
        costs, nearest = found(points, points, order=rng.permutation(450), query_order=rng.permutation(450))
        assert not costs.any()
        np.testing.assert_array_equal(nearest, np.arange(450)[:, None] // 50 * 50)


def test_no_query_and_no_other_row():
    points = random_points(1)
    assert [len(part) for part in found(points[:0], points)] == [0, 0]
    assert found(points, points, exclude_own=True)[0].tolist() == [[np.inf]]


def test_costs_beyond_the_largest_float_still_give_a_row():
    points = random_points(200)
    points[:, 0] = 1e200
    costs, nearest = found(random_points(5), points)
    assert costs.ravel().tolist() == [np.inf] * 5
    assert nearest.ravel().tolist() == [0] * 5


@METRICS
@pytest.mark.parametrize("exclude_own", [False, True])
@pytest.mark.parametrize(("n_points", "k"), [(5, 4), (65, 7), (1_000, 3), (4_300, 20)])
def test_k_nearest_agree_with_the_twin(n_threads, squared, exclude_own, n_points, k):
    points = random_points(n_points)
    queries = points[:60] if exclude_own else random_points(60, 1)
    ours = found(queries, points, squared, exclude_own, n_threads, k=k)
    assert_same(ours, twin(queries, points, N_NUMBERS, squared, exclude_own, k))


def test_spare_lanes_do_not_count_as_rows():
    points = np.zeros((65, 6))
    assert found(points[:2], points, k=65)[1].tolist() == [list(range(65))] * 2
    assert counted(points, points, np.zeros(65)).tolist() == [65] * 65


def test_more_neighbours_than_rows_cost_infinity():
    assert found(random_points(1), random_points(2), k=4)[0][0, 2:].tolist() == [np.inf] * 2


def counted(queries, points, most, squared=True, exclude_own=False, n_threads=1):
    tree = box_tree(points, ordered(points, squared))
    counts = np.full(len(queries), -7, dtype=np.int64)
    order = ordered(queries, squared)
    count_within(queries, order, *tree, N_NUMBERS, squared, exclude_own, most, counts, n_threads)
    return counts


@METRICS
@pytest.mark.parametrize("exclude_own", [False, True])
@pytest.mark.parametrize("n_points", [1, 64, 65, 1_000, 4_300])
def test_counts_agree_with_the_twin(n_threads, squared, exclude_own, n_points):
    points = random_points(n_points)
    queries = points[:80] if exclude_own else random_points(80, 1)
    most = np.abs(np.random.default_rng(4).normal(size=len(queries))) * 2.0
    most[::7] = np.inf
    most[1::7] = 0.0
    expected = counting_twin(queries, points, N_NUMBERS, squared, exclude_own, most)
    if exclude_own:
        expected -= most == np.inf  # the twin's own row costs infinity
    np.testing.assert_array_equal(counted(queries, points, most, squared, exclude_own, n_threads), expected)


def test_no_query_has_no_count():
    assert len(counted(random_points(0), random_points(9), np.empty(0))) == 0


def test_read_only_points_are_taken_and_strided_ones_refused():
    points = random_points(200)
    points.flags.writeable = False
    assert not found(points, points)[0].any()
    with pytest.raises(ValueError, match="contiguous"):
        order_rows(points[:, ::2], 2, True, np.empty(200), np.arange(200))


@pytest.mark.parametrize("n_rows", [0, 1, 64, 65, 1_000, 4_160])
def test_the_order_holds_every_row_once(n_rows):
    assert sorted(ordered(random_points(n_rows))) == list(range(n_rows))


def test_the_order_puts_near_rows_into_one_block():
    points = random_points(4_096, decimals=9)
    blocks = points[ordered(points)].reshape(-1, 64, points.shape[1])
    within = np.abs(np.diff(blocks, axis=1)).mean(axis=(0, 1))
    across = np.abs(np.diff(points, axis=0)).mean(axis=0)
    assert (within <= across).all()
    assert within.mean() < 0.6 * across.mean()


@pytest.mark.parametrize(
    "points", [np.zeros((5_000, 6)), np.arange(30_000.0).reshape(5_000, 6)], ids=["equal", "sorted"]
)
def test_orders_that_hurt_naive_selection(points):
    assert sorted(ordered(points)) == list(range(5_000))
