"""The search for numbers that are another one in other units."""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from synthfast.synthesizers._tree.finding.groups import Group
from synthfast.synthesizers._tree.finding.proof import prove
from synthfast.synthesizers._tree.finding.simple_numbers import simple_numbers
from synthfast.synthesizers._tree.finding.views import FINE, View
from synthfast.synthesizers._tree.rules import Affine, Rule

__all__ = ["find_affine"]

Floats = NDArray[np.float64]

AFFINE_NOISE = 0.05  # largest share of the target's variance that may be its own rounding


def find_affine(views: list[View], group: Group) -> Iterator[tuple[int, Rule]]:
    """Rules of columns that an earlier one of the group determines, and the targets' places in the drawing order."""
    left = 1.0 - group.correlation**2
    fits = left <= group.noise(AFFINE_NOISE)
    fits &= group.own & group.own[:, None]
    for b, k in enumerate(group.members):
        if fits[:b, b].any() and views[k].varies():
            tried = (_affine_of(views, group, int(a), b) for a in np.flatnonzero(fits[:b, b]))
            rule = next((rule for rule in tried if rule is not None), None)
            if rule is not None:
                yield k, rule


def _affine_of(views: list[View], group: Group, a: int, b: int) -> Affine | None:
    source, target = views[group.members[a]], views[group.members[b]]
    slope = float(group.correlation[a, b] * group.spread[b] / group.spread[a])
    noise = float(np.sqrt(max(1.0 - group.correlation[a, b] ** 2, 0.0)) * group.spread[b] / group.spread[a])
    error = 5.0 * noise / math.sqrt(len(group.sample)) + FINE * abs(slope)
    slopes = [value for _, value in simple_numbers(slope - error, slope + error)]
    for weight in [*slopes, slope]:
        if weight and prove(target, [source], [weight], group.sample) is not None:
            constant = prove(target, [source], [weight], group.rows)
            if constant is not None:
                return Affine(target.name, source.name, weight, constant, target.step, source.step)
    if target.step is None:
        return None
    reach, constant = 4.0 * float(group.tolerance[b] / group.spread[a]), None
    for rows in (group.sample, group.rows):
        weight = _tightest_slope(source.values[rows], target.values[rows], slope - reach, slope + reach)
        constant = prove(target, [source], [weight], rows) if weight else None
        if constant is None:
            return None
    assert constant is not None
    return Affine(target.name, source.name, weight, constant, target.step, source.step)


def _tightest_slope(x: Floats, y: Floats, low: float, high: float) -> float:
    """The slope with the smallest range of ``y - slope * x``, a convex function, by bisection on its gradient."""
    for _ in range(50):
        slope = 0.5 * (low + high)
        residual = y - slope * x
        steeper = x[np.argmax(residual)] > x[np.argmin(residual)]
        low, high = (slope, high) if steeper else (low, slope)
    return 0.5 * (low + high)
