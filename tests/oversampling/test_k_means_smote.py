import numpy as np
import pytest
from oversampling.geometry import nearest_others, places_on, scattered, two_classes
from scipy.spatial.distance import pdist
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.neighbors import NearestNeighbors

from synthfast import SMOTE, KMeansSMOTE
from synthfast._core.random import Stream
from synthfast.exceptions import DataError, ResamplingError
from synthfast.oversampling._clusters import mean_distance


class Slabs(BaseEstimator):
    """Clusters by the first column: below 5, below 15, and above."""

    n_clusters = 3

    def fit(self, X, y=None):
        return self

    def predict(self, X):
        return np.digitize(X[:, 0], [5.0, 15.0])


def slabs(sizes=((40, 12), (30, 20), (50, 2)), scales=(1.0, 3.0, 1.0), seed=0):
    """Three slabs of (common, rare) rows; the rare ones lie as far apart as the scales say."""
    rng = np.random.default_rng(seed)
    parts, labels = [], []
    for slab, ((n_common, n_rare), scale) in enumerate(zip(sizes, scales, strict=True)):
        part = rng.normal(size=(n_common + n_rare, 3))
        part[n_common:, 1:] *= scale
        part[:, 0] = 10.0 * slab + rng.uniform(-1, 1, len(part))
        parts.append(part)
        labels.append(np.repeat([0, 1], [n_common, n_rare]))
    return np.concatenate(parts), np.concatenate(labels)


def slab_of(rows):
    return np.digitize(rows[:, 0], [5.0, 15.0])


def test_clusters_get_rows_by_the_sparsity_of_the_class():
    X, y = slabs()
    made = KMeansSMOTE(kmeans_estimator=Slabs(), random_state=0, cluster_balance_threshold=0.1, n_samples=500)
    made = made.fit_resample(X, y)[0][len(X) :]
    own = [X[(slab_of(X) == slab) & (y == 1)] for slab in (0, 1)]
    powers = [0.16 * (np.log(len(rows)) / np.log(1.6)) ** 1.8 for rows in own]
    sparsity = np.array([pdist(rows).mean() ** power / len(rows) for rows, power in zip(own, powers, strict=True)])
    expected = 500 * sparsity / sparsity.sum()
    counts = np.bincount(slab_of(made), minlength=3)
    assert counts.sum() == 500
    assert np.abs(counts[:2] - expected).max() < 1.0
    assert counts[2] == 0  # two rows only
    for slab in (0, 1):
        part = made[slab_of(made) == slab][:40]
        assert (places_on(part, own[slab], own[slab][nearest_others(own[slab], 2)])[0] >= 0).all()


def test_density_exponent():
    X, y = slabs(sizes=((40, 12), (40, 12), (50, 0)))
    resampler = KMeansSMOTE(kmeans_estimator=Slabs(), random_state=0, cluster_balance_threshold=0.1, n_samples=1_000)
    own = [X[(slab_of(X) == slab) & (y == 1)] for slab in (0, 1)]
    for power in (0.0, 1.0, -3.0, 1_000.0):
        made = resampler.set_params(density_exponent=power).fit_resample(X, y)[0][len(X) :]
        ratio = (pdist(own[1]).mean() / pdist(own[0]).mean()) ** min(power, 50.0)
        expected = 1_000 * ratio / (1 + ratio)
        assert abs((slab_of(made) == 1).sum() - expected) < 1.0


def test_the_threshold_leaves_out_clusters_of_other_classes():
    X, y = slabs(sizes=((40, 12), (10, 20), (50, 3)))
    common = {"kmeans_estimator": Slabs(), "random_state": 0, "n_samples": 100, "density_exponent": 0.0}
    for threshold, used in (("auto", {1}), (0.6, {1}), (0.2, {0, 1}), (0.0, {0, 1, 2})):
        resampler = KMeansSMOTE(cluster_balance_threshold=threshold, **common)
        made = resampler.fit_resample(X, y)[0][len(X) :]
        assert set(slab_of(made)) == used
        assert resampler.cluster_balance_threshold_ == threshold
    with pytest.raises(ResamplingError, match=r"No clusters found.*class 1.*holds 20.*3 are needed.*share of 0\.9"):
        KMeansSMOTE(cluster_balance_threshold=0.9, **common).fit_resample(X, y)
    with pytest.raises(RuntimeError):  # as in imbalanced-learn
        KMeansSMOTE(k_neighbors=20, cluster_balance_threshold=0.0, **common).fit_resample(X, y)


def test_one_cluster_is_smote():
    X, y = two_classes()
    resampler = KMeansSMOTE(kmeans_estimator=1, k_neighbors=5, random_state=3, cluster_balance_threshold=9.0)
    np.testing.assert_array_equal(resampler.fit_resample(X, y)[0], SMOTE(random_state=3).fit_resample(X, y)[0])
    assert resampler.kmeans_estimator_.n_clusters == 1
    assert resampler.kmeans_estimator_.cluster_centers_.shape == (1, 3)
    assert resampler.cluster_balance_threshold_ == -np.inf
    assert resampler.nn_k_.n_neighbors == 6


@pytest.mark.parametrize("k_neighbors", [2, NearestNeighbors(n_neighbors=3)])
@pytest.mark.parametrize(
    "estimator", [None, 3, KMeans(3, n_init=1, random_state=0), MiniBatchKMeans(3, n_init=1, random_state=0)]
)
def test_ways_to_cluster(estimator, k_neighbors):
    X, y = slabs()
    resampler = KMeansSMOTE(
        kmeans_estimator=estimator, k_neighbors=k_neighbors, cluster_balance_threshold=0.1, random_state=0
    )
    X_resampled, y_resampled = resampler.fit_resample(X, y)
    assert np.bincount(y_resampled).tolist() == [120, 120]
    assert len(X_resampled) == 240
    assert resampler.kmeans_estimator_.n_clusters == (8 if estimator is None else 3)


def test_clusters_of_equal_rows_only():
    X = np.repeat([[0.0], [1.0], [10.0], [11.0]], [6, 3, 6, 6], axis=0)
    y = np.repeat([0, 1, 0, 1], [6, 3, 6, 6])
    resampler = KMeansSMOTE(kmeans_estimator=Slabs(), cluster_balance_threshold=0.1, random_state=0, n_samples=30)
    made = resampler.fit_resample(X, y)[0][len(X) :]
    assert set(made.ravel()) == {1.0, 11.0}
    assert (made == 1.0).sum() == 20  # by the inverse of the cluster's size


def test_mean_distance_of_random_pairs_is_that_of_all():
    rng = np.random.default_rng(0)
    few, many = rng.normal(size=(400, 4)), rng.normal(size=(4_000, 4))
    assert mean_distance(few, Stream.from_seed(0)) == pytest.approx(pdist(few).mean(), rel=1e-12)
    exact = pdist(many)
    error = mean_distance(many, Stream.from_seed(0)) - exact.mean()
    assert abs(error) < 4.5 * exact.std() / 2**10


def test_arguments_that_cannot_be_are_named():
    bad = {"kmeans_estimator": 0, "density_exponent": "high", "cluster_balance_threshold": None, "n_jobs": 0}
    for params in ({name: value} for name, value in bad.items()):
        with pytest.raises(ValueError, match=f"The '{next(iter(params))}' parameter of KMeansSMOTE must be"):
            KMeansSMOTE(**params).fit_resample(*two_classes())


def test_a_sparse_table_that_is_too_wide_to_be_clustered():
    with pytest.raises(DataError, match="pass kmeans_estimator="):
        KMeansSMOTE().fit_resample(scattered(2_000, 100_000), np.arange(2_000) % 5 == 0)
