"""A number that is never below some others or above some others."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from synthfast.synthesizers._tree.grid import Grid
from synthfast.synthesizers._tree.reach import Reach
from synthfast.synthesizers._tree.rules.rule import Span, Values
from synthfast.synthesizers._tree.wanted import Wanted

__all__ = ["Between"]

Floats = NDArray[np.float64]

LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True)
class Between:
    """A numeric column that no row has below some columns or above others, wherever both are present.

    A drawn value that breaks this is mirrored at the bound that it breaks (``2 * bound - value``, cut to the other
    bound and the column's range), or where the data often hold a value equal to its bound, set to the bound.

    Parameters
    ----------
    target : hashable
    lower, upper : tuple of hashable
        Columns that are never above, and never below, the target.
    lower_gaps, upper_gaps : tuple of float
        Least distance to each: 0, or the common resolution where the data hold no two equal values.
    mirror : bool
        Whether values are mirrored.
    minimum, maximum, step : float or None
        Range and resolution of the target.

    Notes
    -----
    Both moves are functions of the row's values alone. Setting to the bound is the smallest move, but would heap rows
    on equality where the data have none; mirroring moves by twice that and leaves no heap. If the lower bound of a
    drawn row lies above its upper one (the sources keep their own order if there is a rule for it), the bound that the
    drawn value broke is the one kept; the lower where it broke both.
    """

    target: Hashable
    lower: tuple[Hashable, ...] = ()
    upper: tuple[Hashable, ...] = ()
    lower_gaps: tuple[float, ...] = ()
    upper_gaps: tuple[float, ...] = ()
    mirror: bool = False
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    exact: ClassVar[bool] = False

    @property
    def sources(self) -> tuple[Hashable, ...]:
        return self.lower + self.upper

    def apply(self, values: Values, target_values: NDArray[Any] | None = None) -> Floats:
        if target_values is None:
            raise ValueError(f"Between: column {self.target!r}: expected its drawn values, got none.")
        out = np.array(target_values, dtype=np.float64)
        bounds = self.bounds(values)
        low, high = bounds.low, bounds.high
        under = np.flatnonzero(out < low)
        over = np.flatnonzero((out > high) & ~(out < low))
        top = LARGEST if self.maximum is None else self.maximum
        bottom = -LARGEST if self.minimum is None else self.minimum
        out[under] = np.maximum(np.minimum(self._moved(out, low, under), np.minimum(high[under], top)), low[under])
        out[over] = np.minimum(np.maximum(self._moved(out, high, over), np.maximum(low[over], bottom)), high[over])
        return out

    def bounds(self, values: Values) -> Reach:
        """What the sources leave open of the target."""
        grid = Grid(self.step)
        n_rows = len(values[self.sources[0]])
        low, high = np.full(n_rows, -np.inf), np.full(n_rows, np.inf)
        for source, gap in zip(self.lower, self.lower_gaps, strict=True):
            np.fmax(low, grid.above(values[source] + gap), out=low)
        for source, gap in zip(self.upper, self.upper_gaps, strict=True):
            np.fmin(high, grid.below(values[source] - gap), out=high)
        return Reach(low, high, np.ones(n_rows, dtype=bool))

    def reach(self, values: Values, name: Hashable, grid: Grid, spans: Mapping[Hashable, Span]) -> Reach:
        target = values[self.target]
        low, high = np.full(len(target), -np.inf), np.full(len(target), np.inf)
        if name in self.lower:
            np.fmin(high, grid.below(target - self.lower_gaps[self.lower.index(name)]), out=high)
        if name in self.upper:
            np.fmax(low, grid.above(target + self.upper_gaps[self.upper.index(name)]), out=low)
        return Reach(low, high, np.ones(len(target), dtype=bool))

    def _moved(self, out: Floats, bound: Floats, rows: NDArray[np.int64]) -> Floats:
        if not self.mirror:
            return bound[rows]
        with np.errstate(over="ignore"):  # what lands beyond the floats is cut to the range
            return Grid(self.step).nearest(2.0 * bound[rows] - out[rows])

    def invert(self, wanted: Wanted) -> None:
        return None
