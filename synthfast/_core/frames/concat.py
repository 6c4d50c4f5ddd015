"""Tables of neutral columns cut along their rows, and put together again."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synthfast._core.frames.columns import ColumnData

__all__ = [
    "concatenate_strings",
    "concatenate_tables",
    "fill_cells",
    "n_rows_of",
    "share_categories",
    "slice_table",
    "take_cells",
]


def concatenate_tables(parts: Sequence[Mapping[Hashable, ColumnData]]) -> dict[Hashable, ColumnData]:
    """Stack tables of neutral columns that were decoded alike.

    Parameters
    ----------
    parts : sequence of mappings of name to ColumnData
        At least one; all of the same columns and storages.

    Notes
    -----
    O(n_rows); one part alone is passed on without a copy.
    """
    if len(parts) == 1:
        return dict(parts[0])
    return {name: _concatenate([part[name] for part in parts]) for name in parts[0]}


def _concatenate(pieces: list[ColumnData]) -> ColumnData:
    pieces = share_categories(pieces)
    first = pieces[0]
    n_rows = sum(piece.n_rows for piece in pieces)
    strings = None if first.strings is None else concatenate_strings(pieces)
    values = None if first.values is None else np.concatenate([piece.array for piece in pieces])
    return replace(
        first, n_rows=n_rows, values=values, valid=_valid(pieces), strings=strings, spelled={}, _factorized=None
    )


def concatenate_strings(pieces: Sequence[ColumnData]) -> pa.Array:
    """The strings of pieces of a column, in one array."""
    return pa.concat_arrays([piece.strings for piece in pieces])


def share_categories(pieces: list[ColumnData]) -> list[ColumnData]:
    """Codes into one list of categories; pieces of generated columns bring their own. The list itself if they agree."""
    first = pieces[0].categories
    if first is None or all(piece.categories is first or piece.categories == first for piece in pieces):
        return pieces
    places: dict[Any, int] = {}
    for piece in pieces:
        for level in piece.categories or ():
            places.setdefault(level, len(places))
    out = []
    for piece in pieces:
        table = np.array([*(places[level] for level in piece.categories or ()), -1], dtype=np.int32)
        out.append(replace(piece, values=table[piece.array], categories=list(places)))
    return out


def _valid(pieces: list[ColumnData]) -> npt.NDArray[Any] | None:
    if all(piece.valid is None for piece in pieces):
        return None
    return np.concatenate([np.ones(p.n_rows, dtype=bool) if p.valid is None else p.valid for p in pieces])


def n_rows_of(table: Mapping[Hashable, ColumnData]) -> int:
    """Rows of a table of neutral columns; 0 where it has no column."""
    return next((column.n_rows for column in table.values()), 0)


def slice_table(table: Mapping[Hashable, ColumnData], start: int, stop: int) -> dict[Hashable, ColumnData]:
    """Rows ``start`` to ``stop`` of every column, as views."""
    return {name: _slice(column, start, stop) for name, column in table.items()}


def _slice(column: ColumnData, start: int, stop: int) -> ColumnData:
    return replace(
        column,
        n_rows=stop - start,
        values=None if column.values is None else column.values[start:stop],
        valid=None if column.valid is None else column.valid[start:stop],
        strings=None if column.strings is None else column.strings.slice(start, stop - start),
        spelled={},
        _factorized=None,
    )


def fill_cells(column: ColumnData, other: ColumnData, rows: npt.NDArray[np.bool_]) -> ColumnData:
    """The column with the cells of some rows taken from another of the same storage and length."""
    if not rows.any():
        return column
    both = _concatenate([column, other])
    order = np.arange(column.n_rows)
    order[rows] += column.n_rows
    return take_cells(both, order)


def take_cells(column: ColumnData, rows: npt.NDArray[Any]) -> ColumnData:
    """Cells of a column by row number, in the order given; a number may come more than once. O(len(rows))."""
    return replace(
        column,
        n_rows=len(rows),
        values=None if column.values is None else column.values[rows],
        valid=None if column.valid is None else column.valid[rows],
        strings=None if column.strings is None else column.strings.take(pa.array(rows)),
        spelled={},
        _factorized=None,
    )
