"""A number that is a sum of others."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from synthfast.synthesizers._tree.grid import Grid
from synthfast.synthesizers._tree.reach import Reach
from synthfast.synthesizers._tree.rules.rule import Span, Values
from synthfast.synthesizers._tree.wanted import Wanted

__all__ = ["Total"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Total:
    """A numeric column that is a constant plus a weighted sum of others, missing where any of them is.

    Parameters
    ----------
    target : hashable
    sources : tuple of hashable
    coefficients : tuple of float
        One for each source.
    intercept : float
    step : float or None
        Resolution of the target.
    """

    target: Hashable
    sources: tuple[Hashable, ...]
    coefficients: tuple[float, ...]
    intercept: float
    step: float | None = None
    exact: ClassVar[bool] = True

    def apply(self, values: Values, target_values: NDArray[Any] | None = None) -> Floats:
        total = np.full(len(values[self.sources[0]]), self.intercept)
        for coefficient, source in zip(self.coefficients, self.sources, strict=True):
            total += coefficient * values[source]
        return Grid(self.step).nearest(total)

    def invert(self, wanted: Wanted) -> None:
        return None

    def reach(self, values: Values, name: Hashable, grid: Grid, spans: Mapping[Hashable, Span]) -> Reach | None:
        weights = dict(zip(self.sources, self.coefficients, strict=True))
        own, target = weights.pop(name), values[self.target]
        if not all(other in values or other in spans for other in weights):
            return None
        least, most = np.full(len(target), self.intercept), np.full(len(target), self.intercept)
        for other, weight in weights.items():
            ends = (values[other],) * 2 if other in values else spans[other]
            one, two = weight * ends[0], weight * ends[1]
            least, most = least + np.minimum(one, two), most + np.maximum(one, two)
        reach = Reach.of_addend(target, least, own, self.step, grid)
        if all(other in values for other in weights):
            return reach
        wider = Reach.of_addend(target, most, own, self.step, grid)
        blank = np.isnan(target) | np.isnan(least)  # an unknown source may be what is missing
        low = np.where(blank, -np.inf, np.minimum(reach.low, wider.low))
        return Reach(low, np.where(blank, np.inf, np.maximum(reach.high, wider.high)), blank)
