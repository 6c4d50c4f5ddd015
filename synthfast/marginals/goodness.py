"""How well a fitted law describes a column: Kolmogorov-Smirnov distance, and what rounding changes."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from synthfast.marginals.families import Family
from synthfast.marginals.families.base import Parameters
from synthfast.marginals.points import FloatArray
from synthfast.marginals.summary import Summary

__all__ = ["ks_distance", "rounded_fit"]

_FIRST_POINTS = 129
_PARTS = 8
_MOST_CELLS = 4096
_SMALLEST_MASS = 1e-9


def ks_distance(summary: Summary, family: Family, params: Parameters) -> float:
    """Largest distance between the empirical distribution function and a fitted one.

    Parameters
    ----------
    summary : Summary
        The column.
    family : Family
        The law.
    params : mapping of str to float
        Its parameters.

    Returns
    -------
    float
        The exact supremum.

    Notes
    -----
    Both functions are monotone, so their values at two points bound the distance between them; intervals that cannot
    hold the supremum are dropped, and some hundred evaluations of the law do for a hundred thousand values. The laws of
    whole numbers are compared at whole numbers.
    """
    if family.discrete:
        every = np.arange(len(summary.full))
        points, below, reached = summary.points(every), summary.share_below(every), summary.share_below(every + 1)
        at, before = family.cdf(points, params), family.cdf(points - 1.0, params)
        return float(max(np.abs(reached - at).max(), np.abs(below - before).max()))
    return _supremum(summary, lambda index: family.cdf(summary.points(index), params))


def _supremum(summary: Summary, law_at: Callable[[NDArray[np.intp]], FloatArray]) -> float:
    """Branch and bound over positions of the sorted values."""
    n = len(summary.full)
    edges = np.arange(n) if n <= _FIRST_POINTS else np.linspace(0, n - 1, _FIRST_POINTS).astype(np.intp)
    law = law_at(edges)
    best = _farthest(summary, edges, law)
    left, right, law_left, law_right = edges[:-1], edges[1:], law[:-1], law[1:]
    while True:
        # Inside, the empirical function is at most that before the right end, and the law at least that at the left.
        bound = np.maximum(summary.share_below(right) - law_left, law_right - summary.share_below(left + 1))
        kept = (bound > best) & (right - left > 1)
        if not kept.any():
            return best
        left, right, law_left, law_right = left[kept], right[kept], law_left[kept], law_right[kept]
        inner = left[:, None] + ((right - left)[:, None] * np.arange(1, _PARTS)) // _PARTS
        law = law_at(inner)
        best = max(best, _farthest(summary, inner, law))
        edges, laws = np.column_stack((left, inner, right)), np.column_stack((law_left, law, law_right))
        left, right = edges[:, :-1].ravel(), edges[:, 1:].ravel()
        law_left, law_right = laws[:, :-1].ravel(), laws[:, 1:].ravel()


def _farthest(summary: Summary, index: NDArray[np.intp], law: FloatArray) -> float:
    return float(max((summary.share_below(index + 1) - law).max(), (law - summary.share_below(index)).max()))


def rounded_fit(summary: Summary, family: Family, params: Parameters) -> tuple[float, float] | None:
    """Likelihood and distance of a continuous law to values that are rounded to few distinct steps of one size.

    Parameters
    ----------
    summary : Summary
        The column.
    family : Family
        A continuous law.
    params : mapping of str to float
        Its parameters.

    Returns
    -------
    tuple of float, or None
        Sum of log(probability of rounding to the value / step), comparable with densities and, at a step of one, with
        the laws of whole numbers; and the largest distance of the distribution functions half way between steps. None
        where the column is not rounded or takes too many values for it to matter.
    """
    step, spread = summary.resolution * summary.unit, summary.maximum - summary.minimum
    if not step or summary.n_distinct > _MOST_CELLS or spread > _MOST_CELLS * summary.resolution:
        return None
    values, counts = summary.counts()
    reached = np.cumsum(counts) / summary.n
    below, above = family.cdf(values - 0.5 * step, params), family.cdf(values + 0.5 * step, params)
    distance = max(np.abs(above - reached).max(), np.abs(below - reached + counts / summary.n).max())
    mass = above - below
    with np.errstate(divide="ignore"):
        # In the far upper tail the difference cancels, and the density is as good.
        logs = np.where(mass > _SMALLEST_MASS, np.log(mass / step), family.logpdf(values, params))
    return float(logs @ counts), float(distance)
