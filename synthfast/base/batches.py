"""Blocks of rows cut anew into batches of another size."""

from collections.abc import Hashable, Iterable, Iterator

from synthfast._core.frames import ColumnData
from synthfast._core.frames.concat import concatenate_tables, n_rows_of, slice_table

__all__ = ["batches"]

NativeColumns = dict[Hashable, ColumnData]


def batches(parts: Iterable[NativeColumns], batch_rows: int) -> Iterator[NativeColumns]:
    """The rows of all parts, ``batch_rows`` at a time, the last batch with what is left."""
    waiting: list[NativeColumns] = []
    n_waiting = 0
    for part in parts:
        n_part, used = n_rows_of(part), 0
        while n_waiting + n_part - used >= batch_rows:
            taken = batch_rows - n_waiting
            waiting.append(slice_table(part, used, used + taken))
            yield concatenate_tables(waiting)
            waiting, n_waiting, used = [], 0, used + taken
        if used < n_part:
            waiting.append(slice_table(part, used, n_part))
            n_waiting += n_part - used
    if n_waiting:
        yield concatenate_tables(waiting)
