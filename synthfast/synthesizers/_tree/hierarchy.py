"""A column's leaves as a binary tree: each split as even in mass as it can be, so frequent leaves lie near the root.

Drawing a leaf is a walk from the root, one yes or no at a time, so a binary booster per depth is all the model that a
column of any kind needs. Nodes of one depth are numbered from left to right.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Hierarchy", "Level"]


@dataclass(frozen=True)
class Level:
    """All nodes of one depth.

    Parameters
    ----------
    low, middle, high : ndarray of int64, shape (n_nodes,)
        First leaf of each node, first of its right side, and the one after its last.
    rows : ndarray of int64, shape (n_nodes,)
        Training rows of each node.
    base : ndarray of float32, shape (n_nodes,)
        Log odds of the right side.
    child : ndarray of int32, shape (n_nodes, 2)
        Left and right: node of the next depth, or ``-1 - leaf``.
    node : ndarray of int32, shape (n_leaves,)
        Node of this depth that a leaf lies under, -1 where its walk has ended.
    right : ndarray of uint8, shape (n_leaves,)
        Side that the walk to a leaf takes here.
    """

    low: NDArray[np.int64]
    middle: NDArray[np.int64]
    high: NDArray[np.int64]
    rows: NDArray[np.int64]
    base: NDArray[np.float32]
    child: NDArray[np.int32]
    node: NDArray[np.int32]
    right: NDArray[np.uint8]


class Hierarchy:
    """Splits of all depths.

    Parameters
    ----------
    counts : ndarray of int64, shape (n_leaves,)
        Rows in each leaf; they alone decide the splits.
    first_alone : bool
        Whether leaf 0 is split off first, as missing is.
    """

    def __init__(self, counts: NDArray[np.int64], first_alone: bool) -> None:
        self.n_leaves = len(counts)
        before = np.r_[0, np.cumsum(counts)]
        low, high = np.array([0]), np.array([self.n_leaves])
        self.levels: list[Level] = []
        if self.n_leaves < 2:
            return
        while len(low):
            middle = _even_split(before, low, high)
            if first_alone and not self.levels:
                middle[0] = 1
            level = self._level(before, low, high, middle)
            self.levels.append(level)
            ends = np.column_stack([low, middle, middle, high]).reshape(-1, 2)
            ends = ends[ends[:, 1] - ends[:, 0] > 1]
            low, high = ends[:, 0], ends[:, 1]

    def _level(
        self, before: NDArray[np.int64], low: NDArray[np.int64], high: NDArray[np.int64], middle: NDArray[np.int64]
    ) -> Level:
        n_left, n_right = before[middle] - before[low], before[high] - before[middle]
        base = np.log((n_right + 0.5) / (n_left + 0.5)).astype(np.float32)
        starts = np.column_stack([low, middle])
        inner = np.column_stack([middle - low, high - middle]) > 1
        child = np.where(inner, np.cumsum(inner).reshape(inner.shape) - 1, -1 - starts).astype(np.int32)
        node = np.full(self.n_leaves, -1, dtype=np.int32)
        right = np.zeros(self.n_leaves, dtype=np.uint8)
        size = high - low
        leaves = np.repeat(low - np.r_[0, np.cumsum(size)[:-1]], size) + np.arange(size.sum())
        node[leaves] = np.repeat(np.arange(len(low)), size)
        right[leaves] = leaves >= np.repeat(middle, size)
        return Level(low, middle, high, n_left + n_right, base, child, node, right)


def _even_split(before: NDArray[np.int64], low: NDArray[np.int64], high: NDArray[np.int64]) -> NDArray[np.int64]:
    """First leaf of the right side, such that the sides differ least in rows; at least one leaf on each."""
    twice = before[low] + before[high]
    middle = np.clip(np.searchsorted(2 * before, twice), low + 1, high - 1)
    lower = np.maximum(middle - 1, low + 1)
    nearer = np.abs(2 * before[lower] - twice) <= np.abs(2 * before[middle] - twice)
    return np.where(nearer, lower, middle)
