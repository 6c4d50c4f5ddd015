"""The chain of single trees: each column drawn from the cells of the training rows that a row falls among.

What `Bins` calls a column's leaves are its cells here, so that a leaf is where a tree ends.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.threads import effective_n_threads
from synthfast._ext._tree import draw_leaves, grow_tree, route_rows, sort_leaves
from synthfast.engines import map_blocks
from synthfast.synthesizers._tree.bins import Bins
from synthfast.synthesizers._tree.linear import normal_scores
from synthfast.synthesizers._tree.sources import choose_sources, mutual_information

__all__ = ["CartChain"]

Floats = NDArray[np.float64]
Codes = NDArray[np.uint8]
Leaves = NDArray[np.uint16]

MAX_DEPTH = 24
MAX_CLASSES = 32
SCORE_RANGE = 2**15
MARGINAL_SHARE = 1e-5  # of a cell's probability that is the column's marginal, so that nothing has none
FIELDS = ("sources", "feature", "threshold", "left", "right", "start", "stop", "donors")


@dataclass(frozen=True)
class _Tree:
    """One column's tree: questions by node, and the column's cells of its training rows, sorted within each leaf."""

    sources: NDArray[np.int32]
    feature: NDArray[np.int32]
    threshold: NDArray[np.uint16]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    start: NDArray[np.int32]
    stop: NDArray[np.int32]
    donors: Leaves

    @classmethod
    def grow(cls, target: Bins, cells: Leaves, codes: Codes, sources: NDArray[np.int32], n_codes: NDArray[np.int32],
             min_leaf: int) -> "_Tree":  # fmt: skip
        most = 2 * (len(cells) // min_leaf) + 1
        feature, left, right, start, stop = (np.empty(most, dtype=np.int32) for _ in range(5))
        threshold, order = np.empty(most, dtype=np.uint16), np.empty(len(cells), dtype=np.int32)
        label, n_classes = _labels(target)
        n = grow_tree(
            codes[sources], n_codes[sources], cells, label, n_classes, min_leaf, MAX_DEPTH,
            feature, threshold, left, right, start, stop, order, effective_n_threads(),
        )  # fmt: skip
        ends = feature[:n] < 0
        donors = cells[order]
        sort_leaves(donors, start[:n][ends], stop[:n][ends], effective_n_threads())
        left, right, start, stop = (a[:n].copy() for a in (left, right, start, stop))
        return cls(sources, feature[:n].copy(), threshold[:n].copy(), left, right, start, stop, donors)

    def route(self, codes: Codes) -> NDArray[np.int32]:
        """Node that each row ends in."""
        node = np.empty(codes.shape[1], dtype=np.int32)
        tree = (self.feature, self.threshold, self.left, self.right)
        route_rows(codes[self.sources], *tree, node, effective_n_threads())
        return node


class CartChain:
    """Conditional distributions by one tree a column.

    Parameters
    ----------
    bins : list of Bins
        Columns in order.
    trees : list of _Tree
    """

    def __init__(self, bins: list[Bins], trees: list[_Tree]) -> None:
        self.bins, self.trees = bins, trees

    @classmethod
    def fit(cls, bins: list[Bins], leaves: list[Leaves], codes: Codes, min_leaf: int) -> "CartChain":
        """Grow the trees; arguments as in `BoostedChain.fit`, ``min_leaf`` training rows in a leaf at least."""
        sources = choose_sources(bins, mutual_information(bins, codes))
        n_codes = np.array([b.n_codes for b in bins], dtype=np.int32)

        def grow(j: int) -> _Tree:
            return _Tree.grow(bins[j], leaves[j], codes, sources[j], n_codes, min_leaf)

        longest_first = range(len(bins) - 1, -1, -1)
        return cls(bins, list(map_blocks(grow, longest_first))[::-1])

    def draw(self, j: int, codes: Codes, u: Floats) -> Leaves:
        """Draw cells of column ``j`` for rows of earlier codes; ``u`` become places within the cells."""
        tree, out = self.trees[j], np.empty(codes.shape[1], dtype=np.uint16)
        draw_leaves(tree.route(codes), tree.start, tree.stop, tree.donors, u, out, u, effective_n_threads())
        return out

    def log_prob(self, j: int, codes: Codes, leaves: Leaves) -> Floats:
        """Log probability of cells of column ``j`` given the earlier codes, shape (n_rows,)."""
        tree = self.trees[j]
        node = tree.route(codes)
        wanted = node.astype(np.int64) << 16 | leaves
        ends = np.flatnonzero(tree.feature < 0)  # in the order of their slices, so that donors are sorted by both
        size = tree.stop - tree.start
        donors = np.repeat(ends.astype(np.int64) << 16, size[ends]) | tree.donors
        count = np.searchsorted(donors, wanted, "right") - np.searchsorted(donors, wanted, "left")
        share = self._marginal(j)[leaves]
        return np.log((1.0 - MARGINAL_SHARE) * count / size[node] + MARGINAL_SHARE * share)

    def probabilities(self, j: int, codes: Codes) -> Floats:
        """Probability of every cell of column ``j`` given the earlier codes, shape (n_rows, n_cells)."""
        tree, n_cells = self.trees[j], self.bins[j].n_leaves
        nodes, inverse = np.unique(tree.route(codes), return_inverse=True)
        table = np.empty((len(nodes), n_cells))
        for k, node in enumerate(nodes.tolist()):
            own = tree.donors[tree.start[node] : tree.stop[node]]
            table[k] = np.bincount(own, minlength=n_cells) / len(own)
        table = (1.0 - MARGINAL_SHARE) * table + MARGINAL_SHARE * self._marginal(j)
        return table[inverse]

    def _marginal(self, j: int) -> Floats:
        counts = self.bins[j].counts
        return (counts + 0.5) / (counts.sum() + 0.5 * len(counts))

    def to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """A JSON-able document and arrays."""
        return {}, {f"{j}/{name}": getattr(tree, name) for j, tree in enumerate(self.trees) for name in FIELDS}

    @classmethod
    def from_state(cls, bins: list[Bins], document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> "CartChain":
        """Undo `to_state`."""
        return cls(bins, [_Tree(*(arrays[f"{j}/{name}"] for name in FIELDS)) for j in range(len(bins))])


def _labels(target: Bins) -> tuple[NDArray[np.int32], int]:
    """What the tree tries to tell apart: ranks of what has an order, else up to 32 classes (the rare as one)."""
    if target.ordered and target.n_leaves > 2:
        middle = 0.5 * (target.grade[1:] + target.grade[:-1])
        return np.rint(normal_scores(middle) * (SCORE_RANGE / 4.0)).astype(np.int32), 0
    label = np.full(target.n_leaves, MAX_CLASSES - 1, dtype=np.int32)
    frequent = np.argsort(-target.counts, kind="stable")[:MAX_CLASSES]
    label[frequent] = np.arange(len(frequent))
    return label, min(target.n_leaves, MAX_CLASSES)
