"""SMOTE for tables of numbers and categories."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames.features import Features, MadeRows
from synthfast._core.labels import Labels
from synthfast._core.random import Stream
from synthfast.base_resampler import Resampled
from synthfast.exceptions import DataError
from synthfast.oversampling._interpolating import SmallClassResampler, made_codes
from synthfast.oversampling._nominal import category_codes, category_columns, sources_of
from synthfast.oversampling._segments import Segment, fill_rows
from synthfast.oversampling._votes import vote_between

__all__ = ["SMOTENC"]

Codes = NDArray[np.int32]


class SMOTENC(SmallClassResampler):
    """SMOTE with categories: numbers lie on the way to a neighbour, categories are those of most neighbours.

    Parameters
    ----------
    categorical_features : "auto" or sequence of int, str or bool
        Which columns hold categories: those of a categorical dtype (pandas, polars, Arrow), or positions, names, or one
        bool for each column.
    categorical_encoder : object with ``fit_transform``, default None
        Says which values are one category, where that is not simply equality: an encoder to codes or to one-hot.
    sampling_strategy : float, str, dict or callable, default "auto"
        As in `SMOTE`.
    random_state : None, int, SeedSequence, Generator or RandomState, default None
        As in `SMOTE`.
    k_neighbors : int or object, default 5
        As in `SMOTE`; an object is given numbers and scaled one-hot columns as a CSR matrix.
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
    categorical_features_, continuous_features_ : ndarray of int64
        Positions of the columns of categories, and of the others.
    categorical_encoder_ : object or None
        The encoder given, fitted.
    median_std_ : dict
        By class, the median of the standard deviations of the columns of numbers.
    nn_k_ : object
        The search; ``n_neighbors`` counts the row itself.
    n_features_ : int
        Number of columns.
    n_features_in_, feature_names_in_
        As in `SMOTE`.

    Notes
    -----
    Categories that differ add the square of ``median_std_`` to the squared distance, as one-hot columns scaled by it
    over the square root of 2 would. They are compared as codes, so memory is 4 bytes a cell whatever their number.
    Missing values are a category of their own; columns of numbers may have none. Of categories that equally many
    neighbours have, each has the same chance.

    References
    ----------
    N. V. Chawla, K. W. Bowyer, L. O. Hall and W. P. Kegelmeyer (2002), "SMOTE: synthetic minority over-sampling
    technique", section 6.1, doi:10.1613/jair.953.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from synthfast import SMOTENC
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"age": rng.integers(18, 80, 100), "job": pd.Categorical(rng.choice(["a", "b"], 100))})
    >>> y = np.repeat(["common", "rare"], [80, 20])
    >>> X_resampled, y_resampled = SMOTENC("auto", random_state=0).fit_resample(X, y)
    >>> X_resampled.shape, X_resampled.dtypes.equals(X.dtypes)
    ((160, 2), True)
    """

    _takes_strings = True

    def __init__(
        self,
        categorical_features: Any,
        *,
        categorical_encoder: Any = None,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        k_neighbors: Any = 5,
        n_samples: Any = None,
        on_small: str = "error",
        approximate: bool = False,
    ) -> None:
        self.categorical_features = categorical_features
        self.categorical_encoder = categorical_encoder
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.k_neighbors = k_neighbors
        self.n_samples = n_samples
        self.on_small = on_small
        self.approximate = approximate

    def _check_arguments(self) -> None:
        super()._check_arguments()
        self._check_neighbors("k_neighbors")
        chosen = self.categorical_features
        if not (chosen == "auto" if isinstance(chosen, str) else hasattr(chosen, "__len__")):
            self._refuse("categorical_features", "'auto' or a sequence of positions, names or bools")
        if not (self.categorical_encoder is None or hasattr(self.categorical_encoder, "fit_transform")):
            self._refuse("categorical_encoder", "None or an object with fit_transform")

    def _check_features(self, features: Features) -> None:
        categories = category_columns(self.categorical_features, features)
        others = np.setdiff1d(np.arange(features.n_columns), categories)
        if not len(others):
            raise DataError(
                "SMOTE-NC is not designed to work only with categorical features. It requires some numerical features; "
                "use SMOTEN."
            )
        if not len(categories):
            raise DataError(
                "SMOTE-NC is not designed to work only with numerical features. It requires some categorical features; "
                "use SMOTE."
            )
        features.points(others)
        self.categorical_features_, self.continuous_features_ = categories, others
        self.n_features_ = features.n_columns

    def _resample(self, features: Features, labels: Labels, stream: Stream) -> Resampled:
        points = features.points(self.continuous_features_)
        codes, self.categorical_encoder_ = category_codes(
            features, self.categorical_features_, self.categorical_encoder
        )
        plan = self._plan(points, codes, labels)
        n_made = sum(segment.n_rows for segment in plan)
        numbers = fill_rows(points, plan, stream, np.empty((n_made, points.shape[1]), dtype=points.dtype))
        sources = sources_of(codes, vote_between(codes, plan, stream, n_made))
        made = MadeRows(numbers, self.continuous_features_, sources, self.categorical_features_)
        return Resampled(features.extend(made), made_codes(plan))

    def _plan(self, points: NDArray[Any], codes: Codes, labels: Labels) -> list[Segment]:
        self.nn_k_ = self._search("k_neighbors")
        self.median_std_ = {
            labels.classes[code]: float(np.median(points[labels.rows_of(code)].std(axis=0, dtype=np.float64)))
            for code, _ in self._wanted(labels)
        }
        plan: list[Segment] = []
        for code, rows, n_rows in self._large_classes(labels, self.nn_k_, "k_neighbors", plan):
            middle = self.median_std_[labels.classes[code]]
            ask = self.nn_k_.over(points[rows], codes[rows], middle * middle)
            plan.append(Segment(code, rows, rows[ask(None)], n_rows))
        return plan
