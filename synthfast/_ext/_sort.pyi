import numpy as np
from numpy.typing import NDArray

# values: (n,), n < 2**32. Kernels are serial: columns, not passes, are what callers spread over threads.

def sort_values(values: NDArray[np.float64], out: NDArray[np.uint64], scratch: NDArray[np.uint64]) -> None:
    """Bits of the values in ascending order, NaN last, -0.0 as 0.0; out, scratch: (n,)."""

def argsort_values(values: NDArray[np.float64], order: NDArray[np.uint64], scratch: NDArray[np.uint64]) -> None:
    """Positions in ascending order of value, ties in order of position, NaN last; order, scratch: (n,)."""

def rank_values(
    values: NDArray[np.float64], method: int, ranks: NDArray[np.uint64], scratch: NDArray[np.uint64]
) -> None:
    """Bits of the float64 ranks from 1, NaN for NaN; ranks, scratch: (n,).

    method: what ties get, 0 the mean, 1 the smallest, 2 the largest of their ranks, 3 each its own by position.
    """

def count_runs(sorted_values: NDArray[np.float64], values: NDArray[np.float64], counts: NDArray[np.int64]) -> int:
    """Distinct values and how often each occurs, NaN as one value; returns how many; values, counts: (n,)."""
