"""The grid that a numeric column's values lie on."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["SLACK", "Grid"]

Floats = NDArray[np.float64]

SLACK = 1e-6  # of a step: how far off its grid point floating-point arithmetic may land


@dataclass(frozen=True)
class Grid:
    """The multiples of a step that a numeric column's values lie on; all numbers where the step is None."""

    step: float | None

    @cached_property
    def _ratio(self) -> tuple[float, float]:
        """Two whole numbers whose ratio is the step: dividing last gives the float nearest to the decimal text."""
        ratio = Fraction(self.step or 1.0).limit_denominator(10**10)
        if not ratio or abs(float(ratio) / float(self.step or 1.0) - 1.0) > 1e-9:
            return float(self.step or 1.0), 1.0
        return float(ratio.numerator), float(ratio.denominator)

    def nearest(self, values: Floats) -> Floats:
        """The nearest values on the grid."""
        return values if self.step is None else self._placed(values, np.rint)

    def above(self, values: Floats) -> Floats:
        """The lowest values on the grid that are not below."""
        return values if self.step is None else self._placed(values, lambda counts: np.ceil(counts - SLACK))

    def below(self, values: Floats) -> Floats:
        """The highest values on the grid that are not above."""
        return values if self.step is None else self._placed(values, lambda counts: np.floor(counts + SLACK))

    def _placed(self, values: Floats, whole_count: Callable[[Floats], Floats]) -> Floats:
        """Values put on the grid by their count of steps."""
        whole, parts = self._ratio
        with np.errstate(over="ignore"):
            # a zero reached from below becomes plain zero
            placed = whole_count(values * (parts / whole)) * whole / parts + 0.0
        past = np.isinf(placed)  # counts past the largest float are of numbers that are all on the grid
        return np.where(past, values, placed) if past.any() else placed
