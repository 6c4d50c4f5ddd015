"""What a synthesizer may be fitted to: tables, refused in scikit-learn's words where its checks ask for them."""

from typing import Any

import numpy as np

from synthfast._core.frames import Table
from synthfast._core.unicode import unicode_only
from synthfast.exceptions import DataError, SchemaError

__all__ = ["join_target", "read_training"]


def read_training(data: Any, model: str) -> Table:
    """The table to learn from: dense, two-dimensional, with at least one row and one column."""
    if hasattr(data, "tocsr"):
        raise DataError(
            f"{model}.fit: expected a dense table, got a sparse {type(data).__name__}; call .toarray() first."
        )
    if isinstance(data, np.ndarray) and data.dtype.names is None:
        if data.ndim != 2:
            raise DataError(f"{model}.fit: expected a 2-D array (n_rows, n_columns), got shape {data.shape}.")
        if data.dtype.kind == "c":
            raise SchemaError(f"{model}.fit: Complex data not supported; split it into real and imaginary columns.")
    table = Table.from_any(data)
    if not table.names:
        shape = (table.n_rows, 0)
        raise SchemaError(f"{model}.fit: 0 feature(s) (shape={shape}) while a minimum of 1 is required.")
    if not table.n_rows:
        raise SchemaError(f"{model}.fit: expected at least one row, got a table of 0 rows.")
    return table


def join_target(data: Any, y: Any) -> Any:
    """``data`` as a pandas frame with ``y`` as its last column."""
    import pandas as pd

    frame = pd.DataFrame(data).copy(deep=False) if not hasattr(data, "to_pandas") else data.to_pandas()
    name = getattr(y, "name", None) or "target"
    if name in frame.columns:
        raise DataError(f"fit: the target's name {name!r} is a column of the data already; rename one of them.")
    if len(y) != len(frame):
        raise DataError(f"fit: expected as many targets as rows, got {len(y)} and {len(frame)}.")
    with unicode_only("fit: the target"):
        frame[name] = np.asarray(y)
    return frame
