"""The Weibull law of minima."""

from typing import Any

import numpy as np

from synthfast.marginals.families.base import Estimate
from synthfast.marginals.families.edges import FARTHEST_EDGE, EdgeFamily, edge_below, near_gaps, scan_gaps, search_gaps
from synthfast.marginals.newton import Evaluation, maximise
from synthfast.marginals.points import FloatArray, Points
from synthfast.marginals.stable import exp_values, log_values
from synthfast.marginals.summary import Summary

__all__ = ["WeibullMin"]

_LOG_SHAPE = (float(np.log(1e-3)), float(np.log(1e5)))
_STD_OF_LOG = float(np.pi / np.sqrt(6.0))


class WeibullMin(EdgeFamily):
    """``weibull_min`` with shape ``c``.

    Notes
    -----
    The scale has a closed form given shape and edge. With the edge known the rest is Newton's method on a concave
    function; with a free edge it is Newton's method in shape and gap together.
    """

    name = "weibull_min"
    parameters = ("c", "loc", "scale")

    def _fit_fixed(self, summary: Summary, loc: float) -> Estimate:
        at = (_guess_log_shape(summary.coarse, loc),)
        for points in summary.stages:

            def evaluate(log_c: float, points: Points = points) -> Evaluation:
                value, gradient, hessian = _profile(points, loc, log_c)
                return value, gradient[:1], (hessian[0][:1],)

            found = maximise(evaluate, at, _LOG_SHAPE[:1], _LOG_SHAPE[1:])
            at = (found.at[0],)
        return _estimate(summary.full, loc, at[0], found.value, ("c",) if found.on_bound[0] else ())

    def _fit_free(self, summary: Summary) -> Estimate:
        low, coarse = summary.minimum, summary.coarse
        near, far = near_gaps(summary), float(np.log(FARTHEST_EDGE * summary.std))

        def scanned(log_gap: float) -> float:
            edge = low - float(np.exp(log_gap))
            return _profile(coarse, edge, _guess_log_shape(coarse, edge))[0]

        def evaluate(points: Points, log_c: float, log_gap: float) -> Evaluation:
            gap = float(np.exp(log_gap))
            return _profile(points, low - gap, log_c, gap)

        log_gap = scan_gaps(scanned, near.guard, far)
        start = (_guess_log_shape(coarse, low - float(np.exp(log_gap))), log_gap)
        found = search_gaps(evaluate, summary, start, ((near, far),), _LOG_SHAPE[:1], _LOG_SHAPE[1:])
        bounds = tuple(name for name, on in zip(("c", "loc"), found.on_bound, strict=True) if on)
        return _estimate(summary.full, edge_below(low, found.at[1]), found.at[0], found.value, bounds)

    def _standard_logpdf(self, z: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        from scipy.special import xlogy

        return np.log(shapes[0]) + xlogy(shapes[0] - 1.0, z) - z ** shapes[0]

    def _standard_cdf(self, z: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        return -np.expm1(-(z ** shapes[0]))

    def _standard_ppf(self, u: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        return (-np.log1p(-u)) ** (1.0 / shapes[0])

    def _standard_draw(self, n: int, stream: Any, shapes: tuple[float, ...], start: int) -> FloatArray:
        return exp_values(log_values(stream.exponential(n, start=start)) / shapes[0])


def _guess_log_shape(points: Points, edge: float) -> float:
    """From the standard deviation of the logarithms (Menon 1963)."""
    mean, square = points.log_means(edge, points.mean - edge)
    return float(np.log(_STD_OF_LOG) - 0.5 * np.log(max(square - mean * mean, 1e-300)))


def _profile(points: Points, edge: float, log_c: float, gap: float = 0.0) -> Evaluation:
    """Mean log-likelihood at the best scale, with derivatives by log shape and log gap."""
    c = float(np.exp(log_c))
    unit = points.maximum - edge  # powers of values up to 1 cannot overflow
    gap /= unit
    log, r, r2, e, el, ell, er, err, elr = points.power_means(edge, unit, c)
    el, ell, er, err, elr = el / e, ell / e, er / e, err / e, elr / e
    value = log_c - float(np.log(e * unit)) + (c - 1.0) * log - 1.0
    by_c = 1.0 / c - el + log
    by_cc = -1.0 / (c * c) - ell + el * el
    by_edge = c * er - (c - 1.0) * r
    by_edge_edge = -c * (c - 1.0) * err + (c * er) ** 2 - (c - 1.0) * r2
    by_c_edge = er + c * (elr - er * el) - r
    cross = -c * gap * by_c_edge
    gradient = (c * by_c, -gap * by_edge)
    hessian = ((c * c * by_cc + c * by_c, cross), (cross, gap * gap * by_edge_edge - gap * by_edge))
    return value, gradient, hessian


def _estimate(points: Points, edge: float, log_c: float, value: float, at_bound: tuple[str, ...]) -> Estimate:
    c = float(np.exp(log_c))
    unit = points.maximum - edge
    scale = unit * points.power_means(edge, unit, c)[3] ** (1.0 / c)
    return Estimate({"c": c, "loc": edge, "scale": scale}, value, 0, at_bound)
