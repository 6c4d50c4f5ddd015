"""An order for the levels of an unordered column, so that one latent normal carries most of its dependence.

Every unordered column gets scores that maximise the sum of its squared correlations with the other columns' scores,
each in turn until nothing moves (nonlinear principal components with nominal single scaling). Sorting the levels by
score gives the latent intervals. All that is read of the data are two-way tables of integer counts, so any split of the
rows gives the same order.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.threads import effective_n_threads
from synthfast._ext._contingency import count_pairs
from synthfast.synthesizers._correlation import StepFunction
from synthfast.synthesizers._latent import Latent, LevelLatent, NumericLatent
from synthfast.synthesizers._rows import ColumnCounts, Rows

__all__ = ["PairTables", "order_levels", "order_unordered"]

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

COARSE_BINS = 16
COARSE_LEVELS = 64
MAX_ORDERED_LEVELS = 4_096
MAX_SWEEPS = 30
POWER_STEPS = 4


@dataclass
class PairTables:
    """Counts of every unordered column's levels against every other column's coarse codes.

    Parameters
    ----------
    n_levels : list of int
        Levels of the unordered columns, in full.
    n_coarse : list of int
        Coarse codes of all columns; the unordered ones come first, in the same order.
    """

    n_levels: list[int]
    n_coarse: list[int]

    def __post_init__(self) -> None:
        n_rows, n_columns = len(self.n_levels), len(self.n_coarse)
        self.pairs = [(j, i) for j in range(n_rows) for i in range(n_columns) if i != j]
        sizes = [self.n_levels[j] * self.n_coarse[i] for j, i in self.pairs]
        self._offset = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self._first = np.array([j for j, _ in self.pairs], dtype=np.int64)
        self._second = np.array([n_rows + i for _, i in self.pairs], dtype=np.int64)
        self._width = np.array([self.n_coarse[i] for _, i in self.pairs], dtype=np.int64)
        self.counts = np.zeros(int(self._offset[-1]), dtype=np.int64)

    def add(self, codes: NDArray[np.int32]) -> None:
        """Count a batch: full codes of the unordered columns, then coarse codes of all, shape (n_both, n_rows)."""
        threads = effective_n_threads()
        count_pairs(codes, self._first, self._second, self._width, self._offset[:-1], self.counts, threads)

    def table(self, j: int, i: int) -> Counts:
        """Counts of unordered column ``j`` (rows) against column ``i``, shape (n_levels[j], n_coarse[i])."""
        p = j * (len(self.n_coarse) - 1) + (i if i < j else i - 1)
        return self.counts[self._offset[p] : self._offset[p + 1]].reshape(self.n_levels[j], self.n_coarse[i])


def order_levels(
    tables: PairTables, level_counts: list[Counts], coarse: list[NDArray[np.int64]], fixed_scores: list[Floats]
) -> list[NDArray[np.int64]]:
    """Order the levels of every unordered column.

    Parameters
    ----------
    tables : PairTables
    level_counts : list of ndarray of int64
        Rows that hold each level of the unordered columns.
    coarse : list of ndarray of int64
        Coarse code of each level of the unordered columns.
    fixed_scores : list of ndarray of float64
        Scores of the coarse codes of the other columns, which keep the order that they have.

    Returns
    -------
    list of ndarray of int64
        For each unordered column its levels in latent order.

    References
    ----------
    Gifi (1990), Nonlinear Multivariate Analysis; De Leeuw and Mair (2009), J. Stat. Softw. 31(4).
    """
    n = len(tables.n_levels)
    scores = [_leading_scores(tables, level_counts[j], j) for j in range(n)]
    coarse_scores = [_coarsen(scores[j], level_counts[j], coarse[j], tables.n_coarse[j]) for j in range(n)]
    coarse_scores += [np.asarray(s) for s in fixed_scores]
    for _ in range(MAX_SWEEPS):
        moved = 0.0
        for j in range(n):
            means = _conditional_means(tables, j, coarse_scores, level_counts[j])
            update = _principal_scores(means, level_counts[j], scores[j])
            moved = max(moved, 1.0 - float(update @ (level_counts[j] * scores[j])) / level_counts[j].sum())
            scores[j] = update
            coarse_scores[j] = _coarsen(update, level_counts[j], coarse[j], tables.n_coarse[j])
        if moved < 1e-6:
            break
    return [np.argsort(s, kind="stable").astype(np.int64) for s in scores]


def _leading_scores(tables: PairTables, counts: Counts, j: int) -> Floats:
    """First correspondence-analysis scores of column ``j`` against all others at once: where the sweeps start."""
    blocks = []
    for i in range(len(tables.n_coarse)):
        if i == j:
            continue
        table = tables.table(j, i).astype(np.float64)
        rows, columns = table.sum(axis=1, keepdims=True), table.sum(axis=0, keepdims=True)
        expected = rows * columns / max(table.sum(), 1.0)
        blocks.append((table - expected) / np.sqrt(np.maximum(expected, 1e-12)) * np.sqrt(rows > 0))
    if not blocks:
        return _standardise(np.arange(len(counts), dtype=np.float64), counts)
    block = np.hstack(blocks)
    return _standardise(_leading_left(block) / np.sqrt(np.maximum(counts, 1)), counts)


def _leading_left(block: Floats) -> Floats:
    """Leading left singular vector by power iteration from the longest row, so nothing is random."""
    x = block[np.argmax((block * block).sum(axis=1))]
    left = block @ x
    for _ in range(100):
        norm = np.linalg.norm(left)
        if norm == 0.0:
            break
        left = block @ (block.T @ (left / norm))
    return left


def _conditional_means(tables: PairTables, j: int, scores: list[Floats], counts: Counts) -> Floats:
    """Mean score of every other column in each level of column ``j``, shape (n_levels, n_others)."""
    means = np.empty((len(counts), len(scores) - 1))
    for position, i in enumerate(i for i in range(len(scores)) if i != j):
        means[:, position] = tables.table(j, i) @ scores[i]
    return means / np.maximum(counts, 1)[:, None]


def _principal_scores(means: Floats, counts: Counts, scores: Floats) -> Floats:
    """Scores nearer to the highest sum of squared covariances with the others.

    That is the first principal component of the means; a few power steps from the present scores, which the sweeps
    around repeat until nothing moves.
    """
    centred = means - np.average(means, axis=0, weights=counts)
    if not centred.any():
        return scores
    for _ in range(POWER_STEPS):
        scores = _standardise(centred @ (centred.T @ (counts * scores)), counts)
    return scores


def _coarsen(scores: Floats, counts: Counts, coarse: NDArray[np.int64], n_coarse: int) -> Floats:
    """Mean score in every coarse code."""
    total = np.bincount(coarse, counts * scores, n_coarse)
    return total / np.maximum(np.bincount(coarse, counts, n_coarse), 1)


def _standardise(scores: Floats, counts: Counts) -> Floats:
    """Weighted mean 0 and variance 1."""
    centred = scores - np.average(scores, weights=counts)
    spread = np.sqrt(np.average(centred**2, weights=counts))
    return centred / spread if spread > 0 else centred


def order_unordered(columns: Mapping[Hashable, ColumnCounts], rows: Rows, latents: dict[Hashable, Latent]) -> None:
    """Replace the latents of unordered columns of three levels or more by ones in an order that keeps dependence."""
    unordered = [n for n, c in columns.items() if c.kind == "levels" and not c.ordered and c.n_levels > 2]
    if not unordered or len(columns) < 2:
        return
    names = [*unordered, *(name for name in columns if name not in unordered)]
    views = {name: _CoarseView(columns[name], latents[name]) for name in names}
    pooled = {name: _pool_levels(columns[name], MAX_ORDERED_LEVELS) for name in unordered}
    tables = PairTables([int(pooled[n].max()) + 1 for n in unordered], [views[n].n_codes for n in names])

    def encode(values: dict[Hashable, NDArray[Any]]) -> NDArray[np.int32]:
        codes = [_take(pooled[name], values[name]) for name in unordered]
        return np.array(codes + [views[name].codes(values[name]) for name in names], dtype=np.int32)

    for codes in rows.map(encode):
        tables.add(codes)
    counts = [_pooled_counts(columns[name], pooled[name]) for name in unordered]
    coarse = [_coarse_of_pool(views[name].lookup, pooled[name]) for name in unordered]
    fixed = [views[name].scores() for name in names[len(unordered) :]]
    for name, order in zip(unordered, order_levels(tables, counts, coarse, fixed), strict=True):
        position = np.empty(len(order), dtype=np.int64)
        position[order] = np.arange(len(order))
        latents[name] = LevelLatent.from_counts(
            columns[name].level_counts(), np.argsort(position[pooled[name]], kind="stable")
        )


class _CoarseView:
    """A column in few codes: up to 64 values or levels singly, more numbers in equal-mass bins, more levels by size."""

    def __init__(self, column: ColumnCounts, latent: Latent) -> None:
        self._column, self._latent = column, latent
        if column.kind == "levels":
            self.lookup = _pool_levels(column, COARSE_LEVELS)
            self.n_codes = int(self.lookup.max()) + 1
        else:
            assert isinstance(latent, NumericLatent)
            single = np.unique(latent.table.probabilities)
            self.cuts = single if len(single) <= COARSE_LEVELS + 1 else np.linspace(0, 1, COARSE_BINS + 1)
            self.n_codes = len(self.cuts) - 1

    def codes(self, values: NDArray[Any]) -> NDArray[np.int32]:
        """Coarse codes of encoded values, -1 where missing."""
        if self._column.kind == "levels":
            return _take(self.lookup, values)
        assert isinstance(self._latent, NumericLatent)
        reached = self._latent.table.cdf(values)
        bins = np.searchsorted(self.cuts[1:-1], reached, side="left").astype(np.int32)
        bins[np.isnan(reached)] = -1
        return bins

    def scores(self) -> NDArray[np.float64]:
        """Mean normal score of every coarse code."""
        if self._column.kind == "numeric":
            return StepFunction.from_probabilities(self.cuts).scores
        level = self._latent.score(np.arange(self._column.n_levels))
        return _coarsen(level, self._column.level_counts(), self.lookup, self.n_codes)


def _pool_levels(column: ColumnCounts, limit: int) -> NDArray[np.int64]:
    """Code of each level when at most ``limit`` codes are wanted: the frequent levels singly, the rest as the last."""
    if column.n_levels <= limit:
        return np.arange(column.n_levels)
    counts = column.level_counts()
    pool = np.full(column.n_levels, limit - 1)
    pool[np.argsort(-counts, kind="stable")[: limit - 1]] = np.arange(limit - 1)
    return pool


def _take(lookup: NDArray[np.int64], codes: NDArray[Any]) -> NDArray[np.int32]:
    """``lookup[codes]``, with -1 for the code -1."""
    return np.append(lookup, -1).astype(np.int32)[codes]


def _pooled_counts(column: ColumnCounts, pool: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.bincount(pool, column.level_counts()).astype(np.int64)


def _coarse_of_pool(lookup: NDArray[np.int64], pool: NDArray[np.int64]) -> NDArray[np.int64]:
    """Coarse code of every pooled level; both pool by frequency, so a pooled level lies within one coarse code."""
    out = np.empty(int(pool.max()) + 1, dtype=np.int64)
    out[pool] = lookup
    return out
