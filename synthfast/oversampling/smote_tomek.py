"""SMOTE, then without the rows of Tomek links."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast.oversampling._cleaning import tomek_rows
from synthfast.oversampling._combined import CombinedResampler, Mask

__all__ = ["SMOTETomek"]


class SMOTETomek(CombinedResampler):
    """SMOTE, after which both rows of each Tomek link go: pairs of each other's nearest rows of two classes.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default "auto"
        Of the over-sampling; as in `SMOTE`.
    random_state : None, int, SeedSequence, Generator or RandomState, default None
        As in `SMOTE`, whose rows it gives, without those of links.
    smote : sampler, default None
        Over-sampler to use, cloned; `SMOTE` with its defaults if None.
    tomek : sampler, default None
        Cleaning sampler to use, cloned, such as imbalanced-learn's ``TomekLinks``. By default our own, of all classes.
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
    tomek_ : sampler or None
        The cleaning sampler given, fitted.
    n_features_in_, feature_names_in_
        As in `SMOTE`.

    Notes
    -----
    One more search, for the nearest row of each: O(n log n) where rows cluster. Of equally near rows the first is the
    nearest.

    References
    ----------
    G. Batista, A. Bazzan and M. C. Monard (2003), "Balancing training data for automated annotation of keywords: a
    case study".

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast import SMOTETomek
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.normal(size=(300, 2)), np.repeat([0, 1], [200, 100])
    >>> X_resampled, y_resampled = SMOTETomek(random_state=0).fit_resample(X, y)
    >>> len(X_resampled) < 400
    True
    """

    cleaner = "tomek"

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        smote: Any = None,
        tomek: Any = None,
        n_jobs: int | None = None,
        n_samples: Any = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.smote = smote
        self.tomek = tomek
        self.n_jobs = n_jobs
        self.n_samples = n_samples

    def _staying(self, points: Any, codes: NDArray[np.int64]) -> Mask:
        return tomek_rows(points, codes)
