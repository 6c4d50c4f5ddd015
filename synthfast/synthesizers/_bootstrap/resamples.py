"""Resamples of n rows, many at a time: which rows each of them holds."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import Stream

__all__ = ["Clusters", "Resampler", "Singles", "Strata", "Stretches"]

Rows = NDArray[np.int64]


class Resampler(Protocol):
    """Draws resamples."""

    def draw(self, n_resamples: int, stream: Stream) -> list[Rows] | Rows:
        """Rows of each resample: an array (n_resamples, n_rows), or a list where their numbers differ."""

    def left_out(self) -> list[Rows]:
        """Rows of each jackknife sample: all but those of one unit."""


@dataclass(frozen=True)
class Singles:
    """Rows one by one; ``n_rows`` of them."""

    n_rows: int

    def draw(self, n_resamples: int, stream: Stream) -> Rows:
        """Rows of each resample."""
        return stream.integers(self.n_rows, n_resamples * self.n_rows, n_threads=1).reshape(n_resamples, self.n_rows)

    def left_out(self) -> list[Rows]:
        """All rows but one."""
        return [np.delete(np.arange(self.n_rows), i) for i in range(self.n_rows)]


@dataclass(frozen=True)
class Strata:
    """As many rows of each stratum as there are; ``number`` (n_rows,) is each row's stratum."""

    number: Rows

    def draw(self, n_resamples: int, stream: Stream) -> Rows:
        """Rows of each resample, stratum after stratum."""
        parts = []
        for k in range(int(self.number.max()) + 1):
            own = np.flatnonzero(self.number == k)
            picks = stream.child(k).integers(len(own), n_resamples * len(own), n_threads=1)
            parts.append(own[picks].reshape(n_resamples, len(own)))
        return np.concatenate(parts, axis=1)

    def left_out(self) -> list[Rows]:
        """All rows but one."""
        return Singles(len(self.number)).left_out()


@dataclass(frozen=True)
class Clusters:
    """As many clusters as there are; ``number`` (n_rows,) is each row's cluster."""

    number: Rows

    def _members(self) -> list[Rows]:
        order = np.argsort(self.number, kind="stable")
        return np.split(order, np.flatnonzero(np.diff(self.number[order])) + 1)

    def draw(self, n_resamples: int, stream: Stream) -> list[Rows]:
        """Rows of each resample, cluster after cluster."""
        members = self._members()
        picks = stream.integers(len(members), n_resamples * len(members), n_threads=1).reshape(n_resamples, -1)
        return [np.concatenate([members[k] for k in own]) for own in picks]

    def left_out(self) -> list[Rows]:
        """All rows but those of one cluster."""
        return [np.flatnonzero(self.number != k) for k in range(int(self.number.max()) + 1)]


@dataclass(frozen=True)
class Stretches:
    """Stretches of ``length`` consecutive rows, cut to ``n_rows`` in all."""

    n_rows: int
    length: int

    def draw(self, n_resamples: int, stream: Stream) -> Rows:
        """Rows of each resample, stretch after stretch."""
        n = -(-self.n_rows // self.length)
        first = stream.integers(self.n_rows - self.length + 1, n_resamples * n, n_threads=1).reshape(n_resamples, n, 1)
        return (first + np.arange(self.length)).reshape(n_resamples, -1)[:, : self.n_rows]

    def left_out(self) -> list[Rows]:
        """None: stretches overlap, so that no unit can be left out by itself."""
        return []
