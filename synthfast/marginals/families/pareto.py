"""The Pareto law."""

from typing import Any

import numpy as np

from synthfast.marginals.families.base import Estimate
from synthfast.marginals.families.edges import EdgeFamily
from synthfast.marginals.points import FloatArray, Points
from synthfast.marginals.stable import exp_values
from synthfast.marginals.summary import Summary

__all__ = ["Pareto"]


class Pareto(EdgeFamily):
    """``pareto`` with shape ``b``: density b z^-(b + 1) from z = 1, so the support starts at ``loc + scale``.

    Notes
    -----
    The support always starts at the minimum, where the likelihood is largest. With a free location the law is the
    Lomax law of the excess over the minimum; for tails lighter than exponential its scale runs off to infinity, and
    is stopped at 100 standard deviations.
    """

    name = "pareto"
    parameters = ("b", "loc", "scale")

    def _fit_fixed(self, summary: Summary, loc: float) -> Estimate:
        scale = summary.minimum - loc
        mean = summary.full.log_means(loc, scale)[0]
        loglik = -float(np.log(mean * scale)) - 1.0 - mean
        return Estimate({"b": 1.0 / mean, "loc": loc, "scale": scale}, loglik, 0)

    def _at_edge(self, summary: Summary, edge: float, at_bound: tuple[str, ...]) -> Estimate:
        return super()._at_edge(summary, edge, ("loc", "scale") if at_bound else ())

    def _profile(self, points: Points, minimum: float, log_gap: float) -> tuple[float, float, float]:
        gap = float(np.exp(log_gap))
        mean, _, r, r2, _, _ = points.edge_means(minimum - gap, gap)
        value = -float(np.log(mean)) - log_gap - 1.0 - mean
        slope, bend = r - 1.0, r - r2  # derivatives of the mean by log gap
        return value, -slope / mean - 1.0 - slope, -bend / mean + (slope / mean) ** 2 - bend

    def _lowest(self, shapes: tuple[float, ...]) -> float:
        return 1.0

    def _standard_logpdf(self, z: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        return np.log(shapes[0]) - (shapes[0] + 1.0) * np.log(z)

    def _standard_cdf(self, z: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        return -np.expm1(-shapes[0] * np.log(z))

    def _standard_ppf(self, u: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        return np.exp(-np.log1p(-u) / shapes[0])

    def _standard_draw(self, n: int, stream: Any, shapes: tuple[float, ...], start: int) -> FloatArray:
        return exp_values(stream.exponential(n, start=start) / shapes[0])
