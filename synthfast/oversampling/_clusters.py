"""Clusters of rows, by our own k-means or by an object that the user gives, and how far apart rows of one lie."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import Stream
from synthfast.exceptions import DataError
from synthfast.neighbors.kmeans import kmeans
from synthfast.oversampling._search import DENSE_BYTES

__all__ = ["MeanClusters", "cluster_rows", "mean_distance"]

N_CLUSTERS: Final = 8
MAX_PAIRS: Final = 2**20
CHUNK: Final = 2**14


class MeanClusters:
    """Clusters around means.

    Parameters
    ----------
    n_clusters : int
        How many.

    Attributes
    ----------
    cluster_centers_ : ndarray of float64, shape (n_clusters, n_columns)
    labels_ : ndarray of int64, shape (n_rows,)
    """

    def __init__(self, n_clusters: int) -> None:
        self.n_clusters = n_clusters

    def fit(self, points: Any, stream: Stream) -> NDArray[np.int64]:
        """The cluster of each row."""
        if hasattr(points, "tocsr"):
            if points.shape[0] * points.shape[1] * 8 > DENSE_BYTES:
                raise DataError(
                    f"KMeansSMOTE: a sparse table of shape {points.shape} is too large to be clustered as a dense one; "
                    "pass kmeans_estimator=sklearn.cluster.MiniBatchKMeans()."
                )
            points = points.toarray()
        self.cluster_centers_, self.labels_, _ = kmeans(points, self.n_clusters, stream=stream)
        return self.labels_


def cluster_rows(estimator: Any, points: Any, stream: Stream) -> tuple[Any, NDArray[np.int64]]:
    """Cluster rows: the fitted estimator, which has ``n_clusters``, and the cluster of each row.

    Parameters
    ----------
    estimator : None, int or object with ``fit`` and ``predict``
        8 clusters, that many, or what finds them; it is cloned.
    points : ndarray or CSR matrix, shape (n_rows, n_columns)
    stream : Stream
        Seed of our own k-means.
    """
    if hasattr(estimator, "fit"):
        from sklearn.base import clone

        own = clone(estimator, safe=False)
        found = own.fit_predict(points) if hasattr(own, "fit_predict") else own.fit(points).predict(points)
        return own, np.asarray(found, dtype=np.int64)
    means = MeanClusters(min(N_CLUSTERS, points.shape[0]) if estimator is None else int(estimator))
    return means, means.fit(points, stream)


def mean_distance(points: Any, stream: Stream) -> float:
    """Mean Euclidean distance of pairs of two or more rows: of all up to 2**20, else of as many random ones.

    The error of the latter is about a thousandth of the distances' standard deviation.
    """
    n_rows = points.shape[0]
    if n_rows * (n_rows - 1) // 2 <= MAX_PAIRS:
        left, right = np.triu_indices(n_rows, 1)
    else:
        left = stream.child("left").integers(n_rows, MAX_PAIRS)
        right = (left + 1 + stream.child("right").integers(n_rows - 1, MAX_PAIRS)) % n_rows
    total = 0.0
    for first in range(0, len(left), CHUNK):
        part = slice(first, first + CHUNK)
        gap = points[left[part]] - points[right[part]]
        squares = gap.multiply(gap).sum(axis=1) if hasattr(gap, "tocsr") else np.einsum("ij,ij->i", gap, gap)
        total += float(np.sqrt(np.asarray(squares, dtype=np.float64)).sum())
    return total / len(left)
