"""SMOTE followed by the removal of rows that stand out."""

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames.features import Features, MadeRows
from synthfast._core.labels import Labels
from synthfast._core.random import Stream
from synthfast._registry import load_object
from synthfast.base_resampler import BaseResampler, Resampled
from synthfast.exceptions import DataError

__all__ = ["CombinedResampler", "Mask"]

Mask = NDArray[np.bool_]


class CombinedResampler(BaseResampler):
    """Over-samples, then cleans; a subclass says what it cleans with."""

    smote: Any
    cleaner: ClassVar[str]  # the parameter that takes a cleaning sampler

    @abstractmethod
    def _staying(self, points: Any, codes: NDArray[np.int64]) -> Mask:
        """Which rows stay where no cleaning sampler is given, shape (n_rows,)."""

    def _check_arguments(self) -> None:
        self._check_jobs()
        self._check_sampler("smote")
        self._check_sampler(self.cleaner)

    def _check_sampler(self, name: str) -> None:
        value = getattr(self, name)
        if not (value is None or (hasattr(value, "fit_resample") and not isinstance(value, type))):
            self._refuse(name, "None or a sampler, with fit_resample")

    def _resample(self, features: Features, labels: Labels, stream: Stream) -> Resampled:
        with self._jobs():
            points = features.points()
            made, codes = self._over_sample(points, labels)
            made = features.rounded(made)
            enlarged, all_codes = _stacked(points, made), np.concatenate([labels.codes, codes])
            names = np.concatenate([labels.values, _label_of(labels)[codes]])
            stays = self._clean(enlarged, names, all_codes)
        kept, below = np.flatnonzero(stays[: len(labels)]), stays[len(labels) :]
        return Resampled(features.extend(MadeRows.of_numbers(made[below]), kept), codes[below], kept)

    def _clean(self, points: Any, labels: NDArray[Any], codes: NDArray[np.int64]) -> Mask:
        given = getattr(self, self.cleaner)
        used, stays = (None, self._staying(points, codes)) if given is None else cleaned_by(given, points, labels)
        setattr(self, f"{self.cleaner}_", used)
        return stays

    def _over_sample(self, points: Any, labels: Labels) -> tuple[Any, NDArray[np.int64]]:
        """Rows made by SMOTE, and their classes."""
        from sklearn.base import clone

        if self.smote is None:
            self.smote_ = load_object("SMOTE")(
                sampling_strategy=self.sampling_strategy, random_state=self.random_state, n_samples=self.n_samples
            )
        else:
            self.smote_ = clone(self.smote, safe=False)
        rows, names = self.smote_.fit_resample(points, labels.values)
        n_rows = len(labels)
        if rows.shape[0] < n_rows or not np.array_equal(names[:n_rows], labels.values):
            raise DataError(
                f"{type(self).__name__}: expected smote to put new rows below those given, got {rows.shape[0]} rows of "
                f"{n_rows} in another order. Use an over-sampler."
            )
        places = {name: code for code, name in enumerate(_label_of(labels).tolist())}
        codes = np.array([places[name] for name in names[n_rows:].tolist()], dtype=np.int64)
        return rows[n_rows:], codes


def cleaned_by(cleaner: Any, points: Any, labels: NDArray[Any]) -> tuple[Any, Mask]:
    """A sampler that was cloned and fitted, and which rows it leaves."""
    from sklearn.base import clone

    own = clone(cleaner, safe=False)
    own.fit_resample(points, labels)
    if not hasattr(own, "sample_indices_"):
        raise DataError(f"expected a cleaning sampler, which has sample_indices_ once fitted, got {own!r}.")
    stays = np.zeros(len(labels), dtype=bool)
    stays[own.sample_indices_] = True
    return own, stays


def _label_of(labels: Labels) -> NDArray[Any]:
    """Label of each code."""
    first_of = np.empty(len(labels.classes), dtype=np.int64)
    first_of[labels.codes[::-1]] = np.arange(len(labels))[::-1]
    names: NDArray[Any] = labels.values[first_of]
    return names


def _stacked(above: Any, below: Any) -> Any:
    if hasattr(above, "tocsr"):
        from scipy import sparse

        return sparse.vstack([above, below], format="csr")
    return np.concatenate([above, below])
