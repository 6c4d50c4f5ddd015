"""Tables for a private fit: what decides a column's type is the container's dtype, never a cell."""

from collections.abc import Collection, Hashable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast.exceptions import DataError, SchemaError

__all__ = ["Stray", "is_bare", "join_column", "with_dtypes"]

Stray = NDArray[np.bool_]  # (n_rows,), True for rows that are no dict, or have keys that no column has


def is_bare(data: Any) -> bool:
    """Whether a table, or one column of it, has no dtypes: a dict with lists in it, or a list of rows."""
    if isinstance(data, Mapping) and not hasattr(data, "__arrow_c_stream__"):
        return not all(hasattr(values, "dtype") for values in data.values())
    return isinstance(data, (list, tuple))


def with_dtypes(data: Any, names: Collection[Hashable], model: str) -> tuple[Any, Stray | None]:
    """A table as a container with dtypes: lists of Python values become columns of dtype object.

    Parameters
    ----------
    data : table-like
    names : collection of hashable
        Columns that are declared; empty where none are.
    model : str
        For errors.

    Returns
    -------
    table : table-like
        ``data`` itself, or a pandas frame: of a dict's columns, or of the declared columns of a list of dicts.
    stray : ndarray of bool or None
        Of a list of dicts, the rows with something else in them.

    Raises
    ------
    SchemaError
        If a table without dtypes comes without a declared domain.
    DataError
        If a dict's columns differ in length.
    """
    if is_bare(data) and not names:
        raise SchemaError(
            f"{model}.fit: expected a declared domain for a {type(data).__name__} of Python values, whose columns have "
            "no dtypes: what they are would have to be told from single rows, outside the budget. Declare the domain, "
            "or pass a frame with dtypes."
        )
    if isinstance(data, Mapping) and not hasattr(data, "__arrow_c_stream__"):
        return _frame_of_columns(data), None
    if isinstance(data, (list, tuple)):
        return _frame_of_rows(data, list(names)), _stray_rows(data, names)
    return data, None


def join_column(data: Any, y: Any, name: Hashable) -> Any:
    """A table as a pandas frame with ``y`` as its last column; dtypes follow from dtypes.

    Raises
    ------
    DataError
        If there is a column of that name already, or ``y`` has another length.
    """
    import pandas as pd

    frame = _pandas_frame(data).reset_index(drop=True)
    if name in frame.columns:
        raise DataError(f"fit: the target's name {name!r} is a column of the data already; rename one of them.")
    y = y.reset_index(drop=True) if isinstance(y, pd.Series) else np.asarray(y)
    if len(y) != len(frame):
        raise DataError("fit: expected as many targets as rows.")
    joined = pd.concat([frame, _column(name, y)], axis=1)
    joined.columns = pd.Index([*frame.columns, name], tupleize_cols=False)
    return joined


def _pandas_frame(data: Any) -> Any:
    import pandas as pd

    if isinstance(data, pd.DataFrame):
        return data
    if isinstance(data, np.ndarray):
        names = data.dtype.names or range(data.shape[1] if data.ndim == 2 else 0)
        columns = data if data.dtype.names else data.T
        return _frame_of_columns({name: columns[name] for name in names})
    if type(data).__module__.partition(".")[0] == "polars":
        return data.to_pandas(use_pyarrow_extension_array=True)
    import pyarrow as pa

    table = data if isinstance(data, (pa.Table, pa.RecordBatch)) else pa.table(data)
    return table.to_pandas(types_mapper=pd.ArrowDtype, ignore_metadata=True)


def _frame_of_columns(data: Mapping[Hashable, Any]) -> Any:
    import pandas as pd

    columns = {name: _column(name, values) for name, values in data.items()}
    if len({len(values) for values in columns.values()}) > 1:
        raise DataError("expected columns of one length.")
    frame = pd.DataFrame(dict(enumerate(columns.values())))
    frame.columns = pd.Index(list(columns), tupleize_cols=False)
    return frame


def _column(name: Hashable, values: Any) -> Any:
    import pandas as pd

    if isinstance(values, pd.Series):
        return values.reset_index(drop=True)
    if hasattr(values, "dtype"):
        return pd.Series(values, dtype=values.dtype)
    if isinstance(values, (str, bytes, Mapping)) or not hasattr(values, "__iter__"):
        raise DataError(f"column {name!r}: expected a list or an array of values, got {type(values).__name__}.")
    return _objects(list(values))


def _frame_of_rows(rows: Collection[Any], names: list[Hashable]) -> Any:
    """The declared keys of each row; a key that a row lacks is a missing value."""
    import pandas as pd

    columns = [_objects([row.get(name) if isinstance(row, Mapping) else None for row in rows]) for name in names]
    frame = pd.DataFrame(dict(enumerate(columns)))
    frame.columns = pd.Index(names, tupleize_cols=False)
    return frame


def _objects(values: list[Any]) -> Any:
    import pandas as pd

    cells = np.empty(len(values), dtype=object)
    for row, value in enumerate(values):  # an assignment of the whole list would unfold lists in it
        cells[row] = value
    return pd.Series(cells, dtype=object)


def _stray_rows(rows: Collection[Any], names: Collection[Hashable]) -> Stray:
    known = set(names)
    return np.array([not (isinstance(row, Mapping) and known.issuperset(row)) for row in rows], dtype=bool)
