"""Borderline-SMOTE: SMOTE from the rows that are in danger of being taken for another class."""

import warnings
from collections.abc import Hashable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.labels import Labels
from synthfast._core.random import Stream
from synthfast.exceptions import ResamplingWarning
from synthfast.oversampling._interpolating import InterpolatingResampler
from synthfast.oversampling._segments import Segment

__all__ = ["BorderlineSMOTE"]


class BorderlineSMOTE(InterpolatingResampler):
    """SMOTE that starts from rows at the border: those of whose neighbours half or more, but not all, are foreign.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default "auto"
        As in `SMOTE`.
    random_state : None, int, SeedSequence, Generator or RandomState, default None
        As in `SMOTE`.
    k_neighbors : int or object, default 5
        Neighbours to go to; as in `SMOTE`.
    m_neighbors : int or object, default 10
        Neighbours, among all rows, that decide whether a row is in danger.
    kind : {"borderline-1", "borderline-2"}, default "borderline-1"
        Whether new rows lead to neighbours of the same class, or of any class, and then at most half way to those of
        another.
    n_samples : int or dict, default None
        As in `SMOTE`.
    on_small : {"error", "duplicate"}, default "error"
        As in `SMOTE`.
    approximate : bool, default False
        As in `SMOTE`.

    Attributes
    ----------
    sampling_strategy_ : dict
        Rows asked for, by class.
    in_danger_indices : dict
        Numbers of the rows in danger, of each class that has some.
    nn_k_, nn_m_ : object
        The searches; ``n_neighbors`` counts the row itself.
    n_features_in_, feature_names_in_
        As in `SMOTE`.

    Warns
    -----
    ResamplingWarning
        Where no row of a class is in danger: none is made.

    Notes
    -----
    Two searches: the class's rows among all rows, and those in danger among the class's (``"borderline-1"``) or all.

    References
    ----------
    H. Han, W.-Y. Wang and B.-H. Mao (2005), "Borderline-SMOTE: a new over-sampling method in imbalanced data sets
    learning", doi:10.1007/11538059_91.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast import BorderlineSMOTE
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.normal(size=(300, 2)), np.repeat([0, 1], [200, 100])
    >>> X_resampled, y_resampled = BorderlineSMOTE(random_state=0).fit_resample(X, y)
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
        kind: str = "borderline-1",
        n_samples: Any = None,
        on_small: str = "error",
        approximate: bool = False,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.k_neighbors = k_neighbors
        self.m_neighbors = m_neighbors
        self.kind = kind
        self.n_samples = n_samples
        self.on_small = on_small
        self.approximate = approximate

    def _check_arguments(self) -> None:
        super()._check_arguments()
        self._check_neighbors("k_neighbors")
        self._check_neighbors("m_neighbors")
        self._check_choice("kind", ("borderline-1", "borderline-2"))

    def _plan(self, points: Any, labels: Labels, stream: Stream) -> list[Segment]:
        self.nn_k_, self.nn_m_ = self._search("k_neighbors"), self._search("m_neighbors")
        self.in_danger_indices: dict[Hashable, NDArray[np.int64]] = {}
        if not self._wanted(labels):
            return []
        self._check_all(len(labels), self.nn_m_, "m_neighbors")
        ask_all = self.nn_m_.over(points)
        plan: list[Segment] = []
        for code, rows, n_rows in self._large_classes(labels, self.nn_k_, "k_neighbors", plan):
            n_foreign = (labels.codes[ask_all(rows)] != code).sum(axis=1)
            danger = (2 * n_foreign >= self.nn_m_.k) & (n_foreign < self.nn_m_.k)
            if danger.any():
                self.in_danger_indices[labels.classes[code]] = rows[danger]
                plan.append(self._segment(points, labels, code, rows, np.flatnonzero(danger), n_rows))
            else:
                warnings.warn(
                    f"BorderlineSMOTE: no row of class {labels.classes[code]!r} is in danger, so none is made of it. "
                    "Use SMOTE for classes that lie apart.",
                    ResamplingWarning,
                    stacklevel=4,
                )
        return plan

    def _segment(
        self, points: Any, labels: Labels, code: int, rows: NDArray[np.int64], danger: NDArray[np.int64], n_rows: int
    ) -> Segment:
        if self.kind == "borderline-1":
            return Segment(code, rows[danger], rows[self.nn_k_.over(points[rows])(danger)], n_rows)
        neighbors = self.nn_k_.over(points)(rows[danger])
        return Segment(code, rows[danger], neighbors, n_rows, halved=labels.codes != code)
