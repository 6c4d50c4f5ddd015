"""An exact summary of a numeric column that merges: whatever the split of the rows, the result is the same.

A float64 has an order-preserving 64-bit integer key. Values whose keys agree but for the lowest ``shift`` bits share a
bin, and ``shift`` is the smallest with no more than ``max_bins`` bins. A part of the rows never needs a larger shift
than the whole, and a bin at one shift lies inside a bin at any larger one, so the choice depends neither on how the
rows were cut nor on the order in which the parts were merged.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthfast._core.validation import check_integer
from synthfast._ext import _histogram
from synthfast.marginals.ranks import sort_values

__all__ = ["BitPrefixHistogram"]

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

MAX_BINS: Final = 2**20
COUNTED_RANGE_PER_VALUE: Final = 2
_NO_FLOATS: Final = np.empty(0)
_NO_COUNTS: Final = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False, slots=True)
class BitPrefixHistogram:
    """Counts of the distinct values of a column, or of narrow bins where there are too many of them.

    Parameters
    ----------
    minima, maxima : ndarray of float64, shape (n_bins,)
        Exact smallest and largest value of each bin, ascending; -0.0 counts as 0.0. The same where ``shift`` is 0.
    sizes : ndarray of int64, shape (n_bins,)
        Values in each bin, all positive.
    shift : int
        Low bits of the keys that do not tell bins apart; 0 means that each distinct value has its own bin.
    n_missing : int, default 0
        NaN in the column; they are in no bin.
    max_bins : int, default 2**20
        The bound that ``shift`` was chosen for.

    See Also
    --------
    BitPrefixHistogram.from_values : Summarise a column.

    Notes
    -----
    Equal multisets of values give equal bytes, for any split and order of merging. Bins are relative: at ``shift`` a
    bin spans a part 2**(shift - 52) of its power of two. Memory is at most 24 bytes a bin.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast.marginals.histogram import BitPrefixHistogram
    >>> part = BitPrefixHistogram.from_values(np.array([2.0, 0.5, np.nan, 2.0]))
    >>> whole = part.merge(BitPrefixHistogram.from_values(np.array([0.5, 7.25])))
    >>> whole.values(), whole.counts(), whole.n_missing
    (array([0.5 , 2.  , 7.25]), array([2, 2, 1]), 1)
    """

    minima: Floats
    maxima: Floats
    sizes: Counts
    shift: int
    n_missing: int = 0
    max_bins: int = MAX_BINS

    @classmethod
    def from_values(cls, x: ArrayLike, *, max_bins: int = MAX_BINS) -> Self:
        """Summarise a column.

        Parameters
        ----------
        x : array_like of float, shape (n_values,)
            NaN is counted apart.
        max_bins : int, default 2**20
            At least 2.

        Raises
        ------
        ValueError
            If ``x`` is not one-dimensional or holds an infinity.

        Notes
        -----
        O(n_values) time: a radix sort, or a table of counts where all values are integers or decimal numbers of a small
        range. Memory 24 bytes a value. Runs in one thread with the interpreter's lock released: spread columns over
        threads.
        """
        max_bins = check_integer("BitPrefixHistogram.from_values: max_bins", max_bins, minimum=2)
        values = np.ascontiguousarray(x, dtype=np.float64)
        if values.ndim != 1:
            raise ValueError(f"BitPrefixHistogram.from_values: expected one dimension, got shape {values.shape}.")
        n_missing, lowest, highest = _histogram.scan_values(values)
        n_present = len(values) - n_missing
        if not n_present:
            return cls(_NO_FLOATS, _NO_FLOATS, _NO_COUNTS, 0, n_missing, max_bins)
        if np.isinf(lowest) or np.isinf(highest):
            raise ValueError(
                f"BitPrefixHistogram.from_values: expected finite numbers or NaN, got {values[np.isinf(values)][0]} at "
                f"position {np.flatnonzero(np.isinf(values))[0]}. Replace or drop infinite values."
            )
        scale = _histogram.find_scale(values, lowest, highest)
        if scale and scale * (highest - lowest) < COUNTED_RANGE_PER_VALUE * n_present:
            whole, counts = _count_cells(values, scale, lowest, highest)
            return cls(whole, whole, counts, 0, n_missing, max_bins)._coarsened()
        return cls._from_sorted(sort_values(values)[:n_present], n_missing, max_bins)

    @classmethod
    def _from_sorted(cls, values: Floats, n_missing: int, max_bins: int) -> Self:
        shift, n_bins = _smallest_shift(values, max_bins)
        minima, sizes = np.empty(n_bins), np.empty(n_bins, dtype=np.int64)
        maxima = np.empty(n_bins) if shift else minima
        _histogram.bin_values(values, shift, minima, maxima, sizes)
        return cls(minima, maxima, sizes, shift, n_missing, max_bins)

    @property
    def n_values(self) -> int:
        """Number of values that are not missing."""
        return int(self.sizes.sum())

    def counts(self) -> Counts:
        """Values in each bin, shape (n_bins,)."""
        return self.sizes

    def values(self) -> Floats:
        """One value for each bin, ascending, shape (n_bins,): the value itself where the bin holds no other.

        Returns
        -------
        ndarray of float64
            Half-way between the smallest and the largest value of the bin.
        """
        if self.shift == 0:
            return self.minima
        return self.minima + 0.5 * (self.maxima - self.minima)

    def merge(self, other: Self) -> Self:
        """Summary of the values of both columns.

        Parameters
        ----------
        other : BitPrefixHistogram
            Summary of further rows, with the same ``max_bins``.

        Raises
        ------
        ValueError
            If ``max_bins`` differs.

        Notes
        -----
        Commutative and associative to the byte. O(n_bins) time.
        """
        if self.max_bins != other.max_bins:
            raise ValueError(
                f"BitPrefixHistogram.merge: expected two summaries of equal max_bins, got {self.max_bins} and "
                f"{other.max_bins}. Summarise all parts with the same max_bins."
            )
        n_missing = self.n_missing + other.n_missing
        return self._merged(other, max(self.shift, other.shift), n_missing)._coarsened()

    def _coarsened(self) -> Self:
        """The same values at the smallest shift that keeps to ``max_bins``."""
        shift, _ = _smallest_shift(self.minima, self.max_bins)
        if shift <= self.shift:
            return self
        nothing = type(self)(_NO_FLOATS, _NO_FLOATS, _NO_COUNTS, 0, 0, self.max_bins)
        return self._merged(nothing, shift, self.n_missing)

    def _merged(self, other: Self, shift: int, n_missing: int) -> Self:
        size = len(self.sizes) + len(other.sizes)
        minima, sizes = np.empty(size), np.empty(size, dtype=np.int64)
        maxima = np.empty(size) if shift else minima
        left, right = (self.minima, self.maxima, self.sizes), (other.minima, other.maxima, other.sizes)
        n_bins = _histogram.merge_bins(*left, *right, shift, minima, maxima, sizes)
        low, high = minima[:n_bins].copy(), maxima[:n_bins].copy()
        return type(self)(low, high if shift else low, sizes[:n_bins].copy(), shift, n_missing, self.max_bins)


def _count_cells(values: Floats, scale: float, lowest: float, highest: float) -> tuple[Floats, Counts]:
    """Distinct values, ascending, and counts of a column of whole multiples of 1 / scale in a small range."""
    first, last = round(scale * lowest), round(scale * highest)
    counts = np.zeros(last - first + 1, dtype=np.int64)
    _histogram.count_cells(values, scale, lowest, counts)
    cells = np.flatnonzero(counts)
    return (cells.astype(np.float64) + first) / scale, counts[cells]


def _smallest_shift(values: Floats, max_bins: int) -> tuple[int, int]:
    """Smallest number of low key bits to leave out so that ascending ``values`` fill at most ``max_bins`` bins.

    Returns
    -------
    shift, n_bins : int
    """
    splits = np.zeros(65, dtype=np.int64)
    _histogram.count_splits(values, splits)
    # Bins at shift s: one, and one more for each pair of neighbours that differ in a bit from s up.
    n_bins = 1 + splits.sum() - np.cumsum(splits)
    shift = int(np.argmax(n_bins <= max_bins))
    return shift, int(n_bins[shift])
