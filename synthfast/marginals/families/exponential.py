"""The exponential law."""

from typing import Any

import numpy as np

from synthfast.marginals.families.base import Estimate
from synthfast.marginals.families.edges import EdgeFamily
from synthfast.marginals.points import FloatArray
from synthfast.marginals.summary import Summary

__all__ = ["Exponential"]


class Exponential(EdgeFamily):
    """``expon``: a free location is the minimum."""

    name = "expon"
    parameters = ("loc", "scale")

    def _admits(self, summary: Summary, edge: float) -> bool:
        return summary.minimum >= edge

    def _fit_fixed(self, summary: Summary, loc: float) -> Estimate:
        scale = summary.mean - loc
        return Estimate({"loc": loc, "scale": scale}, -float(np.log(scale)) - 1.0, 0)

    def _fit_free(self, summary: Summary) -> Estimate:
        return self._fit_fixed(summary, summary.minimum)

    def _standard_logpdf(self, z: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        return -z

    def _standard_cdf(self, z: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        return -np.expm1(-z)

    def _standard_ppf(self, u: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        return -np.log1p(-u)

    def _standard_draw(self, n: int, stream: Any, shapes: tuple[float, ...], start: int) -> FloatArray:
        return stream.exponential(n, start=start)
