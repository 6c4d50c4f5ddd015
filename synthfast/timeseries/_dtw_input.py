"""Series as dynamic time warping takes them: stacked to one length, of one type, checked."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.validation import check_integer, describe_value
from synthfast.exceptions import DataError
from synthfast.timeseries._windows import ranges_of

__all__ = ["is_flat", "of_one_type", "read_one", "read_pair", "stack_series", "window_ranges"]


def is_flat(X: Any) -> bool:
    return np.ndim(X[0]) == 1


def stack_series(X: Any, name: str) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Series as one array, shape (n_series, longest, n_variables), with their lengths."""
    if isinstance(X, np.ndarray) and X.dtype != object:
        if X.ndim not in (2, 3):
            raise DataError(
                f"{name}: expected series of shape (n_series, n_times) or (n_series, n_times, n_variables),"
                f" got {describe_value(X)}."
            )
        values = X if X.ndim == 3 else X[:, :, None]
        _check_series(values, name)
        kind = np.float32 if X.dtype == np.float32 else np.float64
        return np.ascontiguousarray(values, kind), np.full(len(values), values.shape[1], np.int64)
    if hasattr(X, "columns"):
        raise TypeError(f"{name}: expected an array or a list of series, got {describe_value(X)}; use .T.to_numpy().")
    parts = [read_one(series, f"{name}[{at}]") for at, series in enumerate(X)]
    if not parts:
        return np.empty((0, 1, 1)), np.empty(0, np.int64)
    widths = {part.shape[1] for part in parts}
    if len(widths) > 1:
        raise DataError(f"{name}: expected the same number of variables in all series, got {sorted(widths)}.")
    lengths = np.array([len(part) for part in parts], np.int64)
    single = all(part.dtype == np.float32 for part in parts)
    stacked = np.zeros((len(parts), lengths.max(), widths.pop()), np.float32 if single else np.float64)
    for at, part in enumerate(parts):
        stacked[at, : len(part)] = part
    return stacked, lengths


def read_one(series: Any, name: str) -> NDArray[Any]:
    values = np.asarray(series)
    if values.ndim not in (1, 2):
        raise DataError(f"{name}: expected shape (n_times,) or (n_times, n_variables), got {describe_value(series)}.")
    values = values if values.ndim == 2 else values[:, None]
    _check_series(values[None], name)
    return values if values.dtype == np.float32 else values.astype(np.float64)


def _check_series(values: NDArray[Any], name: str) -> None:
    if values.dtype.kind not in "iuf":
        raise TypeError(f"{name}: expected real numbers, got {values.dtype}.")
    if len(values) and not (values.shape[1] and values.shape[2]):
        raise DataError(f"{name}: expected series of at least one step and variable, got shape {values.shape[1:]}.")
    largest = 1e18 if values.dtype == np.float32 else 1e150
    if values.size and np.isfinite(values).all() and np.abs(values).max() > largest:
        raise DataError(f"{name}: values beyond {largest:g} have no sums of squares in {values.dtype}; rescale them.")
    if not np.isfinite(values).all():
        at = np.argwhere(~np.isfinite(values))[0]
        raise DataError(f"{name}: expected finite values, got {values[tuple(at)]} in series {at[0]} at step {at[1]}.")


def of_one_type(x: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Both sides in one precision."""
    if len(x) and len(y) and x.shape[2] != y.shape[2]:
        raise DataError(f"expected the same number of variables on both sides, got {x.shape[2]} and {y.shape[2]}.")
    if x.dtype == y.dtype:
        return x, y
    return x.astype(np.float64), y.astype(np.float64)


def window_ranges(
    x_length: NDArray[np.int64], y_length: NDArray[np.int64], window: int | None, max_slope: float | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cells that every pair may match; a band is the same for all lengths."""
    if not (x_length.size and y_length.size):
        return np.zeros(1, np.int64), np.ones(1, np.int64)
    n, m = int(x_length.max()), int(y_length.max())
    ragged = x_length.min() < n or y_length.min() < m
    if max_slope is not None and ragged:
        raise DataError("max_slope needs series of one length on each side; use window.")
    if not ragged:
        return ranges_of(n, m, window, max_slope)
    if window is not None:
        apart = int(max(n - y_length.min(), m - x_length.min()))
        if check_integer("window", window, minimum=0) < apart:
            raise DataError(f"window={window} leaves no path between series whose lengths differ by {apart}; widen it.")
        rows = np.arange(n)
        return np.clip(rows - window, 0, m), np.clip(rows + window + 1, 0, m)
    return ranges_of(n, m, None, None)


def read_pair(a: Any, b: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, y = (np.ascontiguousarray(read_one(series, name), np.float64) for series, name in ((a, "a"), (b, "b")))
    if x.shape[1] != y.shape[1]:
        raise DataError(f"expected the same number of variables on both sides, got {x.shape[1]} and {y.shape[1]}.")
    return x, y
