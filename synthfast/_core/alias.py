"""Weighted draws in constant time: the alias table."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthfast._ext import _random

__all__ = ["AliasTable"]

MAX_OUTCOMES: Final = 2**31 - 1


class AliasTable:
    """Outcomes 0 .. n - 1 with given weights, prepared once so that each draw costs the same few operations.

    Parameters
    ----------
    weights : array-like of float, shape (n_outcomes,)
        Probabilities, or weights in any unit: they are divided by their sum. Not negative, not all zero.

    Attributes
    ----------
    thresholds : ndarray of uint64, shape (n_outcomes,)
        Share of each cell, in units of 2**-64, that belongs to the cell's own outcome.
    aliases : ndarray of int32, shape (n_outcomes,)
        The outcome that owns the rest of the cell.

    Raises
    ------
    ValueError
        If ``weights`` is not one-dimensional, is empty, has a negative, missing or infinite entry, or sums to 0 or to
        more than a float64 can hold.

    Notes
    -----
    Building costs O(n_outcomes), a draw O(1). The probability of an outcome is off by rounding only (about 1e-16 of
    the mean weight), and an outcome of weight 0 is never drawn. The table is the same on every machine.

    References
    ----------
    A. J. Walker (1977), "An efficient method for generating discrete random variables with general distributions".
    M. D. Vose (1991), "A linear algorithm for generating random numbers with a given distribution".

    Examples
    --------
    >>> from synthfast._core.random import AliasTable, Stream
    >>> table = AliasTable([0.5, 0.0, 0.5])
    >>> codes = Stream.from_seed(0).choice(table, 1000)
    >>> sorted(set(codes.tolist()))
    [0, 2]
    """

    __slots__ = ("aliases", "thresholds")

    thresholds: NDArray[np.uint64]
    aliases: NDArray[np.int32]

    def __init__(self, weights: ArrayLike) -> None:
        checked = _checked(weights)
        n = checked.shape[0]
        self.thresholds = np.empty(n, np.uint64)
        self.aliases = np.empty(n, np.int32)
        _random.build_alias(checked, self.thresholds, self.aliases, np.empty(n), np.empty(n, np.int32))
        self.thresholds.flags.writeable = False
        self.aliases.flags.writeable = False

    @property
    def n_outcomes(self) -> int:
        """Number of outcomes, those of weight 0 included."""
        return int(self.thresholds.shape[0])

    def __repr__(self) -> str:
        return f"AliasTable(n_outcomes={self.n_outcomes})"


def _checked(weights: ArrayLike) -> NDArray[np.float64]:
    values = np.ascontiguousarray(weights, dtype=np.float64)
    if np.ndim(weights) != 1 or not 1 <= values.shape[0] <= MAX_OUTCOMES:
        raise ValueError(f"weights must be one-dimensional and not empty, got shape {np.shape(weights)}.")
    bad = np.flatnonzero(~(values >= 0.0) | np.isinf(values))
    if bad.size:
        raise ValueError(f"weights must be finite and not negative; weight {bad[0]} is {values[bad[0]]!r}.")
    with np.errstate(over="ignore"):
        total = float(values.sum())
    if not 0.0 < total < np.inf:
        raise ValueError(f"weights must have a positive, finite sum; it is {total!r}.")
    return values
