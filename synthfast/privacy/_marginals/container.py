"""An empty table of public dtypes, from which the caller's kind of container is rebuilt."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from synthfast._core.frames import Table
from synthfast.privacy._marginals.axes import Axis
from synthfast.privacy._marginals.declaring import dtype_of

__all__ = ["public_table"]


def public_table(axes: Sequence[Axis], kind: str) -> Table:
    """A table whose dtypes follow from the domain alone, in the container ``kind``.

    It has no rows, or, as an array of objects, one of declared values, for such arrays have no dtype by column.
    """
    if kind == "numpy":
        return Table.from_any(_array(axes))
    import pandas as pd

    frame = pd.DataFrame({place: pd.Series([], dtype=dtype_of(axis)) for place, axis in enumerate(axes)})
    names = [axis.name for axis in axes]
    frame.columns = pd.Index(names, tupleize_cols=False)
    if kind == "polars":
        import polars as pl

        return Table.from_any(pl.from_pandas(frame))
    if kind == "arrow":
        import pyarrow as pa

        return Table.from_any(pa.Table.from_pandas(frame, preserve_index=False))
    return Table.from_any(frame)


def _array(axes: Sequence[Axis]) -> Any:
    dtypes = {dtype_of(axis) for axis in axes}
    if dtypes == {"int64"} or (dtypes <= {"int64", "Int64", "float64"} and all(map(_is_exact, axes))):
        return np.empty((0, len(axes)), dtype=np.int64 if dtypes == {"int64"} else np.float64)
    return np.array([[_first_value(axis) for axis in axes]], dtype=object)


def _is_exact(axis: Axis) -> bool:
    """Whether floats hold the column's numbers."""
    return axis.is_levels or abs(axis.column.minimum) <= 2**53 >= abs(axis.column.maximum)


def _first_value(axis: Axis) -> Any:
    if axis.is_levels:
        return axis.column.levels[0]
    if axis.column.kind == "datetime":
        return np.datetime64(axis.column.minimum, "us").item()
    return axis.column.minimum
