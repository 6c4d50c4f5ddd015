"""K-means SMOTE: SMOTE inside the clusters where a class is at home, more in those where its rows lie far apart."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames.features import Features
from synthfast._core.labels import Labels
from synthfast._core.random import Stream
from synthfast.base_resampler import Resampled, is_whole
from synthfast.exceptions import ResamplingError
from synthfast.oversampling._clusters import cluster_rows, mean_distance
from synthfast.oversampling._interpolating import InterpolatingResampler
from synthfast.oversampling._rounding import share_out
from synthfast.oversampling._search import NeighborSearch
from synthfast.oversampling._segments import Segment

__all__ = ["KMeansSMOTE"]


class KMeansSMOTE(InterpolatingResampler):
    """SMOTE in the clusters of all rows that hold enough of a class, and more in the sparse ones of them.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default "auto"
        As in `SMOTE`.
    random_state : None, int, SeedSequence, Generator or RandomState, default None
        As in `SMOTE`.
    k_neighbors : int or object, default 2
        Neighbours, in the class and cluster, to go to; as in `SMOTE`.
    n_jobs : int, default None
        Threads; None takes the setting in force, -1 all. The rows do not depend on it.
    kmeans_estimator : int or object, default None
        Number of clusters, or an object with ``fit`` and ``predict`` that finds them. By default 8 clusters.
    cluster_balance_threshold : "auto" or float, default "auto"
        Least share of the class among the rows of a cluster that is used. By default half of the class's share of all
        rows to be made.
    density_exponent : "auto" or float, default "auto"
        Power of the mean distance in a cluster. By default ``0.16 log_1.6(m)**1.8`` for m rows of the class.
    n_samples : int or dict, default None
        As in `SMOTE`.
    approximate : bool, default False
        As in `SMOTE`.

    Attributes
    ----------
    sampling_strategy_ : dict
        Rows made of each class.
    kmeans_estimator_ : object
        What found the clusters; it has ``n_clusters``.
    cluster_balance_threshold_ : "auto" or float
        The threshold used: none for one cluster.
    nn_k_ : object
        The search; ``n_neighbors`` counts the row itself.
    n_features_in_, feature_names_in_
        As in `SMOTE`.

    Raises
    ------
    ResamplingError
        From `fit_resample`, if no cluster holds enough rows of a class.

    Notes
    -----
    The mean distance of a cluster with more than 1,448 rows of the class is that of 2**20 random pairs, which is
    right to about a thousandth; weights are compared as logarithms, so that powers of distances do not overflow. Where
    all rows of every cluster are equal, clusters count by the inverse of their size. Rows are shared out so that they
    add up to what was asked for.

    References
    ----------
    F. Last, G. Douzas and F. Bacao (2017), "Oversampling for imbalanced learning based on k-means and SMOTE",
    arXiv:1711.00837.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast import KMeansSMOTE
    >>> rng = np.random.default_rng(0)
    >>> X = np.concatenate([rng.normal(size=(90, 2)), rng.normal(5.0, size=(20, 2))])
    >>> y = np.repeat([0, 1], [90, 20])
    >>> X_resampled, y_resampled = KMeansSMOTE(kmeans_estimator=2, random_state=0).fit_resample(X, y)
    >>> np.bincount(y_resampled).tolist()
    [90, 90]
    """

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        k_neighbors: Any = 2,
        n_jobs: int | None = None,
        kmeans_estimator: Any = None,
        cluster_balance_threshold: Any = "auto",
        density_exponent: Any = "auto",
        n_samples: Any = None,
        approximate: bool = False,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.k_neighbors = k_neighbors
        self.n_jobs = n_jobs
        self.kmeans_estimator = kmeans_estimator
        self.cluster_balance_threshold = cluster_balance_threshold
        self.density_exponent = density_exponent
        self.n_samples = n_samples
        self.approximate = approximate

    def _check_arguments(self) -> None:
        self._check_choice("approximate", (False, True))
        self._check_neighbors("k_neighbors")
        self._check_jobs()
        if not (self.kmeans_estimator is None or is_whole(self.kmeans_estimator, 1) or _can_cluster(self)):
            self._refuse("kmeans_estimator", "None, an integer of at least 1, or an object with fit and predict")
        for name in ("cluster_balance_threshold", "density_exponent"):
            if not (isinstance(getattr(self, name), str) and getattr(self, name) == "auto"):
                self._check_number(name, -np.inf, np.inf, or_else="'auto' or ")

    def _resample(self, features: Features, labels: Labels, stream: Stream) -> Resampled:
        with self._jobs():
            return super()._resample(features, labels, stream)

    def _plan(self, points: Any, labels: Labels, stream: Stream) -> list[Segment]:
        self.nn_k_ = NeighborSearch(self.k_neighbors, approximate=self.approximate)
        wanted = self._wanted(labels)
        self.kmeans_estimator_, clusters = cluster_rows(self.kmeans_estimator, points, stream.child("clusters"))
        one = getattr(self.kmeans_estimator_, "n_clusters", None) == 1
        self.cluster_balance_threshold_ = -np.inf if one else self.cluster_balance_threshold
        n_all = sum(n_rows for _, n_rows in wanted)
        plan = []
        for code, n_rows in wanted:
            least = self.cluster_balance_threshold_
            homes = self._homes(clusters, labels, code, n_rows / n_all / 2 if least == "auto" else least)
            counts = share_out(self._weights(points, homes, stream.child(code)), n_rows, stream.child(code, "share"))
            start = 0
            for rows, count in zip(homes, counts.tolist(), strict=True):
                if count:
                    neighbors = rows[self.nn_k_.over(points[rows])(None)]
                    plan.append(Segment(code, rows, neighbors, count, start=start))
                start += count
        return plan

    def _homes(self, clusters: NDArray[np.int64], labels: Labels, code: int, least: float) -> list[NDArray[np.int64]]:
        """Rows of the class in each cluster that holds enough of it."""
        _, cluster_of, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
        rows = labels.rows_of(code)
        own = np.bincount(cluster_of[rows], minlength=len(sizes))
        used = np.flatnonzero((own / sizes >= least) & (own >= self.nn_k_.n_neighbors))
        if not len(used):
            raise ResamplingError(
                f"KMeansSMOTE: No clusters found with sufficient samples of class {labels.classes[code]!r}: of "
                f"{len(sizes)} clusters, the one with most holds {own.max()} of its rows, and {self.nn_k_.n_neighbors} "
                f"are needed, and a share of {least:.3g} of the cluster. Lower cluster_balance_threshold or "
                "k_neighbors, or change the number of clusters."
            )
        return [rows[cluster_of[rows] == cluster] for cluster in used]

    def _weights(self, points: Any, homes: list[NDArray[np.int64]], stream: Stream) -> NDArray[np.float64]:
        """Sparsity of the class in each cluster, up to a common factor."""
        sizes = np.array([len(rows) for rows in homes], dtype=np.float64)
        distances = [mean_distance(points[rows], stream.child("pairs", home)) for home, rows in enumerate(homes)]
        auto = isinstance(self.density_exponent, str)
        powers = 0.16 * (np.log(sizes) / np.log(1.6)) ** 1.8 if auto else np.full(len(sizes), self.density_exponent)
        with np.errstate(divide="ignore"):
            logs = powers * np.log(distances) - np.log(sizes)
        if not np.isfinite(logs.max()):
            return 1.0 / sizes
        return np.exp(logs - logs.max())


def _can_cluster(resampler: KMeansSMOTE) -> bool:
    return all(hasattr(resampler.kmeans_estimator, name) for name in ("fit", "predict"))
