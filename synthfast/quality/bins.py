"""Columns cut into a few bins by the real table's values, so that all tables share the edges."""

from collections.abc import Hashable, Sequence

import numpy as np

from synthfast.marginals.ranks import count_runs
from synthfast.quality.columns import CodedTable, FloatArray

__all__ = ["MISSING_BIN", "bin_codes", "bin_tables", "quantile_edges"]

MISSING_BIN = 0
MIN_LEVEL_COUNT = 5  # a level with fewer rows in the real table has no bin of its own
MAX_QUANTILES = 1_000  # finest grid of quantiles that is tried for columns with heavy values


def quantile_edges(known: FloatArray, n_bins: int) -> FloatArray:
    """Left edges of at most `n_bins` bins that hold about equally many of the sorted values.

    A heavy value takes up several quantiles; ever finer grids are tried until there are enough distinct edges for all
    bins. A column of at most `n_bins` distinct values gets a bin for each.
    """
    distinct = count_runs(known)[0]
    if len(distinct) <= n_bins:
        return distinct
    edges = distinct
    for n_quantiles in range(n_bins, MAX_QUANTILES):
        edges = np.unique(known[np.linspace(0, len(known) - 1, n_quantiles).astype(np.int64)])
        if len(edges) > n_bins:
            break
    return edges[:-1][:n_bins]


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


def bin_tables(real: CodedTable, others: Sequence[CodedTable], n_bins: int) -> tuple[list[list[np.ndarray]], list[int]]:
    """Bins of all compared columns of several tables, cut by the real one.

    Numbers fall in at most `n_bins` quantile bins; the `n_bins` most frequent levels of at least five rows have a bin
    each and the others share one; missing is bin 0.

    Returns
    -------
    codes : list of list of ndarray of shape (n_rows,)
        uint8, one list per table (the real one first), one array per column.
    widths : list of int
        Number of bins of each column, missing included.
    """
    tables = [real, *others]
    codes: list[list[np.ndarray]] = [[] for _ in tables]
    widths = []
    for name in real.coding.compared:
        if real.coding.kinds[name] == "categorical":
            counts = real.level_counts(name, missing=False)
            n_kept = min(n_bins, int(np.count_nonzero(counts >= MIN_LEVEL_COUNT)))
            columns = [_level_bins(table, name, n_kept) for table in tables]
            widths.append(n_kept + 2)
        else:
            edges = quantile_edges(real.sorted_values(name), n_bins)
            columns = [bin_codes(table.values(name), edges) for table in tables]
            widths.append(max(len(edges), 1) + 1)
        for own, column in zip(codes, columns, strict=True):
            own.append(column)
    return codes, widths
