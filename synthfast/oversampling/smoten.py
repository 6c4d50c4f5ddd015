"""SMOTE for tables of categories."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames.features import Features, MadeRows
from synthfast._core.labels import Labels
from synthfast._core.random import Stream
from synthfast.base_resampler import Resampled
from synthfast.oversampling._interpolating import SmallClassResampler
from synthfast.oversampling._nominal import category_codes, sources_of, vote_levels
from synthfast.oversampling._value_difference import LevelShares, nearest_equals

__all__ = ["SMOTEN"]

Rows = NDArray[np.int64]
Codes = NDArray[np.int32]


class SMOTEN(SmallClassResampler):
    """SMOTE of categories: each column of a new row is what most of a row and its nearest neighbours have.

    Parameters
    ----------
    categorical_encoder : object with ``fit_transform``, default None
        Says which values are one category, where that is not simply equality: an encoder to codes.
    sampling_strategy : float, str, dict or callable, default "auto"
        As in `SMOTE`.
    random_state : None, int, SeedSequence, Generator or RandomState, default None
        As in `SMOTE`.
    k_neighbors : int or object, default 5
        As in `SMOTE`; an object is given the classes' shares in each value, side by side.
    n_samples : int or dict, default None
        As in `SMOTE`.
    on_small : {"error", "duplicate"}, default "error"
        As in `SMOTE`.

    Attributes
    ----------
    sampling_strategy_ : dict
        Rows made of each class.
    categorical_encoder_ : object or None
        The encoder given, fitted.
    nn_k_ : object
        The search; ``n_neighbors`` counts the row itself.
    n_features_in_, feature_names_in_
        As in `SMOTE`.

    Notes
    -----
    Rows are compared by the value difference metric: the squared sum of the absolute differences of the classes'
    shares in two values, summed over the columns. Equal rows are searched once. With two classes the metric is
    Euclidean and the search takes O(m log m) for m distinct rows of a class that cluster; with more it compares all
    pairs, O(m**2 n_features n_classes), in memory of O(m k_neighbors). Of values that equally many neighbours have, the
    one that speaks most for the class is taken (the class has the largest share in it); of several such, each has the
    same chance. Missing values are a category of their own.

    References
    ----------
    N. V. Chawla, K. W. Bowyer, L. O. Hall and W. P. Kegelmeyer (2002), "SMOTE: synthetic minority over-sampling
    technique", section 6.2, doi:10.1613/jair.953. C. Stanfill and D. Waltz (1986), "Toward memory-based reasoning",
    doi:10.1145/7902.7906.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast import SMOTEN
    >>> X = np.array(["a"] * 10 + ["b"] * 20 + ["c"] * 30, dtype=object).reshape(-1, 1)
    >>> y = np.repeat([0, 1], [20, 40])
    >>> X_resampled, y_resampled = SMOTEN(random_state=0).fit_resample(X, y)
    >>> np.bincount(y_resampled).tolist()
    [40, 40]
    """

    _takes_strings = True
    _takes_missing = True

    approximate = False

    def __init__(
        self,
        categorical_encoder: Any = None,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        k_neighbors: Any = 5,
        n_samples: Any = None,
        on_small: str = "error",
    ) -> None:
        self.categorical_encoder = categorical_encoder
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.k_neighbors = k_neighbors
        self.n_samples = n_samples
        self.on_small = on_small

    def _check_arguments(self) -> None:
        super()._check_arguments()
        self._check_neighbors("k_neighbors")
        if not (self.categorical_encoder is None or hasattr(self.categorical_encoder, "fit_transform")):
            self._refuse("categorical_encoder", "None or an object with fit_transform")

    def _check_features(self, features: Features) -> None:
        """Anything can be a category."""

    def _resample(self, features: Features, labels: Labels, stream: Stream) -> Resampled:
        if hasattr(features.data, "tocsr"):
            from sklearn.exceptions import DataConversionWarning

            warnings.warn(
                "SMOTEN: a sparse matrix is not really efficient here: it is made dense to be read as categories.",
                DataConversionWarning,
                stacklevel=3,
            )
        self.nn_k_ = self._search("k_neighbors")
        codes, self.categorical_encoder_ = category_codes(features, range(features.n_columns), self.categorical_encoder)
        shares = LevelShares.of(codes, labels.codes, len(labels.classes))
        wanted = self._wanted(labels)
        made = [self._votes(codes, shares, labels, code, n_rows, stream.child(code)) for code, n_rows in wanted]
        votes = np.concatenate([codes[:0], *made])
        numbers = np.empty((len(votes), 0))
        rows = MadeRows(numbers, (), sources_of(codes, votes), range(features.n_columns))
        made_of = np.array([code for code, _ in wanted], dtype=np.int64)
        return Resampled(features.extend(rows), np.repeat(made_of, [n_rows for _, n_rows in wanted]))

    def _votes(
        self, codes: Codes, shares: LevelShares, labels: Labels, code: int, n_rows: int, stream: Stream
    ) -> Codes:
        """Codes of new rows of a class, shape (n_rows, n_columns)."""
        rows = labels.rows_of(code)
        drawn = stream.child("row").integers(len(rows), n_rows)
        if self._is_small(rows, code, labels, self.nn_k_, "k_neighbors"):
            return codes[rows[drawn]]
        own = codes[rows]
        if self.nn_k_.estimator is None:
            neighbors = nearest_equals(own, shares, self.nn_k_.k)
        else:
            others = self.nn_k_.over(shares.places(own))(None)
            neighbors = np.column_stack([np.arange(len(own)), others])
        return vote_levels(codes, rows[neighbors], drawn, stream, ranks=shares.ranks(code))
