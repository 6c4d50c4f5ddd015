"""Correlated Gaussian noise of which some columns lie in intervals: one is exact, for more there is a lattice."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from synthfast._core.random import Stream
from synthfast._core.threads import effective_n_threads
from synthfast._ext._copula import combine_rows
from synthfast._ext._kde_draw import draw_boxes, weigh_boxes

__all__ = ["MOST_BOUNDED", "box_masses", "draw_given", "draw_in_boxes"]

Floats = NDArray[Any]

MOST_BOUNDED = 64  # columns in intervals at a time
N_POINTS = 32  # for two columns; twice as many for more
N_CANDIDATES = 16
N_SWEEPS = 8
PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103,
          107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173, 179, 181, 191, 193, 197, 199, 211, 223,
          227, 229, 233, 239, 241, 251, 257, 263, 269, 271, 277, 281, 283, 293, 307)  # fmt: skip


def box_masses(correlation: Floats, lower: Floats, upper: Floats) -> Floats:
    """Probability of a box of unions of intervals under a normal of unit variances, row by row.

    Parameters
    ----------
    correlation : ndarray of float64, shape (n_bounded, n_bounded)
    lower, upper : ndarray of float64, shape (n_bounded, n_segments, n_rows)
        Empty segments have equal ends.

    Returns
    -------
    ndarray of float64, shape (n_rows,)

    Notes
    -----
    Exact for one column; for two the mean over 32 points, for more over 64 of a lattice, off by some 1e-3 of the value.
    O(n_rows n_points n_bounded (n_bounded + n_segments)).

    References
    ----------
    Genz (1992), Numerical computation of multivariate normal probabilities. Geweke (1991); Hajivassiliou and McFadden
    (1998), doi:10.2307/2999576.
    """
    n_bounded, _, n_rows = lower.shape
    n_points = 1 if n_bounded == 1 else N_POINTS if n_bounded == 2 else 2 * N_POINTS
    step = np.array([1.0 / n_points, *(np.sqrt(p) for p in PRIMES[: n_bounded - 1])])
    out = np.empty(n_rows)
    weigh_boxes(_root(correlation), lower, upper, step, n_points, out, effective_n_threads())
    return out


def draw_in_boxes(correlation: Floats, lower: Floats, upper: Floats, stream: Stream) -> Floats:
    """Draws of it within the box of each row, shape (n_bounded, n_rows).

    Notes
    -----
    Columns are drawn one after another, and the draw is taken or refused by what those after the first had of
    probability, so that its law is exact; a row that was refused 32 times is resampled of 16 candidates and refreshed
    by 8 Gibbs sweeps. Row i depends on the stream and i alone.
    """
    n_bounded, _, n_rows = lower.shape
    factor = _root(correlation)
    with threadpool_limits(1, user_api="blas"):
        precision = np.linalg.inv(correlation)
    out = np.empty((n_bounded, n_rows))
    failed = draw_boxes(
        factor, np.ascontiguousarray(precision), np.zeros((n_bounded, n_rows)), lower, upper, stream.key[0],
        N_CANDIDATES, N_SWEEPS, out, effective_n_threads(),
    )  # fmt: skip
    if failed:
        raise MemoryError(f"conditions: no memory for {n_bounded} columns in intervals.")
    return out


def draw_given(correlation: Floats, known: Mapping[int, Floats], n_rows: int, stream: Stream) -> Floats:
    """Noise of all columns, shape (n_columns, n_rows), given that of some, each of shape (n_rows,)."""
    n = len(correlation)
    given, free = list(known), [j for j in range(n) if j not in known]
    out = np.empty((n, n_rows))
    for j in given:
        out[j] = known[j]
    if not free:
        return out
    with threadpool_limits(1, user_api="blas"):
        cross = correlation[np.ix_(given, free)]
        pull = np.linalg.solve(correlation[np.ix_(given, given)], cross).T if given else np.empty((len(free), 0))
        spread = _root(correlation[np.ix_(free, free)] - pull @ cross)
    rows = np.empty((n, n_rows))
    rows[: len(given)] = out[given]
    for k in range(len(free)):
        stream.child("free", k).normal(n_rows, out=rows[len(given) + k])
    drawn = np.empty((len(free), n_rows))
    combine_rows(np.ascontiguousarray(np.hstack([pull, spread])), rows, drawn, effective_n_threads())
    out[free] = drawn
    return out


def _root(matrix: Floats) -> Floats:
    """Lower Cholesky factor of a covariance that rounding may have left a little short of positive definite."""
    with threadpool_limits(1, user_api="blas"):
        try:
            root: Floats = np.linalg.cholesky(matrix)
        except np.linalg.LinAlgError:
            weights, vectors = np.linalg.eigh(0.5 * (matrix + matrix.T))
            root = np.linalg.cholesky((vectors * np.maximum(weights, 1e-12)) @ vectors.T)
    return root
