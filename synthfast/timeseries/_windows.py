"""Which steps of two series a warping path may match."""

import numpy as np
from numpy.typing import NDArray

from synthfast._core.validation import check_integer, check_number
from synthfast.exceptions import DataError

__all__ = ["Ranges", "ranges_of"]

Ranges = tuple[NDArray[np.int64], NDArray[np.int64]]


def ranges_of(n: int, m: int, window: int | None, max_slope: float | None) -> Ranges:
    """First column of each of ``n`` rows, and one past its last; neither ever falls.

    Parameters
    ----------
    n, m : int
        Lengths of the two series.
    window : int or None
        Sakoe and Chiba's band: ``|i - j| <= window``.
    max_slope : float or None
        Itakura's parallelogram: steeper than 1; the path's slope from either end stays between it and its inverse.

    Raises
    ------
    DataError
        If no path is left.
    """
    rows = np.arange(n)
    low, high = np.zeros(n, np.int64), np.full(n, m, np.int64)
    if window is not None:
        window = check_integer("window", window, minimum=0)
        low, high = np.maximum(rows - window, 0), np.clip(rows + window + 1, 0, m)
    if max_slope is not None:
        slope = check_number("max_slope", max_slope, minimum=1.0)
        low, high = _meet((low, high), _parallelogram(n, m, slope))
    if n and m and ((low >= high).any() or high[-1] < m or low[0] > 0 or (low[1:] > high[:-1]).any()):
        raise DataError(
            f"no warping path from series of {n} to {m} steps keeps to window={window}, max_slope={max_slope};"
            f" widen it (a window needs at least {abs(n - m)})."
        )
    return np.ascontiguousarray(low), np.ascontiguousarray(high)


def rows_of(ranges: Ranges, m: int) -> Ranges:
    """The same cells by columns: first row of each of ``m`` columns, and one past its last."""
    low, high = ranges
    columns = np.arange(m)
    return np.searchsorted(high, columns, side="right"), np.searchsorted(low, columns, side="right")


def _parallelogram(n: int, m: int, slope: float) -> Ranges:
    """Cells between the lines of the two slopes through the first cell and those through the last, after scaling."""
    if n == 1 or m == 1:
        return np.zeros(n, np.int64), np.full(n, m, np.int64)
    rows = np.arange(n) * ((m - 1) / (n - 1))  # both sides as if of equal length
    lowest = np.maximum(rows / slope, (m - 1) - slope * ((m - 1) - rows))
    highest = np.minimum(rows * slope, (m - 1) - ((m - 1) - rows) / slope)
    tiny = 1e-9 * m
    return np.ceil(lowest - tiny).astype(np.int64), np.floor(highest + tiny).astype(np.int64) + 1


def _meet(a: Ranges, b: Ranges) -> Ranges:
    return np.maximum(a[0], b[0]), np.minimum(a[1], b[1])
