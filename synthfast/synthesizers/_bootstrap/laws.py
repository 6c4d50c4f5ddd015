"""Which rows a bootstrap takes: one by one, by strata, by whole clusters, or by stretches of ordered rows.

A law is a pure function of its own parts and a stream, and a short draw of a block is a prefix of a long one.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import BLOCK_ROWS, STRATUM_ROWS, AliasTable, Stream

__all__ = ["ClusterLaw", "RowLaw", "SingleLaw", "StratumLaw", "StretchLaw"]

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class SingleLaw:
    """Rows drawn one by one.

    Parameters
    ----------
    rows : ndarray of int64, shape (n_allowed,)
        Rows that may be drawn.
    weights : ndarray of float64, shape (n_allowed,), or None
        Their weights, not all 0; None where all are alike.
    """

    rows: Rows
    weights: Floats | None = None

    @property
    def n_units(self) -> int:
        """Rows."""
        return len(self.rows)

    @cached_property
    def _alias(self) -> AliasTable | None:
        return None if self.weights is None else AliasTable(self.weights)

    def draw(self, n_rows: int, stream: Stream) -> Rows:
        """The first rows of a block."""
        source = stream.child("row")
        if self._alias is None:
            return self.rows[source.integers(len(self.rows), n_rows)]
        return self.rows[source.choice(self._alias, n_rows)]

    def within(self, allowed: Mask) -> "SingleLaw":
        """The law among allowed rows."""
        kept = allowed[self.rows]
        return SingleLaw(self.rows[kept], None if self.weights is None else self.weights[kept])

    def reweighted(self, stream: Stream) -> "SingleLaw":
        """The law with random weights."""
        random = stream.exponential(len(self.rows))
        return SingleLaw(self.rows, random if self.weights is None else random * self.weights)


@dataclass(frozen=True)
class StratumLaw:
    """Rows drawn within strata, each 1,024 rows holding as many of a stratum as its share makes up, but for rounding.

    Parameters
    ----------
    rows : ndarray of int64, shape (n_allowed,)
        Rows that may be drawn, stratum after stratum.
    starts : ndarray of int64, shape (n_strata + 1,)
        Where each stratum begins.
    shares : ndarray of float64, shape (n_strata,)
        Share of each stratum among the rows drawn; they sum to 1.
    weights : ndarray of float64, shape (n_allowed,), or None
        Weights of the rows within their stratum.
    """

    rows: Rows
    starts: Rows
    shares: Floats
    weights: Floats | None = None

    @property
    def n_units(self) -> int:
        """Rows."""
        return len(self.rows)

    @classmethod
    def of(cls, strata: NDArray[np.int64], weights: Floats | None) -> "StratumLaw":
        """From each row's stratum; its share is that of its rows, or of their weights."""
        rows = np.argsort(strata, kind="stable")
        starts = np.flatnonzero(np.r_[True, np.diff(strata[rows]) != 0])
        own = None if weights is None else weights[rows]
        sums = np.diff(np.r_[starts, len(rows)]) if own is None else np.add.reduceat(own, starts)
        return cls(rows, np.r_[starts, len(rows)], sums / sums.sum(), own)

    @cached_property
    def _reach(self) -> Floats:
        assert self.weights is not None
        return np.cumsum(self.weights)

    def draw(self, n_rows: int, stream: Stream) -> Rows:
        """The first rows of a block."""
        n_groups = -(-n_rows // STRATUM_ROWS)
        stratum = self._strata(n_groups, stream)
        u = stream.child("row").uniform(n_groups * STRATUM_ROWS)
        return self.rows[self._places(stratum, u)][:n_rows]

    def _strata(self, n_groups: int, stream: Stream) -> NDArray[np.int64]:
        """Strata of whole groups of 1,024 rows: systematic in each group, then shuffled."""
        teeth = np.arange(STRATUM_ROWS) + stream.child("comb").uniform(n_groups)[:, None]
        inside = np.cumsum(self.shares)[:-1]
        sorted_strata = np.searchsorted(inside, teeth / STRATUM_ROWS, side="right")
        order = np.argsort(
            stream.child("order").uniform(n_groups * STRATUM_ROWS).reshape(n_groups, STRATUM_ROWS), axis=1
        )
        return np.take_along_axis(sorted_strata, order, axis=1).ravel()

    def _places(self, stratum: NDArray[np.int64], u: Floats) -> Rows:
        first, last = self.starts[stratum], self.starts[stratum + 1] - 1
        if self.weights is None:
            return np.minimum(first + (u * (last + 1 - first)).astype(np.int64), last)
        before = np.where(first > 0, self._reach[first - 1], 0.0)
        aim = before + u * (self._reach[last] - before)
        return np.clip(np.searchsorted(self._reach, aim, side="right"), first, last)

    def within(self, allowed: Mask) -> "StratumLaw":
        """The law among allowed rows; strata keep the proportions of what is left of them."""
        kept = allowed[self.rows]
        weights = np.ones(len(self.rows)) if self.weights is None else self.weights
        before, sums = (np.add.reduceat(w, self.starts[:-1]) for w in (weights, np.where(kept, weights, 0.0)))
        left = np.add.reduceat(kept.astype(np.int64), self.starts[:-1])
        alive = sums > 0.0
        shares = (self.shares * sums / before)[alive]
        starts = np.r_[0, np.cumsum(left[alive])]
        kept &= np.repeat(alive, np.diff(self.starts))
        own = None if self.weights is None else self.weights[kept]
        return StratumLaw(self.rows[kept], starts, shares / shares.sum(), own)

    def reweighted(self, stream: Stream) -> "StratumLaw":
        """The law with random weights of the rows within each stratum."""
        random = stream.exponential(len(self.rows))
        return replace(self, weights=random if self.weights is None else random * self.weights)


@dataclass(frozen=True)
class ClusterLaw:
    """Whole clusters, one after another; the last one of each 65,536 rows is cut there.

    Parameters
    ----------
    rows : ndarray of int64, shape (n_allowed,)
        Rows that may be drawn, cluster after cluster, in each as they were given.
    starts : ndarray of int64, shape (n_clusters + 1,)
        Where each cluster begins.
    weights : ndarray of float64, shape (n_clusters,), or None
        Weights of the clusters; None where all are alike.
    """

    rows: Rows
    starts: Rows
    weights: Floats | None = None

    @classmethod
    def of(cls, clusters: NDArray[np.int64]) -> "ClusterLaw":
        """From each row's cluster."""
        rows = np.argsort(clusters, kind="stable")
        starts = np.flatnonzero(np.r_[True, np.diff(clusters[rows]) != 0])
        return cls(rows, np.r_[starts, len(rows)])

    @property
    def n_units(self) -> int:
        """Clusters."""
        return len(self.starts) - 1

    @property
    def sizes(self) -> Rows:
        """Rows of each cluster."""
        return np.diff(self.starts)

    @cached_property
    def _alias(self) -> AliasTable | None:
        return None if self.weights is None else AliasTable(self.weights)

    def draw(self, n_rows: int, stream: Stream) -> Rows:
        """The first rows of a block. Of the cluster that is cut a stretch is taken from anywhere, going round."""
        chosen = self._clusters(n_rows, stream.child("cluster"))
        sizes = self.sizes[chosen]
        end = np.cumsum(sizes)
        turn = np.zeros(len(chosen), dtype=np.int64)
        cut = np.flatnonzero(end > BLOCK_ROWS)
        if len(cut):
            turn[cut[0]] = int(stream.child("turn").uniform(1)[0] * sizes[cut[0]])
        own = np.repeat(np.arange(len(chosen)), sizes)[:n_rows]
        place = np.arange(len(own)) - (end - sizes)[own]
        return self.rows[self.starts[chosen[own]] + (place + turn[own]) % sizes[own]]

    def _clusters(self, n_rows: int, source: Stream) -> NDArray[np.int64]:
        """As many clusters as ``n_rows`` rows take, and no fewer for more rows."""
        n = 16 + int(1.2 * n_rows * len(self.sizes) / len(self.rows))
        while True:
            chosen = (
                source.integers(len(self.sizes), n)
                if self._alias is None
                else source.choice(self._alias, n).astype(np.int64)
            )
            reach = np.cumsum(self.sizes[chosen])
            if reach[-1] >= n_rows:
                return chosen[: int(np.searchsorted(reach, n_rows)) + 1]
            n *= 2

    def within(self, allowed: Mask) -> "ClusterLaw":
        """The law among allowed rows; clusters without any are not drawn."""
        kept = allowed[self.rows]
        left = np.add.reduceat(kept.astype(np.int64), self.starts[:-1])
        alive = left > 0
        own = None if self.weights is None else self.weights[alive]
        return ClusterLaw(self.rows[kept], np.r_[0, np.cumsum(left[alive])], own)

    def reweighted(self, stream: Stream) -> "ClusterLaw":
        """The law with random weights of the clusters."""
        random = stream.exponential(len(self.sizes))
        return replace(self, weights=random if self.weights is None else random * self.weights)


@dataclass(frozen=True)
class StretchLaw:
    """Stretches of consecutive rows, one after another; the last one of each 65,536 rows is cut there.

    Parameters
    ----------
    n_train : int
        Training rows.
    length : int
        Rows of a stretch, at most ``n_train``.
    """

    n_train: int
    length: int

    @property
    def n_units(self) -> int:
        """Stretches."""
        return self.n_train - self.length + 1

    def draw(self, n_rows: int, stream: Stream) -> Rows:
        """The first rows of a block."""
        n_stretches = -(-n_rows // self.length)
        first = stream.child("stretch").integers(self.n_train - self.length + 1, n_stretches)
        return (first[:, None] + np.arange(self.length)).ravel()[:n_rows]


RowLaw = SingleLaw | StratumLaw | ClusterLaw | StretchLaw
