"""The normal law."""

from typing import Any

import numpy as np

from synthfast.marginals.families.base import ContinuousFamily, Estimate, Parameters
from synthfast.marginals.points import FloatArray
from synthfast.marginals.summary import Summary

__all__ = ["HALF_LOG_2PI", "Normal"]

HALF_LOG_2PI = 0.5 * float(np.log(2.0 * np.pi))


class Normal(ContinuousFamily):
    """``norm``: mean and standard deviation."""

    name = "norm"
    parameters = ("loc", "scale")

    def _fit(self, summary: Summary, fixed: Parameters) -> Estimate:
        loglik = -float(np.log(summary.std)) - HALF_LOG_2PI - 0.5
        return Estimate({"loc": summary.mean, "scale": summary.std}, loglik, 0)

    def _standard_logpdf(self, z: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        return -0.5 * z * z - HALF_LOG_2PI

    def _standard_cdf(self, z: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        from scipy.special import ndtr

        return ndtr(z)

    def _standard_ppf(self, u: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        from scipy.special import ndtri

        return ndtri(u)

    def _standard_draw(self, n: int, stream: Any, shapes: tuple[float, ...], start: int) -> FloatArray:
        return stream.normal(n, start=start)
