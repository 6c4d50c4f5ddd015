"""The search for numbers that are never above or below others."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from synthfast.synthesizers._tree.finding.views import FIRST_ROWS, Rows, View, spread_rows
from synthfast.synthesizers._tree.rules import Affine, Between, Rule

__all__ = ["find_orders"]

Floats = NDArray[np.float64]

QUANTILES = 32
MIN_BROKEN_SHARE, MIN_BROKEN = 0.05, 30  # rows that would break an order if the columns were independent
TIED_SHARE = 0.05
MAX_BOUNDS = 4


def find_orders(views: list[View], found: Mapping[int, Rule]) -> Iterator[tuple[int, Rule]]:
    """Rules of columns without one in ``found`` that others bound, and the targets' places in the drawing order."""
    copies = {k for k, rule in found.items() if isinstance(rule, Affine) and (rule.slope, rule.intercept) == (1.0, 0.0)}
    members = [k for k, view in enumerate(views) if view.numeric and k not in copies]
    if len(members) < 2:
        return
    below, share = _ordered_pairs([views[k] for k in members])
    kept = np.zeros_like(below)  # orders that the rules found so far keep, chains included
    for b, k in enumerate(members):
        if k in found:
            continue
        lower = _tightest(below[:b, b], kept, share[:b, b], [views[m] for m in members])
        upper = _tightest(below[b, :b], kept.T, share[b, :b], [views[m] for m in members])
        if len(lower) or len(upper):
            kept[lower, b] = kept[b, upper] = True
            kept[:, b] |= kept[:, lower].any(axis=1)
            kept[b] |= kept[upper].any(axis=0)
            yield k, _between_of(views[k], [views[members[a]] for a in lower], [views[members[a]] for a in upper])


def _ordered_pairs(views: list[View]) -> tuple[NDArray[np.bool_], Floats]:
    """Whether column a is nowhere above b though independence would have it so, and in which share of the rows."""
    n_rows = len(views[0].values)
    values = np.column_stack([view.values[spread_rows(n_rows)] for view in views])
    grids = np.sort(values, axis=0)
    n_present = np.count_nonzero(~np.isnan(grids), axis=0)
    some = ((np.arange(QUANTILES)[:, None] + 0.5) / QUANTILES * n_present).astype(np.int64)
    grids = np.take_along_axis(grids, some, axis=0).T  # by column, ascending
    share = np.column_stack([np.searchsorted(grid, grids, side="left").mean(axis=1) / QUANTILES for grid in grids])
    below = (share >= MIN_BROKEN_SHARE) & (n_present > 0) & (n_present > 0)[:, None] & ~np.eye(len(views), dtype=bool)
    for rows in (values[:FIRST_ROWS], values):
        for b in np.flatnonzero(below.any(axis=0)):
            a = np.flatnonzero(below[:, b])
            below[a, b] = ~(rows[:, a] > rows[:, [b]]).any(axis=0)
    for a, b in zip(*np.nonzero(below), strict=True):
        holds = not (views[a].values > views[b].values).any()
        below[a, b] = holds and share[a, b] * _n_complete(views[a], views[b]) >= MIN_BROKEN
    return below, share


def _n_complete(first: View, second: View) -> int:
    gone = [view.missing for view in (first, second) if view.missing is not None]
    return len(first.values) - (int(np.count_nonzero(np.logical_or.reduce(gone))) if gone else 0)


def _tightest(bounds: NDArray[np.bool_], kept: NDArray[np.bool_], share: Floats, views: list[View]) -> Rows:
    """Those of the columns below a target that are below no other of them by rules that are kept; a few at most."""
    inside = np.flatnonzero(bounds)
    whole = [a for a in inside if views[a].missing is None]  # where the one between is missing, the chain is broken
    needed = [a for a in inside if not kept[a, whole].any()]
    return np.sort(np.array(sorted(needed, key=lambda a: -share[a])[:MAX_BOUNDS], dtype=np.int64))


def _between_of(target: View, lower: list[View], upper: list[View]) -> Between:
    gaps, ties = [], []
    for source in [*lower, *upper]:
        tied = np.count_nonzero(source.values == target.values)
        steps = [step for step in (source.step, target.step) if step is not None]
        gaps.append(min(steps) if len(steps) == 2 and not tied else 0.0)
        ties.append(tied / _n_complete(source, target))
    assert target.bounds is not None
    return Between(
        target.name,
        tuple(view.name for view in lower),
        tuple(view.name for view in upper),
        tuple(gaps[: len(lower)]),
        tuple(gaps[len(lower) :]),
        bool(max(ties) < TIED_SHARE),
        target.bounds.minimum,
        target.bounds.maximum,
        target.step,
    )
