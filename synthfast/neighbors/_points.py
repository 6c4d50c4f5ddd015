"""Arrays of numbers and of codes as the search takes them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.validation import describe_value
from synthfast.exceptions import DataError

__all__ = ["read_codes", "read_points"]


def read_points(name: str, data: Any) -> NDArray[Any]:
    """A two-dimensional array of finite numbers, C-contiguous, float32 if it came so, else float64.

    Raises
    ------
    DataError
        If it is none.
    """
    try:
        array = np.asarray(data)
        array = np.ascontiguousarray(array, dtype=np.float32 if array.dtype == np.float32 else np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name}: expected a table of numbers, got {describe_value(data)}: {error}") from error
    if array.ndim != 2:
        raise DataError(f"{name}: expected shape (n_rows, n_columns), got {array.shape}. Reshape your data.")
    finite = np.isfinite(array)
    if not finite.all():
        row, column = np.argwhere(~finite)[0]
        raise DataError(
            f"{name}: expected finite numbers, got {array[row, column]} in row {row}, column {column}. Fill missing "
            "values first, or drop such rows."
        )
    return array if array.shape[1] else np.zeros((len(array), 1))


def read_codes(name: str, codes: Any, n_rows: int) -> NDArray[np.int32]:
    """An array of codes, shape (n_rows, n_codes); without columns where there are none.

    Raises
    ------
    DataError
        If it has another number of rows.
    """
    if codes is None:
        return np.empty((n_rows, 0), dtype=np.int32)
    array = np.ascontiguousarray(codes, dtype=np.int32)
    if array.ndim != 2 or len(array) != n_rows:
        raise DataError(f"{name}: expected shape ({n_rows}, n_codes), got {array.shape}.")
    return array
