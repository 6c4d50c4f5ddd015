"""A column that is a function of one column of few values."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from synthfast.synthesizers._tree.grid import Grid
from synthfast.synthesizers._tree.rules.rule import Span, Values
from synthfast.synthesizers._tree.wanted import Wanted

__all__ = ["Lookup"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Lookup:
    """A column that is a function of one column of few values.

    Parameters
    ----------
    target, source : hashable
    images : ndarray of shape (n_keys + 1,)
        Encoded values of the target, one for each level or point of the source. The last is the one where the source is
        missing; if it never was, the target's commonest image, as for levels that no row held.
    points : ndarray of float64, shape (n_keys,), optional
        The values of a numeric source, ascending. Others take the image of the nearest, of the lower of two.
    gaps : bool
        Whether the source is missing in some rows.
    """

    target: Hashable
    source: Hashable
    images: NDArray[Any]
    points: Floats | None = None
    gaps: bool = False
    exact: ClassVar[bool] = True

    @property
    def sources(self) -> tuple[Hashable, ...]:
        return (self.source,)

    def apply(self, values: Values, target_values: NDArray[Any] | None = None) -> NDArray[Any]:
        found = values[self.source]
        if self.points is None:
            return self.images[found]  # the code -1 finds the last
        keys = np.searchsorted(0.5 * self.points[1:] + 0.5 * self.points[:-1], found, side="left")
        keys[np.isnan(found)] = len(self.points)
        return self.images[keys]

    def invert(self, wanted: Wanted) -> Wanted:
        """The levels or points of the source, and missing, whose image is wanted."""
        met = wanted.met(self.images)
        missing, keys = self.gaps and bool(met[-1]), np.flatnonzero(met[:-1])
        if self.points is None:
            return Wanted(missing, levels=keys)
        return Wanted(missing, self.points[keys], self.points[keys])

    def reach(self, values: Values, name: Hashable, grid: Grid, spans: Mapping[Hashable, Span]) -> None:
        return None
