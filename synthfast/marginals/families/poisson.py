"""The Poisson law."""

from synthfast.marginals.families.base import Parameters
from synthfast.marginals.families.discrete import DiscreteFamily
from synthfast.marginals.points import FloatArray, Points

__all__ = ["Poisson"]


class Poisson(DiscreteFamily):
    """``poisson``: the mean."""

    name = "poisson"
    parameters = ("mu", "loc")

    def _fit_shapes(self, counts: Points) -> tuple[dict[str, float], tuple[str, ...]]:
        return {"mu": counts.mean}, ()

    def _moments(self, params: Parameters) -> tuple[float, float]:
        return params["mu"], params["mu"] ** 0.5

    def _log_mass(self, k: FloatArray, params: Parameters) -> FloatArray:
        from scipy.special import gammaln, xlogy

        return xlogy(k, params["mu"]) - params["mu"] - gammaln(k + 1.0)

    def _mass_up_to(self, k: FloatArray, params: Parameters) -> FloatArray:
        from scipy.special import gammaincc

        return gammaincc(k + 1.0, params["mu"])
