import numpy as np
from numpy.typing import NDArray

# A bin holds the values whose order-preserving 64-bit keys agree but for the `shift` lowest bits, 0 <= shift <= 63.
# Sorted values are ascending and without NaN.

def scan_values(values: NDArray[np.float64]) -> tuple[int, float, float]:
    """Number of NaN, smallest and largest of the others (inf and -inf where there is none); values: (n,)."""

def find_scale(values: NDArray[np.float64], lowest: float, highest: float) -> float:
    """The smallest of 1, 10, ..., 10**6 at which all values are whole multiples of its inverse, or 0.

    values: (n,), NaN is passed over; lowest, highest: of the others. Multiples stay below 2**50.
    """

def count_cells(values: NDArray[np.float64], scale: float, lowest: float, counts: NDArray[np.int64]) -> None:
    """Add to counts[i] how often the value (scale * lowest + i) / scale occurs.

    values: (n,), NaN is passed over; scale: of find_scale; counts: (scale * (highest - lowest) + 1,).
    """

def count_splits(sorted_values: NDArray[np.float64], splits: NDArray[np.int64]) -> None:
    """Add to splits[b] how many neighbours differ in bit b - 1 of their keys and in none above; b = 0: in none.

    sorted_values: (n,); splits: (65,).
    """

def bin_values(
    sorted_values: NDArray[np.float64],
    shift: int,
    minima: NDArray[np.float64],
    maxima: NDArray[np.float64],
    counts: NDArray[np.int64],
) -> None:
    """Smallest and largest value of each bin and its count; minima, maxima, counts: (n_bins,)."""

def merge_bins(
    left_minima: NDArray[np.float64],
    left_maxima: NDArray[np.float64],
    left_counts: NDArray[np.int64],
    right_minima: NDArray[np.float64],
    right_maxima: NDArray[np.float64],
    right_counts: NDArray[np.int64],
    shift: int,
    minima: NDArray[np.float64],
    maxima: NDArray[np.float64],
    counts: NDArray[np.int64],
) -> int:
    """Bins at ``shift`` of two sets of bins at smaller or equal shifts; returns how many there are.

    left_*: (n_left,), right_*: (n_right,), ascending; minima, maxima, counts: (n_left + n_right,), where minima and
    maxima may be one array if shift is 0.
    """
