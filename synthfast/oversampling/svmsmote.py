"""SVM-SMOTE: SMOTE from the support vectors of a classifier."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.labels import Labels
from synthfast._core.random import Stream
from synthfast._core.validation import describe_value
from synthfast.exceptions import ResamplingError
from synthfast.oversampling._interpolating import InterpolatingResampler
from synthfast.oversampling._segments import Segment

__all__ = ["SVMSMOTE"]

Rows = NDArray[np.int64]


class SVMSMOTE(InterpolatingResampler):
    """SMOTE that starts from support vectors: inwards from those in danger, outwards from the others.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default "auto"
        As in `SMOTE`.
    random_state : None, int, SeedSequence, Generator or RandomState, default None
        As in `SMOTE`.
    k_neighbors : int or object, default 5
        Neighbours in the class to go to, or away from; as in `SMOTE`.
    m_neighbors : int or object, default 10
        Neighbours, among all rows, that tell noise (all are foreign) and danger (half or more are).
    svm_estimator : object, default None
        Classifier with ``fit`` and, once fitted, ``support_``; scikit-learn's ``SVC()`` if None.
    out_step : float, default 0.5
        Longest step outwards, as a share of the way to the neighbour; 0 to 1.
    n_samples : int or dict, default None
        As in `SMOTE`.
    on_small : {"error", "duplicate"}, default "error"
        As in `SMOTE`.
    approximate : bool, default False
        As in `SMOTE`.

    Attributes
    ----------
    sampling_strategy_ : dict
        Rows made of each class.
    svm_estimator_ : object
        The classifier, fitted.
    nn_k_, nn_m_ : object
        The searches; ``n_neighbors`` counts the row itself.
    n_features_in_, feature_names_in_
        As in `SMOTE`.

    Raises
    ------
    ResamplingError
        From `fit_resample`, if all support vectors of a class are noise, or the classifier has none.

    Notes
    -----
    Fitting the classifier takes almost all of the time, O(n_rows**2 n_features) or more with ``SVC``.

    References
    ----------
    H. M. Nguyen, E. W. Cooper and K. Kamei (2009), "Borderline over-sampling for imbalanced data classification",
    doi:10.1504/IJKESDP.2011.039875.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast import SVMSMOTE
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.normal(size=(300, 2)), np.repeat([0, 1], [200, 100])
    >>> X_resampled, y_resampled = SVMSMOTE(random_state=0).fit_resample(X, y)
    >>> np.bincount(y_resampled).tolist()
    [200, 200]
    """

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        k_neighbors: Any = 5,
        m_neighbors: Any = 10,
        svm_estimator: Any = None,
        out_step: float = 0.5,
        n_samples: Any = None,
        on_small: str = "error",
        approximate: bool = False,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.k_neighbors = k_neighbors
        self.m_neighbors = m_neighbors
        self.svm_estimator = svm_estimator
        self.out_step = out_step
        self.n_samples = n_samples
        self.on_small = on_small
        self.approximate = approximate

    def _check_arguments(self) -> None:
        super()._check_arguments()
        self._check_neighbors("k_neighbors")
        self._check_neighbors("m_neighbors")
        self._check_number("out_step", 0.0, 1.0)
        if not (self.svm_estimator is None or hasattr(self.svm_estimator, "fit")):
            self._refuse("svm_estimator", "None or an object with fit and support_")

    def _plan(self, points: Any, labels: Labels, stream: Stream) -> list[Segment]:
        self.nn_k_, self.nn_m_ = self._search("k_neighbors"), self._search("m_neighbors")
        if not self._wanted(labels):
            return []
        self._check_all(len(labels), self.nn_m_, "m_neighbors")
        support, ask_all = self._support_vectors(points, labels), self.nn_m_.over(points)
        plan: list[Segment] = []
        for code, rows, n_rows in self._large_classes(labels, self.nn_k_, "k_neighbors", plan):
            own = support[labels.codes[support] == code]
            n_foreign = (labels.codes[ask_all(own)] != code).sum(axis=1)
            noise, danger = n_foreign == self.nn_m_.k, 2 * n_foreign >= self.nn_m_.k
            if noise.all():
                raise ResamplingError(
                    f"SVMSMOTE: class {labels.classes[code]!r} has {len(own)} support vectors, and all of them are "
                    "considered as noise. SVM-SMOTE is not adapted to your dataset; try another variant of SMOTE."
                )
            ask_class = self.nn_k_.over(points[rows])
            neighbors = rows[ask_class(np.searchsorted(rows, own))]
            sides = [(1.0, danger & ~noise), (-self.out_step, ~danger)]
            plan += _segments(code, own, neighbors, sides, n_rows, stream.child(code))
        return plan

    def _support_vectors(self, points: Any, labels: Labels) -> Rows:
        """Numbers of the classifier's support vectors, ascending."""
        from sklearn.base import clone
        from sklearn.svm import SVC

        self.svm_estimator_ = SVC() if self.svm_estimator is None else clone(self.svm_estimator)
        self.svm_estimator_.fit(points, labels.values)
        if not hasattr(self.svm_estimator_, "support_"):
            raise ResamplingError(
                "SVMSMOTE: `svm_estimator` is required to exposed a `support_` fitted attribute, as support vector "
                f"machines do; {describe_value(self.svm_estimator_)} has none."
            )
        return np.sort(np.asarray(self.svm_estimator_.support_, dtype=np.int64))


def _segments(
    code: int,
    own: Rows,
    neighbors: Rows,
    sides: list[tuple[float, NDArray[np.bool_]]],
    n_rows: int,
    stream: Stream,
) -> list[Segment]:
    """Rows to be made inwards and outwards: a random share of about a half each, or all if there is one side only."""
    if all(side.any() for _, side in sides):
        share = stream.child("share").generator().beta(10.0, 10.0)
        n_inwards = min(int(share * (n_rows + 1)), n_rows)
    else:
        n_inwards = n_rows if sides[0][1].any() else 0
    counts = [(0, n_inwards), (n_inwards, n_rows - n_inwards)]
    return [
        Segment(code, own[side], neighbors[side], n, start=start, reach=reach)
        for (reach, side), (start, n) in zip(sides, counts, strict=True)
        if n
    ]
