"""The log-normal law."""

from typing import Any

import numpy as np

from synthfast.marginals.families.base import Estimate
from synthfast.marginals.families.edges import EdgeFamily, gap_derivatives
from synthfast.marginals.families.normal import HALF_LOG_2PI
from synthfast.marginals.points import FloatArray, Points
from synthfast.marginals.stable import exp_values
from synthfast.marginals.summary import Summary

__all__ = ["LogNormal"]


class LogNormal(EdgeFamily):
    """``lognorm``: exp of a normal variable with standard deviation ``s``, times ``scale``, plus ``loc``.

    Notes
    -----
    With a free location the likelihood is unbounded at the minimum (Hill 1963, The three-parameter lognormal
    distribution and Bayesian analysis of a point-source epidemic); the local maximum is reported.
    """

    name = "lognorm"
    parameters = ("s", "loc", "scale")

    def _fit_fixed(self, summary: Summary, loc: float) -> Estimate:
        unit = summary.mean - loc
        mean, square = summary.full.log_means(loc, unit)
        s = float(np.sqrt(square - mean * mean))
        loglik = -mean - float(np.log(unit * s)) - HALF_LOG_2PI - 0.5
        return Estimate({"s": s, "loc": loc, "scale": unit * float(np.exp(mean))}, loglik, 0)

    def _profile(self, points: Points, minimum: float, log_gap: float) -> tuple[float, float, float]:
        gap = float(np.exp(log_gap))
        edge = minimum - gap
        unit = points.mean - edge
        mean, square, r, r2, lr, lr2 = points.edge_means(edge, unit)
        variance = square - mean * mean
        value = -mean - float(np.log(unit)) - 0.5 * float(np.log(variance)) - HALF_LOG_2PI - 0.5
        with_r = lr - mean * r
        slope = r + with_r / variance
        curvature = r2 + (lr2 - r2 + r * r - mean * r2) / variance + 2.0 * (with_r / variance) ** 2
        return value, *gap_derivatives(gap / unit, slope, curvature)

    def _standard_logpdf(self, z: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        log_z = np.log(z)
        density = -0.5 * (log_z / shapes[0]) ** 2 - log_z - np.log(shapes[0]) - HALF_LOG_2PI
        return np.where(z > 0.0, density, -np.inf)

    def _standard_cdf(self, z: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        from scipy.special import ndtr

        return ndtr(np.log(z) / shapes[0])

    def _standard_ppf(self, u: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        from scipy.special import ndtri

        return np.exp(shapes[0] * ndtri(u))

    def _standard_draw(self, n: int, stream: Any, shapes: tuple[float, ...], start: int) -> FloatArray:
        return exp_values(shapes[0] * stream.normal(n, start=start))
