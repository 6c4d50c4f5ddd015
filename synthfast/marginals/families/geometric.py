"""The geometric law."""

import numpy as np

from synthfast.marginals.families.base import Parameters
from synthfast.marginals.families.discrete import DiscreteFamily
from synthfast.marginals.points import FloatArray, Points
from synthfast.marginals.summary import Summary

__all__ = ["Geometric"]


class Geometric(DiscreteFamily):
    """``geom``: trials up to the first success of probability ``p``, from 1; with ``loc=-1`` failures, from 0.

    Notes
    -----
    Under ``"auto"`` the candidates are both of these and a free location, one below the minimum.
    """

    name = "geom"
    parameters = ("p", "loc")
    first = 1

    def candidates(self, summary: Summary, loc: float | str) -> list[dict[str, float]]:
        """The given location; or a free one and, under ``"auto"``, 0 and -1 where the data admit them."""
        if isinstance(loc, float):
            return [{"loc": loc}]
        minimum = summary.minimum * summary.unit
        known = [{"loc": edge} for edge in (0.0, -1.0) if minimum >= edge + 1.0]
        return [*known, {}] if loc == "auto" else [{}]

    def _fit_shapes(self, counts: Points) -> tuple[dict[str, float], tuple[str, ...]]:
        return {"p": 1.0 / counts.mean}, ()

    def _moments(self, params: Parameters) -> tuple[float, float]:
        return 1.0 / params["p"], float(np.sqrt(1.0 - params["p"])) / params["p"]

    def _log_mass(self, k: FloatArray, params: Parameters) -> FloatArray:
        from scipy.special import xlog1py

        return xlog1py(k - 1.0, -params["p"]) + np.log(params["p"])

    def _mass_up_to(self, k: FloatArray, params: Parameters) -> FloatArray:
        return -np.expm1(k * np.log1p(-params["p"]))
