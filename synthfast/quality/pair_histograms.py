"""Shares of both tables per cell of two columns, with shared edges: what pictures of pairs draw instead of rows."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from synthfast.quality.columns import CodedTable, FloatArray, share_columns
from synthfast.quality.histograms import ColumnHistogram, column_histograms

__all__ = ["PairHistograms", "pair_histograms"]

MOST_BINS, LEAST_BINS, BIN_FACTOR = 40, 8, 1.8
MAX_LEVELS = 8


@dataclass(frozen=True)
class PairHistograms:
    """Shares of the rows in which both columns of a pair are known, per cell of the pair.

    Parameters
    ----------
    columns : list of ColumnHistogram
        Edges or levels of each column, and its own shares.
    real, synthetic : dict
        Pair of column names to shares, shape (n_bins of the first, n_bins of the second), which sum to 1 unless no row
        knows both.
    """

    columns: list[ColumnHistogram]
    real: dict[tuple[Hashable, Hashable], FloatArray]
    synthetic: dict[tuple[Hashable, Hashable], FloatArray]


def pair_histograms(
    real: Any, synthetic: Any, columns: Sequence[Hashable] | None = None, *, max_bins: int | None = None
) -> PairHistograms:
    """Two-dimensional histograms of all pairs of columns of two tables.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    columns : sequence of hashable or None, default None
        Columns to pair; by default all whose values are compared.
    max_bins : int or None, default None
        Most bins of a number; by default 8 to 40, by the cube root of the smaller table's rows. Categories have at most
        8 levels, the last of which may stand for all others.

    Raises
    ------
    KeyError
        If a column is not among those compared.

    Notes
    -----
    O(n_rows) time a pair.

    Examples
    --------
    >>> from synthfast.quality import pair_histograms
    >>> table = {"x": [1, 2, 1, 2], "c": ["a", "b", "a", "a"]}
    >>> pair_histograms(table, table).real["x", "c"].tolist()
    [[0.5, 0.0], [0.25, 0.25]]
    """
    tables = share_columns(real, synthetic)
    known = tables.real.coding.compared
    chosen = list(known) if columns is None else list(columns)
    for name in chosen:
        if name not in known:
            raise KeyError(f"{name!r} is not a column whose values are compared; they are {list(known)!r}")
    if max_bins is None:
        fewest = min(tables.real.n_rows, tables.synthetic.n_rows)
        max_bins = int(np.clip(round(BIN_FACTOR * fewest ** (1 / 3)), LEAST_BINS, MOST_BINS))
    found = column_histograms(tables.real, tables.synthetic, max_bins=max_bins, max_levels=MAX_LEVELS)
    by_name = {histogram.name: histogram for histogram in found}
    kept = [by_name[name] for name in chosen]
    return PairHistograms(kept, _pairs(tables.real, kept), _pairs(tables.synthetic, kept))


def _pairs(table: CodedTable, columns: Sequence[ColumnHistogram]) -> dict[tuple[Hashable, Hashable], FloatArray]:
    bins = {column.name: _bins(table, column) for column in columns}
    return {
        (one.name, two.name): _shares(bins[one.name], bins[two.name], (len(one.real), len(two.real)))
        for one, two in combinations(columns, 2)
    }


def _bins(table: CodedTable, column: ColumnHistogram) -> np.ndarray:
    """Bin of every row, -1 where the column is missing."""
    values = table.values(column.name)
    if column.edges is None:
        return np.minimum(values, len(column.real) - 1).astype(np.int64)
    bins = np.searchsorted(column.edges[1:-1], values, side="right")
    return np.where(np.isnan(values), -1, bins)


def _shares(rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> FloatArray:
    known = (rows >= 0) & (columns >= 0)
    counts = np.bincount(rows[known] * shape[1] + columns[known], minlength=shape[0] * shape[1]).reshape(shape)
    return counts / max(1, int(known.sum()))
