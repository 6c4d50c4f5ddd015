"""Which marginals to measure: a spanning tree of the strongest pairs, widened to triples while tables stay small."""

from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import combinations

from synthfast.privacy._marginals.junction import Clique, maximal_cliques, n_cells

__all__ = ["choose_cliques"]

Pair = tuple[int, int]
Triple = tuple[int, int, int]
TRIPLES = 1  # measured at most, for each column
TRIES = 3  # looked at at most, for each column
REPEATED = 0.35  # what a pair counts for in a further table, of what it counted for in the one before


def choose_cliques(
    sizes: Sequence[int],
    strength: Mapping[Pair, float],
    least: Mapping[Pair, float],
    *,
    clique_cells: int,
    tree_cells: int,
) -> list[Clique]:
    """Pairs and triples to measure.

    Parameters
    ----------
    sizes : sequence of int
        Levels, or groups of them, of each column.
    strength : mapping of pair to float
        Noisy distance of each pair's table from independence.
    least : mapping of pair to float
        Strength below which a pair is left independent: noise would drown it.
    clique_cells, tree_cells : int
        At most as many cells in one table, and in all tables of the junction tree.

    Returns
    -------
    list of tuple of int
        None lies within another. At most as many triples as there are columns.
    """
    fits = {
        pair: value for pair, value in strength.items() if value > least[pair] and n_cells(sizes, pair) <= clique_cells
    }
    chosen: list[Clique] = list(_spanning_tree(len(sizes), fits))
    if _cells(sizes, chosen) > tree_cells:
        return _pairs_that_fit(sizes, chosen, tree_cells)
    triples = {t for t in _triples_with_an_edge(len(sizes), chosen) if n_cells(sizes, t) <= clique_cells}
    value = dict(strength)  # of having a pair in one more table
    for pair in chosen:
        value[pair] *= REPEATED  # type: ignore[index]
    queue = _Queue(triples, value)
    n_triples, n_tries = 0, 0
    while n_triples < TRIPLES * len(sizes) and n_tries < TRIES * len(sizes) and (best := queue.pop()) is not None:
        n_tries += 1
        if _cells(sizes, [*chosen, best]) <= tree_cells:
            chosen.append(best)
            n_triples += 1
            for pair in combinations(best, 2):
                value[pair] *= REPEATED
            queue.update(best)
    sets = [frozenset(clique) for clique in chosen]
    return [clique for clique, own in zip(chosen, sets, strict=True) if not any(own < other for other in sets)]


class _Queue:
    """Triples by the sum of their pairs' values, which may change; of equal ones the last in order comes first.

    An entry whose sum is no longer the triple's is passed over: each change puts a new entry there. A change costs
    O(n_columns log n_triples), where a look at all triples for each one taken would be cubic in the columns.
    """

    def __init__(self, triples: set[Triple], value: Mapping[Pair, float]) -> None:
        self._left, self._value = triples, value
        self._n_columns = 1 + max((triple[2] for triple in triples), default=-1)
        self._heap = [self._entry(triple) for triple in triples]
        heapify(self._heap)

    def _sum(self, triple: Triple) -> float:
        return sum(self._value[pair] for pair in combinations(triple, 2))

    def _entry(self, triple: Triple) -> tuple[float, int, int, int]:
        first, second, third = triple
        return -self._sum(triple), -first, -second, -third

    def pop(self) -> Triple | None:
        """The triple of the largest sum, taken out; None where none is left."""
        while self._heap:
            minus_sum, first, second, third = heappop(self._heap)
            triple = (-first, -second, -third)
            if triple in self._left and -minus_sum == self._sum(triple):
                self._left.discard(triple)
                return triple
        return None

    def update(self, changed: Triple) -> None:
        """Enter anew the triples with two columns of one whose pairs have changed."""
        for triple in _triples_with_an_edge(self._n_columns, list(combinations(changed, 2))) & self._left:
            heappush(self._heap, self._entry(triple))


def _cells(sizes: Sequence[int], cliques: Sequence[Clique]) -> int:
    return sum(n_cells(sizes, clique) for clique in maximal_cliques(sizes, cliques))


def _pairs_that_fit(sizes: Sequence[int], pairs: Sequence[Clique], tree_cells: int) -> list[Clique]:
    """The strongest pairs, as many as the tables have room for beside the single columns."""
    kept, cells = [], sum(sizes)
    for pair in pairs:
        cells += n_cells(sizes, pair)
        if cells > tree_cells:
            break
        kept.append(pair)
    return kept


def _spanning_tree(n_columns: int, strength: Mapping[Pair, float]) -> list[Pair]:
    """Edges of a maximal spanning forest, the strongest first (Kruskal)."""
    root = list(range(n_columns))

    def find(column: int) -> int:
        while root[column] != column:
            root[column] = root[root[column]]
            column = root[column]
        return column

    edges = []
    for pair in sorted(strength, key=lambda pair: (-strength[pair], pair)):
        first, second = find(pair[0]), find(pair[1])
        if first != second:
            root[first] = second
            edges.append(pair)
    return edges


def _triples_with_an_edge(n_columns: int, edges: Sequence[Clique]) -> set[Triple]:
    """Triples with an edge of the tree in them."""
    return {
        (lowest, middle, highest)
        for first, second in edges
        for column in range(n_columns)
        if column not in (first, second)
        for lowest, middle, highest in [sorted((first, second, column))]
    }
