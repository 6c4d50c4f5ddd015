"""Families that start at an edge: where the edge is known, and where it has to be found.

The profile likelihood of an edge below the data has up to three parts: near the minimum it may grow without bound
(a spike of density at the smallest value), far below it flattens towards a limiting family without an edge (gamma and
lognorm become norm), and the maximum worth reporting lies between. So the search runs over the logarithm of the gap
between edge and minimum, inside stated bounds, and prefers an interior maximum to the near bound.
"""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from synthfast.exceptions import DataError
from synthfast.marginals.families.base import ContinuousFamily, Estimate, Parameters
from synthfast.marginals.newton import Evaluation, Maximum, maximise
from synthfast.marginals.points import Points
from synthfast.marginals.summary import Summary

__all__ = [
    "FARTHEST_EDGE",
    "EdgeFamily",
    "NearGaps",
    "edge_below",
    "gap_derivatives",
    "near_gaps",
    "scan_gaps",
    "search_gaps",
]

FARTHEST_EDGE = 100.0
"""How far from the data, in standard deviations, an estimated edge of a support may lie."""
_SCAN = 20


class NearGaps(NamedTuple):
    """How close to the extreme value an edge may come, as log gaps.

    Attributes
    ----------
    guard : float
        What the data resolve. The bound where the likelihood is unbounded.
    finest : float
        What float64 resolves. The bound for a proper maximum.
    """

    guard: float
    finest: float


class EdgeFamily(ContinuousFamily):
    """A family whose support starts at ``loc``."""

    def candidates(self, summary: Summary, loc: float | str) -> list[dict[str, float]]:
        """The given edge; or a free one and, under ``"auto"``, zero where the data lie above it."""
        if isinstance(loc, float):
            return [{"loc": loc}]
        return [{"loc": 0.0}, {}] if loc == "auto" and self._admits(summary, 0.0) else [{}]

    def _fit(self, summary: Summary, fixed: Parameters) -> Estimate:
        if "loc" not in fixed:
            return self._fit_free(summary)
        if not self._admits(summary, fixed["loc"]):
            edge, found = fixed["loc"] * summary.unit, summary.minimum * summary.unit
            raise DataError(
                f"{self.name} with loc={edge:g} needs values above {edge:g}, found {found:g}; try loc='free'."
            )
        return self._fit_fixed(summary, fixed["loc"])

    def _admits(self, summary: Summary, edge: float) -> bool:
        return summary.minimum > edge

    def _lowest(self, shapes: tuple[float, ...]) -> float:
        return 0.0

    def _typical(self, shapes: tuple[float, ...]) -> float:
        return 1.0

    @abstractmethod
    def _fit_fixed(self, summary: Summary, loc: float) -> Estimate:
        """Fit with the edge known."""

    def _fit_free(self, summary: Summary) -> Estimate:
        low = summary.minimum
        near, far = near_gaps(summary), float(np.log(FARTHEST_EDGE * summary.std))

        def evaluate(points: Points, log_gap: float) -> Evaluation:
            value, slope, curvature = self._profile(points, low, log_gap)
            return value, (slope,), ((curvature,),)

        start = scan_gaps(lambda log_gap: self._profile(summary.coarse, low, log_gap)[0], near.guard, far)
        found = search_gaps(evaluate, summary, (start,), ((near, far),))
        bounds = ("loc",) if found.on_bound[0] else ()
        return self._at_edge(summary, edge_below(low, found.at[0]), bounds)

    def _at_edge(self, summary: Summary, edge: float, at_bound: tuple[str, ...]) -> Estimate:
        fitted = self._fit_fixed(summary, edge)
        return Estimate(fitted.params, fitted.loglik, 0, at_bound + fitted.at_bound)

    def _profile(self, points: Points, minimum: float, log_gap: float) -> tuple[float, float, float]:
        """Best mean log-likelihood with the edge at ``minimum - exp(log_gap)``, and two derivatives by ``log_gap``."""
        raise NotImplementedError


def near_gaps(summary: Summary) -> NearGaps:
    """The near bounds of a lower edge; an edge at zero takes the guard's place where the data come closer to zero."""
    guard, finest = summary.nearest_edge, summary.finest_edge
    if 0.0 < summary.minimum < guard:
        guard = summary.minimum
    return NearGaps(float(np.log(guard)), float(np.log(min(finest, guard))))


def edge_below(minimum: float, log_gap: float) -> float:
    """The edge at this gap; exactly zero where rounding alone keeps it from there."""
    edge = minimum - float(np.exp(log_gap))
    return 0.0 if abs(edge) < 1e-12 * minimum else edge


def search_gaps(
    evaluate: Callable[..., Evaluation],
    summary: Summary,
    start: Sequence[float],
    ranges: Sequence[tuple[NearGaps, float]],
    lower: Sequence[float] = (),
    upper: Sequence[float] = (),
) -> Maximum:
    """Maximise over log gaps (the last coordinates) and what comes before them.

    An optimum on the guard is looked for once more beyond it: a law whose density rises from zero has one there,
    and any other likelihood is unbounded, so that the guard stands.
    """
    far = [*upper, *(far for _, far in ranges)]
    guards = [*lower, *(near.guard for near, _ in ranges)]
    found = Maximum(tuple(start), -np.inf, (), converged=False)
    for points in summary.stages:
        found = maximise(partial(evaluate, points), found.at, guards, far)
    guarded = [on and at <= guard for on, at, guard in zip(found.on_bound, found.at, guards, strict=True)][len(lower) :]
    if not any(guarded):
        return found
    finest = [*lower, *(near.finest if on else near.guard for (near, _), on in zip(ranges, guarded, strict=True))]
    closer = maximise(partial(evaluate, summary.full), found.at, finest, far)
    return closer if closer.converged and not any(closer.on_bound) else found


def gap_derivatives(gap: float, slope: float, curvature: float) -> tuple[float, float]:
    """Derivatives by the logarithm of the gap from those by the position of the edge, all in one unit."""
    return -gap * slope, gap * gap * curvature - gap * slope


def scan_gaps(profile: Callable[[float], float], lower: float, upper: float) -> float:
    """The best interior local maximum on a grid, else the better end."""
    grid = np.linspace(lower, upper, _SCAN)
    values = np.array([profile(float(at)) for at in grid])
    inner = np.flatnonzero((values[1:-1] >= values[:-2]) & (values[1:-1] > values[2:])) + 1
    best = inner[np.argmax(values[inner])] if len(inner) else int(np.argmax(values))
    return float(grid[best])
