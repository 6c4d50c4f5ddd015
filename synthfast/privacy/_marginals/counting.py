"""Exact counts of rows: what noise is added to. Nothing here may leave the library."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from synthfast._core.threads import get_num_threads
from synthfast._ext import _contingency
from synthfast.privacy._marginals.junction import Clique, n_cells

__all__ = ["count_cells", "distances_from_independence"]

Codes = npt.NDArray[np.int32]
TABLE_CELLS = 4_000_000  # of the pairs' tables that are held at once


def count_cells(codes: Codes, sizes: Sequence[int], columns: Clique) -> npt.NDArray[np.int64]:
    """Rows in each cell of a table, flat, row-major. ``codes`` has shape (n_columns, n_rows)."""
    place = np.zeros(codes.shape[1], dtype=np.int64)
    for column in columns:
        place *= sizes[column]
        place += codes[column]
    return np.bincount(place, minlength=n_cells(sizes, columns)).astype(np.int64)


def distances_from_independence(
    codes: Codes, sizes: Sequence[int], pairs: Sequence[tuple[int, int]], shares: Sequence[npt.NDArray[np.float64]],
    total: float,
) -> npt.NDArray[np.int64]:  # fmt: skip
    """For each pair the sum of distances of its counts from those that independent columns would have.

    Parameters
    ----------
    codes : ndarray of int32, shape (n_columns, n_rows)
    sizes : sequence of int
    pairs : sequence of two columns
    shares : sequence of ndarray
        Public share of each level of each column.
    total : float
        Public number of rows.

    Returns
    -------
    ndarray of int64, shape (n_pairs,)
        One row changes each by at most 1, as what is expected is public and rounded to whole rows.
    """
    out = np.empty(len(pairs), dtype=np.int64)
    cells = np.array([n_cells(sizes, pair) for pair in pairs], dtype=np.int64)
    start = 0
    while start < len(pairs):
        stop = start + max(1, int(np.searchsorted(np.cumsum(cells[start:]), TABLE_CELLS, side="right")))
        counts = _count_pairs(codes, sizes, pairs[start:stop])
        for place, ((a, b), table) in enumerate(zip(pairs[start:stop], counts, strict=True), start):
            expected = np.rint(np.outer(shares[a], shares[b]).ravel() * total).astype(np.int64)
            out[place] = np.abs(table - expected).sum()
        start = stop
    return out


def _count_pairs(codes: Codes, sizes: Sequence[int], pairs: Sequence[tuple[int, int]]) -> list[npt.NDArray[np.int64]]:
    first, second = (np.array(side, dtype=np.int64) for side in zip(*pairs, strict=True))
    width = np.array([sizes[b] for b in second], dtype=np.int64)
    cells = np.array([n_cells(sizes, pair) for pair in pairs], dtype=np.int64)
    ends = np.cumsum(cells)
    out = np.zeros(int(ends[-1]), dtype=np.int64)
    _contingency.count_pairs(codes, first, second, width, ends - cells, out, get_num_threads())
    return np.split(out, ends[:-1])
