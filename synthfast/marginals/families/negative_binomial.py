"""The negative binomial law."""

import numpy as np

from synthfast._ext._special import polygamma
from synthfast.marginals.families.base import Parameters
from synthfast.marginals.families.discrete import DiscreteFamily
from synthfast.marginals.newton import Evaluation, maximise
from synthfast.marginals.points import FloatArray, Points

__all__ = ["NegativeBinomial"]

_LOG_SIZE = (float(np.log(1e-6)), float(np.log(1e6)))


class NegativeBinomial(DiscreteFamily):
    """``nbinom``: failures before the ``n``-th success of probability ``p``; ``n`` may be any positive number.

    Notes
    -----
    Where the variance does not exceed the mean the likelihood has its maximum at infinite ``n``, the Poisson law;
    ``n`` stops at a million.
    """

    name = "nbinom"
    parameters = ("n", "p", "loc")

    def _fit_shapes(self, counts: Points) -> tuple[dict[str, float], tuple[str, ...]]:
        mean, variance = counts.mean, counts.central_moments[0]

        def evaluate(log_size: float) -> Evaluation:
            return _profile(counts, mean, log_size)

        guess = mean * mean / max(variance - mean, 1e-6 * mean)
        found = maximise(evaluate, (float(np.log(guess)),), _LOG_SIZE[:1], _LOG_SIZE[1:])
        size = float(np.exp(found.at[0]))
        return {"n": size, "p": size / (size + mean)}, ("n",) if found.on_bound[0] else ()

    def _moments(self, params: Parameters) -> tuple[float, float]:
        mean = params["n"] * (1.0 - params["p"]) / params["p"]
        return mean, float(np.sqrt(mean / params["p"]))

    def _log_mass(self, k: FloatArray, params: Parameters) -> FloatArray:
        from scipy.special import gammaln, xlog1py

        n, p = params["n"], params["p"]
        return gammaln(k + n) - gammaln(k + 1.0) - gammaln(n) + n * np.log(p) + xlog1py(k, -p)

    def _mass_up_to(self, k: FloatArray, params: Parameters) -> FloatArray:
        from scipy.special import betainc

        return betainc(params["n"], k + 1.0, params["p"])


def _profile(counts: Points, mean: float, log_size: float) -> Evaluation:
    """Mean log-likelihood at the best p, without the factorials of k, by the logarithm of n."""
    size = float(np.exp(log_size))
    part, whole = counts.polygamma_means(size), polygamma(size)
    ways, first, second = part[0] - whole[0], part[1] - whole[1], part[2] - whole[2]
    log_p = -float(np.log1p(mean / size))
    value = ways + size * log_p + mean * (float(np.log(mean / size)) + log_p)
    slope = first + log_p
    curvature = second + mean / (size * (size + mean))
    return value, (size * slope,), ((size * size * curvature + size * slope,),)
