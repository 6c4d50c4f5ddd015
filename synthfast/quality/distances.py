"""Distances between rows of mixed tables, the nearest rows, and row fingerprints: what the privacy metrics stand on."""

from collections.abc import Hashable

import numpy as np

from synthfast._core.mixing import GOLDEN, mix_words
from synthfast.marginals.ranks import count_runs
from synthfast.quality.columns import CodedTable, FloatArray, Tables
from synthfast.quality.sampling import SeedLike, stage_generator

__all__ = ["Embedding", "NeighbourSearch", "nearest_two", "row_fingerprints"]

MAX_QUERIES = 2_000
MAX_ROWS = 50_000
MAX_ONE_HOT = 64  # columns with more levels get random directions instead of an axis a level
DIRECTIONS = 32
CHUNK_CELLS = 8_000_000  # float32 products held at a time: 32 MB
ROUNDED_BITS = np.uint64(12)  # of 52 in a fraction: values that differ by less than 1e-12 of themselves are equal


class Embedding:
    """Rows as points whose squared distance is the sum over the columns of the squared distances of the cells.

    Two numbers lie as far apart as the share of the real table's values between them, two different categories 1, a
    missing and a known value at least 1. Columns of more than 64 levels hold their levels in random directions, which
    keeps the distance of two different ones at 1 within 0.2 or so, and that of equal ones at 0.

    Parameters
    ----------
    tables : Tables
        The tables to embed; the real one's values are the scale.
    generator : numpy.random.Generator
        Draws the directions.
    """

    def __init__(self, tables: Tables, generator: np.random.Generator) -> None:
        real = self._real = tables.real
        given = [table for table in tables if table is not None]
        self._with_missing = {
            name for name in real.coding.numeric if any(table.is_missing(name).any() for table in given)
        }
        self._grids: dict[Hashable, tuple[FloatArray, FloatArray]] = {}
        self._directions: dict[Hashable, np.ndarray] = {}
        for name in real.coding.numeric:
            points, counts = count_runs(real.sorted_values(name))
            self._grids[name] = points, (np.cumsum(counts) - 0.5 * counts) / max(1, counts.sum())
        for name in real.coding.categorical:
            self._directions[name] = _level_directions(len(real.coding.levels[name]) + 1, generator)

    def points(self, table: CodedTable) -> np.ndarray:
        """The table's rows as a float32 array of shape (n_rows, n_dimensions)."""
        parts = []
        for name in self._real.coding.compared:
            column = table.values(name)
            if name in self._directions:
                parts.append(self._directions[name][column + 1])
                continue
            missing = np.isnan(column)
            place = _place(column, *self._grids[name])
            parts.append(np.where(missing, 0.5, place)[:, None].astype(np.float32))
            if name in self._with_missing:
                parts.append(missing[:, None].astype(np.float32))
        return np.hstack(parts) if parts else np.empty((table.n_rows, 0), np.float32)


def _place(column: FloatArray, grid: FloatArray, shares: FloatArray) -> FloatArray:
    """Where a value lies among the real ones, 0 to 1; beyond them by up to 1 more, in units of their range."""
    if len(grid) == 0:
        return np.zeros(len(column))
    beyond = column - np.clip(column, grid[0], grid[-1])
    span = float(grid[-1] - grid[0]) or 1.0
    return np.interp(column, grid, shares) + np.clip(beyond / span, -1.0, 1.0)


def _level_directions(n_levels: int, generator: np.random.Generator) -> np.ndarray:
    """One vector per level, a distance of about 1 from each other."""
    if n_levels <= MAX_ONE_HOT:
        directions = np.eye(n_levels)
    else:
        directions = generator.standard_normal((n_levels, DIRECTIONS))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return (directions / np.sqrt(2.0)).astype(np.float32)


def nearest_two(
    queries: np.ndarray, points: np.ndarray, own: np.ndarray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Distances from every query to its nearest and second nearest point.

    Parameters
    ----------
    queries, points : ndarray of shape (n_queries, d), (n_points, d)
        float32.
    own : ndarray of shape (n_queries,) or None, default None
        Index of the point that is the query itself and does not count; -1 where none is.

    Returns
    -------
    first, second : ndarray of shape (n_queries,)
        float64; infinite where there are not so many points.

    Notes
    -----
    Candidates are found by float32 matrix products, their distances recomputed from differences, so that equal rows are
    exactly 0 apart. O(n_queries * n_points * d) time.
    """
    lengths = np.einsum("ij,ij->i", points, points)
    against = np.hstack([points, lengths[:, None]]).T
    step = max(1, CHUNK_CELLS // max(1, len(points)))
    found = [np.full(len(queries), np.inf) for _ in range(2)]
    for start in range(0, len(queries), step):
        some = queries[start : start + step]
        rows = np.arange(len(some))
        products = np.hstack([-2.0 * some, np.ones((len(some), 1), np.float32)]) @ against
        if own is not None:
            itself = own[start : start + step]
            products[rows[itself >= 0], itself[itself >= 0]] = np.inf
        for rank in range(min(2, len(points) - (own is not None))):
            at = products.argmin(axis=1)
            products[rows, at] = np.inf
            gaps = some.astype(np.float64) - points[at]
            found[rank][start : start + step] = np.sqrt(np.einsum("ij,ij->i", gaps, gaps))
    return np.minimum(*found), np.maximum(*found)


class NeighbourSearch:
    """Nearest-row distances between the tables of a comparison; each kind is computed once, when first asked for.

    Parameters
    ----------
    tables : Tables
        Coded tables.
    max_queries : int, default 2000
        Most rows of a table whose neighbours are looked up, drawn at random.
    max_rows : int, default 50000
        Most rows of a table among which neighbours are looked for, drawn at random.
    random_state : None, int, SeedSequence or Generator, default 0
        Seed of the draws.
    """

    def __init__(
        self,
        tables: Tables,
        *,
        max_queries: int = MAX_QUERIES,
        max_rows: int = MAX_ROWS,
        random_state: SeedLike = 0,
    ) -> None:
        generator = stage_generator(random_state, "neighbours")
        embedding = Embedding(tables, generator)
        self.max_queries = max_queries
        self._points: dict[str, np.ndarray] = {}
        self._asked: dict[str, np.ndarray] = {}
        for role, table in zip(("real", "synthetic", "holdout"), tables, strict=True):
            if table is None:
                continue
            points = self._points[role] = embedding.points(table.sample(max_rows, generator))
            n_asked = min(max_queries, len(points))
            self._asked[role] = np.sort(generator.choice(len(points), n_asked, replace=False))
        self._cache: dict[tuple[str, str, int], tuple[FloatArray, FloatArray]] = {}

    @property
    def has_holdout(self) -> bool:
        """Whether there are hold-out rows."""
        return "holdout" in self._points

    def n_rows(self, role: str) -> int:
        """Rows of a table among which neighbours are looked for."""
        return len(self._points[role])

    def n_asked(self, role: str) -> int:
        """Rows of a table whose neighbours are looked up."""
        return len(self._asked[role])

    def distances(self, queries: str, points: str, n_points: int | None = None) -> tuple[FloatArray, FloatArray]:
        """Distances from the asked rows of one table to the two nearest rows of another, or to others of the same one.

        Parameters
        ----------
        queries, points : {"real", "synthetic", "holdout"}
            The tables.
        n_points : int or None, default None
            How many of the points to look among; all by default.
        """
        among = self._points[points]
        size = len(among) if n_points is None else min(n_points, len(among))
        key = queries, points, size
        if key not in self._cache:
            rows = np.linspace(0, len(among) - 1, size).astype(np.int64)  # all, or evenly spaced ones
            own = None
            if queries == points:
                place = np.minimum(np.searchsorted(rows, self._asked[queries]), size - 1)
                own = np.where(rows[place] == self._asked[queries], place, -1)
            among = among if size == len(among) else among[rows]
            self._cache[key] = nearest_two(self._points[queries][self._asked[queries]], among, own)
        return self._cache[key]


def row_fingerprints(table: CodedTable) -> np.ndarray:
    """A 64-bit fingerprint of every row over all compared columns; numbers equal in 12 digits are equal."""
    fingerprint = np.full(table.n_rows, GOLDEN)
    for name in table.coding.compared:
        column = table.values(name)
        if column.dtype.kind == "f":
            bits = (np.where(np.isnan(column), np.nan, column) + 0.0).view(np.uint64)
            bits = (bits + (np.uint64(1) << (ROUNDED_BITS - np.uint64(1)))) >> ROUNDED_BITS
        else:
            bits = column.astype(np.int64).view(np.uint64)
        fingerprint = mix_words(fingerprint ^ bits) + GOLDEN
    return fingerprint
