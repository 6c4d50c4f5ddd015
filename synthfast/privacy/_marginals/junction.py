"""Junction trees: tables over cliques of columns that agree where they overlap."""

from collections.abc import Iterable, Sequence
from math import prod

import numpy as np
import numpy.typing as npt

from synthfast._ext import _junction

__all__ = ["JunctionTree", "cell_index", "maximal_cliques", "n_cells"]

Clique = tuple[int, ...]
Cells = npt.NDArray[np.float64]
Index = npt.NDArray[np.int32]

# Log-potentials further below a clique's largest one are cut off: products of several cliques then do not run out of
# the range of floats, and what is changed has a probability of 1e-43 or less.
LEAST = -100.0
SMALLEST = 1e-250  # messages below it are none: dividing by them would leave the range


def n_cells(sizes: Sequence[int], clique: Iterable[int]) -> int:
    """Cells of the table over some columns."""
    return prod(sizes[column] for column in clique)


def maximal_cliques(sizes: Sequence[int], cliques: Iterable[Clique]) -> list[Clique]:
    """Cliques of a triangulated graph that has every given clique, by elimination with the least new cells first."""
    near = [0] * len(sizes)  # bit b of near[a]: columns a and b share a clique
    for clique in cliques:
        bits = sum(1 << column for column in clique)
        for column in clique:
            near[column] |= bits & ~(1 << column)
    left = (1 << len(sizes)) - 1
    found: list[int] = []
    cost = {column: _elimination_cost(sizes, near, column) for column in range(len(sizes))}
    while left:
        column = min(cost, key=lambda c: (cost[c], c))
        around = near[column]
        members = _members(around)
        for other in members:
            near[other] = (near[other] | around) & ~((1 << other) | (1 << column))
        left &= ~(1 << column)
        del cost[column]
        for other in {*members, *(far for member in members for far in _members(near[member]))}:
            cost[other] = _elimination_cost(sizes, near, other)
        bits = around | (1 << column)
        if not any(bits & ~kept == 0 for kept in found):
            found.append(bits)
    return [tuple(_members(bits)) for bits in found]


def _elimination_cost(sizes: Sequence[int], near: Sequence[int], column: int) -> tuple[float, float]:
    """Cells of the clique that eliminating a column makes; nothing is made where its neighbours are joined already."""
    members = _members(near[column])
    cells = float(sizes[column]) * prod(float(sizes[other]) for other in members)
    joined = all(near[column] & ~near[other] == 1 << other for other in members)
    return (0.0 if joined else cells, cells)


def _members(bits: int) -> list[int]:
    out = []
    while bits:
        low = bits & -bits
        out.append(low.bit_length() - 1)
        bits ^= low
    return out


def cell_index(sizes: Sequence[int], clique: Clique, part: Clique, maps: Sequence[Index | None] | None = None) -> Index:
    """For each cell of a clique's table the cell of the table over ``part`` that it adds to, flat, row-major.

    ``maps`` gives, for each column of ``part``, the group of each of its levels; None keeps them apart.
    """
    index = np.zeros([sizes[column] for column in clique], dtype=np.int32)
    for place, column in enumerate(part):
        groups = None if maps is None else maps[place]
        levels = np.arange(sizes[column], dtype=np.int32) if groups is None else groups.astype(np.int32)
        shape = [1] * len(clique)
        shape[clique.index(column)] = -1
        index *= int(levels.max()) + 1
        index += levels.reshape(shape)
    return index.ravel()


class JunctionTree:
    """A tree of cliques in which every column's cliques are connected.

    Parameters
    ----------
    sizes : sequence of int
        Levels of each column.
    cliques : iterable of tuple of int
        Sets of columns that must lie in one clique together.

    Attributes
    ----------
    cliques : list of tuple of int
        In an order in which each one but the first follows its parent.
    parents : list of int
        Position of each one's parent; -1 for the first.
    separators : list of tuple of int
        What each one shares with its parent.

    Notes
    -----
    Passing messages costs O(cells) twice; index tables hold 4 bytes a cell for each clique's neighbours.

    References
    ----------
    F. V. Jensen, S. L. Lauritzen and K. G. Olesen (1990), "Bayesian updating in causal probabilistic networks by
    local computations".
    """

    def __init__(self, sizes: Sequence[int], cliques: Iterable[Clique]) -> None:
        self.sizes = tuple(int(size) for size in sizes)
        found = maximal_cliques(self.sizes, cliques)
        order, self.parents = _spanning_tree(found)
        self.cliques = [found[place] for place in order]
        self.separators: list[Clique] = [
            () if parent < 0 else tuple(sorted(set(clique) & set(self.cliques[parent])))
            for clique, parent in zip(self.cliques, self.parents, strict=True)
        ]
        self.n_cells = sum(n_cells(self.sizes, clique) for clique in self.cliques)
        self._down: list[Index] = []  # for each clique but the first, its cells' places in the separator's table
        self._up: list[Index] = []  # the same of its parent's cells

    def home(self, columns: Iterable[int]) -> int:
        """Position of the smallest clique that holds all the columns."""
        wanted = set(columns)
        places = [place for place, clique in enumerate(self.cliques) if wanted <= set(clique)]
        return min(places, key=lambda place: (n_cells(self.sizes, self.cliques[place]), place))

    def zeros(self) -> list[Cells]:
        """A flat table of zeros for each clique."""
        return [np.zeros(n_cells(self.sizes, clique)) for clique in self.cliques]

    def calibrate(self, potentials: Sequence[Cells]) -> tuple[list[Cells], float]:
        """Marginal probabilities of each clique under the density in proportion to ``exp(sum of potentials)``.

        Parameters
        ----------
        potentials : sequence of ndarray
            Flat, one for each clique.

        Returns
        -------
        beliefs : list of ndarray
            Flat tables that sum to 1 and agree on the separators.
        log_partition : float
            Logarithm of the sum of ``exp(sum of potentials)`` over all cells of the joint table.
        """
        self._index()
        beliefs, log_partition = [], 0.0
        for potential in potentials:
            top = float(potential.max())
            beliefs.append(np.exp(np.maximum(potential - top, LEAST)))
            log_partition += top
        messages: list[Cells] = [np.empty(0)] * len(beliefs)
        for place in range(len(beliefs) - 1, 0, -1):
            message = np.zeros(n_cells(self.sizes, self.separators[place]))
            _junction.sum_groups(beliefs[place], self._down[place], message)
            total = float(message.sum())
            message /= total
            messages[place] = message
            parent = beliefs[self.parents[place]]
            _junction.scale_groups(message, self._up[place], parent)
            top = float(parent.max())
            parent /= top
            log_partition += float(np.log(total) + np.log(top))
        total = float(beliefs[0].sum())
        beliefs[0] /= total
        for place in range(1, len(beliefs)):
            shared = np.zeros_like(messages[place])
            _junction.sum_groups(beliefs[self.parents[place]], self._up[place], shared)
            ratio = np.divide(shared, messages[place], out=np.zeros_like(shared), where=messages[place] > SMALLEST)
            _junction.scale_groups(ratio, self._down[place], beliefs[place])
            mass = float(beliefs[place].sum())
            if mass > 0.0:
                beliefs[place] /= mass
            else:  # what the parent says is out of floats' range here: spread evenly within it
                even = shared * (len(shared) / len(beliefs[place]))
                _junction.add_groups(even, self._down[place], beliefs[place])
        return beliefs, log_partition + float(np.log(total))

    def _index(self) -> None:
        if self._down or len(self.cliques) == 1:
            return
        nothing = np.empty(0, dtype=np.int32)
        for clique, parent, shared in zip(self.cliques, self.parents, self.separators, strict=True):
            self._down.append(nothing if parent < 0 else cell_index(self.sizes, clique, shared))
            self._up.append(nothing if parent < 0 else cell_index(self.sizes, self.cliques[parent], shared))


def _spanning_tree(cliques: Sequence[Clique]) -> tuple[list[int], list[int]]:
    """Order of the cliques and each one's parent in it, the largest separators first (Prim)."""
    sets = [set(clique) for clique in cliques]
    order, parents = [len(cliques) - 1], [-1]
    best = {place: (len(sets[place] & sets[order[0]]), 0) for place in range(len(cliques) - 1)}
    while best:
        place = max(best, key=lambda p: (best[p][0], p))
        parents.append(best.pop(place)[1])
        order.append(place)
        for other, (shared, _) in best.items():
            overlap = len(sets[other] & sets[place])
            if overlap > shared:
                best[other] = (overlap, len(order) - 1)
    return order, parents
