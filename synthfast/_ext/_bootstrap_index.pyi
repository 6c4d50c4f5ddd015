"""Walks of a block bootstrap: which place of the series stands at each step of each draw."""

import numpy as np
from numpy.typing import NDArray

def walk_stationary(
    jump: NDArray[np.float64],
    place: NDArray[np.float64],
    n: int,
    rate: float,
    out: NDArray[np.int64],
    n_threads: int,
) -> None:
    """Blocks of geometric length that wrap around ``n`` places; arrays (n_series, n_steps), uniform in (0, 1)."""

def walk_blocks(
    place: NDArray[np.float64], n: int, n_starts: int, length: int, out: NDArray[np.int64], n_threads: int
) -> None:
    """Blocks of one length that begin at one of the first ``n_starts`` places; place (n_series, n_blocks)."""
