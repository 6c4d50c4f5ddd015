"""The private release: noisy marginals of coded columns, and the density that they speak for."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

import numpy as np
import numpy.typing as npt

from synthfast.privacy._marginals.budget import Shares, Sizes, allocate, buy_counts
from synthfast.privacy._marginals.counting import Codes, count_cells, distances_from_independence
from synthfast.privacy._marginals.denoise import denoise, project_to_simplex
from synthfast.privacy._marginals.grouping import group_levels, group_sums
from synthfast.privacy._marginals.inference import Measurement, estimate
from synthfast.privacy._marginals.junction import Cells, Clique, Index, JunctionTree, n_cells
from synthfast.privacy._marginals.selection import choose_cliques
from synthfast.privacy.accountant import Accountant
from synthfast.privacy.scales import sigma_of_rho

__all__ = ["Density", "release"]

MEAN_ABSOLUTE = sqrt(2 / np.pi)  # of Gaussian noise, in standard deviations


@dataclass
class Density:
    """What was released: everything that rows are drawn from.

    Attributes
    ----------
    total : float
        Noisy number of rows.
    shares : list of ndarray
        Share of each level of each column.
    groups : list of (ndarray of int32 or None)
        Group of each level; None where each stands alone.
    tree : JunctionTree
        Over groups.
    beliefs : list of ndarray
        Probability of each cell of each clique.
    measured : list of tuple of int
        Columns whose joint tables were measured.
    expected_error : list of float
        Of each, the sum of absolute errors that noise alone adds to its shares.
    """

    total: float
    shares: list[Cells]
    groups: list[Index | None]
    tree: JunctionTree
    beliefs: list[Cells]
    measured: list[Clique]
    expected_error: list[float]


@dataclass
class _Columns:
    """Noisy counts of single columns."""

    counts: list[Cells]
    variances: list[float]

    def total(self) -> float:
        """Number of rows by all columns together, at least 1."""
        sums = [float(c.sum()) for c in self.counts]
        return max(1.0, sum(w * s for w, s in zip(self._weights(), sums, strict=True)) / sum(self._weights()))

    def total_error(self) -> float:
        """Standard deviation of the total's noise."""
        return sum(self._weights()) ** -0.5

    def _weights(self) -> list[float]:
        return [1.0 / (variance * len(c)) for variance, c in zip(self.variances, self.counts, strict=True)]

    def joined(self, other: "_Columns") -> "_Columns":
        """Both measurements in one, each by the inverse of its variance."""
        variances = [1.0 / (1.0 / a + 1.0 / b) for a, b in zip(self.variances, other.variances, strict=True)]
        counts = [
            v * (a / va + b / vb)
            for v, a, va, b, vb in zip(
                variances, self.counts, self.variances, other.counts, other.variances, strict=True
            )
        ]
        return _Columns(counts, variances)


@dataclass
class _View:
    """What the noisy counts of single columns say: all of it is public."""

    total: float
    smooth: list[Cells]
    groups: list[Index | None]
    widths: list[int]
    grouped: list[Measurement]

    @classmethod
    def of(cls, columns: _Columns, ordered: Sequence[bool], rules: Sizes) -> "_View":
        total = columns.total()
        measured = list(zip(columns.counts, columns.variances, strict=True))
        smooth = [denoise(counts, sqrt(variance), total) for counts, variance in measured]
        groups = [
            group_levels(counts, rules.n_groups, 3.0 * sqrt(variance), ordered=order)
            for counts, variance, order in zip(smooth, columns.variances, ordered, strict=True)
        ]
        grouped = [
            Measurement((place,), group_sums(counts, group), variance * group_sums(np.ones(len(counts)), group))
            for place, ((counts, variance), group) in enumerate(zip(measured, groups, strict=True))
        ]
        return cls(total, smooth, groups, [len(m.counts) for m in grouped], grouped)


def release(
    codes: Codes,
    sizes: Sequence[int],
    ordered: Sequence[bool],
    names: Sequence[Hashable],
    rho: float,
    accountant: Accountant,
    max_cells: int,
) -> Density:
    """Spend ``rho`` on marginals of the table, and estimate its density from them.

    Parameters
    ----------
    codes : ndarray of int32, shape (n_columns, n_rows)
        No unit has more than ``accountant.max_rows_per_user`` rows.
    sizes : sequence of int
        Levels of each column.
    ordered : sequence of bool
        Whether neighbouring levels are alike.
    names : sequence of hashable
        For the ledger.
    rho : float
        What may be spent.
    accountant : Accountant
    max_cells : int
        At most as many cells in the junction tree.
    """
    columns = _buy_columns(codes, sizes, names, Shares.of(rho).first, accountant, "one-way marginals, first look")
    signal = columns.total() * sqrt(rho) / accountant.max_rows_per_user
    shares, rules = Shares.of(rho, signal), Sizes(signal)
    if shares.columns > 0.0:
        step = "one-way marginals"
        columns = columns.joined(_buy_columns(codes, sizes, names, shares.columns, accountant, step))
    view = _View.of(columns, ordered, rules)
    coarse = _coarsen(codes, view.groups)
    cliques = _select(coarse, view, columns.total_error(), shares, accountant, rules, max_cells)
    bought = _buy_cliques(coarse, view.widths, cliques, names, shares.cliques, accountant)
    if not cliques:  # no pair stands out of the noise: what its table would have cost makes the columns better
        step = "one-way marginals, in place of tables"
        view = _View.of(
            columns.joined(_buy_columns(codes, sizes, names, shares.cliques, accountant, step)), ordered, rules
        )
    tree = JunctionTree(view.widths, cliques)
    start = _independent(tree, view.grouped, view.total)
    return Density(
        total=view.total,
        shares=[counts / view.total for counts in view.smooth],
        groups=view.groups,
        tree=tree,
        beliefs=estimate(tree, [*bought, *view.grouped], view.total, start, rules.entropy),
        measured=cliques,
        expected_error=[float(MEAN_ABSOLUTE * np.sqrt(m.variance).sum() / view.total) for m in bought],
    )


def _buy_columns(
    codes: Codes, sizes: Sequence[int], names: Sequence[Hashable], rho: float, accountant: Accountant, step: str
) -> _Columns:
    counts, variances = [], []
    for place, part in enumerate(allocate(rho, sizes)):
        exact = count_cells(codes, sizes, (place,))
        noisy, sigma = buy_counts(exact, part, accountant, step=step, column=names[place])
        counts.append(noisy)
        variances.append(sigma**2)
    return _Columns(counts, variances)


def _coarsen(codes: Codes, groups: Sequence[Index | None]) -> Codes:
    coarse = codes.copy()
    for place, group in enumerate(groups):
        if group is not None:
            coarse[place] = group[codes[place]]
    return coarse


def _select(
    coarse: Codes,
    view: _View,
    total_error: float,
    parts: Shares,
    accountant: Accountant,
    rules: Sizes,
    max_cells: int,
) -> list[Clique]:
    """Cliques by the noisy strength of all pairs, bought at once. Proof: ``PROOFS.md``, "Strength of pairs"."""
    widths, total = view.widths, view.total
    pairs = list(combinations(range(len(widths)), 2))
    if not pairs:
        return []
    shares = [project_to_simplex(m.counts, total) / total for m in view.grouped]
    exact = distances_from_independence(coarse, widths, pairs, shares, total)
    change = sqrt(len(pairs)) * accountant.max_rows_per_user
    noisy, sigma = buy_counts(exact, parts.selection, accountant, step="strength of pairs", sensitivity=change)
    strength = {
        (a, b): float(value) / total if min(widths[a], widths[b]) > 1 else 0.0
        for (a, b), value in zip(pairs, noisy, strict=True)
    }
    # A pair is worth its table if its strength passes the noise of this look, of the total, and of its own table.
    hidden = 2.0 * (sigma + total_error)
    of_table = MEAN_ABSOLUTE * float(sigma_of_rho(parts.cliques / (len(widths) - 1), accountant.max_rows_per_user))
    least = {pair: (hidden + of_table * n_cells(widths, pair)) / total for pair in pairs}
    cells = {"clique_cells": rules.clique_cells(max_cells), "tree_cells": rules.tree_cells(max_cells)}
    return choose_cliques(widths, strength, least, **cells)


def _buy_cliques(
    coarse: Codes,
    widths: Sequence[int],
    cliques: Sequence[Clique],
    names: Sequence[Hashable],
    rho: float,
    accountant: Accountant,
) -> list[Measurement]:
    bought = []
    for clique, part in zip(cliques, allocate(rho, [n_cells(widths, c) for c in cliques]), strict=True):
        columns = [names[column] for column in clique]
        exact = count_cells(coarse, widths, clique)
        noisy, sigma = buy_counts(exact, part, accountant, step=f"{len(clique)}-way marginal", column=columns)
        bought.append(Measurement(clique, noisy, np.full(len(noisy), sigma**2)))
    return bought


def _independent(tree: JunctionTree, grouped: Sequence[Measurement], total: float) -> list[Cells]:
    """Log-potentials of independent columns; a level never seen keeps the share that its noise could hide."""
    potentials = tree.zeros()
    for m in grouped:
        (column,) = m.columns
        hidden = np.maximum(0.5 * np.sqrt(m.variance), 1.0)
        level = np.log((project_to_simplex(m.counts, total) + hidden) / total)
        home = tree.home(m.columns)
        shape = [tree.sizes[other] for other in tree.cliques[home]]
        table: npt.NDArray[np.float64] = potentials[home].reshape(shape)
        wide = [1] * len(shape)
        wide[tree.cliques[home].index(column)] = -1
        table += level.reshape(wide)
    return potentials
