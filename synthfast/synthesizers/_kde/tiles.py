"""Rows in tiles of 64 near ones, and sums of their kernels at queries to a stated relative error."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.threads import effective_n_threads
from synthfast._ext._kde_sum import find_peaks, order_rows, sum_kernels
from synthfast.synthesizers._kde.shapes import Shape

__all__ = ["LevelFactors", "Queries", "Tiles"]

Floats = NDArray[np.float64]

TILE = 64
SINGLE_RTOL = 1e-5  # tolerances down to it are met in single precision
SPLIT = 0.5  # of the tolerance goes to rows left out, the rest to rounding
TO_BASE_2 = np.sqrt(0.5 * np.log2(np.e))  # makes of half a square an exponent of 2, as the loops take it
LEAST_SINGLE = 1e-13  # of the largest weight: below it an exponent's rounding shows, and double precision takes over
LEAST_DOUBLE = 1e-280
NO_FLOATS = np.empty(0)
Sums = tuple[Floats, NDArray[np.int64]]
Stored = tuple[NDArray[Any], NDArray[Any], Floats]
Levels = tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]


@dataclass(frozen=True)
class LevelFactors:
    """How much less a row counts whose levels are not those of the query.

    Parameters
    ----------
    penalty : ndarray of float64, shape (n_levels,)
        Minus the log of the factor of another level, or of each step from it.
    ordered : ndarray of uint8, shape (n_levels,)
        Whether steps count.
    """

    penalty: Floats
    ordered: NDArray[np.uint8]


@dataclass(frozen=True)
class Queries:
    """Points at which kernels are summed.

    Parameters
    ----------
    at : ndarray of float64, shape (n, n_dims)
        In bandwidths.
    codes : ndarray of int32, shape (n, n_levels)
    images : ndarray of float64, shape (n, n_images)
        Mirror images: the coordinate in the dimension ``image_dims`` names.
    image_dims : ndarray of int64, shape (n_images,)
        Ascending.
    skip : ndarray of int64, shape (n,), optional
        A row for each query that does not count.
    """

    at: Floats
    codes: NDArray[np.int32]
    images: Floats
    image_dims: NDArray[np.int64]
    skip: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.at)

    def take(self, rows: NDArray[np.intp]) -> "Queries":
        """Some of the queries."""
        skip = None if self.skip is None else self.skip[rows]
        return Queries(self.at[rows], self.codes[rows], self.images[rows], self.image_dims, skip)


@dataclass(frozen=True)
class Tiles:
    """Weighted rows of one pattern.

    Parameters
    ----------
    shape : Shape
    points : ndarray of float64, shape (n_rows, n_dims)
        In bandwidths.
    codes : ndarray of int32, shape (n_rows, n_levels)
    factors : LevelFactors
    weight : ndarray of float64, shape (n_rows,)
        Positive.
    scale : ndarray of float64, shape (n_rows,), optional
        Inverse factors of the rows' own bandwidths.

    Notes
    -----
    Building costs O(n_rows log n_rows n_dims), a query O(n_rows n_dims) at most. A query's sum depends on no other
    query and on no number of threads. With a tolerance, whole tiles are left out as long as what their boxes allow them
    to add stays below half of it, and Gaussians are summed in single precision where that keeps to the other half.

    References
    ----------
    Gray and Moore (2003), Nonparametric density estimation: toward computational tractability.
    """

    shape: Shape
    points: Floats
    codes: NDArray[np.int32]
    factors: LevelFactors
    weight: Floats
    scale: Floats | None = None

    def log_sums(self, queries: Queries, rtol: float) -> Floats:
        """Log of the weighted sum of kernels (1 at their centre) at each query, shape (n,); -inf where none reaches."""
        plain = self.shape.code == 0 and self.scale is None and not len(queries.image_dims)
        single = plain and rtol >= SINGLE_RTOL
        lost = np.arange(len(queries))
        out = np.full(len(queries), np.nan)
        for attempt in (self._sums_single, self._sums_double, self._sums_peaked)[0 if single else 1 :]:
            out[lost], _ = attempt(queries.take(lost) if len(lost) < len(queries) else queries, rtol, NO_FLOATS)
            lost = np.flatnonzero(np.isnan(out))
            if not len(lost):
                break
        out[lost] = -np.inf
        return out

    def choose(self, queries: Queries, u: Floats, rtol: float) -> NDArray[np.int64]:
        """A row for each query, at the fraction ``u`` of the query's sum; -1 where no kernel reaches."""
        out, chosen = self._sums_double(queries, rtol, u)
        lost = np.flatnonzero(np.isnan(out))
        if len(lost):
            _, chosen[lost] = self._sums_peaked(queries.take(lost), rtol, u[lost])
        found = chosen >= 0
        chosen[found] = self._row[chosen[found]]
        return chosen

    def _sums_single(self, queries: Queries, rtol: float, u: Floats) -> Sums:
        least = LEAST_SINGLE * float(self.weight.max())
        return self._sums(self._single, queries, np.zeros(len(queries)), rtol, least, u)

    def _sums_double(self, queries: Queries, rtol: float, u: Floats) -> Sums:
        return self._sums(self._double, queries, np.full(len(queries), np.nan), rtol, LEAST_DOUBLE, u)

    def _sums_peaked(self, queries: Queries, rtol: float, u: Floats) -> Sums:
        """The same, shifted by the largest term itself, where that is far below what its tile's box suggests."""
        return self._sums(self._double, queries, self._peaks(queries), rtol, LEAST_DOUBLE, u)

    def _sums(self, stored: Stored, queries: Queries, shift: Floats, rtol: float, least: float, u: Floats) -> Sums:
        out, chosen = np.empty(len(queries)), np.full(len(u), -1, dtype=np.int64)
        far = np.log(max(queries.images.shape[1], 1) / (0.1 * rtol)) if rtol > 0 else 745.0
        sum_kernels(
            self.shape.code, *self._boxes, *stored, *self._levels, queries.image_dims, far, queries.at, queries.codes,
            queries.images, self._places(queries), shift, SPLIT * rtol, least, u, out, chosen, effective_n_threads(),
        )  # fmt: skip
        _check_memory(out)
        return out, chosen

    def _peaks(self, queries: Queries) -> Floats:
        out = np.empty(len(queries))
        offset, weight, scale = self._double
        find_peaks(
            self.shape.code, *self._boxes, offset, weight, scale, *self._levels,
            queries.at, queries.codes, self._places(queries), out, effective_n_threads(),
        )  # fmt: skip
        _check_memory(out)
        return np.maximum(out, -1e300)

    def _places(self, queries: Queries) -> NDArray[np.int64]:
        return np.full(len(queries), -1, dtype=np.int64) if queries.skip is None else self._place[queries.skip]

    # -- storage -------------------------------------------------------------------------------------------------------

    @cached_property
    def _row(self) -> NDArray[np.int64]:
        """Row at each place, shape (n_tiles 64,); the last tile is filled up with rows that do not count."""
        n = len(self.points)
        rows = np.arange(n, dtype=np.int64)
        keys = np.ascontiguousarray(np.hstack([self.points, self.codes * np.sqrt(2.0 * self.factors.penalty)]))
        order_rows(keys, rows, np.empty(n), np.empty(2 * keys.shape[1]))
        return np.concatenate([rows, np.full(-n % TILE, rows[-1])])

    @cached_property
    def _place(self) -> NDArray[np.int64]:
        place = np.empty(len(self.points), dtype=np.int64)
        place[self._row[: len(self.points)]] = np.arange(len(self.points))
        return place

    def _tiled_rows(self, values: NDArray[Any]) -> NDArray[Any]:
        """Rows of a matrix as (n_tiles, 64, n)."""
        return values[self._row].reshape(len(self._row) // TILE, TILE, values.shape[1])

    @cached_property
    def _tiled(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Offsets (n_tiles, n_dims, 64), and boxes' low ends, high ends and centres (n_tiles, n_dims)."""
        points = self._tiled_rows(self.points)
        low, high = points.min(axis=1), points.max(axis=1)
        center = 0.5 * (low + high)
        offsets = np.ascontiguousarray((points - center[:, None]).transpose(0, 2, 1))
        return offsets, low, high, center

    @cached_property
    def _weights(self) -> Floats:
        weight = self.weight[self._row]
        weight[len(self.points) :] = 0.0
        return weight.reshape(-1, TILE)

    @cached_property
    def _boxes(self) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        _, low, high, center = self._tiled
        least = NO_FLOATS if self.scale is None else self.scale[self._row].reshape(-1, TILE).min(axis=1)
        log_weight = np.log(self._weights.sum(axis=1))
        return np.ascontiguousarray(low.T), np.ascontiguousarray(high.T), center, log_weight, least

    @cached_property
    def _single(self) -> Stored:
        return (TO_BASE_2 * self._tiled[0]).astype(np.float32), self._weights.astype(np.float32), np.empty((0, TILE))

    @cached_property
    def _double(self) -> Stored:
        scale = np.empty((0, TILE)) if self.scale is None else self.scale[self._row].reshape(-1, TILE)
        return self._tiled[0], self._weights, scale

    @cached_property
    def _levels(self) -> Levels:
        codes = self._tiled_rows(self.codes)
        low, high = np.ascontiguousarray(codes.min(axis=1).T), np.ascontiguousarray(codes.max(axis=1).T)
        return np.ascontiguousarray(codes.transpose(0, 2, 1)), low, high, self.factors.penalty, self.factors.ordered


def _check_memory(out: Floats) -> None:
    if np.isposinf(out).any():
        raise MemoryError("kernel sums: no memory for the bounds of the tiles.")
