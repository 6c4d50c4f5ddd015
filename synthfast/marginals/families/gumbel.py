"""The Gumbel law of maxima."""

from typing import Any

import numpy as np

from synthfast.marginals.families.base import ContinuousFamily, Estimate, Parameters
from synthfast.marginals.newton import Evaluation, maximise
from synthfast.marginals.points import FloatArray, Points
from synthfast.marginals.stable import log_values
from synthfast.marginals.summary import Summary

__all__ = ["GumbelRight"]


class GumbelRight(ContinuousFamily):
    """``gumbel_r``.

    Notes
    -----
    The location has a closed form given the scale, and the profile is concave in 1/scale.
    """

    name = "gumbel_r"
    parameters = ("loc", "scale")

    def _fit(self, summary: Summary, fixed: Parameters) -> Estimate:
        origin = summary.minimum
        at = (float(np.log(np.pi / np.sqrt(6.0) / summary.std)),)
        lowest, highest = -float(np.log(100.0 * summary.std)), -float(np.log(summary.finest_edge))
        for points in summary.stages:

            def evaluate(log_rate: float, points: Points = points) -> Evaluation:
                return _profile(points, origin, log_rate)

            found = maximise(evaluate, at, (lowest,), (highest,))
            at = (found.at[0],)
        scale = float(np.exp(-at[0]))
        loc = origin - scale * float(np.log(summary.full.tilted_means(origin, -1.0 / scale)[0]))
        return Estimate({"loc": loc, "scale": scale}, found.value, 0, ("scale",) if found.on_bound[0] else ())

    def _standard_logpdf(self, z: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        return -z - np.exp(-z)

    def _standard_cdf(self, z: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        return np.exp(-np.exp(-z))

    def _standard_ppf(self, u: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        return -np.log(-np.log(u))

    def _standard_draw(self, n: int, stream: Any, shapes: tuple[float, ...], start: int) -> FloatArray:
        return -log_values(stream.exponential(n, start=start))


def _profile(points: Points, origin: float, log_rate: float) -> Evaluation:
    """Mean log-likelihood at the best location, with derivatives by the logarithm of the rate 1/scale."""
    rate = float(np.exp(log_rate))
    e, first, second = points.tilted_means(origin, -rate)
    distance = points.mean - origin
    first, second = first / e, second / e
    value = log_rate - rate * distance - float(np.log(e)) - 1.0
    slope = 1.0 - rate * (distance - first)
    curvature = -rate * rate * (second - first * first) - 1.0 + slope
    return value, (slope,), ((curvature,),)
