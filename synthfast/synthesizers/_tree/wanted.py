"""What a condition leaves of one column: values, and missing, alone or besides them.

A user asks for values or for missing. What a look-up makes of that for its source may be both: a source that is missing
leads to the same target as some that are not.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast.encoding import EncodedCondition
from synthfast.encoding.missing import missing_of

__all__ = ["ALIKE", "Wanted"]

Floats = NDArray[np.float64]

ALIKE = 1e-9  # relative difference of two points that only arithmetic tells apart


@dataclass(frozen=True)
class Wanted:
    """Encoded values that a column may have; none at all where every field is empty.

    Parameters
    ----------
    missing : bool
        Whether it may be missing.
    lower, upper : ndarray of float64, shape (n_intervals,)
        Numeric columns: disjoint intervals, ascending, both ends included; a single value has equal ends.
    levels : ndarray of int64, shape (n_levels,)
        Level columns: codes, ascending.
    """

    missing: bool = False
    lower: Floats = field(default_factory=lambda: np.empty(0))
    upper: Floats = field(default_factory=lambda: np.empty(0))
    levels: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    @classmethod
    def of(cls, condition: EncodedCondition) -> "Wanted":
        """What a user asked for."""
        return cls(condition.missing, condition.lower, condition.upper, condition.levels)

    @classmethod
    def value(cls, value: Any) -> "Wanted":
        """One encoded value, which may be missing."""
        values = np.array([value])
        if missing_of(values)[0]:
            return cls(missing=True)
        return cls(lower=values, upper=values) if values.dtype.kind == "f" else cls(levels=values)

    @property
    def has_values(self) -> bool:
        """Whether it may be anything but missing."""
        return bool(len(self.lower) or len(self.levels))

    def met(self, values: NDArray[Any]) -> NDArray[np.bool_]:
        """Which of some encoded values are among the wanted, shape (n_rows,)."""
        out = missing_of(values) if self.missing else np.zeros(len(values), dtype=bool)
        if values.dtype.kind != "f":
            return out | np.isin(values, self.levels)
        for lower, upper in zip(self.lower, self.upper, strict=True):
            out |= (values >= lower) & (values <= upper)
        return out

    def __and__(self, other: "Wanted") -> "Wanted":
        """What both leave; points that agree but for rounding are one."""
        lower = np.maximum.outer(self.lower, other.lower).ravel()
        upper = np.minimum.outer(self.upper, other.upper).ravel()
        with np.errstate(over="ignore"):  # distances of large numbers
            alike = (lower > upper) & np.isclose(lower, upper, rtol=ALIKE, atol=0.0)
        upper = np.where(alike, lower, upper)
        some = lower <= upper
        levels = np.intersect1d(self.levels, other.levels, assume_unique=True)
        return Wanted(self.missing and other.missing, lower[some], upper[some], levels)
