"""Optimal full-domain generalisation: every column to one level of its hierarchy, the least loss that holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthfast.exceptions import DataError
from synthfast.privacy._constraints import Constraints
from synthfast.privacy._keys import Classes, Digits, group_columns
from synthfast.privacy._partition import Partition, TreeColumn

__all__ = ["LatticeResult", "search_lattice"]

MAX_NODES: Final = 5_000_000
Levels = NDArray[np.int64]


@dataclass(frozen=True)
class LatticeResult:
    """The best node.

    Attributes
    ----------
    levels : ndarray of int64, shape (n_columns,)
        Level of each column.
    partition : Partition
        Classes that hold; the rows of the others are suppressed.
    loss : float
        Mean loss over rows and columns, suppressed rows counted as 1.
    n_checked : int
        Nodes whose classes were looked at, of n_nodes.
    """

    levels: Levels
    partition: Partition
    loss: float
    n_checked: int
    n_nodes: int


class _Lattice:
    """Nodes by ascending bound of their loss, and what is known of them."""

    def __init__(self, columns: Sequence[TreeColumn], k: int, bounds: Constraints, most_suppressed: int) -> None:
        self.columns, self.k, self.bounds, self.most_suppressed = columns, k, bounds, most_suppressed
        heights = [len(column.nodes) for column in columns]
        n_nodes = int(np.prod(heights, dtype=np.float64))
        if n_nodes > MAX_NODES:
            raise DataError(
                f"enforce_k_anonymity: the hierarchies span {n_nodes:.3g} combinations of levels, expected at most "
                f"{MAX_NODES}. Use fewer levels or columns, or method='mondrian'."
            )
        self.nodes: Levels = np.indices(heights).reshape(len(heights), -1).T
        losses = [column.level_losses() for column in columns]
        floor = np.mean([loss[self.nodes[:, place]] for place, loss in enumerate(losses)], axis=0)
        order = np.lexsort((self.nodes.sum(axis=1), floor))
        self.nodes, self.floor = self.nodes[order], floor[order]
        self.failed = np.zeros(len(order), dtype=bool)
        self.known: dict[int, tuple[bool, float]] = {}
        self.places = {tuple(levels): place for place, levels in enumerate(self.nodes.tolist())}
        self.rows = group_columns(
            [Digits(column.positions, 0, column.nodes.shape[1]) for column in columns], len(columns[0].positions)
        )
        self.first = self.rows.first_rows()
        self.n_checked = 0
        # With these bounds a node that fails says that all below it do: joining classes suppresses no more rows.
        self.prunes = bounds.keeps_with_outliers or most_suppressed == 0

    def classes(self, levels: Levels) -> tuple[Classes, NDArray[np.int64]]:
        """Classes of the distinct rows at a node, and how many rows of the table each class has."""
        digits = [
            Digits(column.nodes[level][column.positions[self.first]], 0, int(column.nodes[level][-1]) + 1)
            for column, level in zip(self.columns, levels, strict=True)
        ]
        found = group_columns(digits, len(self.first))
        return found, np.bincount(found.ids, self.rows.sizes, len(found)).astype(np.int64)

    def check(self, place: int) -> tuple[bool, float]:
        """Whether a node suppresses few enough rows, and its loss."""
        self.n_checked += 1
        levels = self.nodes[place]
        found, sizes = self.classes(levels)
        good = sizes >= self.k
        if self.bounds.active and int(sizes[~good].sum()) <= self.most_suppressed:
            good &= self.bounds.met(found.ids[self.rows.ids], sizes)
        n_rows = len(self.rows.ids)
        if n_rows - int(sizes[good].sum()) > self.most_suppressed:
            return False, np.inf
        kept = good[found.ids]
        lost = np.zeros(len(self.first))
        for column, level in zip(self.columns, levels, strict=True):
            lost += column.spans[level][column.positions[self.first]] / len(self.columns)
        return True, float((np.where(kept, lost, 1.0) * self.rows.sizes).sum()) / n_rows

    def looked_at(self, place: int) -> tuple[bool, float]:
        """As `check`, once for each node; a failure is tagged, and with it, where that follows, all that is finer."""
        if place not in self.known:
            self.known[place] = self.check(place)
            if not self.known[place][0]:
                self.failed[place] = True
                if self.prunes:
                    self.failed |= (self.nodes <= self.nodes[place]).all(axis=1)
        return self.known[place]

    def halve_chain(self, place: int) -> None:
        """Look for the lowest node that holds on a path upward from a node, so that the highest that fails is found."""
        path = self.chain(place)
        low, high = 0, len(path) - 1
        while low < high:
            middle = (low + high) // 2
            if self.looked_at(path[middle])[0]:
                high = middle
            else:
                low = middle + 1

    def chain(self, place: int) -> list[int]:
        """A path upward from a node, each step the generalisation of one column that loses least."""
        path, tops = [place], [len(column.nodes) for column in self.columns]
        while True:
            levels = self.nodes[path[-1]].tolist()
            free = [c for c, level in enumerate(levels) if level + 1 < tops[c]]
            steps = [[*levels[:c], levels[c] + 1, *levels[c + 1 :]] for c in free]
            if not steps:
                return path
            path.append(min(self.places[tuple(step)] for step in steps))

    def search(self) -> int:
        """The node of least loss that holds; the root does, as the whole table meets the bounds."""
        best, best_loss = -1, np.inf
        for place, floor in enumerate(self.floor):
            if floor >= best_loss:
                break
            if self.prunes and not self.failed[place] and place not in self.known:
                self.halve_chain(place)
            if self.failed[place]:
                continue
            holds, loss = self.looked_at(place)
            if holds and loss < best_loss:
                best, best_loss = place, loss
        return best


def search_lattice(columns: Sequence[TreeColumn], k: int, bounds: Constraints, most_suppressed: int) -> LatticeResult:
    """The node of least loss whose classes, less ``most_suppressed`` rows, all hold.

    Raises
    ------
    DataError
        If the lattice is too large.

    Notes
    -----
    Nodes are tried from the least loss that they could have; once that passes the best loss found, the search ends, so
    the result is optimal. A node that fails tags all its specialisations, and failures are looked for by halving a path
    upward through the lattice, as Flash does. Each check groups the distinct rows once.
    """
    lattice = _Lattice(columns, k, bounds, most_suppressed)
    best = lattice.search()
    levels = lattice.nodes[best]
    return LatticeResult(
        levels, _partition(lattice, levels), lattice.known[best][1], lattice.n_checked, len(lattice.nodes)
    )


def _partition(lattice: _Lattice, levels: Levels) -> Partition:
    found, sizes = lattice.classes(levels)
    good = sizes >= lattice.k
    ids = found.ids[lattice.rows.ids]
    if lattice.bounds.active:
        good &= lattice.bounds.met(ids, sizes)
    numbers = np.cumsum(good) - 1
    rows = np.flatnonzero(good[ids])
    order = np.argsort(numbers[ids[rows]], kind="stable")
    kept = sizes[good]
    return Partition(rows[order], np.cumsum(kept) - kept, len(ids))
