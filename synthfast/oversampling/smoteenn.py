"""SMOTE, then without the rows that have a neighbour of another class."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from synthfast.exceptions import DataError
from synthfast.oversampling._cleaning import edited_rows
from synthfast.oversampling._combined import CombinedResampler, Mask

__all__ = ["SMOTEENN"]

N_NEIGHBORS: Final = 3


class SMOTEENN(CombinedResampler):
    """SMOTE, after which only rows stay whose three nearest neighbours are all of their class.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default "auto"
        Of the over-sampling; as in `SMOTE`.
    random_state : None, int, SeedSequence, Generator or RandomState, default None
        As in `SMOTE`, whose rows it gives, without those that go.
    smote : sampler, default None
        Over-sampler to use, cloned; `SMOTE` with its defaults if None.
    enn : sampler, default None
        Cleaning sampler to use, cloned, such as imbalanced-learn's ``EditedNearestNeighbours``. By default our own, of
        all classes.
    n_jobs : int, default None
        Threads; None takes the setting in force, -1 all. The rows do not depend on it.
    n_samples : int or dict, default None
        As in `SMOTE`.

    Attributes
    ----------
    sampling_strategy_ : dict
        Rows made of each class, before cleaning.
    smote_ : sampler
        The over-sampler, fitted.
    enn_ : sampler or None
        The cleaning sampler given, fitted.
    n_features_in_, feature_names_in_
        As in `SMOTE`.

    Notes
    -----
    One more search, for the three nearest rows of each: O(n log n) where rows cluster. A class may lose all its rows.
    Rows stay in their order.

    References
    ----------
    G. Batista, R. C. Prati and M. C. Monard (2004), "A study of the behavior of several methods for balancing machine
    learning training data", doi:10.1145/1007730.1007735.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast import SMOTEENN
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.normal(size=(300, 2)), np.repeat([0, 1], [200, 100])
    >>> X_resampled, y_resampled = SMOTEENN(random_state=0).fit_resample(X, y)
    >>> len(X_resampled) < 400
    True
    """

    cleaner = "enn"

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        smote: Any = None,
        enn: Any = None,
        n_jobs: int | None = None,
        n_samples: Any = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.smote = smote
        self.enn = enn
        self.n_jobs = n_jobs
        self.n_samples = n_samples

    def _staying(self, points: Any, codes: NDArray[np.int64]) -> Mask:
        if len(codes) <= N_NEIGHBORS:
            raise DataError(f"SMOTEENN: expected more than {N_NEIGHBORS} rows after SMOTE, found {len(codes)}.")
        return edited_rows(points, codes, N_NEIGHBORS)
