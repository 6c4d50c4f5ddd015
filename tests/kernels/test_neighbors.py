import numpy as np
import pytest
from reference.neighbors import find_neighbors as twin
from reference.neighbors import round_places

from synthfast._ext._neighbors import halve_segments, has_byte_products, round_blocks
from synthfast.neighbors import NeighborIndex, _bytes

SHAPES = [(2, 1), (63, 3), (64, 2), (65, 5), (500, 8), (300, 33)]
KINDS = ["normal", "rounded", "clustered", "heavy", "repeated", "far_off"]


def points_of(kind, n_rows, n_columns, seed=0):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n_rows, n_columns))
    if kind == "rounded":
        return points.round()
    if kind == "clustered":
        plane = rng.normal(size=(n_rows, 3)) @ rng.normal(size=(3, n_columns))
        return plane + 0.01 * points + 10.0 * rng.integers(0, 5, (n_rows, 1))
    if kind == "heavy":
        return rng.standard_cauchy(size=points.shape) ** 3
    if kind == "repeated":
        return points[np.arange(n_rows) // 10]
    return points * 1e-3 + 1e6 if kind == "far_off" else points


def assert_same(ours, theirs):
    np.testing.assert_array_equal(ours[1], theirs[1])
    np.testing.assert_array_equal(ours[0], theirs[0])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n_rows", "n_columns"), SHAPES)
def test_agrees_with_comparing_every_pair_to_the_last_bit(n_rows, n_columns, kind, dtype):
    points = points_of(kind, n_rows, n_columns).astype(dtype)
    k = min(6, n_rows - 1)
    found = NeighborIndex(points, n_threads=1).query(k)
    assert_same(found, twin(points, points, k, own_rows=np.arange(n_rows)))


def test_agrees_where_boxes_lie_in_boxes():
    points = points_of("clustered", 4_200, 2)
    assert_same(NeighborIndex(points).query(3), twin(points, points, 3, own_rows=np.arange(4_200)))


def test_threads_change_nothing(n_threads):
    points = points_of("clustered", 3_000, 6)
    assert_same(NeighborIndex(points, n_threads=n_threads).query(4), NeighborIndex(points, n_threads=1).query(4))


@pytest.mark.parametrize("kind", ["rounded", "clustered"])
@pytest.mark.parametrize("k", [1, 64, 200])
def test_any_number_of_neighbours(kind, k):
    points = points_of(kind, 300, 4)
    assert_same(NeighborIndex(points).query(k), twin(points, points, k, own_rows=np.arange(300)))


@pytest.mark.parametrize("n_numbers", [0, 1, 6, 30])
@pytest.mark.parametrize("n_codes", [1, 5, 300])
@pytest.mark.parametrize("mismatch", [0.0, 0.7, 1e6])
def test_unequal_codes_count(n_numbers, n_codes, mismatch):
    rng = np.random.default_rng(1)
    points, codes = rng.normal(size=(400, n_numbers)), rng.integers(-1, 700 if n_codes == 5 else 3, (400, n_codes))
    others, other_codes = rng.normal(size=(90, n_numbers)), rng.integers(-1, 700 if n_codes == 5 else 3, (90, n_codes))
    index = NeighborIndex(points, codes, mismatch)
    law = {"codes": codes, "mismatch": mismatch}
    assert_same(index.query(5), twin(points, points, 5, query_codes=codes, own_rows=np.arange(400), **law))
    assert_same(index.query_points(others, other_codes, k=5), twin(others, points, 5, query_codes=other_codes, **law))


def test_some_rows_ask():
    points = points_of("rounded", 500, 3)
    rows = np.array([7, 499, 0, 7, 123])
    assert_same(NeighborIndex(points).query(3, rows), twin(points[rows], points, 3, own_rows=rows))
    assert NeighborIndex(points).query(3, np.empty(0, dtype=np.int64))[1].shape == (0, 3)


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e-30, 1e30, 1e160, 1e307])
def test_any_scale(scale):
    exponent = int(np.log2(scale))
    points = np.ldexp(points_of("rounded", 300, 4), exponent)
    plain = np.ldexp(points, -exponent)
    expected = twin(plain, plain, 4, own_rows=np.arange(300))
    found = NeighborIndex(points).query(4)
    np.testing.assert_array_equal(found[1], expected[1])
    np.testing.assert_array_equal(found[0], np.ldexp(expected[0], exponent))


@pytest.mark.parametrize("far", [1.0, 1e9, 1e100])
def test_queries_may_lie_far_off(far):
    points, others = points_of("normal", 300, 3), points_of("normal", 70, 3, seed=2) * far
    index = NeighborIndex(points)
    assert_same(index.query_points(others, k=2), twin(others, points, 2))
    assert_same(index.query(2), twin(points, points, 2, own_rows=np.arange(300)))


def test_very_many_columns():
    points = points_of("clustered", 150, 700)
    assert_same(NeighborIndex(points).query(3), twin(points, points, 3, own_rows=np.arange(150)))


def test_an_approximate_search_finds_nearly_all():
    points = np.random.default_rng(3).normal(size=(20_000, 8))
    exact, quick = (NeighborIndex(points, approximate=flag).query(5) for flag in (False, True))
    shared = np.mean([np.isin(a, b).mean() for a, b in zip(exact[1], quick[1], strict=True)])
    assert 0.9 < shared < 1.0
    assert (quick[0] >= exact[0]).all()


@pytest.mark.parametrize("far", [1.0, 30.0])
def test_an_approximate_search_answers_in_full(far):
    points, others = points_of("normal", 3_000, 8), points_of("normal", 500, 8, seed=2) * far
    distances, indices = NeighborIndex(points, approximate=True).query_points(others, k=5)
    assert np.isfinite(distances).all()
    assert (indices < 3_000).all()
    rows = np.arange(0, 3_000, 7)
    assert (NeighborIndex(points, approximate=True).query(5, rows)[1] < 3_000).all()


def test_a_segment_is_halved_by_its_widest_column():
    rng = np.random.default_rng(4)
    places = (rng.normal(size=(300, 3)) * [1.0, 9.0, 2.0]).astype(np.float32)
    order, lefts = np.arange(300), np.empty(1, dtype=np.int64)
    marks = np.empty((300, 0), dtype=np.uint8)
    halve_segments(places, marks, 0.0, np.array([0]), np.array([300]), np.empty(300), order, lefts, 1)
    assert lefts[0] == 128
    assert sorted(order) == list(range(300))
    assert places[order[:128], 1].max() <= places[order[128:], 1].min()


def test_read_only_and_strided_input():
    points = np.asfortranarray(points_of("normal", 200, 4))
    points.flags.writeable = False
    assert_same(NeighborIndex(points).query(2), twin(points, points, 2, own_rows=np.arange(200)))
    assert_same(NeighborIndex(points[::2]).query(2), twin(points[::2], points[::2], 2, own_rows=np.arange(100)))


@pytest.mark.parametrize("n_columns", [1, 4, 7, 33])
@pytest.mark.parametrize("fineness", [0.5, 40.0, 1e5])
def test_places_are_rounded_to_bytes(n_threads, n_columns, fineness):
    places = np.random.default_rng(5).normal(size=(130, n_columns, 64)).astype(np.float32)
    places.flags.writeable = False
    n_fours = -(-n_columns // 4)
    cells, halves = np.empty((130, n_fours, 64, 4), dtype=np.uint8), np.empty((130, 64), dtype=np.int32)
    errors = np.empty((130, 64), dtype=np.float32)
    round_blocks(places, fineness, cells, halves, errors, n_threads)
    expected = round_places(places, fineness)
    np.testing.assert_array_equal(cells, expected[0])
    np.testing.assert_array_equal(halves, expected[1])
    assert (errors >= expected[2]).all()
    np.testing.assert_allclose(errors, expected[2], rtol=1e-5)


def test_no_blocks_are_rounded_to_nothing():
    round_blocks(
        np.empty((0, 3, 64), dtype=np.float32),
        1.0,
        np.empty((0, 1, 64, 4), dtype=np.uint8),
        np.empty((0, 64), dtype=np.int32),
        np.empty((0, 64), dtype=np.float32),
        1,
    )


@pytest.mark.parametrize("kind", ["normal", "rounded", "clustered"])
@pytest.mark.parametrize("n_columns", [3, 8, 33])
def test_bytes_rule_out_nothing_that_counts(monkeypatch, kind, n_columns):
    """Most of 3,000 rows are ruled out by bytes where the processor has the instruction; without it all is the same."""
    points, others = points_of(kind, 3_000, n_columns), points_of(kind, 200, n_columns, seed=1)
    expected = twin(points, points, 5, own_rows=np.arange(3_000)), twin(others, points, 5)
    for supported in {False, has_byte_products()}:
        monkeypatch.setattr(_bytes, "SUPPORTED", supported)
        index = NeighborIndex(points)
        assert_same(index.query(5), expected[0])
        assert_same(index.query_points(others, k=5), expected[1])


@pytest.mark.parametrize("k", [62, 63, 64])
def test_the_first_block_may_hold_just_enough(k):
    points = points_of("normal", 200, 4)
    assert_same(NeighborIndex(points).query(k), twin(points, points, k, own_rows=np.arange(200)))
