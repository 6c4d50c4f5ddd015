"""Rows that are coded as a level which they do not hold, because the schema leaves theirs out as too rare."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synthfast.schema.levels import MAX_RARE_SHARE

__all__ = ["count_own_rows"]

ROUNDING = 6e-10  # of shares, which have nine decimals


def count_own_rows(coded: NDArray[np.int64], shares: Sequence[float]) -> NDArray[np.int64]:
    """Rows that hold each level themselves, shape (n_levels,).

    Parameters
    ----------
    coded : ndarray of int64, shape (n_levels,)
        Rows that are coded as each level.
    shares : sequence of float
        Shares of the levels among the rows that hold one of them, as the schema tells. They are whole numbers of rows
        of one total, and so tell it; where they tell none, as those of another table, all rows count as their own.
    """
    n_rows = int(coded.sum())
    if len(shares) != len(coded) or (np.rint(np.multiply(shares, n_rows)) == coded).all():
        return coded
    totals = np.arange(n_rows, int((1.0 - MAX_RARE_SHARE) * n_rows), -1)
    for share, count in zip(shares, coded, strict=True):
        own = share * totals
        whole = np.rint(own)
        totals = totals[(np.abs(own - whole) <= ROUNDING * totals) & (whole <= count)]
    return np.rint(np.multiply(shares, totals[0])).astype(np.int64) if len(totals) else coded
