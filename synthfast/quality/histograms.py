"""Shares of both tables per bin of every column, with shared edges: what pictures and pages draw instead of rows."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthfast.quality.columns import CodedTable, FloatArray, share_columns

__all__ = ["ColumnHistogram", "column_histograms"]

MAX_BINS = 40
MAX_LEVELS = 12
TRIM = 0.005  # of the real values at either end, where cutting them off spares most of the axis
TRIM_GAIN = 3.0  # a range this much wider than the trimmed one is trimmed


@dataclass(frozen=True)
class ColumnHistogram:
    """Shares of the known values of one column per bin or level.

    Parameters
    ----------
    name : hashable
        The column.
    kind : str
        ``"numeric"``, ``"time"``, ``"duration"`` or ``"categorical"``.
    edges : ndarray of shape (n_bins + 1,), or None
        Edges of a number's bins, in the column's unit; values beyond them are in the outer bins.
    levels : tuple of str, or None
        Names of a category's levels, most frequent in the real table first; the last may stand for all others.
    real, synthetic : ndarray of shape (n_bins,)
        Shares of all rows, missing ones included in the count.
    missing : tuple of float
        Missing rates of the real and the synthetic table.
    unit : str
        What a time's numbers count; empty for plain numbers.
    """

    name: Hashable
    kind: str
    edges: FloatArray | None
    levels: tuple[str, ...] | None
    real: FloatArray
    synthetic: FloatArray
    missing: tuple[float, float]
    unit: str = ""

    @property
    def distance(self) -> float:
        """Total variation distance of the shares, missing ones included."""
        gaps = np.abs(self.real - self.synthetic).sum() + abs(self.missing[0] - self.missing[1])
        return 0.5 * float(gaps)


def column_histograms(
    real: Any, synthetic: Any, *, max_bins: int = MAX_BINS, max_levels: int = MAX_LEVELS
) -> list[ColumnHistogram]:
    """Histograms of every compared column of two tables.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    max_bins : int, default 40
        Most bins of a number.
    max_levels : int, default 12
        Most bars of a category, the bar of all other levels among them.

    Returns
    -------
    list of ColumnHistogram
        In the real table's order.

    Notes
    -----
    Edges follow the real table; where its outermost values stretch the range, they are cut at the 0.5 and 99.5 %
    quantiles. Whole numbers get bins of whole width. O(n log n) time per column.

    Examples
    --------
    >>> from synthfast.quality import column_histograms
    >>> histogram = column_histograms({"c": ["a", "a", "b", None]}, {"c": ["a", "b", "b", "b"]})[0]
    >>> histogram.levels, histogram.real.tolist(), histogram.missing
    (('a', 'b'), [0.5, 0.25], (0.25, 0.0))
    """
    tables = share_columns(real, synthetic)
    found = []
    for name in tables.real.coding.compared:
        both = tables.real, tables.synthetic
        if tables.real.coding.kinds[name] == "categorical":
            found.append(_of_levels(*both, name, max_levels))
        else:
            found.append(_of_numbers(*both, name, max_bins))
    return found


def _of_levels(real: CodedTable, synthetic: CodedTable, name: Hashable, most: int) -> ColumnHistogram:
    levels = real.coding.levels[name]
    shares = [table.level_counts(name, missing=False) / table.n_rows for table in (real, synthetic)]
    if len(levels) > most:
        shares = [np.append(share[: most - 1], share[most - 1 :].sum()) for share in shares]
        levels = (*levels[: most - 1], f"{len(levels) - most + 1} others")
    missing = real.missing_rate(name), synthetic.missing_rate(name)
    return ColumnHistogram(name, "categorical", None, levels, shares[0], shares[1], missing)


def _of_numbers(real: CodedTable, synthetic: CodedTable, name: Hashable, most: int) -> ColumnHistogram:
    edges = _edges(real.sorted_values(name), synthetic.sorted_values(name), most)
    shares = []
    for table in (real, synthetic):
        known = table.sorted_values(name)
        cuts = np.concatenate([[0], np.searchsorted(known, edges[1:-1]), [len(known)]])
        shares.append(np.diff(cuts) / table.n_rows)
    missing = real.missing_rate(name), synthetic.missing_rate(name)
    coding = real.coding
    return ColumnHistogram(
        name, coding.kinds[name], edges, None, shares[0], shares[1], missing, coding.units.get(name, "")
    )


def _edges(known: FloatArray, other: FloatArray, most: int) -> FloatArray:
    if len(known) == 0:
        known = other if len(other) else np.zeros(1)
    low, high = float(known[0]), float(known[-1])
    trimmed = np.quantile(known, (TRIM, 1.0 - TRIM))
    if trimmed[1] > trimmed[0] and high - low > TRIM_GAIN * (trimmed[1] - trimmed[0]):
        low, high = float(trimmed[0]), float(trimmed[1])
    if not high > low:
        return np.array([low - 0.5, low + 0.5])
    whole = bool(np.all(known[:: max(1, len(known) // 1_000)] % 1.0 == 0.0))
    if not whole:
        return np.linspace(low, high, most + 1)
    width = max(1.0, np.ceil((high - low + 1.0) / most))
    return np.arange(low - 0.5, high + width, width)
