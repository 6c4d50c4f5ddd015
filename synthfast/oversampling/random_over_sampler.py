"""Rows drawn again at random, as they are or with a little noise."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames.features import Features, MadeRows
from synthfast._core.labels import Labels
from synthfast._core.random import BLOCK_ROWS, Stream
from synthfast.base_resampler import BaseResampler, Resampled
from synthfast.exceptions import DataError

__all__ = ["RandomOverSampler"]

Rows = NDArray[np.int64]


class RandomOverSampler(BaseResampler):
    """Random over-sampling: new rows are rows of the class, drawn with replacement.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default "auto"
        As in `SMOTE`.
    random_state : None, int, SeedSequence, Generator or RandomState, default None
        As in `SMOTE`.
    shrinkage : float or dict, default None
        Noise added to the rows drawn, for all classes or by class: normal, with a standard deviation in each column of
        ``shrinkage`` times that of the class times the smoothing constant (see Notes). None and 0 add none.
    n_samples : int or dict, default None
        As in `SMOTE`.

    Attributes
    ----------
    sampling_strategy_ : dict
        Rows made of each class.
    sample_indices_ : ndarray of int64, shape (n_rows + n_made,)
        For each row that comes out, the number of the row that it was drawn from.
    shrinkage_ : dict or None
        Noise, by class.
    n_features_in_, feature_names_in_
        As in `SMOTE`.

    Notes
    -----
    Columns may hold anything, and missing values; with noise, finite numbers. The smoothing constant of a class of m
    rows in d columns is ``(4 / ((d + 2) m)) ** (1 / (d + 4))``. O(n d).

    References
    ----------
    G. Menardi and N. Torelli (2014), "Training and assessing classification rules with imbalanced data",
    doi:10.1007/s10618-012-0295-5.

    Examples
    --------
    >>> from synthfast import RandomOverSampler
    >>> X, y = [["a", 1.5], ["b", 2.5], ["c", 3.5]], ["common", "common", "rare"]
    >>> RandomOverSampler(random_state=0).fit_resample(X, y)
    ([['a', 1.5], ['b', 2.5], ['c', 3.5], ['c', 3.5]], ['common', 'common', 'rare', 'rare'])
    """

    _takes_strings = True
    _takes_missing = True
    _tells_rows = True

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        shrinkage: Any = None,
        n_samples: Any = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.shrinkage = shrinkage
        self.n_samples = n_samples

    def _check_arguments(self) -> None:
        if not (self.shrinkage is None or isinstance(self.shrinkage, Mapping)):
            self._check_number("shrinkage", 0.0, np.inf, or_else="None, a dict or ")

    def _check_features(self, features: Features) -> None:
        if self.shrinkage is None:
            return
        try:
            features.points()
        except DataError as error:
            raise DataError(
                "RandomOverSampler: When shrinkage is not None, X needs to contain only numerical data, since noise is "
                f"added to it. {error}"
            ) from error

    def _resample(self, features: Features, labels: Labels, stream: Stream) -> Resampled:
        self.shrinkage_ = self._shrinkage_by_class()
        wanted = self._wanted(labels)
        drawn = [_draw(labels.rows_of(code), n_rows, stream.child(code, "row")) for code, n_rows in wanted]
        rows = np.concatenate([np.empty(0, dtype=np.int64), *drawn])
        codes = np.repeat(np.array([code for code, _ in wanted], dtype=np.int64), [n for _, n in wanted])
        self.sample_indices_ = np.concatenate([np.arange(len(labels)), rows])
        if not any((self.shrinkage_ or {}).values()):
            return Resampled(features.take(self.sample_indices_), codes)
        noisy = np.empty((len(rows), features.n_columns), dtype=features.points().dtype)
        first = 0
        for (code, _), own in zip(wanted, drawn, strict=True):
            factor = self.shrinkage_[labels.classes[code]] if self.shrinkage_ else 0.0
            part = noisy[first : first + len(own)]
            _add_noise(features.points(), labels.rows_of(code), own, factor, stream.child(code, "noise"), part)
            first += len(own)
        return Resampled(features.extend(MadeRows.of_numbers(noisy)), codes)

    def _shrinkage_by_class(self) -> dict[Any, float] | None:
        if self.shrinkage is None:
            return None
        if not isinstance(self.shrinkage, Mapping):
            return dict.fromkeys(self.sampling_strategy_, self.shrinkage)
        lacking = [label for label in self.sampling_strategy_ if label not in self.shrinkage]
        if lacking:
            raise DataError(
                "RandomOverSampler: `shrinkage` should contain a shrinkage factor for each class that is over-sampled; "
                f"it has none for {lacking!r}."
            )
        for label, factor in self.shrinkage.items():
            if not factor >= 0:
                raise DataError(
                    f"RandomOverSampler: The shrinkage factor needs to be >= 0, got {factor!r} for class {label!r}."
                )
        return dict(self.shrinkage)


def _draw(rows: Rows, n_rows: int, stream: Stream) -> Rows:
    return rows[stream.integers(len(rows), n_rows)]


def _add_noise(points: Any, members: Rows, drawn: Rows, factor: float, stream: Stream, out: NDArray[Any]) -> None:
    """Write the drawn rows of a class, with noise, block by block."""
    n_columns, sparse = points.shape[1], hasattr(points, "tocsr")
    constant = (4.0 / ((n_columns + 2) * len(members))) ** (1.0 / (n_columns + 4))
    scale = (factor * constant * _deviations(points[members])).astype(out.dtype)
    for first in range(0, len(drawn), BLOCK_ROWS):
        rows = drawn[first : first + BLOCK_ROWS]
        values = stream.normal(len(rows) * n_columns, start=first * n_columns, dtype=out.dtype)
        base = points[rows].toarray() if sparse else points[rows]
        out[first : first + BLOCK_ROWS] = base + scale * values.reshape(len(rows), n_columns)


def _deviations(points: Any) -> NDArray[np.float64]:
    """Standard deviation of each column, population ones."""
    if not hasattr(points, "tocsr"):
        return np.asarray(points.std(axis=0, dtype=np.float64))
    mean = np.asarray(points.mean(axis=0)).ravel()
    squares = np.asarray(points.multiply(points).mean(axis=0)).ravel()
    return np.sqrt(np.maximum(squares - mean * mean, 0.0))
