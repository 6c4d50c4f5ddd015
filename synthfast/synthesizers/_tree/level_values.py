"""Levels in an order."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast.synthesizers._tree.wanted import Wanted

__all__ = ["LevelValues"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LevelValues:
    """Levels in an order, one leaf each.

    Parameters
    ----------
    order : ndarray of int64, shape (n_levels,)
        Level code of each leaf.
    """

    order: NDArray[np.int64]

    @property
    def n_cells(self) -> int:
        """Number of levels."""
        return len(self.order)

    @cached_property
    def _position(self) -> NDArray[np.int64]:
        position = np.empty(len(self.order), dtype=np.int64)
        position[self.order] = np.arange(len(self.order))
        return position

    def encode(self, values: NDArray[Any]) -> NDArray[np.int64]:
        """Leaf of each level code, none of them missing."""
        return self._position[values]

    def decode(self, cells: NDArray[np.int64], rest: Floats) -> NDArray[np.int32]:
        """Level codes."""
        return self.order[cells].astype(np.int32)

    def allowed(self, wanted: Wanted) -> tuple[Floats, None]:
        """1 for the levels that are wanted."""
        share = np.zeros(len(self.order))
        share[self._position[wanted.levels]] = 1.0
        return share, None
