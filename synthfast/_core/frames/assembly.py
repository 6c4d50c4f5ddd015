"""A table put together of stretches of rows, each decoded where it is to stay, in any order and from any thread."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from threading import Lock
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from synthfast._core.frames.columns import ColumnData
from synthfast._core.frames.concat import concatenate_strings, share_categories

__all__ = ["Assembly", "ColumnAssembly", "Stretch"]

Array = npt.NDArray[Any]


class Stretch(Protocol):
    """Some consecutive rows of a table that is being put together."""

    def empty(self, name: Hashable, dtype: npt.DTypeLike) -> Array:
        """Memory for the values of a column, shape (n_rows,): where they are to stay, as far as that is known."""
        ...

    def put(self, columns: Mapping[Hashable, ColumnData]) -> None:
        """Take the decoded columns; values that lie in what `empty` gave are not copied."""
        ...


class Assembly(Protocol):
    """A table of a known number of rows that is being put together."""

    def stretch(self, start: int, stop: int) -> Stretch:
        """Rows ``start`` to ``stop``."""
        ...

    def finish(self) -> Any:
        """The container, once every row has been put."""
        ...


class ColumnAssembly:
    """A table put together column by column.

    Parameters
    ----------
    n_rows : int
        Rows of the whole table. All of them must be put, each once.
    build : callable
        Makes the container of whole columns.

    Notes
    -----
    What is put is copied once, by the thread that puts it; texts are chained at the end.
    """

    def __init__(self, n_rows: int, build: Callable[[Mapping[Hashable, ColumnData]], Any]) -> None:
        self.n_rows = n_rows
        self._build = build
        self._lock = Lock()
        self._columns: dict[Hashable, _Column] = {}

    def stretch(self, start: int, stop: int) -> "Stretch":
        """Rows ``start`` to ``stop``."""
        return _ColumnStretch(self, start, stop)

    def column(self, name: Hashable) -> "_Column":
        """What there is of a column."""
        with self._lock:
            return self._columns.setdefault(name, _Column(self.n_rows))

    def finish(self) -> Any:
        """The container, once every row has been put."""
        return self._build({name: column.finish() for name, column in self._columns.items()})


class _ColumnStretch:
    def __init__(self, table: ColumnAssembly, start: int, stop: int) -> None:
        self._table, self._rows = table, slice(start, stop)

    def empty(self, name: Hashable, dtype: npt.DTypeLike) -> Array:
        return self._table.column(name).values(np.dtype(dtype))[self._rows]

    def put(self, columns: Mapping[Hashable, ColumnData]) -> None:
        for name, data in columns.items():
            self._table.column(name).put(self._rows, data)


class _Column:
    """One column: whole arrays of what has a value a row, and pieces of the rest."""

    def __init__(self, n_rows: int) -> None:
        self.n_rows = n_rows
        self._lock = Lock()
        self._values: Array | None = None
        self._valid: npt.NDArray[np.bool_] | None = None
        self._pieces: list[tuple[int, ColumnData]] = []

    def values(self, dtype: np.dtype[Any]) -> Array:
        with self._lock:
            if self._values is None:
                self._values = np.empty(self.n_rows, dtype)
            return self._values

    def put(self, rows: slice, data: ColumnData) -> None:
        if data.values is not None:
            own = self.values(data.values.dtype)[rows]
            if not np.may_share_memory(own, data.values):
                np.copyto(own, data.values, casting="no")
        with self._lock:
            if data.valid is not None:
                if self._valid is None:
                    self._valid = np.ones(self.n_rows, dtype=bool)
                self._valid[rows] = data.valid
            self._pieces.append((rows.start, replace(data, values=None, valid=None, spelled={}, _factorized=None)))

    def finish(self) -> ColumnData:
        pieces = [piece for _, piece in sorted(self._pieces, key=lambda entry: entry[0])]
        first = pieces[0]
        if first.categories is not None and self._values is not None:
            first = self._share_categories(pieces)
        strings = None if first.strings is None else concatenate_strings(pieces)
        return replace(first, n_rows=self.n_rows, values=self._values, valid=self._valid, strings=strings)

    def _share_categories(self, pieces: list[ColumnData]) -> ColumnData:
        """Codes of all pieces into one list of categories; the first piece with it."""
        values, start, whole = self._values, 0, []
        for piece in pieces:
            whole.append(replace(piece, values=values[start : start + piece.n_rows]))  # type: ignore[index]
            start += piece.n_rows
        shared = share_categories(whole)
        if shared is not whole:
            np.concatenate([piece.array for piece in shared], out=values)
        return shared[0]
