"""What a rule leaves open of one of its columns once the others are known, row by row."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthfast.synthesizers._tree.grid import SLACK, Grid

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

    @classmethod
    def of_addend(cls, target: Floats, rest: Floats, weight: float, step: float | None, grid: Grid) -> "Reach":
        """What is open of the column of which ``target = rest + weight * column``, rounded to the target's step.

        Where the rest is missing the target is missing whatever the column is; else it is missing where the column is.
        """
        half = 0.0 if step is None else step * (0.5 - SLACK)
        with np.errstate(over="ignore"):
            one, other = (target - half - rest) / weight, (target + half - rest) / weight
        low, high = grid.above(np.minimum(one, other)), grid.below(np.maximum(one, other))
        free, gone = np.isnan(rest), np.isnan(target)
        low = np.where(free, -np.inf, np.where(gone, np.inf, low))
        high = np.where(free, np.inf, np.where(gone, -np.inf, high))
        return cls(low, high, free | gone)

    def __and__(self, other: "Reach") -> "Reach":
        """What both leave open; one point that two rules tell may differ in its last digits."""
        low, high = np.maximum(self.low, other.low), np.minimum(self.high, other.high)
        with np.errstate(invalid="ignore", over="ignore"):  # infinite ends are not alike
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
