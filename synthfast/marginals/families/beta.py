"""The beta law."""

from typing import Any

import numpy as np

from synthfast._ext import _special
from synthfast.marginals.families.base import Estimate, Parameters
from synthfast.marginals.families.edges import FARTHEST_EDGE, EdgeFamily, NearGaps, edge_below, near_gaps, search_gaps
from synthfast.marginals.newton import Evaluation
from synthfast.marginals.points import FloatArray, Points
from synthfast.marginals.stable import exp_values, log_values
from synthfast.marginals.summary import Summary

__all__ = ["Beta"]

_SCAN = 12


class Beta(EdgeFamily):
    """``beta`` with shapes ``a`` and ``b`` on [loc, loc + scale].

    Notes
    -----
    The shapes solve two equations in the mean logarithms of the distances from the edges; free edges are found by
    Newton's method in the logarithms of their gaps to the extremes. Both edges stay within 100 standard deviations:
    without that the law runs off to its gamma and normal limits. With a location given, or on [0, 1] data under
    ``"auto"``, the location is known; the scale is known in the latter case alone.
    """

    name = "beta"
    parameters = ("a", "b", "loc", "scale")

    def candidates(self, summary: Summary, loc: float | str) -> list[dict[str, float]]:
        """Known edges at 0 and 1 where the data lie between and the rule is ``"auto"``; else as by the lower edge."""
        sets = super().candidates(summary, loc)
        within = summary.minimum > 0.0 and summary.maximum * summary.unit < 1.0
        return [{"loc": 0.0, "scale": 1.0}, *sets] if loc == "auto" and within else sets

    def _fit(self, summary: Summary, fixed: Parameters) -> Estimate:
        if "scale" in fixed and summary.maximum < fixed["loc"] + fixed["scale"]:
            return _estimate(summary, fixed["loc"], fixed["loc"] + fixed["scale"])
        return super()._fit(summary, fixed)

    def _fit_fixed(self, summary: Summary, loc: float) -> Estimate:
        upper = _upper_range(summary)
        gaps = np.linspace(upper[0].guard, upper[1], 2 * _SCAN)
        below, high = _log_distance(summary.coarse, loc, 1.0), summary.maximum

        def scanned(gap: float) -> float:
            return _log_likelihood(below, _log_distance(summary.coarse, high + gap, -1.0), high + gap - loc)

        def evaluate(points: Points, log_gap: float) -> Evaluation:
            value, gradient, hessian = _profile(points, loc, high + float(np.exp(log_gap)))
            return value, gradient[1:], (hessian[1][1:],)

        start = float(gaps[int(np.argmax([scanned(gap) for gap in np.exp(gaps)]))])
        found = search_gaps(evaluate, summary, (start,), (upper,))
        return _estimate(summary, loc, high + float(np.exp(found.at[0])), ("scale",) if found.on_bound[0] else ())

    def _fit_free(self, summary: Summary) -> Estimate:
        low, high = summary.minimum, summary.maximum
        lower, upper = (near_gaps(summary), float(np.log(FARTHEST_EDGE * summary.std))), _upper_range(summary)

        def evaluate(points: Points, log_low: float, log_high: float) -> Evaluation:
            return _profile(points, low - float(np.exp(log_low)), high + float(np.exp(log_high)))

        found = search_gaps(evaluate, summary, _scan_edges(summary, lower, upper), (lower, upper))
        bounds = tuple(name for name, on in zip(("loc", "scale"), found.on_bound, strict=True) if on)
        return _estimate(summary, edge_below(low, found.at[0]), high + float(np.exp(found.at[1])), bounds)

    def _highest(self, shapes: tuple[float, ...]) -> float:
        return 1.0

    def _typical(self, shapes: tuple[float, ...]) -> float:
        return 0.5

    def _standard_logpdf(self, z: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        from scipy.special import betaln, xlog1py, xlogy

        a, b = shapes
        return xlogy(a - 1.0, z) + xlog1py(b - 1.0, -z) - betaln(a, b)

    def _standard_cdf(self, z: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        from scipy.special import betainc

        return betainc(*shapes, z)

    def _standard_ppf(self, u: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        from scipy.special import betaincinv

        return betaincinv(*shapes, u)

    def _standard_draw(self, n: int, stream: Any, shapes: tuple[float, ...], start: int) -> FloatArray:
        a, b = (_log_gamma_draw(n, stream.child(side), shape, start) for side, shape in zip("ab", shapes, strict=True))
        return 1.0 / (1.0 + exp_values(b - a))


def _log_gamma_draw(n: int, stream: Any, shape: float, start: int) -> FloatArray:
    """Logarithm of a gamma variable, from one of shape + 1: small shapes would underflow."""
    boosted = log_values(stream.child("gamma").gamma(shape + 1.0, n, start=start))
    return boosted - stream.child("power").exponential(n, start=start) / shape


def _upper_range(summary: Summary) -> tuple[NearGaps, float]:
    near = NearGaps(float(np.log(summary.nearest_edge)), float(np.log(summary.finest_edge)))
    return near, float(np.log(FARTHEST_EDGE * summary.std))


def _log_distance(points: Points, edge: float, side: float) -> float:
    return points.log_means(edge, side)[0]


def _log_likelihood(below: float, above: float, width: float) -> float:
    """Mean log-likelihood at the best shapes, from the mean log distances to the edges."""
    log_width = float(np.log(width))
    a, b = _special.solve_beta_shapes(below - log_width, above - log_width)
    height = _special.polygamma(a + b)[0] - _special.polygamma(a)[0] - _special.polygamma(b)[0]
    return height + (a - 1.0) * below + (b - 1.0) * above - (a + b - 1.0) * log_width


def _scan_edges(summary: Summary, lower: tuple[NearGaps, float], upper: tuple[NearGaps, float]) -> tuple[float, float]:
    """The best pair of log gaps on a grid; the mean logarithms are needed once per edge only."""
    lows, highs = (np.linspace(near.guard, far, _SCAN) for near, far in (lower, upper))
    low_edges, high_edges = summary.minimum - np.exp(lows), summary.maximum + np.exp(highs)
    below = [_log_distance(summary.coarse, edge, 1.0) for edge in low_edges]
    above = [_log_distance(summary.coarse, edge, -1.0) for edge in high_edges]
    values = [
        [_log_likelihood(below[i], above[j], high_edges[j] - low_edges[i]) for j in range(_SCAN)] for i in range(_SCAN)
    ]
    i, j = np.unravel_index(int(np.argmax(values)), (_SCAN, _SCAN))
    return float(lows[i]), float(highs[j])


def _profile(points: Points, low: float, high: float) -> Evaluation:
    """Mean log-likelihood at the best shapes, with derivatives by the log gaps of both edges."""
    width = high - low
    below, _, r1, q1, _, _ = points.edge_means(low, width)
    above, _, r2, q2, _, _ = points.edge_means(high, -width)
    a, b = _special.solve_beta_shapes(below, above)
    (lg_a, _, tri_a), (lg_b, _, tri_b), (lg_ab, _, tri_ab) = (_special.polygamma(s) for s in (a, b, a + b))
    value = lg_ab - lg_a - lg_b + (a - 1.0) * below + (b - 1.0) * above - float(np.log(width))
    total = a + b - 1.0
    slope = np.array([total - (a - 1.0) * r1, (b - 1.0) * r2 - total])  # by the edges, in widths
    edges = np.array([[total - (a - 1.0) * q1, -total], [-total, total - (b - 1.0) * q2]])
    mixed = np.array([[1.0 - r1, 1.0], [-1.0, r2 - 1.0]])  # rows: edges, columns: shapes
    shapes = np.array([[tri_ab - tri_a, tri_ab], [tri_ab, tri_ab - tri_b]])
    profiled = edges - mixed @ np.linalg.solve(shapes, mixed.T)
    moves = np.array([low - points.minimum, high - points.maximum]) / width  # of the edges, by log gap
    hessian = profiled * np.outer(moves, moves) + np.diag(slope * moves)
    return value, (slope * moves).tolist(), hessian.tolist()


def _estimate(summary: Summary, low: float, high: float, at_bound: tuple[str, ...] = ()) -> Estimate:
    width = high - low
    below, above = summary.full.log_means(low, width)[0], summary.full.log_means(high, -width)[0]
    a, b = _special.solve_beta_shapes(below, above)
    height = _special.polygamma(a + b)[0] - _special.polygamma(a)[0] - _special.polygamma(b)[0]
    loglik = height + (a - 1.0) * below + (b - 1.0) * above - float(np.log(width))
    return Estimate({"a": a, "b": b, "loc": low, "scale": width}, loglik, 0, at_bound)
