"""The gamma law."""

from typing import Any

import numpy as np

from synthfast._ext import _special
from synthfast.marginals.families.base import Estimate
from synthfast.marginals.families.edges import EdgeFamily, gap_derivatives
from synthfast.marginals.points import FloatArray, Points
from synthfast.marginals.summary import Summary

__all__ = ["Gamma"]


class Gamma(EdgeFamily):
    """``gamma`` with shape ``a``."""

    name = "gamma"
    parameters = ("a", "loc", "scale")

    def _fit_fixed(self, summary: Summary, loc: float) -> Estimate:
        unit = summary.mean - loc
        gap = -summary.full.log_means(loc, unit)[0]
        a = _special.solve_gamma_shape(gap)
        loglik = _special.gamma_gaps(a)[0] - float(np.log(unit)) - (a - 1.0) * gap
        return Estimate({"a": a, "loc": loc, "scale": unit / a}, loglik, 0)

    def _profile(self, points: Points, minimum: float, log_gap: float) -> tuple[float, float, float]:
        gap = float(np.exp(log_gap))
        edge = minimum - gap
        unit = points.mean - edge
        mean, _, r, r2, _, _ = points.edge_means(edge, unit)
        a = _special.solve_gamma_shape(-mean)
        height, _, excess = _special.gamma_gaps(a)
        value = height - float(np.log(unit)) + (a - 1.0) * mean
        slope = a - (a - 1.0) * r
        curvature = (1.0 - r) ** 2 / excess + a - (a - 1.0) * r2
        return value, *gap_derivatives(gap / unit, slope, curvature)

    def _standard_logpdf(self, z: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        from scipy.special import gammaln, xlogy

        return xlogy(shapes[0] - 1.0, z) - z - gammaln(shapes[0])

    def _standard_cdf(self, z: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        from scipy.special import gammainc

        return gammainc(shapes[0], z)

    def _standard_ppf(self, u: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        from scipy.special import gammaincinv

        return gammaincinv(shapes[0], u)

    def _standard_draw(self, n: int, stream: Any, shapes: tuple[float, ...], start: int) -> FloatArray:
        return stream.gamma(shapes[0], n, start=start)
