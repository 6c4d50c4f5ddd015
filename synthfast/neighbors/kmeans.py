"""Clusters around means: k-means++ seeds and Lloyd's iterations, the same bits for any number of threads."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthfast._core.random import SeedLike, Stream
from synthfast._core.threads import effective_n_threads
from synthfast._core.validation import check_integer, check_number
from synthfast._ext import _kmeans
from synthfast.exceptions import DataError

__all__ = ["kmeans"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

TILE: Final = 64  # rows, as compiled
SIDE: Final = 4  # centres are compared in fours
MAX_PARTS: Final = 64  # runs of rows that are summed by themselves


def kmeans(
    points: ArrayLike,
    n_clusters: int,
    *,
    n_init: int = 1,
    max_iter: int = 300,
    tol: float = 1e-4,
    random_state: SeedLike = None,
    stream: Stream | None = None,
    n_threads: int | None = None,
) -> tuple[Floats, Integers, float]:
    """Cluster rows around means.

    Parameters
    ----------
    points : array_like of float, shape (n_rows, n_columns)
        Finite; columns count by their scale.
    n_clusters : int
        At least 1 and at most n_rows.
    n_init : int, default 1
        Runs from fresh seeds; the one of least inertia is kept.
    max_iter : int, default 300
        Most iterations of one run.
    tol : float, default 1e-4
        A run ends where the centres move, squared and summed, by at most ``tol`` times the mean variance of the
        columns, or where no row changes its cluster.
    random_state : None, int, numpy SeedSequence or Generator
        Seed of the seeds.
    stream : Stream, optional
        Stream of the seeds, in place of ``random_state``.
    n_threads : int, optional
        Threads to use; the result does not depend on it.

    Returns
    -------
    centers : ndarray of float64, shape (n_clusters, n_columns)
        Means of the clusters. Where there are fewer distinct rows than clusters, some are alike and all but the first
        of them are empty.
    labels : ndarray of int64, shape (n_rows,)
        The nearest centre of each row, the first of several.
    inertia : float
        Sum of squared distances to the nearest centre.

    Raises
    ------
    DataError
        If ``points`` is not two-dimensional, is empty, or holds a number that is not finite.
    ValueError, TypeError
        If a parameter is out of its range.

    Notes
    -----
    Seeds are drawn one after another by their squared distance to those before; of ``2 + log(n_clusters)`` candidates
    the best is taken. An emptied cluster moves to the row that is farthest from its own centre. Each iteration costs
    O(n_rows n_clusters n_columns), with SIMD across rows; memory is 8 bytes a cell.

    References
    ----------
    Lloyd (1982), Least squares quantization in PCM. Arthur and Vassilvitskii (2007), k-means++: the advantages of
    careful seeding.

    Examples
    --------
    >>> from synthfast.neighbors.kmeans import kmeans
    >>> centers, labels, inertia = kmeans([[0.0], [1.0], [9.0], [10.0]], 2, random_state=0)
    >>> sorted(centers.ravel().tolist()), inertia
    ([0.5, 9.5], 1.0)
    """
    rows = _checked(points)
    n_clusters = check_integer("n_clusters", n_clusters, minimum=1, maximum=len(rows))
    n_init = check_integer("n_init", n_init, minimum=1)
    max_iter = check_integer("max_iter", max_iter, minimum=1)
    tol = check_number("tol", tol, minimum=0.0)
    source = Stream.from_seed(random_state) if stream is None else stream
    tiled = _Tiles.of(rows, effective_n_threads(n_threads))
    tolerance = tol * tiled.variance()
    best: tuple[Floats, Integers, float] | None = None
    for run in range(n_init):
        seeds = _seed(tiled, n_clusters, source.child("run", run))
        found = _iterate(tiled, seeds, max_iter, tolerance)
        if best is None or found[2] < best[2]:
            best = found
    assert best is not None
    return best[0] + tiled.shift, best[1], best[2]


def _checked(points: ArrayLike) -> Floats:
    rows = np.ascontiguousarray(points, dtype=np.float64)
    if rows.ndim != 2 or not rows.size:
        raise DataError(f"kmeans: expected points of shape (n_rows, n_columns), not empty, got shape {rows.shape}.")
    if not np.isfinite(rows).all():
        row, column = np.argwhere(~np.isfinite(rows))[0]
        raise DataError(
            f"kmeans: expected finite numbers, got {rows[row, column]} in row {row}, column {column}. Fill or drop it."
        )
    return rows


@dataclass(frozen=True)
class _Tiles:
    """Centred rows as the kernels read them."""

    values: Floats  # (n_tiles, n_columns, 64)
    shift: Floats  # (n_columns,)
    n_rows: int
    n_threads: int

    @classmethod
    def of(cls, rows: Floats, n_threads: int) -> "_Tiles":
        n_rows, n_columns = rows.shape
        shift = rows.mean(axis=0)
        values = np.empty((-(-n_rows // TILE), n_columns, TILE))
        _kmeans.fill_tiles(rows, shift, values, n_threads)
        return cls(values, shift, n_rows, n_threads)

    @property
    def n_parts(self) -> int:
        return min(MAX_PARTS, len(self.values))

    def row(self, k: int) -> Floats:
        """One row, shape (n_columns,)."""
        return self.values[k // TILE, :, k % TILE]

    def far(self) -> Floats:
        """Infinite distances of the rows, 0 past the last one, shape (64 n_tiles,)."""
        out = np.zeros(len(self.values) * TILE)
        out[: self.n_rows] = np.inf
        return out

    def lower(self, points: Floats, nearest: Floats) -> tuple[Floats, Floats]:
        """Lesser distances with each of the points (n_points, 64 n_tiles), and their sums (n_parts, n_points)."""
        lowered, sums = np.empty((len(points), len(nearest))), np.empty((self.n_parts, len(points)))
        _kmeans.lower_distances(self.values, points, nearest, lowered, sums, self.n_threads)
        return lowered, sums

    def variance(self) -> float:
        """Mean of the columns' variances."""
        middle = np.zeros((1, self.values.shape[1]))
        return float(self.lower(middle, self.far())[1].sum()) / (self.n_rows * middle.size)

    def distances(self, centers: Floats, labels: Integers) -> Floats:
        """Squared distance of each row to the centre of its label, shape (n_rows,)."""
        out = np.empty(self.n_rows)
        _kmeans.measure_points(self.values, centers, labels, out, self.n_threads)
        return out


def _seed(tiles: _Tiles, n_clusters: int, stream: Stream) -> Floats:
    """Greedy k-means++: centres, shape (n_clusters, n_columns)."""
    n_candidates = 2 + int(np.log(n_clusters))
    centers = np.empty((n_clusters, tiles.values.shape[1]))
    centers[0] = tiles.row(int(stream.child("first").integers(tiles.n_rows, 1)[0]))
    lowered, sums = tiles.lower(centers[:1], tiles.far())
    best = 0
    rows = np.empty(n_candidates, dtype=np.int64)
    for k in range(1, n_clusters):
        nearest, own_sums = lowered[best], np.ascontiguousarray(sums[:, best])
        aims = stream.child("pick", k).uniform(n_candidates) * own_sums.sum()
        _kmeans.pick_rows(nearest, own_sums, aims, rows)
        candidates = np.array([tiles.row(int(row)) for row in rows])
        lowered, sums = tiles.lower(candidates, nearest)
        best = int(np.argmin(sums.sum(axis=0)))
        centers[k] = candidates[best]
    return centers


class _Members:
    """The nearest centre of every row, and what the rows of each centre add up to."""

    def __init__(self, tiles: _Tiles, n_clusters: int) -> None:
        self.tiles, self.n_clusters = tiles, n_clusters
        n_padded = -(-n_clusters // SIDE) * SIDE
        self.labels = np.full(tiles.n_rows, -1, dtype=np.int64)
        self._sums = np.zeros((tiles.n_parts, n_padded, tiles.values.shape[1]))
        self._counts = np.zeros((tiles.n_parts, n_padded), dtype=np.int64)

    def assign(self, centers: Floats) -> int:
        """Take up new centres; the number of rows that change theirs."""
        n, n_padded = self.n_clusters, self._sums.shape[1]
        padded, half_norms = np.zeros((n_padded, centers.shape[1])), np.full(n_padded, np.inf)
        padded[:n], half_norms[:n] = centers, 0.5 * np.square(centers).sum(axis=1)
        tiles = self.tiles
        return _kmeans.assign_points(
            tiles.values, padded, half_norms, self.labels, self._sums, self._counts, tiles.n_threads
        )

    def means(self, centers: Floats) -> Floats:
        """Means of the clusters. An empty one moves from its centre to a row that is farthest from its own."""
        counts = self._counts.sum(axis=0)[: self.n_clusters]
        sums = self._sums.sum(axis=0)[: self.n_clusters]
        means = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], centers)
        empty = np.flatnonzero(counts == 0)
        if len(empty):
            distances = self.tiles.distances(means, self.labels)
            farthest = np.argsort(-distances, kind="stable")[: len(empty)]
            for k, row in zip(empty, farthest, strict=True):
                if distances[row] > 0.0:
                    means[k] = self.tiles.row(int(row))
        return means


def _iterate(tiles: _Tiles, centers: Floats, max_iter: int, tolerance: float) -> tuple[Floats, Integers, float]:
    """Lloyd's iterations: centres (of centred rows), labels and inertia."""
    members = _Members(tiles, len(centers))
    for _ in range(max_iter):
        n_moved = members.assign(centers)
        before, centers = centers, members.means(centers)
        if not n_moved or float(np.square(centers - before).sum()) <= tolerance:
            break
    afresh = _Members(tiles, len(centers))  # sums that rows came to and left have rounding errors of their own
    afresh.assign(centers)
    return centers, afresh.labels, float(tiles.distances(centers, afresh.labels).sum())
