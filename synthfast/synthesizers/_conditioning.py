"""Draws of a multivariate normal given that some coordinates lie at points or in unions of intervals."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import Stream
from synthfast._core.threads import effective_n_threads
from synthfast._ext._copula import combine_rows
from synthfast._ext._truncated import fill_truncated
from synthfast.exceptions import ConditionWarning

__all__ = ["ConditionalNormal"]

Floats = NDArray[Any]

N_CANDIDATES = 16
N_SWEEPS = 8
POINT_EDGE = 1e-12
UNLIKELY = 1e-12


class ConditionalNormal:
    """A zero-mean normal vector with unit variances, to be drawn under conditions on its coordinates.

    Parameters
    ----------
    correlation : ndarray of float64, shape (n, n)
        Positive definite.

    Notes
    -----
    Points are conditioned on exactly, by linear algebra; so is one coordinate in intervals. Two or more of those are
    drawn one after another, each truncated given those before it; of 16 such candidates a row takes one by its weight
    and refreshes it by 8 Gibbs sweeps. No draw is rejected. O(n_rows (16 b^2 + 8 b^2 + n^2)) for b bounded coordinates.

    References
    ----------
    Geweke (1991), Efficient simulation from the multivariate normal and Student-t distributions subject to linear
    constraints. Rubin (1987), the sampling importance resampling algorithm, JASA 82.
    """

    def __init__(self, correlation: Floats) -> None:
        self._correlation = correlation

    def sample(self, points: Mapping[int, Floats], boxes: Mapping[int, Floats], n_rows: int, stream: Stream) -> Floats:
        """Draw rows.

        Parameters
        ----------
        points : mapping of coordinate to ndarray of float64, shape (n_rows,)
            Coordinates whose value is known, row by row.
        boxes : mapping of coordinate to ndarray of float64, shape (2, n_segments, n_rows) or (2, n_segments, 1)
            Lower and upper ends of the intervals that a coordinate may lie in; empty ones have equal ends.
        n_rows : int
        stream : Stream
            Key of the draw; row i depends on the key and i alone.

        Returns
        -------
        ndarray of float64, shape (n, n_rows)

        Warns
        -----
        ConditionWarning
            If the intervals have next to no probability in some rows. They hold there all the same.
        """
        n = len(self._correlation)
        out = np.empty((n, n_rows))
        given: list[int] = list(points)
        for j in given:
            out[j] = points[j]
        if boxes:
            bounded = list(boxes)
            out[bounded] = self._bounded(given, out[given], boxes, n_rows, stream)
            given += bounded
        free = [j for j in range(n) if j not in set(given)]
        if free:
            weights, spread = self._regression(free, given)
            noise = np.empty((len(free), n_rows))
            for k in range(len(free)):
                stream.child("free", k).normal(n_rows, out=noise[k])
            rows = np.ascontiguousarray(np.vstack([out[given], noise]))
            drawn = np.empty((len(free), n_rows))
            combine_rows(np.ascontiguousarray(np.hstack([weights, spread])), rows, drawn, effective_n_threads())
            out[free] = drawn
        return out

    def _regression(self, wanted: list[int], given: list[int]) -> tuple[Floats, Floats]:
        """Weights of ``given`` in the mean of ``wanted``, and the Cholesky factor of what is left."""
        r = self._correlation
        if not given:
            return np.empty((len(wanted), 0)), np.linalg.cholesky(r[np.ix_(wanted, wanted)])
        weights = np.linalg.solve(r[np.ix_(given, given)], r[np.ix_(given, wanted)]).T
        left = r[np.ix_(wanted, wanted)] - weights @ r[np.ix_(given, wanted)]
        return weights, _factor(left)

    def _bounded(
        self, given: list[int], known: Floats, boxes: Mapping[int, Floats], n_rows: int, stream: Stream
    ) -> Floats:
        bounded = list(boxes)
        weights, factor = self._regression(bounded, given)
        shift = np.zeros((len(bounded), n_rows))
        if given:
            combine_rows(np.ascontiguousarray(weights), np.ascontiguousarray(known), shift, effective_n_threads())
        n_segments = max(box.shape[1] for box in boxes.values())
        ends = np.full((2, len(bounded), n_segments, n_rows), np.inf)  # from inf to inf: an empty interval
        for k, j in enumerate(bounded):
            ends[:, k, : boxes[j].shape[1]] = boxes[j]
        many = len(bounded) > 1
        precision = np.linalg.inv(factor @ factor.T)
        out, weight = np.empty((len(bounded), n_rows)), np.empty(n_rows)
        fill_truncated(
            factor,
            precision,
            shift,
            ends[0],
            ends[1],
            stream.child("bounded").key[0],
            N_CANDIDATES if many else 1,
            N_SWEEPS if many else 0,
            out,
            weight,
            effective_n_threads(),
        )
        if (weight < 0).any():
            raise MemoryError(f"conditions: no memory for {len(bounded)} columns in intervals.")
        unlikely = np.count_nonzero(weight < UNLIKELY)
        if unlikely:
            warnings.warn(
                f"conditions: all but impossible together under the model in {unlikely:,} of {n_rows:,} rows "
                f"(least probability about {float(weight.min()):.1g}). They hold in every row, but the other "
                "columns are extrapolated there.",
                ConditionWarning,
                stacklevel=2,
            )
        return out


def _factor(matrix: Floats) -> Floats:
    """Cholesky factor of a covariance that rounding may have left a little short of positive definite."""
    try:
        return np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        weights, vectors = np.linalg.eigh(0.5 * (matrix + matrix.T))
        return np.linalg.cholesky((vectors * np.maximum(weights, POINT_EDGE)) @ vectors.T)
