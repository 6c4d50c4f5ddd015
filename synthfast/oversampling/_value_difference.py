"""Neighbours of rows of categories, by the value difference metric."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from synthfast._core.threads import effective_n_threads
from synthfast._ext import _value_difference
from synthfast.neighbors import NeighborIndex
from synthfast.oversampling._nominal import level_offsets

__all__ = ["LevelShares", "nearest_equals"]

Codes = NDArray[np.int32]
Rows = NDArray[np.int64]
Floats = NDArray[np.float64]

SIDE: Final = 16  # rows of a tile, as compiled
TILE_VALUES: Final = 2**15  # of the tiles that are searched at a time: they stay in a core's cache


@dataclass(frozen=True, eq=False)
class LevelShares:
    """What the classes hold of each level.

    Parameters
    ----------
    shares : ndarray of float64, shape (n_levels, n_classes)
        Share of the rows of a level that belong to each class; the levels of all columns, one column after another.
    offsets : ndarray of int64, shape (n_columns,)
        Where a column's levels begin.
    """

    shares: Floats
    offsets: Rows

    @classmethod
    def of(cls, codes: Codes, classes: Rows, n_classes: int) -> "LevelShares":
        """Shares in a table of codes, shape (n_rows, n_columns), whose rows belong to ``classes``."""
        offsets, n_levels = level_offsets(codes)
        counts = np.empty((n_levels, n_classes))
        for column, (first, last) in enumerate(pairwise([*offsets.tolist(), n_levels])):
            cells = codes[:, column].astype(np.int64) * n_classes + classes
            counts[first:last] = np.bincount(cells, minlength=(last - first) * n_classes).reshape(-1, n_classes)
        total = counts.sum(axis=1, keepdims=True)
        return cls(np.divide(counts, total, out=counts, where=total > 0), offsets)

    def ranks(self, code: int) -> Codes:
        """Rank of each level by the share of a class, equal shares alike."""
        return np.unique(self.shares[:, code], return_inverse=True)[1].astype(np.int32)

    def places(self, codes: Codes) -> Floats:
        """Shares of the levels of rows, side by side, shape (n_rows, n_columns * n_classes)."""
        return self.shares[codes + self.offsets].reshape(len(codes), -1)

    def nearest(self, codes: Codes, k: int) -> Rows:
        """The k nearest other rows of rows that all differ, shape (n_rows, k).

        The squared distance is the sum, over the columns, of the squared sum of the absolute differences of shares;
        with two classes that is Euclidean.
        """
        if self.shares.shape[1] == 2:
            points = 2.0 * np.ascontiguousarray(self.shares[:, 1][codes + self.offsets])
            return NeighborIndex(points).query(k)[1]
        costs, nearest = np.empty((len(codes), k)), np.empty((len(codes), k), dtype=np.int64)
        size = codes.shape[1] * self.shares.shape[1] * SIDE
        tiles = np.empty((min(max(TILE_VALUES // size, 1), -(-len(codes) // SIDE)), size))
        _value_difference.find_nearest(codes, self.shares, self.offsets, tiles, costs, nearest, effective_n_threads())
        return nearest


def nearest_equals(codes: Codes, shares: LevelShares, k: int) -> Rows:
    """Each row and its k nearest other rows, shape (n_rows, k + 1), where a row stands for all that equal it.

    Parameters
    ----------
    codes : ndarray of int32, shape (n_rows, n_columns)
        More than k rows of one class.
    shares : LevelShares
        Of all classes.
    k : int
        Neighbours.

    Notes
    -----
    Only distinct rows are searched. Of equally near ones those come first whose first row does.
    """
    _, first, group_of, sizes = _distinct(codes)
    if len(first) == 1:
        return np.full((len(codes), k + 1), first[0])
    n_near = min(k, len(first) - 1)
    near = np.column_stack([np.arange(len(first)), shares.nearest(np.ascontiguousarray(codes[first]), n_near)])
    reached = np.cumsum(sizes[near], axis=1)  # rows of the groups up to each one
    places = np.arange(k + 1)
    taken = (reached[:, :, None] <= places).sum(axis=1)  # which group each of the k + 1 rows belongs to
    rows: Rows = first[np.take_along_axis(near, taken, axis=1)]
    return rows[group_of]


def _distinct(codes: Codes) -> tuple[Any, Rows, Rows, Rows]:
    """Distinct rows in the order of their first appearance: themselves, first row, group of each row, group sizes."""
    levels, first, group_of, sizes = np.unique(
        codes, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.argsort(first)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return levels[order], first[order], rank[group_of.ravel()], sizes[order]
