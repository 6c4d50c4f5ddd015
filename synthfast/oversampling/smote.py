"""SMOTE: rows on the way from rows of a class to their nearest neighbours in it."""

from typing import Any

from synthfast._core.labels import Labels
from synthfast._core.random import Stream
from synthfast.oversampling._interpolating import InterpolatingResampler
from synthfast.oversampling._segments import Segment

__all__ = ["SMOTE"]


class SMOTE(InterpolatingResampler):
    """Synthetic minority over-sampling: each new row lies between a row and one of its nearest neighbours.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default "auto"
        How many rows the classes have afterwards. A float is the size of the smaller class over that of the larger one
        (two classes only). ``"minority"``, ``"not minority"``, ``"not majority"`` and ``"all"`` bring those classes to
        the size of the largest; ``"auto"`` is ``"not majority"``. A dict maps classes to sizes, and a callable takes
        the labels and returns such a dict.
    random_state : None, int, SeedSequence, Generator or RandomState, default None
        Seed. The same seed, version and data give the same rows on any number of threads.
    k_neighbors : int or object, default 5
        Neighbours to choose from, or an object with ``fit`` and ``kneighbors`` such as scikit-learn's
        ``NearestNeighbors``, which counts a row among its own neighbours: ``n_neighbors=6`` stands for 5.
    n_samples : int or dict, default None
        Rows to add to the smallest class, or to each of some classes; in place of ``sampling_strategy``.
    on_small : {"error", "duplicate"}, default "error"
        What to do with a class that has no ``k_neighbors`` other rows: say so, or repeat its rows.
    approximate : bool, default False
        Whether the search may miss some neighbours to be faster; see `nearest_neighbors`.

    Attributes
    ----------
    sampling_strategy_ : dict
        Rows made of each class.
    nn_k_ : object
        The search; ``n_neighbors`` counts the row itself.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Their names, if all are strings.

    See Also
    --------
    SMOTENC : For tables with categories.
    BorderlineSMOTE, ADASYN : Make more rows where classes meet.

    Notes
    -----
    The search is exact and takes O(m log m) for a class of m rows that cluster (see `nearest_neighbors`); making n rows
    takes O(n n_features), straight into the result. Columns count by their scale: standardise them first where units
    differ. Sparse rows are searched as dense ones up to 256 MB, beyond that by scikit-learn.

    References
    ----------
    N. V. Chawla, K. W. Bowyer, L. O. Hall and W. P. Kegelmeyer (2002), "SMOTE: synthetic minority over-sampling
    technique", doi:10.1613/jair.953.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast import SMOTE
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.normal(size=(100, 3)), np.repeat(["common", "rare"], [90, 10])
    >>> X_resampled, y_resampled = SMOTE(random_state=0).fit_resample(X, y)
    >>> X_resampled.shape, np.unique(y_resampled, return_counts=True)[1].tolist()
    ((180, 3), [90, 90])
    """

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        k_neighbors: Any = 5,
        n_samples: Any = None,
        on_small: str = "error",
        approximate: bool = False,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.k_neighbors = k_neighbors
        self.n_samples = n_samples
        self.on_small = on_small
        self.approximate = approximate

    def _check_arguments(self) -> None:
        super()._check_arguments()
        self._check_neighbors("k_neighbors")

    def _plan(self, points: Any, labels: Labels, stream: Stream) -> list[Segment]:
        self.nn_k_ = self._search("k_neighbors")
        plan: list[Segment] = []
        for code, rows, n_rows in self._large_classes(labels, self.nn_k_, "k_neighbors", plan):
            plan.append(Segment(code, rows, rows[self.nn_k_.over(points[rows])(None)], n_rows))
        return plan
