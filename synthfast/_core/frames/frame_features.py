"""Feature rows in columns: pandas, polars and Arrow tables, and arrays of Python objects."""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synthfast._core.frames.columns import ColumnData
from synthfast._core.frames.concat import concatenate_tables
from synthfast._core.frames.features import Columns, Features, MadeRows, Rows, as_storable
from synthfast._core.frames.table import Table
from synthfast.exceptions import CellTypeError, DataError, SchemaError

__all__ = ["FrameFeatures"]

CHUNK_ROWS = 4_096  # rows turned from columns into rows at a time: they stay in a core's cache


class FrameFeatures(Features):
    """A table of columns, each with a dtype of its own, which new rows keep: whole numbers are rounded."""

    def __init__(self, data: Any, owner: str, names: Sequence[Hashable] | None = None) -> None:
        super().__init__(data, owner)
        self.n_columns = data.shape[1]
        self.names = names

    @cached_property
    def _table(self) -> Table:
        try:
            return Table.from_any(self.data)
        except SchemaError as error:
            raise SchemaError(f"{self.owner}: {error}") from error

    def _column(self, position: int) -> ColumnData:
        table = self._table
        try:
            return table.column(table.names[position])
        except SchemaError as error:
            raise CellTypeError(f"{self.owner}: each argument must be a string or a number: {error}") from error

    @cached_property
    def _points(self) -> NDArray[Any]:
        return self._stacked(range(self.n_columns))

    def points(self, columns: Columns | None = None) -> NDArray[Any]:
        """As in `Features`."""
        return self._points if columns is None else self._stacked(columns)

    def _stacked(self, columns: Columns) -> NDArray[Any]:
        values = [self._numbers(self._column(column)) for column in columns]
        single = all(part.dtype.kind == "f" and part.dtype.itemsize <= 4 for part in values)
        points = np.empty((self.n_rows, len(values)), dtype=np.float32 if single and values else np.float64)
        for first in range(0, self.n_rows, CHUNK_ROWS):
            for place, part in enumerate(values):
                points[first : first + CHUNK_ROWS, place] = part[first : first + CHUNK_ROWS]
        return points

    def _numbers(self, column: ColumnData) -> NDArray[Any]:
        """The column's numbers, all finite."""
        where = f"{self.owner}: column {column.name!r}"
        missing = column.missing()
        if missing is not None and column.storage in ("float", "integer", "boolean", "decimal", "null"):
            raise DataError(
                f"{where}: expected no missing value (NaN), got one in row {int(np.argmax(missing))}. "
                "Fill in or drop such rows first."
            )
        if column.storage == "decimal":
            return column.array / 10.0**column.scale
        if column.storage not in ("float", "integer", "boolean"):
            raise SchemaError(
                f"{where}: expected numbers, got {column.dtype or column.storage}. Turn it into a number, or use a "
                "method that takes categories (SMOTENC, SMOTEN, RandomOverSampler)."
            )
        if column.storage == "float" and not np.isfinite(column.array).all():
            row = int(np.argmin(np.isfinite(column.array)))
            raise DataError(
                f"{where}: expected finite numbers, got an infinite value ({column.array[row]}) in row {row}. "
                "Fill in or drop such rows first."
            )
        return column.array

    def codes(self, column: int) -> NDArray[np.int32]:
        """As in `Features`."""
        import pandas as pd

        codes, _ = self._column(column).factorize()
        return pd.factorize(codes)[0].astype(np.int32)

    def is_category(self, column: int) -> bool:
        """As in `Features`."""
        return self._column(column).storage == "category"

    def rounded(self, numbers: NDArray[Any]) -> NDArray[Any]:
        """As in `Features`."""
        out = np.empty_like(numbers)
        for position, values in enumerate(numbers.T):
            out[:, position] = self._numbers(_with_numbers(self._column(position), values))
        return out

    def extend(self, made: MadeRows, kept: Rows | None = None) -> Any:
        """As in `Features`."""
        below = {}
        for place, position in enumerate(made.number_columns):
            column = self._column(position)
            below[column.name] = _with_numbers(column, made.numbers[:, place])
        for place, position in enumerate(made.taken_columns):
            column = self._column(position)
            below[column.name] = _take(column, made.sources[:, place])
        above = {name: self._table.column(name) for name in self._table.names}
        if kept is not None:
            above = {name: _take(column, kept) for name, column in above.items()}
        parts = [above, {name: below[name] for name in self._table.names}]
        return self._table.template().build(concatenate_tables(parts))


def _with_numbers(column: ColumnData, numbers: NDArray[Any]) -> ColumnData:
    """A column of the same storage that holds the numbers."""
    scaled = numbers * 10.0**column.scale if column.storage == "decimal" else numbers
    values = as_storable(np.ascontiguousarray(scaled), column.array.dtype)
    return replace(column, n_rows=len(values), values=values, valid=None, spelled={}, _factorized=None)


def _take(column: ColumnData, rows: Rows) -> ColumnData:
    return replace(
        column,
        n_rows=len(rows),
        values=None if column.values is None else column.values[rows],
        valid=None if column.valid is None else column.valid[rows],
        strings=None if column.strings is None else column.strings.take(pa.array(rows)),
        spelled={},
        _factorized=None,
    )
