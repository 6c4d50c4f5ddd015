import numpy as np
import pandas as pd
import pytest

from synthfast.quality import share_columns
from synthfast.quality.distances import Embedding, NeighbourSearch, nearest_two, row_fingerprints


@pytest.mark.parametrize("n_points", [1, 2, 3, 500])
def test_nearest_two_is_brute_force(n_points):
    rng = np.random.default_rng(0)
    queries, points = (rng.normal(size=(n, 7)).astype(np.float32) for n in (40, n_points))
    gaps = np.linalg.norm(queries[:, None].astype(float) - points[None].astype(float), axis=2)
    expected = np.sort(np.hstack([gaps, np.full((40, 2), np.inf)]), axis=1)[:, :2]
    first, second = nearest_two(queries, points)
    np.testing.assert_allclose(first, expected[:, 0], rtol=1e-6)
    np.testing.assert_allclose(second, expected[:, 1], rtol=1e-6)


def test_nearest_two_leaves_the_query_itself_out():
    points = np.array([[0.0], [1.0], [3.0]], dtype=np.float32)
    first, second = nearest_two(points, points, np.array([0, 1, -1]))
    assert first.tolist() == [1.0, 1.0, 0.0]
    assert second.tolist() == [3.0, 2.0, 2.0]


def test_equal_rows_are_exactly_zero_apart():
    points = np.random.default_rng(1).normal(size=(300, 50)).astype(np.float32)
    first, _ = nearest_two(points[::7], points)
    assert first.tolist() == [0.0] * len(points[::7])


def distances(real, one, other):
    """Distance of the first rows of two tables in the embedding of a third."""
    frame = pd.DataFrame(one)
    tables = share_columns(real, frame, pd.DataFrame(other, columns=frame.columns))
    embedding = Embedding(tables, np.random.default_rng(0))
    return float(np.linalg.norm(embedding.points(tables.synthetic)[0] - embedding.points(tables.holdout)[0]))


def test_distances_are_shares_of_values_between_and_one_for_another_category():
    real = {"x": np.arange(101.0), "c": ["a", *["b"] * 100]}
    assert distances(real, {"x": [0.0], "c": ["a"]}, {"x": [50.0], "c": ["a"]}) == pytest.approx(50 / 101, rel=1e-5)
    assert distances(real, {"x": [7.0], "c": ["a"]}, {"x": [7.0], "c": ["b"]}) == pytest.approx(1.0, rel=1e-5)
    assert distances(real, {"x": [7.0], "c": ["new"]}, {"x": [7.0], "c": ["b"]}) == pytest.approx(1.0, rel=1e-5)
    assert distances(real, {"x": [7.0], "c": [None]}, {"x": [7.0], "c": ["b"]}) == pytest.approx(1.0, rel=1e-5)
    assert distances(real, {"x": [np.nan], "c": ["b"]}, {"x": [90.0], "c": ["b"]}) > 1.0
    assert distances(real, {"x": [100.0], "c": ["b"]}, {"x": [150.0], "c": ["b"]}) == pytest.approx(0.5, rel=1e-5)


def test_levels_in_random_directions_lie_about_one_apart():
    # Squared distances are 1 - cosine, in 32 dimensions of deviation 1 / sqrt(32) = .18; five of them are .9.
    real = {"c": [f"level {k}" for k in range(200)] * 3, "x": [1] * 600}
    gap = distances(real, {"c": ["level 3"], "x": [1]}, {"c": ["level 4"], "x": [1]})
    assert gap**2 == pytest.approx(1.0, abs=0.9)
    assert distances(real, {"c": ["level 3"], "x": [1]}, {"c": ["level 3"], "x": [1]}) == 0.0


def test_searches_are_seeded_limited_and_kept():
    rng = np.random.default_rng(2)
    tables = share_columns({"x": rng.normal(size=500)}, {"x": rng.normal(size=300)})
    search, again = (NeighbourSearch(tables, max_queries=50, max_rows=200) for _ in range(2))
    assert (search.n_rows("real"), search.n_asked("real"), search.has_holdout) == (200, 50, False)
    np.testing.assert_array_equal(search.distances("real", "synthetic")[0], again.distances("real", "synthetic")[0])
    assert search.distances("real", "synthetic")[0] is search.distances("real", "synthetic")[0]
    assert search.distances("real", "real")[0].min() > 0.0
    assert (search.distances("real", "real", 100)[0] >= search.distances("real", "real")[0]).all()


def test_fingerprints_tell_rows_apart_and_forgive_rounding():
    real = {"x": [0.1 + 0.2, 0.0, np.nan, 1.0, 1.0], "c": ["a", "a", "a", "a", "b"]}
    other = {"x": [0.3, -0.0, np.nan, 1.0 + 1e-9, 1.0], "c": ["a", "a", "a", "a", None]}
    tables = share_columns(real, other)
    own, others = row_fingerprints(tables.real), row_fingerprints(tables.synthetic)
    assert len(set(own.tolist())) == 5
    assert (own == others).tolist() == [True, True, True, False, False]


def test_fingerprints_depend_on_the_column():
    tables = share_columns({"a": [1.0, 2.0], "b": [2.0, 1.0]}, {"a": [1.0], "b": [1.0]})
    assert len(set(row_fingerprints(tables.real).tolist())) == 2
