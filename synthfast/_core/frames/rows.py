"""Rows of any container, picked natively: every dtype, name and category stays what it was."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["append_rows", "count_rows", "take_rows"]

Rows = NDArray[np.int64]


def count_rows(data: Any) -> int:
    """Number of rows of a container."""
    return int(data.shape[0]) if hasattr(data, "shape") else len(data)


def take_rows(data: Any, rows: Rows) -> Any:
    """Rows of a container by number, in the order given, in a container of the same kind.

    Parameters
    ----------
    data : pandas, polars or Arrow table or column, NumPy array, SciPy sparse matrix or list
        A pandas index gives way to a fresh RangeIndex.
    rows : ndarray of int64, shape (n,)
        From 0; a number may come more than once.

    Notes
    -----
    O(n n_columns).
    """
    module = type(data).__module__.partition(".")[0]
    if isinstance(data, list):
        return [list(data[row]) if isinstance(data[row], list) else data[row] for row in rows.tolist()]
    if module == "pandas":
        return data.take(rows).reset_index(drop=True)
    if module == "pyarrow":
        return data.take(rows)
    if hasattr(data, "tocsr"):
        return data.tocsr()[rows].asformat(data.format)
    return data[rows]


def append_rows(data: Any, rows: Rows) -> Any:
    """A container followed by some of its own rows; parameters as in :func:`take_rows`."""
    if isinstance(data, np.ndarray):
        return np.concatenate([data, data[rows]])
    return take_rows(data, np.concatenate([np.arange(count_rows(data)), rows]))
