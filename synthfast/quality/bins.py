"""Columns cut into a few bins by the real table's values, so that all tables share the edges."""

from collections.abc import Hashable, Sequence

import numpy as np

from synthfast.marginals.ranks import count_runs
from synthfast.quality.columns import CodedTable, FloatArray

__all__ = ["MISSING_BIN", "ColumnBins", "bin_codes", "bin_tables", "quantile_edges"]

MISSING_BIN = 0
MIN_LEVEL_COUNT = 5  # a level with fewer rows in the real table has no bin of its own
MAX_DECIMALS = 20
MAX_QUANTILES = 1_000  # finest grid of quantiles that is tried for columns with heavy values


def quantile_edges(known: FloatArray, n_bins: int) -> FloatArray:
    """Left edges of at most `n_bins` bins that hold about equally many of the sorted values.

    A heavy value takes up several quantiles; ever finer grids are tried until there are enough distinct edges for all
    bins. A column of at most `n_bins` distinct values gets a bin for each. Edges are cut down to the fewest decimals
    that keep them apart, as mostlyai-qa does.
    """
    distinct = count_runs(known)[0]
    if len(distinct) <= n_bins:
        return _cut_decimals(np.append(distinct, distinct[-1:] + 1.0))[:-1]
    edges = distinct
    for n_quantiles in range(n_bins, MAX_QUANTILES):
        edges = np.unique(known[np.linspace(0, len(known) - 1, n_quantiles).astype(np.int64)])
        if len(edges) > n_bins:
            break
    return _cut_decimals(edges)[:-1][:n_bins]


def _cut_decimals(edges: FloatArray) -> FloatArray:
    """Rising edges, all but the last rounded down to the fewest decimals that keep all of them apart."""
    for decimals in range(MAX_DECIMALS):
        scale = 10.0**decimals
        with np.errstate(over="ignore"):
            cut = np.floor(edges * scale) / scale
        if np.all(np.diff(cut) > 0.0):
            return np.append(cut[:-1], edges[-1:])
    return edges


def bin_codes(column: FloatArray, edges: FloatArray) -> np.ndarray:
    """Bin of every value as uint8: 0 for missing, 1 up for the bins; values beyond the edges go to the outer bins."""
    if len(edges) == 0:  # the real column has no value: known or not is all there is
        return (~np.isnan(column)).astype(np.uint8)
    codes = np.maximum(np.searchsorted(edges, column, side="right"), 1).astype(np.uint8)
    codes[np.isnan(column)] = MISSING_BIN
    return codes


def _level_bins(table: CodedTable, name: Hashable, n_kept: int) -> np.ndarray:
    """0 for missing, 1 up for the kept levels, the next for all others."""
    return np.where(table.values(name) < n_kept, table.values(name) + 1, n_kept + 1).astype(np.uint8)


class ColumnBins:
    """Bins of all compared columns, cut by a real table and shared by all tables.

    Numbers fall in at most `n_bins` quantile bins; the `n_bins` most frequent levels of at least five rows have a bin
    each and the others share one; missing is bin 0.

    Parameters
    ----------
    real : CodedTable
        The real table.
    n_bins : int
        At most 253.
    """

    def __init__(self, real: CodedTable, n_bins: int) -> None:
        self._edges: dict[Hashable, FloatArray] = {}
        self._n_kept: dict[Hashable, int] = {}
        self.widths: list[int] = []
        for name in real.coding.compared:
            if real.coding.kinds[name] == "categorical":
                counts = real.level_counts(name, missing=False)
                self._n_kept[name] = min(n_bins, int(np.count_nonzero(counts >= MIN_LEVEL_COUNT)))
                self.widths.append(self._n_kept[name] + 2)
            else:
                self._edges[name] = quantile_edges(real.sorted_values(name), n_bins)
                self.widths.append(max(len(self._edges[name]), 1) + 1)

    def codes(self, table: CodedTable) -> list[np.ndarray]:
        """Bins of a table's rows, one uint8 array of shape (n_rows,) a column."""
        return [
            _level_bins(table, name, self._n_kept[name])
            if name in self._n_kept
            else bin_codes(table.values(name), self._edges[name])
            for name in table.coding.compared
        ]


def bin_tables(real: CodedTable, others: Sequence[CodedTable], n_bins: int) -> tuple[list[list[np.ndarray]], list[int]]:
    """Bins of all compared columns of several tables, cut by the real one; see :class:`ColumnBins`.

    Returns
    -------
    codes : list of list of ndarray of shape (n_rows,)
        uint8, one list per table (the real one first), one array per column.
    widths : list of int
        Number of bins of each column, missing included.
    """
    bins = ColumnBins(real, n_bins)
    return [bins.codes(table) for table in (real, *others)], bins.widths
