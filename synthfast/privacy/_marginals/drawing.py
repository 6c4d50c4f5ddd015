"""Rows of the density: each column from its conditional table, at the places of a scrambled Sobol' sequence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthfast._core.random import Stream
from synthfast._ext import _junction
from synthfast.privacy._marginals.junction import Cells, Index, JunctionTree, n_cells

__all__ = ["Draw", "conditional_tables"]


@dataclass(frozen=True)
class Step:
    """One column given columns that are drawn already: ``cumulated`` has shape (cells of parents, levels)."""

    column: int
    parents: tuple[int, ...]
    sizes: tuple[int, ...]
    cumulated: npt.NDArray[np.float64]


def conditional_tables(tree: JunctionTree, beliefs: Sequence[Cells]) -> list[Step]:
    """For each column, in the order of drawing, its law given those before it in its clique."""
    steps: list[Step] = []
    drawn: set[int] = set()
    for clique, belief in zip(tree.cliques, beliefs, strict=True):
        table = belief.reshape([tree.sizes[column] for column in clique])
        given = [column for column in clique if column in drawn]
        for column in clique:
            if column in drawn:
                continue
            others = tuple(place for place, c in enumerate(clique) if c != column and c not in given)
            kept = [c for c in clique if c == column or c in given]
            joint = np.transpose(table.sum(axis=others), [kept.index(c) for c in (*given, column)])
            sizes = tuple(tree.sizes[c] for c in given)
            rows = joint.reshape(n_cells(tree.sizes, given), tree.sizes[column])
            steps.append(Step(column, tuple(given), sizes, _cumulate(rows)))
            given.append(column)
            drawn.add(column)
    return steps


def _cumulate(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Cumulated shares of each row; a row that never comes gets the shares of all rows together."""
    totals = rows.sum(axis=1, keepdims=True)
    together = rows.sum(axis=0) / rows.sum()
    shares = np.divide(rows, totals, out=np.broadcast_to(together, rows.shape).copy(), where=totals > 0)
    cumulated = np.cumsum(shares, axis=1)
    return np.ascontiguousarray(cumulated / cumulated[:, -1:])


class Draw:
    """Draws levels of all columns, and the place of each row within its level.

    Parameters
    ----------
    steps : list of Step
    groups, shares : sequence
        Of :class:`~synthfast.privacy._marginals.release.Density`.
    """

    def __init__(
        self, steps: Sequence[Step], groups: Sequence[Index | None], shares: Sequence[npt.NDArray[np.float64]]
    ) -> None:
        self.steps = steps
        self._finer = [
            None if group is None else _within_groups(group, share) for group, share in zip(groups, shares, strict=True)
        ]

    def levels(self, n_rows: int, stream: Stream) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]:
        """The first ``n_rows`` rows of the block that ``stream`` is keyed by.

        Returns
        -------
        levels : ndarray of int32, shape (n_columns, n_rows)
        places : ndarray of float64, shape (n_columns, n_rows)
            In [0, 1), evenly spread within each level.
        """
        places = _sobol_places(len(self.steps), n_rows, stream)
        levels = np.empty((len(self.steps), n_rows), dtype=np.int32)
        out = np.empty_like(places)
        for dimension, step in enumerate(self.steps):
            key = np.zeros(n_rows, dtype=np.int64)
            for parent, size in zip(step.parents, step.sizes, strict=True):
                key *= size
                key += levels[parent]
            _junction.draw_levels(step.cumulated, key, places[dimension], levels[step.column])
            out[step.column] = places[dimension]
        for column, finer in enumerate(self._finer):
            if finer is not None:
                cumulated, members = finer
                group = levels[column].astype(np.int64)
                within = np.empty(n_rows, dtype=np.int32)
                _junction.draw_levels(cumulated, group, out[column], within)
                levels[column] = members[group, within]
        return levels, out


def _within_groups(
    group: Index, share: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int32]]:
    """Cumulated shares of each group's levels, and which levels these are, both of shape (n_groups, widest)."""
    sizes = np.bincount(group)
    order = np.argsort(group, kind="stable")
    members = np.zeros((len(sizes), int(sizes.max())), dtype=np.int32)
    shares = np.zeros(members.shape)
    start = 0
    for place, size in enumerate(sizes):
        own = order[start : start + size]
        weight = share[own] if share[own].sum() > 0 else np.ones(size)
        members[place, :size] = own
        members[place, size:] = own[-1]
        shares[place, :size] = weight / weight.sum()
        start += size
    cumulated = np.minimum(np.cumsum(shares, axis=1), 1.0)
    cumulated[np.arange(len(sizes)), sizes - 1] = 1.0
    for place, size in enumerate(sizes):
        cumulated[place, size:] = 1.0
    return np.ascontiguousarray(cumulated), members


def _sobol_places(n_dimensions: int, n_rows: int, stream: Stream) -> npt.NDArray[np.float64]:
    """Places in [0, 1), shape (n_dimensions, n_rows): Sobol' points under nested scrambling keyed by the stream.

    The first rows do not depend on ``n_rows``.

    References
    ----------
    A. B. Owen (1995), "Randomly permuted (t,m,s)-nets and (t,s)-sequences".
    B. Burley (2020), "Practical hash-based Owen scrambling".
    """
    from scipy.stats import qmc

    power = max(n_rows - 1, 0).bit_length()
    points = qmc.Sobol(n_dimensions, scramble=False, bits=32).random_base2(power)[:n_rows].T
    whole = np.ascontiguousarray(np.rint(points * 2.0**32), dtype=np.uint32)
    seeds = stream.child("scramble").integers(2**32, n_dimensions).astype(np.uint32)
    _junction.scramble_points(seeds, whole)
    places = np.empty((n_dimensions, n_rows))
    for dimension in range(n_dimensions):  # what the points' 32 bits leave open is drawn at random
        uniform = stream.child("place", dimension).uniform(n_rows)
        places[dimension] = np.minimum((whole[dimension] + uniform) * 2.0**-32, 1.0 - 2.0**-53)
    return places
