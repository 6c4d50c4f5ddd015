"""Which marginals to measure: a spanning tree of the strongest pairs, widened to triples while tables stay small."""

from collections.abc import Mapping, Sequence
from itertools import combinations

from synthfast.privacy._marginals.junction import Clique, maximal_cliques, n_cells

__all__ = ["choose_cliques"]

Pair = tuple[int, int]
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
    n_triples, n_tries = 0, 0
    while triples and n_triples < TRIPLES * len(sizes) and n_tries < TRIES * len(sizes):
        best = max(triples, key=lambda triple: (sum(value[pair] for pair in combinations(triple, 2)), triple))
        triples.discard(best)
        n_tries += 1
        if _cells(sizes, [*chosen, best]) <= tree_cells:
            chosen.append(best)
            n_triples += 1
            for pair in combinations(best, 2):
                value[pair] *= REPEATED
    sets = [frozenset(clique) for clique in chosen]
    return [clique for clique, own in zip(chosen, sets, strict=True) if not any(own < other for other in sets)]


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


def _triples_with_an_edge(n_columns: int, edges: Sequence[Clique]) -> set[tuple[int, int, int]]:
    """Triples with an edge of the tree in them."""
    return {
        (lowest, middle, highest)
        for first, second in edges
        for column in range(n_columns)
        if column not in (first, second)
        for lowest, middle, highest in [sorted((first, second, column))]
    }
