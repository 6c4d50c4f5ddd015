"""One column of a private table: its public levels or cells, its rows as codes, and codes as values again."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synthfast._core.frames import ColumnData
from synthfast.encoding.datetime import TimeCodec
from synthfast.encoding.numeric import NumericCodec
from synthfast.exceptions import SchemaError
from synthfast.privacy._marginals.cell_values import numbers_of_levels
from synthfast.schema import LEVEL_KINDS, TIME_KINDS, Column

__all__ = ["MANY_LEVELS", "Axis"]

MANY_LEVELS = 24  # numbers declared one by one, at least so many, are taken to be near one another in order


@dataclass(frozen=True, eq=False)
class Axis:
    """What is public of one column.

    Parameters
    ----------
    column : Column
        Kind, range or levels; what is drawn is decoded by it.
    nullable : bool
        Whether there is a level for missing values; it is the last one.
    edges : ndarray of float64, shape (n_cells + 1,), or None
        Ascending ends of the cells of a numeric column, as encoded by its codec; None for levels. Cells of whole
        numbers hold the numbers from one edge up to, and without, the next.
    other : int, default -1
        Code of levels that are not declared; -1 says that they lie outside the domain.
    """

    column: Column
    nullable: bool
    edges: npt.NDArray[np.float64] | None = None
    other: int = -1

    @property
    def name(self) -> Hashable:
        """The column's name."""
        return self.column.name

    @property
    def n_levels(self) -> int:
        """Levels or cells, that of missing values with them."""
        own = len(self.column.levels) if self.edges is None else len(self.edges) - 1
        return own + self.nullable

    @property
    def is_levels(self) -> bool:
        """Whether the column has levels; else it has numbers or times."""
        return self.column.kind in LEVEL_KINDS

    @property
    def whole(self) -> bool:
        """Whether the numbers are whole."""
        return self.column.kind != "continuous"

    @property
    def ordered(self) -> bool:
        """Whether neighbouring levels are alike."""
        if not self.is_levels:
            return True
        levels = self.column.levels
        numbers = len(levels) >= MANY_LEVELS and all(isinstance(level, (int, float)) for level in levels)
        return self.column.ordered or (numbers and list(levels) == sorted(levels))

    def encode(self, data: ColumnData) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
        """Codes of the rows, and which rows lie outside the domain, both of shape (n_rows,).

        Numbers beyond the range are clipped to it; levels that are not declared, and missing values where none are
        declared, have the code -1.
        """
        if self.is_levels:
            codes = self._level_codes(data)
            return codes, codes < 0
        numbers = self.numbers(data)
        missing = np.isnan(numbers)
        low, high = self.ends()
        outside = (numbers < low) | (numbers > high)
        edges = self.edges if self.edges is not None else np.array([low, high])
        numbers = np.clip(np.where(missing, low, numbers), low, high)
        codes = np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, len(edges) - 2).astype(np.int32)
        codes[missing] = len(edges) - 1 if self.nullable else -1
        return codes, outside | (codes < 0)

    def ends(self) -> tuple[float, float]:
        """Least and largest value of a numeric column, as encoded."""
        bounds = self._codec().bounds()
        return float(bounds.minimum or 0.0), float(bounds.maximum or 0.0)

    def _codec(self) -> NumericCodec | TimeCodec:
        return TimeCodec(self.column) if self.column.kind in TIME_KINDS else NumericCodec(self.column)

    def numbers(self, data: ColumnData) -> npt.NDArray[np.float64]:
        """The rows as the column's codec encodes them, NaN where missing; infinities stay.

        Of Python objects those that are no numbers (no times) are missing.
        """
        codec = self._codec()
        if data.storage == "object":
            return np.append(numbers_of_levels(data.categories or (), codec), np.nan)[data.array]
        if data.storage == "null":
            return np.full(data.n_rows, np.nan)
        if data.storage == "float" and isinstance(codec, NumericCodec):
            return data.array.astype(np.float64) - codec.origin
        fits = ("datetime", "duration", "time") if isinstance(codec, TimeCodec) else ("integer", "decimal", "boolean")
        if data.storage not in fits:
            wanted = "dates or spans" if isinstance(codec, TimeCodec) else "numbers"
            raise SchemaError(
                f"column {self.name!r}: its domain is one of {wanted}, its dtype is {data.dtype}. Cast it."
            )
        return np.asarray(codec.encode(data).values)

    def _level_codes(self, data: ColumnData) -> npt.NDArray[np.int32]:
        codes, found = data.factorize()
        levels = found.to_pylist() if isinstance(found, pa.Array) else found
        declared = {_key(level): code for code, level in enumerate(self.column.levels)}
        table = np.full(len(levels) + 1, -1, dtype=np.int32)  # the last entry is where code -1, missing, points
        for place, level in enumerate(levels):
            table[place] = declared.get(_key(level), self.other)
        if self.nullable:
            table[-1] = len(self.column.levels)
        return table[codes]

    def decode(
        self, levels: npt.NDArray[np.int32], places: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64] | npt.NDArray[np.int32]:
        """Codes, and places within them, as values that the table's codec decodes."""
        n_own = self.n_levels - self.nullable
        if self.edges is None:
            return np.where(levels < n_own, levels, -1).astype(np.int32)
        own = np.minimum(levels, n_own - 1)
        low, high = self.edges[own], self.edges[own + 1]
        values = low + places * (high - low)
        if self.whole:
            values = np.minimum(np.floor(values), np.maximum(high - 1.0, low))
        values[levels >= n_own] = np.nan
        return values

    def with_edges(self, edges: npt.NDArray[np.float64]) -> "Axis":
        """The same column cut into other cells."""
        return replace(self, edges=edges)


def _key(level: Any) -> tuple[bool, Any]:
    """True is never 1, but 1 is 1.0, as a column of whole numbers with missing values holds floats."""
    return isinstance(level, (bool, np.bool_)), level
