"""Feature rows at the boundary: any container as numbers or codes, and the container with new rows below its own."""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames.rows import count_rows, take_rows
from synthfast.exceptions import DataError

__all__ = ["ArrayFeatures", "Features", "ListFeatures", "MadeRows", "as_storable"]

Rows = NDArray[np.int64]
Columns = Sequence[int] | NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class MadeRows:
    """New rows: numbers in some columns, and in the others the value that some row of the table has there.

    Parameters
    ----------
    numbers : ndarray of float32 or float64, shape (n_made, n_numbers), or a sparse matrix
        Unrounded.
    number_columns : sequence of int
        Positions of their columns.
    sources : ndarray of int64, shape (n_made, n_taken)
        The row whose value is taken.
    taken_columns : sequence of int
        Positions of their columns.
    """

    numbers: Any
    number_columns: Columns
    sources: Rows
    taken_columns: Columns

    @classmethod
    def of_numbers(cls, numbers: Any) -> "MadeRows":
        """Rows of numbers only."""
        n_made, n_columns = numbers.shape
        return cls(numbers, range(n_columns), np.empty((n_made, 0), dtype=np.int64), ())

    def keep(self, mask: NDArray[np.bool_]) -> "MadeRows":
        """Only the rows where ``mask``, of shape (n_made,), is true."""
        return MadeRows(self.numbers[mask], self.number_columns, self.sources[mask], self.taken_columns)


class Features(ABC):
    """Rows of features in the container that they came in.

    Parameters
    ----------
    data : table
        What came.
    owner : str
        Whom error messages speak for.
    """

    def __init__(self, data: Any, owner: str) -> None:
        self.data, self.owner = data, owner
        self.n_rows = count_rows(data)

    names: Sequence[Hashable] | None = None
    n_columns: int

    @abstractmethod
    def points(self, columns: Columns | None = None) -> Any:
        """Finite numbers of some columns (all by default), float32 or float64, shape (n_rows, n), C-contiguous.

        Raises
        ------
        DataError
            If a column holds no numbers, or a missing or infinite one; the message names it.
        """

    @abstractmethod
    def codes(self, column: int) -> NDArray[np.int32]:
        """Codes of a column's distinct values in order of appearance, (n_rows,); missing ones share one."""

    def native(self, columns: Columns) -> Any:
        """Some columns as scikit-learn's encoders take them: an array or a pandas frame."""
        data = self.data if isinstance(self.data, np.ndarray) else self._pandas()
        return data[:, list(columns)] if isinstance(data, np.ndarray) else data.iloc[:, list(columns)]

    def _pandas(self) -> Any:
        return self.data if hasattr(self.data, "iloc") else self.data.to_pandas()

    def is_category(self, column: int) -> bool:
        """Whether the column's own dtype says that it is categorical."""
        return False

    def room(self, n_made: int) -> Any:
        """Uninitialised numbers for new rows of all columns, (n_made, n_columns), of the dtype of the points."""
        return np.empty((n_made, self.n_columns), dtype=self.points().dtype)

    @abstractmethod
    def rounded(self, numbers: Any) -> Any:
        """Numbers of new rows, in all columns, as the container will hold them; of the same dtype."""

    @abstractmethod
    def extend(self, made: MadeRows, kept: Rows | None = None) -> Any:
        """The container with ``made`` below its own rows, or below those of the numbers ``kept``."""

    def take(self, rows: Rows) -> Any:
        """Rows by number, in the same kind of container."""
        return take_rows(self.data, rows)


class ArrayFeatures(Features):
    """A two-dimensional array of numbers."""

    def __init__(self, data: NDArray[Any], owner: str) -> None:
        super().__init__(data, owner)
        self.n_columns = data.shape[1]
        self._whole: NDArray[Any] | None = None

    @cached_property
    def _points(self) -> NDArray[Any]:
        single = self.data.dtype.kind == "f" and self.data.dtype.itemsize <= 4
        points = np.ascontiguousarray(self.data, dtype=np.float32 if single else np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            if not np.isfinite(points.sum()):  # quick; a sum may also overflow
                self._check_finite(points)
        return points

    def _check_finite(self, points: NDArray[Any]) -> None:
        bad = np.argwhere(~np.isfinite(points))
        if len(bad):
            row, column = bad[0]
            raise DataError(
                f"{self.owner}: expected finite numbers, got {_spelled(points[row, column])} in row {row}, column "
                f"{column}. Fill in or drop such rows first."
            )

    def points(self, columns: Columns | None = None) -> NDArray[Any]:
        """As in `Features`."""
        if columns is None or len(columns) == self.n_columns:
            return self._points
        part = ArrayFeatures(self.data[:, list(columns)], self.owner)
        return part._points

    def codes(self, column: int) -> NDArray[np.int32]:
        """As in `Features`."""
        import pandas as pd

        values = np.ascontiguousarray(self.data[:, column])
        return pd.factorize(values, use_na_sentinel=False)[0].astype(np.int32)

    def room(self, n_made: int) -> NDArray[Any]:
        """As in `Features`; where rows can be written to their place in the result, this is that place."""
        if self.data.dtype != self._points.dtype:
            return super().room(n_made)
        self._whole = np.empty((self.n_rows + n_made, self.n_columns), dtype=self.data.dtype)
        return self._whole[self.n_rows :]

    def rounded(self, numbers: NDArray[Any]) -> NDArray[Any]:
        """As in `Features`."""
        return as_storable(numbers, self.data.dtype).astype(numbers.dtype, copy=False)

    def extend(self, made: MadeRows, kept: Rows | None = None) -> NDArray[Any]:
        """As in `Features`."""
        whole, self._whole = self._whole, None
        in_place = whole is not None and made.numbers.base is whole and made.numbers.shape == whole[self.n_rows :].shape
        if in_place and kept is None and whole is not None:
            whole[: self.n_rows] = self.data
            return whole
        n_made = len(made.numbers)
        below = np.empty((n_made, self.n_columns), dtype=self.data.dtype)
        below[:, list(made.number_columns)] = as_storable(made.numbers, self.data.dtype)
        for place, column in enumerate(made.taken_columns):
            below[:, column] = self.data[made.sources[:, place], column]
        return np.concatenate([self.data if kept is None else self.data[kept], below])


class ListFeatures(Features):
    """A list of rows; read through another container, and given back as a list."""

    def __init__(self, data: list[Any], inner: Features) -> None:
        super().__init__(data, inner.owner)
        self.n_columns = inner.n_columns
        self._inner = inner

    def points(self, columns: Columns | None = None) -> Any:
        """As in `Features`."""
        return self._inner.points(columns)

    def codes(self, column: int) -> NDArray[np.int32]:
        """As in `Features`."""
        return self._inner.codes(column)

    def room(self, n_made: int) -> Any:
        """As in `Features`."""
        return self._inner.room(n_made)

    def native(self, columns: Columns) -> Any:
        """As in `Features`."""
        return self._inner.native(columns)

    def rounded(self, numbers: Any) -> Any:
        """As in `Features`."""
        return self._inner.rounded(numbers)

    def extend(self, made: MadeRows, kept: Rows | None = None) -> list[Any]:
        """As in `Features`."""
        rows: list[Any] = self._inner.extend(made, kept).tolist()
        return rows


def as_storable(numbers: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Numbers as an array of a dtype holds them: whole dtypes get the nearest integer that they have room for."""
    if dtype.kind == "f":
        return numbers.astype(dtype, copy=False)
    if dtype.kind == "b":
        return numbers > 0.5
    limits = np.iinfo(dtype)
    whole = np.rint(numbers, dtype=np.float64)
    out = np.full(whole.shape, limits.max, dtype=dtype)
    inside = whole < float(limits.max)  # which may have been rounded up to one that does not fit
    out[inside] = np.maximum(whole[inside], float(limits.min))
    return out


def _spelled(value: Any) -> str:
    return "a missing value (NaN)" if np.isnan(value) else f"an infinite value ({value})"
