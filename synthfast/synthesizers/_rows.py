"""Rows that a fit goes over more than once, in memory or streamed, and what is counted of each column beforehand."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from synthfast.encoding import EncodedColumn
from synthfast.encoding.missing import missing_of
from synthfast.engines import map_blocks
from synthfast.marginals.histogram import BitPrefixHistogram

__all__ = ["ColumnCounts", "MemoryRows", "Rows", "StreamedRows", "count_columns", "row_chunks"]

Result = TypeVar("Result")
Values = dict[Hashable, NDArray[Any]]

CHUNK_ROWS = 65_536


@dataclass(frozen=True, eq=False)
class ColumnCounts:
    """Exact counts of one encoded column; those of parts of the rows merge to those of all, in any order.

    Parameters
    ----------
    kind, n_levels, ordered
        As `EncodedColumn` has them.
    n_missing : int
        Rows without a value.
    levels : ndarray of int64, shape (n_levels,), optional
        Rows that hold each level, of a column of levels.
    histogram : BitPrefixHistogram, optional
        Of a numeric column.
    """

    kind: Literal["numeric", "levels"]
    n_levels: int
    ordered: bool
    n_missing: int
    levels: NDArray[np.int64] | None = None
    histogram: BitPrefixHistogram | None = None

    @classmethod
    def of(cls, column: EncodedColumn, *, histogram: bool = True) -> "ColumnCounts":
        """Counts of a column; a histogram is not made where none is wanted."""
        n_missing = int(np.count_nonzero(missing_of(column.values)))
        counted = cls(column.kind, column.n_levels, column.ordered, n_missing)
        if column.kind == "levels":
            return replace(counted, levels=column.level_counts())
        return replace(counted, histogram=BitPrefixHistogram.from_values(column.values) if histogram else None)

    def level_counts(self) -> NDArray[np.int64]:
        """Rows that hold each level, shape (n_levels,)."""
        assert self.levels is not None
        return self.levels

    def merge(self, other: "ColumnCounts") -> "ColumnCounts":
        """Counts of the rows of both."""
        return replace(
            self,
            n_missing=self.n_missing + other.n_missing,
            levels=None if self.levels is None or other.levels is None else self.levels + other.levels,
            histogram=None
            if self.histogram is None or other.histogram is None
            else self.histogram.merge(other.histogram),
        )


class Rows(Protocol):
    """Encoded rows that can be gone over again and again."""

    n_rows: int

    def map(self, function: Callable[[Values], Result]) -> Iterator[Result]:
        """Results of a function of a stretch of rows, encoded values by column, in the order of the rows."""
        ...


def row_chunks(n_rows: int) -> Iterator[slice]:
    """Slices of fixed size that cover the rows."""
    return (slice(start, min(start + CHUNK_ROWS, n_rows)) for start in range(0, n_rows, CHUNK_ROWS))


class MemoryRows:
    """Rows of encoded columns in memory."""

    def __init__(self, columns: Mapping[Hashable, EncodedColumn]) -> None:
        self._columns = columns
        self.n_rows = len(next(iter(columns.values())).values) if columns else 0

    def map(self, function: Callable[[Values], Result]) -> Iterator[Result]:
        """See `Rows`."""

        def compute(rows: slice) -> Result:
            return function({name: column.values[rows] for name, column in self._columns.items()})

        return map_blocks(compute, row_chunks(self.n_rows))


class StreamedRows:
    """Rows that are read and encoded anew each time.

    Parameters
    ----------
    batches : callable
        Gives an iterator of ``read``-able batches from the first row on.
    encode : callable
        From a batch to its encoded columns.
    n_rows : int
    """

    def __init__(
        self,
        batches: Callable[[], Iterator[Any]],
        encode: Callable[[Any], dict[Hashable, EncodedColumn]],
        n_rows: int,
    ) -> None:
        self._batches, self._encode, self.n_rows = batches, encode, n_rows

    def map_columns(self, function: Callable[[dict[Hashable, EncodedColumn]], Result]) -> Iterator[Result]:
        """Results of a function of the encoded columns of each batch."""
        return map_blocks(lambda batch: function(self._encode(batch)), self._batches())

    def map(self, function: Callable[[Values], Result]) -> Iterator[Result]:
        """See `Rows`."""
        return self.map_columns(lambda columns: function({name: column.values for name, column in columns.items()}))


def count_columns(rows: StreamedRows) -> dict[Hashable, ColumnCounts]:
    """Counts of all columns, in one pass."""

    def count(columns: dict[Hashable, EncodedColumn]) -> dict[Hashable, ColumnCounts]:
        return {name: ColumnCounts.of(column) for name, column in columns.items()}

    def merge(left: dict[Hashable, ColumnCounts], right: dict[Hashable, ColumnCounts]) -> dict[Hashable, ColumnCounts]:
        return {name: counts.merge(right[name]) for name, counts in left.items()} if left else right

    return reduce(merge, rows.map_columns(count), {})
