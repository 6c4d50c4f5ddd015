"""Shares of a whole, in whole rows."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthfast._core.random import Stream

__all__ = ["share_out"]


def share_out(weights: ArrayLike, total: int, stream: Stream) -> NDArray[np.int64]:
    """Cut ``total`` rows by weight: each gets its share, up or down to a whole number, and its exact share on average.

    Parameters
    ----------
    weights : array_like of float, shape (n,)
        Not negative, with a positive, finite sum.
    total : int
        Rows to give out.
    stream : Stream
        Decides where shares are rounded up.

    Returns
    -------
    ndarray of int64, shape (n,)
        Sums to ``total``.

    Notes
    -----
    Systematic sampling: the ends of the shares, laid side by side, count the marks of a ruler with a random origin.
    """
    ends = np.cumsum(weights, dtype=np.float64)
    marks = np.floor(ends / ends[-1] * total + stream.uniform(1)[0]).astype(np.int64)
    marks[ends == ends[-1]] = total
    return np.diff(marks, prepend=0)
