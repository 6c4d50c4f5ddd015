"""Class labels at the boundary: any container as codes, and the container with the labels of new rows below its own."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames.rows import append_rows, count_rows, take_rows
from synthfast._core.validation import describe_value
from synthfast.exceptions import DataError

__all__ = ["Labels"]

Rows = NDArray[np.int64]


class Labels:
    """Labels of rows, one of two or more classes each.

    Parameters
    ----------
    data : list, NumPy array, pandas, polars or Arrow column or one-column table, shape (n_rows,)
        Or a NumPy array of one column a class with a single 1 in each row.
    owner : str
        Whom error messages speak for.

    Attributes
    ----------
    values : ndarray, shape (n_rows,)
        The labels as an array; positions of the 1 where each class has a column.
    codes : ndarray of int64, shape (n_rows,)
        Positions in ``classes``.
    classes : list
        The distinct labels, sorted.
    counts : list of int
        Rows of each class.

    Raises
    ------
    DataError
        If labels are missing, continuous, or more than one a row.

    Notes
    -----
    O(n_rows).
    """

    def __init__(self, data: Any, owner: str) -> None:
        if data is None:
            raise DataError(f"{owner} requires y to be passed, but the target y is None.")
        self._data = _flat(data)
        self.values = _label_array(self._data, owner)
        self.codes, self.classes = _factorized(self.values, owner)
        self.counts = np.bincount(self.codes, minlength=len(self.classes)).tolist()

    def __len__(self) -> int:
        return len(self.codes)

    def rows_of(self, code: int) -> Rows:
        """Numbers of the rows of a class, ascending."""
        return np.flatnonzero(self.codes == code)

    def extend(self, codes: Rows, kept: Rows | None = None) -> Any:
        """The container with labels of these codes below its own, or below those of the rows ``kept``."""
        first_of = np.empty(len(self.classes), dtype=np.int64)
        first_of[self.codes[::-1]] = np.arange(len(self.codes))[::-1]
        if kept is None:
            return append_rows(self._data, first_of[codes])
        return take_rows(self._data, np.concatenate([kept, first_of[codes]]))


def _flat(data: Any) -> Any:
    """What comes back: a tuple turns into an array, and so does an array of one column into one of one dimension."""
    if not isinstance(data, list) and not hasattr(data, "shape") and not type(data).__module__.startswith("pyarrow"):
        data = np.asarray(data)
    if isinstance(data, np.ndarray) and data.ndim == 2 and data.shape[1] == 1:
        return data[:, 0]
    return data


def _label_array(data: Any, owner: str) -> NDArray[Any]:
    module = type(data).__module__.partition(".")[0]
    if module == "pyarrow":
        values = (data.column(0) if hasattr(data, "column_names") else data).to_pandas().to_numpy()
    elif module == "polars":
        values = (data.to_series(0) if hasattr(data, "columns") else data).to_numpy()
    else:
        values = np.asarray(data)
    if getattr(data, "ndim", 1) == 2 and data.shape[1] > 1:
        return _argmax(values, data, owner)
    values = values.ravel() if values.ndim == 2 and values.shape[1] == 1 else values
    if values.ndim != 1:
        raise DataError(f"{owner}: expected y of shape (n_rows,), got {describe_value(data)}.")
    if values.dtype.kind == "f" and not (values == np.trunc(values)).all() and not np.isnan(values).any():
        raise DataError(
            f"{owner}: Unknown label type: continuous. Expected class labels, got numbers with fractions. Cut them "
            "into classes first."
        )
    return values


def _argmax(values: NDArray[Any], data: Any, owner: str) -> NDArray[Any]:
    """The class of each row of an indicator matrix."""
    plain = values.dtype.kind in "biuf" and isinstance(data, np.ndarray)
    if not plain or not np.isin(values, (0, 1)).all() or not (values.sum(axis=1) == 1).all():
        raise DataError(
            f"{owner}: expected one label a row, got y of shape {data.shape}. Multilabel and multioutput targets are "
            "not supported."
        )
    return values.argmax(axis=1)


def _factorized(values: NDArray[Any], owner: str) -> tuple[Rows, list[Any]]:
    import pandas as pd

    if not count_rows(values):
        return np.empty(0, dtype=np.int64), []
    codes, classes = pd.factorize(values)
    if (codes < 0).any():
        raise DataError(f"{owner}: expected a label for each row, got a missing one (NaN) in row {codes.argmin()}.")
    try:
        order = np.argsort(classes, kind="stable")
    except TypeError as error:
        raise DataError(f"{owner}: expected labels of one type, which can be sorted; {error}.") from error
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[codes], [_scalar(classes[place]) for place in order]


def _scalar(label: Any) -> Any:
    return label.item() if isinstance(label, np.generic) and label.dtype.kind in "biufU" else label
