"""Columns of whole numbers as exact classes: the numbers, sizes and keys of the distinct rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from synthfast._core.threads import effective_n_threads
from synthfast._ext import _grouping
from synthfast.exceptions import DataError

__all__ = ["MAX_ROWS", "Classes", "Digits", "count_columns", "group_columns", "sizes_of_classes", "sizes_of_rows"]

MAX_ROWS: Final = 2**31 - 1
_KEY_RANGE: Final = 2**63  # products of widths stay below it, so a key is exact
_SMALL_TABLE: Final = 2**16  # cells that are counted densely however few the rows
_CELLS_A_ROW: Final = 4
_MOST_CELLS_A_ROW, _LARGE_TABLE = 16, 2**25  # so many a row are still counted faster than hashed, within 128 MiB
_PARTITION_ROWS: Final = 8192  # their table of numbers stays in a core's own cache
_MAX_PARTITION_BITS: Final = 11  # more streams than that miss the translation buffer
_CHUNKS: Final = 16
_KINDS: Final = {f"{sign}{size}": k for k, (sign, size) in enumerate((s, b) for s in "iu" for b in (1, 2, 4, 8))}


@dataclass(frozen=True)
class Digits:
    """One column as whole numbers, ``low`` at least and ``width`` values from there on.

    Attributes
    ----------
    values : ndarray of integers, shape (n_rows,)
        Contiguous, any size and sign.
    low, width : int
        Values lie in ``low .. low + width - 1``.
    """

    values: NDArray[Any]
    low: int
    width: int


@dataclass(frozen=True)
class Classes:
    """Equal rows.

    Attributes
    ----------
    ids : ndarray of int32, shape (n_rows,)
        Class of each row; classes are in lexicographic order of their values.
    sizes : ndarray of int64, shape (n_classes,)
        Rows of each class.
    keys : ndarray of uint64, shape (n_classes,)
        The number of each class in the mixed radix of the columns, while that stayed below 2**63.
    """

    ids: NDArray[np.int32]
    sizes: NDArray[np.int64]
    keys: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.sizes)

    def first_rows(self) -> NDArray[np.int64]:
        """The first row of each class."""
        first = np.empty(len(self.sizes), dtype=np.int64)
        first[self.ids[::-1]] = np.arange(len(self.ids) - 1, -1, -1)
        return first

    def order(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows class after class, ascending in each, and where each class starts."""
        starts = np.cumsum(self.sizes) - self.sizes
        return np.argsort(self.ids, kind="stable"), starts


def group_columns(columns: Sequence[Digits], n_rows: int, n_threads: int | None = None) -> Classes:
    """Equal rows of columns of whole numbers.

    Raises
    ------
    DataError
        If there are more than 2**31 - 1 rows.

    Notes
    -----
    The columns are the digits of a number in mixed radix. Where it would pass 2**63, the rows are numbered by the
    columns so far and that number becomes the first digit, so classes are exact whatever the columns hold. Numbers that
    are few are counted in a table, others hashed by partitions that fit the cache, each hit compared with the whole
    number. O(n_rows n_columns), then O(n_classes log n_classes); memory 8 bytes a row and a table, or 32 bytes a row.
    """
    threads = effective_n_threads(n_threads)
    keys, n_cells = _keys(columns, n_rows, threads)
    return _group_keys(keys, n_cells, threads)


def count_columns(
    columns: Sequence[Digits], n_rows: int, n_threads: int | None = None
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The keys and sizes that ``group_columns`` finds, without numbering the rows where that can be spared."""
    threads = effective_n_threads(n_threads)
    keys, n_cells = _keys(columns, n_rows, threads)
    if not _is_dense(n_cells, n_rows):
        classes = _group_keys(keys, n_cells, threads)
        return classes.keys, classes.sizes
    return _used(_dense_counts(keys, n_cells, threads))


def sizes_of_classes(columns: Sequence[Digits], n_rows: int, n_threads: int | None = None) -> NDArray[np.int64]:
    """The sizes that ``group_columns`` finds, without numbering the rows where that can be spared."""
    return count_columns(columns, n_rows, n_threads)[1]


def sizes_of_rows(columns: Sequence[Digits], n_rows: int, n_threads: int | None = None) -> NDArray[np.int64]:
    """The size of each row's class; as ``group_columns``, without numbering the classes where that can be spared."""
    threads = effective_n_threads(n_threads)
    keys, n_cells = _keys(columns, n_rows, threads)
    if not _is_dense(n_cells, n_rows):
        classes = _group_keys(keys, n_cells, threads)
        keys, counts = classes.ids.astype(np.uint64), classes.sizes
    else:
        counts = _dense_counts(keys, n_cells, threads).astype(np.int64)
    sizes = np.empty(n_rows, dtype=np.int64)
    _grouping.look_up(counts, keys, sizes, threads)
    return sizes


def _keys(columns: Sequence[Digits], n_rows: int, threads: int) -> tuple[NDArray[np.uint64], int]:
    """A number for each row, equal where the rows are, and how many numbers there may be."""
    if n_rows > MAX_ROWS:
        raise DataError(f"expected at most {MAX_ROWS} rows, got {n_rows}. Group parts of the table.")
    keys = np.zeros(n_rows, dtype=np.uint64)
    n_cells = 1
    waiting: list[Digits] = []
    for column in columns:
        if n_cells * column.width > _KEY_RANGE:
            _append(waiting, keys, threads)
            waiting = []
            classes = _group_keys(keys, n_cells, threads)
            keys, n_cells = classes.ids.astype(np.uint64), max(len(classes), 1)
            if n_cells * column.width > _KEY_RANGE:
                column = _narrowed(column, threads)
        n_cells *= column.width
        waiting.append(column)
    _append(waiting, keys, threads)
    return keys, n_cells


def _narrowed(column: Digits, threads: int) -> Digits:
    """The column by the numbers of its distinct values."""
    keys = np.zeros(len(column.values), dtype=np.uint64)
    _append([column], keys, threads)
    classes = _group_keys(keys, column.width, threads)
    return Digits(classes.ids, 0, max(len(classes), 1))


def _append(columns: Sequence[Digits], keys: NDArray[np.uint64], threads: int) -> None:
    plain = [np.ascontiguousarray(column.values) for column in columns]
    plain = [values.astype(np.uint8) if values.dtype == bool else values for values in plain]
    kinds = np.array([_KINDS[f"{values.dtype.kind}{values.dtype.itemsize}"] for values in plain], dtype=np.int32)
    lows, widths = (
        np.array([number % 2**64 for number in numbers], dtype=np.uint64)
        for numbers in ([column.low for column in columns], [column.width for column in columns])
    )
    _grouping.fill_keys([values.view(np.uint8) for values in plain], kinds, lows, widths, keys, threads)


def _is_dense(n_cells: int, n_rows: int) -> bool:
    return n_cells <= max(_SMALL_TABLE, _CELLS_A_ROW * n_rows, min(_MOST_CELLS_A_ROW * n_rows, _LARGE_TABLE))


def _dense_counts(keys: NDArray[np.uint64], n_cells: int, threads: int) -> NDArray[np.int32]:
    """Rows of each number; a table for each thread where the tables are small beside the rows."""
    n_parts = max(1, min(threads, len(keys) // (4 * n_cells)))
    counts = np.zeros((n_parts, n_cells), dtype=np.int32)
    _grouping.count_keys(keys, counts, threads)
    return counts[0] if n_parts == 1 else counts.sum(axis=0, dtype=np.int32)


def _used(counts: NDArray[np.int32]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Cells that are not empty, and what they hold."""
    n_used = _grouping.count_cells(counts)
    keys, sizes = np.empty(n_used + 1, dtype=np.uint64), np.empty(n_used + 1, dtype=np.int64)
    _grouping.gather_cells(counts, keys, sizes)
    return keys[:n_used], sizes[:n_used]


def _group_keys(keys: NDArray[np.uint64], n_cells: int, threads: int) -> Classes:
    if not _is_dense(n_cells, len(keys)):
        return _group_by_hash(keys, threads)
    counts = _dense_counts(keys, n_cells, threads)
    numbers, ids = np.empty(n_cells, dtype=np.int32), np.empty(len(keys), dtype=np.int32)
    _grouping.number_cells(counts, numbers)
    _grouping.look_up(numbers, keys, ids, threads)
    used, sizes = _used(counts)
    return Classes(ids, sizes, used)


def _group_by_hash(keys: NDArray[np.uint64], threads: int) -> Classes:
    n = len(keys)
    bits = min(_MAX_PARTITION_BITS, max(0, (n // _PARTITION_ROWS).bit_length()))
    starts = np.empty(2**bits + 1, dtype=np.int64)
    parted, rows = np.empty(n, dtype=np.uint64), np.empty(n, dtype=np.int32)
    _grouping.part_keys(keys, bits, np.zeros((_CHUNKS, 2**bits), dtype=np.int64), starts, parted, rows, threads)
    numbers, unique, counts = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.uint64), np.empty(n, dtype=np.int32)
    n_unique = np.empty(2**bits, dtype=np.int64)
    _grouping.number_keys(parted, starts, bits, numbers, unique, counts, n_unique, threads)
    places = [slice(start, start + size) for start, size in zip(starts[:-1], n_unique, strict=True)]
    found = np.concatenate([unique[place] for place in places])
    order = np.argsort(found)
    ranks = np.empty(len(found), dtype=np.int32)
    ranks[order] = np.arange(len(found), dtype=np.int32)
    ids = np.empty(n, dtype=np.int32)
    _grouping.fill_ids(numbers, rows, starts, np.cumsum(n_unique) - n_unique, ranks, ids, threads)
    sizes = np.concatenate([counts[place] for place in places])[order]
    return Classes(ids, sizes.astype(np.int64), found[order])
