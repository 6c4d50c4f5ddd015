"""Places in bytes: a coarse copy with a known error, for processors that take products of bytes four at a time."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from synthfast._ext import _neighbors

__all__ = ["ByteTiles", "aligned_empty"]

Singles = NDArray[np.float32]

SUPPORTED: Final = _neighbors.has_byte_products()
MAX_COLUMNS: Final = 1_024  # sums of products of bytes have to fit 32 bits
LINE: Final = 64  # bytes


@dataclass(frozen=True, eq=False)
class ByteTiles:
    """Blocks of 64 places, in steps from the centre.

    Parameters
    ----------
    cells : ndarray of uint8, shape (n_blocks, n_fours, 64, 4)
        Steps, plus 128; four coordinates of a row side by side. No blocks where there are no bytes to be had.
    halves : ndarray of int32, shape (n_blocks, 64)
        Half the squared norms in steps.
    errors : ndarray of float32, shape (n_blocks, 64)
        Bounds on the distance of places from their steps.
    """

    cells: NDArray[np.uint8]
    halves: NDArray[np.int32]
    errors: Singles

    @classmethod
    def of(cls, places: Singles, fineness: float, n_threads: int) -> "ByteTiles":
        """Places (n_blocks, n_columns, 64) in steps of ``1 / fineness``."""
        n_blocks, n_columns, lanes = places.shape
        if not SUPPORTED or n_columns > MAX_COLUMNS:
            n_blocks = 0
        tiles = cls(
            aligned_empty((n_blocks, -(-n_columns // 4), lanes, 4), np.uint8),
            np.empty((n_blocks, lanes), dtype=np.int32),
            np.empty((n_blocks, lanes), dtype=np.float32),
        )
        if n_blocks:
            _neighbors.round_blocks(places, fineness, tiles.cells, tiles.halves, tiles.errors, n_threads)
        return tiles

    @cached_property
    def largest_errors(self) -> Singles:
        """Largest error of each block."""
        return self.errors.max(axis=1, initial=0.0)


def aligned_empty(shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
    """An array that starts with a line of the cache, so that 64 bytes lie in one."""
    n_bytes = int(np.prod(shape)) * np.dtype(dtype).itemsize
    room = np.empty(n_bytes + LINE, dtype=np.uint8)
    start = -room.ctypes.data % LINE
    return room[start : start + n_bytes].view(dtype).reshape(shape)
