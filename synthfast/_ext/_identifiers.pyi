import numpy as np
from numpy.typing import NDArray

def permute_values(values: NDArray[np.uint64], size: int, key0: int, key1: int, n_threads: int) -> None:
    """Each of ``values`` (n,), below ``size``, becomes its place in a keyed permutation of ``0 .. size - 1``.

    ``1 <= size <= 2**63``.
    """

def hash_rows(out: NDArray[np.uint64], start: int, key0: int, key1: int, n_threads: int) -> None:
    """``out[i]`` (shape ``(n,)``) becomes 64 random bits of row ``start + i``."""

def spell_values(
    out: NDArray[np.uint8],
    values: NDArray[np.uint64],
    letters: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    columns: NDArray[np.int64],
    n_threads: int,
) -> None:
    """Spell ``values`` (n,) in mixed radix, the last position the least significant, into bytes ``out`` (n, width).

    Position ``j`` is written at column ``columns[j]`` with the letters ``letters[offsets[j]:offsets[j + 1]]``; columns
    not listed are left alone. ``columns`` is (n_positions,), ``offsets`` is (n_positions + 1,).
    """
