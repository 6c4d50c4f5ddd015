"""A number that is another one in other units."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from synthfast.synthesizers._tree.grid import SLACK, Grid
from synthfast.synthesizers._tree.reach import Reach
from synthfast.synthesizers._tree.rules.rule import Span, Values
from synthfast.synthesizers._tree.wanted import Wanted

__all__ = ["Affine"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Affine:
    """A numeric column that is ``slope * source + intercept``, missing where the source is.

    Parameters
    ----------
    target, source : hashable
    slope, intercept : float
        The slope is not 0.
    step, source_step : float or None
        Resolution of the target and of the source.
    """

    target: Hashable
    source: Hashable
    slope: float
    intercept: float
    step: float | None = None
    source_step: float | None = None
    exact: ClassVar[bool] = True

    @property
    def sources(self) -> tuple[Hashable, ...]:
        return (self.source,)

    def apply(self, values: Values, target_values: NDArray[Any] | None = None) -> Floats:
        return Grid(self.step).nearest(self.slope * values[self.source] + self.intercept)

    def invert(self, wanted: Wanted) -> Wanted:
        """The intervals of the source that lead into those of the target, cut to the source's own grid."""
        half = 0.0 if self.step is None else self.step * (0.5 - SLACK)
        with np.errstate(over="ignore"):
            ends = [(wanted.lower - half - self.intercept) / self.slope]
            ends += [(wanted.upper + half - self.intercept) / self.slope]
        lower, upper = ends if self.slope > 0 else (ends[1][::-1], ends[0][::-1])
        grid = Grid(self.source_step)
        lower, upper = grid.above(lower), grid.below(upper)
        some = lower <= upper
        return Wanted(wanted.missing, lower[some], upper[some])

    def reach(self, values: Values, name: Hashable, grid: Grid, spans: Mapping[Hashable, Span]) -> Reach:
        target = values[self.target]
        return Reach.of_addend(target, np.full(len(target), self.intercept), self.slope, self.step, grid)
