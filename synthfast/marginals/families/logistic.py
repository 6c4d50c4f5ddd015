"""The logistic law."""

from typing import Any

import numpy as np

from synthfast.marginals.families.base import ContinuousFamily, Estimate, Parameters
from synthfast.marginals.newton import Evaluation, maximise
from synthfast.marginals.points import FloatArray, Points
from synthfast.marginals.stable import log_values
from synthfast.marginals.summary import Summary

__all__ = ["Logistic"]


class Logistic(ContinuousFamily):
    """``logistic``: Newton's method in location and log scale."""

    name = "logistic"
    parameters = ("loc", "scale")

    def _fit(self, summary: Summary, fixed: Parameters) -> Estimate:
        std, origin = summary.std, summary.mean
        at = (0.0, float(np.log(np.sqrt(3.0) / np.pi * std)))
        lower = (-10.0, float(np.log(summary.finest_edge)))
        upper = (10.0, float(np.log(100.0 * std)))
        for points in summary.stages:

            def evaluate(shift: float, log_scale: float, points: Points = points) -> Evaluation:
                return _likelihood(points, origin + std * shift, log_scale, std)

            found = maximise(evaluate, at, lower, upper)
            at = (found.at[0], found.at[1])
        params = {"loc": origin + std * at[0], "scale": float(np.exp(at[1]))}
        return Estimate(params, found.value, 0, ("scale",) if found.on_bound[1] else ())

    def _standard_logpdf(self, z: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        return -np.abs(z) - 2.0 * np.log1p(np.exp(-np.abs(z)))

    def _standard_cdf(self, z: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        from scipy.special import expit

        return expit(z)

    def _standard_ppf(self, u: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        from scipy.special import logit

        return logit(u)

    def _standard_draw(self, n: int, stream: Any, shapes: tuple[float, ...], start: int) -> FloatArray:
        u = stream.uniform(n, start=start)
        return log_values(u) - log_values(1.0 - u)


def _likelihood(points: Points, centre: float, log_scale: float, unit: float) -> Evaluation:
    """Mean log-likelihood with derivatives by the centre in units and the log scale."""
    scale = float(np.exp(log_scale))
    density, t, zt, f, zf, zzf = points.logistic_means(centre, scale)
    ratio = unit / scale
    cross = -ratio * (t + 2.0 * zf)
    hessian = ((-2.0 * ratio * ratio * f, cross), (cross, -zt - 2.0 * zzf))
    return density - log_scale, (ratio * t, zt - 1.0), hessian
