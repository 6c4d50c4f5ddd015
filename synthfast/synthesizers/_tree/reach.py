"""What a rule leaves open of one of its columns once the others are known, row by row."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Reach"]

Floats = NDArray[np.float64]

ALIKE = 1e-9  # relative difference of two ends that only arithmetic tells apart


@dataclass(frozen=True, eq=False)
class Reach:
    """Values that a numeric column may have.

    Parameters
    ----------
    low, high : ndarray of float64, shape (n_rows,)
        Least and greatest value, both included; none at all where ``low`` is above ``high``.
    blank : ndarray of bool, shape (n_rows,)
        Whether it may be missing.
    """

    low: Floats
    high: Floats
    blank: NDArray[np.bool_]

    def __and__(self, other: "Reach") -> "Reach":
        """What both leave open; one point that two rules tell may differ in its last digits."""
        low, high = np.maximum(self.low, other.low), np.minimum(self.high, other.high)
        with np.errstate(invalid="ignore"):  # infinite ends are not alike
            alike = (low > high) & (low - high <= ALIKE * np.maximum(np.abs(low), np.abs(high)))
        return Reach(low, np.where(alike & np.isfinite(low), low, high), self.blank & other.blank)

    @property
    def told(self) -> NDArray[np.bool_]:
        """Rows in which there is one answer: a value, or missing."""
        return np.where(self.blank, self.low > self.high, self.low == self.high)

    @property
    def answer(self) -> Floats:
        """The answer where there is one."""
        return np.where(self.low <= self.high, self.low, np.nan)
