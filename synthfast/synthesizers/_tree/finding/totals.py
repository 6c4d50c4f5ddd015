"""The search for numbers that are sums of others."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from synthfast.synthesizers._tree.finding.groups import Group
from synthfast.synthesizers._tree.finding.proof import prove
from synthfast.synthesizers._tree.finding.simple_numbers import simple_numbers
from synthfast.synthesizers._tree.finding.views import FINE, MIN_COUNT, MIN_ROWS, Rows, View
from synthfast.synthesizers._tree.rules import Rule, Total

__all__ = ["find_totals"]

Floats = NDArray[np.float64]

MAX_SOURCES = 8
MAX_DIGITS = 6  # of a simple coefficient
TOTAL_NOISE = 0.01  # largest share of the target's variance that may be its own rounding
FULL_RANK = 1e-7  # of a column's spread that the columns before it leave over


def find_totals(views: list[View], group: Group, found: Mapping[int, Rule]) -> Iterator[tuple[int, Rule]]:
    """Rules of columns without one in ``found`` that earlier ones add up to, and the targets' places in the order."""
    open_targets = [b for b, k in enumerate(group.members) if b >= 2 and group.own[b] and k not in found]
    if not open_targets:
        return
    noise = group.noise(TOTAL_NOISE)
    n_rows, n_members = group.standard.shape
    free = np.abs(np.diagonal(group.reduced)) / np.sqrt(n_rows)  # what the columns before leave over
    enough = n_rows >= n_members + MIN_ROWS
    for b in open_targets:
        if (enough and free[b] ** 2 > noise[b]) or not views[group.members[b]].varies():
            continue
        choices = _pairs(group, b, noise[b])
        if enough:
            backwards = np.arange(b)[::-1]
            choices += [_needed(group, b, np.flatnonzero(free[:b] > FULL_RANK))]
            choices += [_needed(group, b, np.sort(backwards[_independent(group.reduced[:, backwards], n_rows)]))]
        fits = (_simple_fit(group, columns, b) for columns in choices if 2 <= len(columns) <= MAX_SOURCES)
        for _, columns, weights in sorted((fit for fit in fits if fit is not None), key=lambda fit: fit[0]):
            rule = _total_of(views, group, columns, weights, b)
            if rule is not None:
                yield group.members[b], rule
                break


def _pairs(group: Group, b: int, noise: float) -> list[Rows]:
    """The first few pairs of earlier columns that leave no more than ``noise`` of the target's variance over."""
    among, with_target = group.correlation[:b, :b], group.correlation[:b, b]
    apart = 1.0 - among**2
    explained = with_target[:, None] ** 2 + with_target**2 - 2.0 * among * np.outer(with_target, with_target)
    first, second = np.nonzero(np.triu((apart - explained <= noise * apart) & (apart > FULL_RANK), 1))
    return [np.array(pair) for pair in zip(first[:MAX_SOURCES], second[:MAX_SOURCES], strict=True)]


def _independent(standard: Floats, n_rows: int) -> NDArray[np.bool_]:
    """Which columns of squared length ``n_rows`` are no combination of those before them."""
    free = np.abs(np.diagonal(np.linalg.qr(standard, mode="r"))) / np.sqrt(n_rows)
    kept: NDArray[np.bool_] = free > FULL_RANK
    return kept


def _solve(group: Group, columns: Rows, b: int) -> tuple[Floats, Floats]:
    """Least-squares weights of independent columns in standard units, and five standard errors of each."""
    q, r = np.linalg.qr(group.reduced[:, columns])
    weights = np.linalg.solve(r, q.T @ group.reduced[:, b])
    noise = group.reduced[:, b] - group.reduced[:, columns] @ weights
    inverse = np.linalg.inv(r)
    return weights, 5.0 * np.sqrt((noise @ noise) / len(group.sample) * (inverse**2).sum(axis=1))


def _needed(group: Group, b: int, columns: Rows) -> Rows:
    """Those of some independent columns whose weight is not 0."""
    if not len(columns):
        return columns
    weights, error = _solve(group, columns, b)
    return columns[np.abs(weights) > error + FINE]


def _simple_fit(group: Group, columns: Rows, b: int) -> tuple[int, Rows, list[float]] | None:
    """Simple weights near the best ones, with the digits that they take; None if they are not simple."""
    weights, error = _solve(group, columns, b)
    scale = group.spread[b] / group.spread[columns]
    fit = []
    for weight, reach in zip(weights * scale, (error + FINE * np.abs(weights)) * scale, strict=True):
        simple = simple_numbers(float(weight - reach), float(weight + reach))
        if not simple or simple[0][0] > MAX_DIGITS or not simple[0][1]:
            return None
        fit.append(simple[0])
    return sum(digits for digits, _ in fit), columns, [weight for _, weight in fit]


def _is_supported(standard: Floats) -> bool:
    """Whether every column keeps something of its own without the few rows that tell it from the others best."""
    own = np.abs(np.linalg.pinv(standard))  # row j: what column j has of its own
    for j in range(len(own)):
        rest = standard[np.argsort(own[j], kind="stable")[: 1 - MIN_COUNT]]
        rest = rest - rest.mean(axis=0)
        size = np.sqrt((rest**2).sum(axis=0))
        if not (size > FULL_RANK).all():
            return False
        if not _independent(np.roll(rest / size, -1 - j, axis=1), 1)[-1]:
            return False
    return True


def _total_of(views: list[View], group: Group, columns: Rows, weights: list[float], b: int) -> Total | None:
    target, sources = views[group.members[b]], [views[group.members[a]] for a in columns]
    if len(np.unique(group.raw[:, columns], axis=0)) < len(columns) + 2 or not _is_supported(
        group.standard[:, columns]
    ):
        return None
    if prove(target, sources, weights, group.sample) is None:
        return None
    constant = prove(target, sources, weights, group.rows)
    gone = np.zeros(len(target.values), dtype=bool)
    for source in sources:
        gone |= False if source.missing is None else source.missing
    if constant is None or np.count_nonzero(gone) != (0 if target.missing is None else target.missing.sum()):
        return None
    return Total(target.name, tuple(source.name for source in sources), tuple(weights), constant, target.step)
