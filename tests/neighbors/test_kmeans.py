"""k-means against plain iterations and scikit-learn, and what it does with odd rows."""

import numpy as np
import pytest
from reference import kmeans as twin
from sklearn.cluster import KMeans

from synthfast._core.random import Stream
from synthfast.exceptions import DataError
from synthfast.neighbors.kmeans import kmeans


def blobs(n_rows=3_000, n_columns=4, n_clusters=6, seed=0):
    rng = np.random.default_rng(seed)
    middles = 8 * rng.normal(size=(n_clusters, n_columns))
    return middles[rng.integers(0, n_clusters, n_rows)] + rng.normal(size=(n_rows, n_columns)) + 100.0


def test_the_result_is_a_fixed_point_of_lloyds_iterations():
    points = blobs()
    centers, labels, inertia = kmeans(points, 6, random_state=0, tol=0.0)
    expected, expected_labels = twin.kmeans(points, centers, 1)
    np.testing.assert_allclose(centers, expected, rtol=1e-12)
    np.testing.assert_array_equal(labels, expected_labels)
    assert inertia == pytest.approx(((points - centers[labels]) ** 2).sum(), rel=1e-12)


def test_iterations_are_those_of_scikit_learn_from_the_same_seeds(monkeypatch):
    points = blobs(seed=1)
    seeds = points[:9].copy()
    module = pytest.importorskip("synthfast.neighbors.kmeans")
    monkeypatch.setattr(module, "_seed", lambda tiles, n, stream: seeds - tiles.shift)
    centers, labels, inertia = module.kmeans(points, 9, tol=0.0, max_iter=500)
    peer = KMeans(9, init=seeds, n_init=1, tol=0.0, max_iter=500, algorithm="lloyd").fit(points)
    np.testing.assert_allclose(centers, peer.cluster_centers_, rtol=1e-9)
    np.testing.assert_array_equal(labels, peer.labels_)
    assert inertia == pytest.approx(peer.inertia_, rel=1e-9)


def test_seeds_are_as_good_as_scikit_learns():
    """Median of 20 runs each, on blobs whose best clustering good seeds find."""
    points = blobs(seed=2, n_clusters=12)
    ours = [kmeans(points, 12, random_state=seed)[2] for seed in range(20)]
    peers = [KMeans(12, n_init=1, random_state=seed).fit(points).inertia_ for seed in range(20)]
    assert np.median(ours) < 1.02 * np.median(peers)


def test_more_runs_are_no_worse():
    points = blobs(seed=3, n_clusters=12)
    assert kmeans(points, 12, n_init=5, random_state=0)[2] <= kmeans(points, 12, n_init=1, random_state=0)[2]


def test_seeds_and_streams():
    points = blobs(500)
    first = kmeans(points, 5, random_state=4)
    again = kmeans(points, 5, random_state=4)
    streamed = kmeans(points, 5, stream=Stream.from_seed(4))
    for other in (again, streamed):
        np.testing.assert_array_equal(first[0], other[0])


def test_threads_change_nothing(n_threads):
    points = blobs(30_000)
    expected = kmeans(points, 7, random_state=0, n_threads=1)
    found = kmeans(points, 7, random_state=0, n_threads=n_threads)
    assert found[0].tobytes() == expected[0].tobytes()
    assert found[1].tobytes() == expected[1].tobytes()
    assert found[2] == expected[2]


def test_duplicated_rows_leave_clusters_empty_and_nothing_nan():
    points = np.repeat([[1.0, 2.0], [3.0, 4.0]], 10, axis=0)
    centers, labels, inertia = kmeans(points, 5, random_state=0)
    assert np.isfinite(centers).all()
    assert inertia == 0.0
    assert len(np.unique(labels)) == 2
    np.testing.assert_array_equal(centers[labels], points)
    assert kmeans(np.ones((8, 3)), 3, random_state=0)[2] == 0.0


def test_an_emptied_cluster_moves_to_a_far_row(monkeypatch):
    module = pytest.importorskip("synthfast.neighbors.kmeans")
    points = np.array([[0.0], [1.0], [10.0], [50.0]])
    monkeypatch.setattr(module, "_seed", lambda tiles, n, stream: np.array([[0.0], [1.0], [400.0]]) - tiles.shift)
    centers, labels, _ = module.kmeans(points, 3)
    assert len(np.unique(labels)) == 3
    assert 50.0 in centers


@pytest.mark.parametrize("n_clusters", [1, 4])
def test_as_many_clusters_as_rows_and_one(n_clusters):
    points = np.array([[0.0, 1.0], [5.0, 5.0], [9.0, -3.0], [-7.0, 2.0]])
    centers, labels, inertia = kmeans(points, n_clusters, random_state=0)
    if n_clusters == 1:
        np.testing.assert_allclose(centers[0], points.mean(axis=0))
    else:
        assert inertia == 0.0
        assert sorted(labels) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (np.empty((0, 2)), "shape"),
        (np.ones(5), "shape"),
        (np.array([[1.0, np.nan]]), "row 0, column 1"),
        (np.array([[1.0], [np.inf]]), "row 1, column 0"),
    ],
    ids=["no rows", "one dimension", "missing", "infinite"],
)
def test_rows_that_cannot_be_clustered(points, words):
    with pytest.raises(DataError, match=words):
        kmeans(points, 1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"n_clusters": 0}, "n_clusters"),
        ({"n_clusters": 5}, "n_clusters.*from 1 to 4"),
        ({"n_clusters": 2.5}, "n_clusters"),
        ({"n_clusters": 2, "n_init": 0}, "n_init"),
        ({"n_clusters": 2, "max_iter": 0}, "max_iter"),
        ({"n_clusters": 2, "tol": -1.0}, "tol"),
    ],
)
def test_bad_arguments_are_named(arguments, words):
    with pytest.raises((TypeError, ValueError), match=words):
        kmeans(np.arange(8.0).reshape(4, 2), **arguments)
