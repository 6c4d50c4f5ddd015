"""A tree of boxes around points, as the search for the nearest of them takes it."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from synthfast._ext import _record_distance

__all__ = ["box_tree", "near_order"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LANES: Final = 64  # rows of a block, as compiled


def near_order(points: Floats, n_measured: int, squared: bool) -> Integers:
    """An order of the rows that puts near ones beside each other."""
    order = np.arange(len(points), dtype=np.int64)
    _record_distance.order_rows(points, n_measured, squared, np.empty(len(points)), order)
    return order


def box_tree(points: Floats, order: Integers) -> tuple[Floats, Integers, Floats, Floats, Integers]:
    """Rows in blocks of 64, and the boxes around them in blocks of 64, level after level; as the kernel takes them."""
    row_of = np.sort(_in_blocks(order), axis=1)
    rows = _in_blocks(points[row_of.ravel()])
    low, high = rows.min(axis=2), rows.max(axis=2)
    lows, highs = [_in_blocks(low[:0])], [_in_blocks(high[:0])]
    while len(low) > 1:
        lows.append(_in_blocks(low))
        highs.append(_in_blocks(high))
        low, high = lows[-1].min(axis=2), highs[-1].max(axis=2)
    starts = np.cumsum([len(level) for level in lows], dtype=np.int64)
    return rows, row_of, np.concatenate(lows), np.concatenate(highs), starts


def _in_blocks(rows: NDArray[Any]) -> NDArray[Any]:
    """(n, ...) as (n_blocks, ..., 64), the last row repeated to fill up."""
    padded = np.pad(rows, [(0, -len(rows) % LANES)] + [(0, 0)] * (rows.ndim - 1), mode="edge")
    return np.ascontiguousarray(np.moveaxis(padded.reshape(-1, LANES, *rows.shape[1:]), 1, -1))
