"""Which reader takes a table of features."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthfast._core.frames.features import ArrayFeatures, Features, ListFeatures
from synthfast._core.validation import describe_value
from synthfast.exceptions import DataError

__all__ = ["open_features"]


def open_features(data: Any, owner: str) -> Features:
    """Open a table of features of any container.

    Parameters
    ----------
    data : table of shape (n_rows, n_columns)
        pandas, polars or Arrow table, dict of columns, list of dicts, list of rows, NumPy array, SciPy sparse matrix.
    owner : str
        Whom error messages speak for.

    Raises
    ------
    DataError
        If it is no table, or has no rows or no columns.
    """
    features = _open(data, owner)
    if not features.n_columns:
        shape = (features.n_rows, 0)
        raise DataError(f"{owner}: 0 feature(s) (shape={shape}) while a minimum of 1 is required.")
    if not features.n_rows:
        raise DataError(f"{owner}: expected at least one row, got 0 sample(s) of {features.n_columns} columns.")
    return features


def _open(data: Any, owner: str) -> Features:
    module = type(data).__module__.partition(".")[0]
    if hasattr(data, "tocsr"):
        from synthfast._core.frames.sparse_features import SparseFeatures

        _check_shape(data, owner)
        return SparseFeatures(data, owner)
    if isinstance(data, list) and not (data and isinstance(data[0], Mapping)):
        return ListFeatures(data, _open_array(_array_of(data, owner), owner))
    if module == "polars" and hasattr(data, "collect"):
        data = data.collect()
    if isinstance(data, Mapping | list):
        import pandas as pd

        data = pd.DataFrame(data)
    elif hasattr(data, "__arrow_c_stream__") and module not in ("pandas", "polars"):
        import pyarrow as pa

        data = data if isinstance(data, pa.Table) else pa.table(data)
    if hasattr(data, "columns") and not isinstance(data, np.ndarray):
        return _open_frame(data, owner, getattr(data, "column_names", None) or list(data.columns))
    return _open_array(_array_of(data, owner), owner)


def _array_of(data: Any, owner: str) -> Any:
    try:
        array = np.asarray(data)
        if array.dtype.kind in "US" and isinstance(data, list):  # what is mixed would all have become text
            array = np.array(data, dtype=object)
    except ValueError as error:
        raise DataError(f"{owner}: expected rows of one length, got {describe_value(data)}.") from error
    return array


def _open_array(array: Any, owner: str) -> Features:
    if array.dtype.kind == "c":
        raise DataError(f"{owner}: Complex data not supported; split it into real and imaginary columns.")
    if array.dtype.names is not None and array.ndim == 1:
        raise DataError(f"{owner}: expected a 2-D array, got a structured one; pass it as a DataFrame.")
    _check_shape(array, owner)
    return ArrayFeatures(array, owner) if array.dtype.kind in "biuf" else _open_frame(array, owner, None)


def _open_frame(data: Any, owner: str, names: Any) -> Features:
    from synthfast._core.frames.frame_features import FrameFeatures

    return FrameFeatures(data, owner, names)


def _check_shape(data: Any, owner: str) -> None:
    if len(data.shape) != 2:
        raise DataError(
            f"{owner}: expected a 2-D table of shape (n_rows, n_columns), got {describe_value(data)} of "
            f"{len(data.shape)} dimensions. Reshape your data: .reshape(-1, 1) for one column."
        )
