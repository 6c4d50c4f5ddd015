from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_Size = TypeVar("_Size", np.int32, np.int64)

def fill_keys(
    columns: list[NDArray[np.uint8]],
    kinds: NDArray[np.int32],
    lows: NDArray[np.uint64],
    widths: NDArray[np.uint64],
    keys: NDArray[np.uint64],
    n_threads: int,
) -> None:
    """keys[i] = (keys[i] * widths[c]) + (columns[c][i] - lows[c]) for column after column, modulo 2**64.

    ``columns`` holds the bytes of contiguous arrays of integers; ``kinds`` says which: 0..3 are int8..int64, 4..7 are
    uint8..uint64.
    """

def count_keys(keys: NDArray[np.uint64], counts: NDArray[np.int32], n_threads: int) -> None:
    """Add to counts[p, key] how often each key comes in stretch p of the rows; ``counts`` is (n_parts, n_cells)."""

def number_cells(counts: NDArray[np.int32], numbers: NDArray[np.int32]) -> int:
    """numbers[c] = how many cells before c are not empty; returns how many are not."""

def count_cells(counts: NDArray[np.int32]) -> int:
    """How many cells are not empty."""

def gather_cells(counts: NDArray[np.int32], keys: NDArray[np.uint64], sizes: NDArray[np.int64]) -> None:
    """The cells that are not empty, ascending, and what they hold.

    Both are one longer than `count_cells` says, and the last place is scratch.
    """

def look_up(table: NDArray[_Size], keys: NDArray[np.uint64], out: NDArray[_Size], n_threads: int) -> None:
    """out[i] = table[keys[i]]."""

def part_keys(
    keys: NDArray[np.uint64],
    bits: int,
    places: NDArray[np.int64],
    starts: NDArray[np.int64],
    parted: NDArray[np.uint64],
    rows: NDArray[np.int32],
    n_threads: int,
) -> None:
    """Keys and their rows by partition, 2**bits of them, equal keys in one; rows ascend within each.

    ``places`` are zeros of (n_chunks, 2**bits); ``starts`` is (2**bits + 1,).
    """

def number_keys(
    parted: NDArray[np.uint64],
    starts: NDArray[np.int64],
    bits: int,
    numbers: NDArray[np.int32],
    unique: NDArray[np.uint64],
    counts: NDArray[np.int32],
    n_unique: NDArray[np.int64],
    n_threads: int,
) -> None:
    """Within each partition, number the keys by first appearance; distinct keys and counts stand from its start on."""

def fill_ids(
    numbers: NDArray[np.int32],
    rows: NDArray[np.int32],
    starts: NDArray[np.int64],
    offsets: NDArray[np.int64],
    ranks: NDArray[np.int32],
    ids: NDArray[np.int32],
    n_threads: int,
) -> None:
    """ids[rows[j]] = ranks[offsets[p] + numbers[j]] for every place j of partition p."""
