"""ADASYN: more rows where a class has more neighbours of other classes."""

from typing import Any

import numpy as np

from synthfast._core.labels import Labels
from synthfast._core.random import Stream
from synthfast.exceptions import ResamplingError
from synthfast.oversampling._interpolating import InterpolatingResampler
from synthfast.oversampling._rounding import share_out
from synthfast.oversampling._segments import Segment

__all__ = ["ADASYN"]


class ADASYN(InterpolatingResampler):
    """Adaptive synthetic sampling: each row gets new ones by the share of foreign rows among its neighbours.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default "auto"
        As in `SMOTE`.
    random_state : None, int, SeedSequence, Generator or RandomState, default None
        As in `SMOTE`.
    n_neighbors : int or object, default 5
        Neighbours, among all rows, that decide how many rows are made of a row, and in the class, to go to.
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
    nn_ : object
        The search; its ``n_neighbors`` counts the row itself.
    n_features_in_, feature_names_in_
        As in `SMOTE`.

    Raises
    ------
    ResamplingError
        From `fit_resample`, if no row of a class has a neighbour of another class.

    Notes
    -----
    Two searches: the class's rows among all rows, and in the class. Counts are rounded so that they add up to what was
    asked for.

    References
    ----------
    H. He, Y. Bai, E. A. Garcia and S. Li (2008), "ADASYN: adaptive synthetic sampling approach for imbalanced
    learning", doi:10.1109/IJCNN.2008.4633969.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast import ADASYN
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.normal(size=(300, 2)), np.repeat([0, 1], [200, 100])
    >>> X_resampled, y_resampled = ADASYN(random_state=0).fit_resample(X, y)
    >>> np.bincount(y_resampled).tolist()
    [200, 200]
    """

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        n_neighbors: Any = 5,
        n_samples: Any = None,
        on_small: str = "error",
        approximate: bool = False,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.n_neighbors = n_neighbors
        self.n_samples = n_samples
        self.on_small = on_small
        self.approximate = approximate

    def _check_arguments(self) -> None:
        super()._check_arguments()
        self._check_neighbors("n_neighbors")

    def _plan(self, points: Any, labels: Labels, stream: Stream) -> list[Segment]:
        self.nn_ = self._search("n_neighbors")
        if not self._wanted(labels):
            return []
        self._check_all(len(labels), self.nn_, "n_neighbors")
        ask_all = self.nn_.over(points)
        plan: list[Segment] = []
        for code, rows, n_rows in self._large_classes(labels, self.nn_, "n_neighbors", plan):
            n_foreign = (labels.codes[ask_all(rows)] != code).sum(axis=1)
            if not n_foreign.any():
                raise ResamplingError(
                    f"ADASYN: none of the {self.nn_.k} neighbours of any row of class {labels.classes[code]!r} belongs "
                    "to another class, so there is no border to make rows at. Use SMOTE, or raise n_neighbors."
                )
            counts = share_out(n_foreign, n_rows, stream.child(code, "share"))
            neighbors = rows[self.nn_.over(points[rows])(None)]
            plan.append(Segment(code, rows, neighbors, n_rows, picks=np.repeat(np.arange(len(rows)), counts)))
        return plan
