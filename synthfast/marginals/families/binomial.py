"""The binomial law."""

import numpy as np

from synthfast._ext._special import polygamma
from synthfast.marginals.families.base import Parameters
from synthfast.marginals.families.discrete import DiscreteFamily
from synthfast.marginals.newton import Evaluation, maximise
from synthfast.marginals.points import FloatArray, Points

__all__ = ["Binomial"]

_MOST_TRIALS = 1000.0
_LARGEST_WHOLE = 2.0**53


class Binomial(DiscreteFamily):
    """``binom``: both the number of trials ``n`` and their probability ``p`` are estimated.

    Notes
    -----
    The likelihood in ``n`` has its maximum at infinity, the Poisson law, where the variance reaches the mean or chance
    makes it look so (Olkin, Petkau & Zidek 1981). ``n`` stops at 1,000 times the maximum.
    """

    name = "binom"
    parameters = ("n", "p", "loc")

    def _fit_shapes(self, counts: Points) -> tuple[dict[str, float], tuple[str, ...]]:
        mean, most = counts.mean, counts.maximum
        mirrored = Points(-counts.values, counts.weights, counts.n_threads)

        def evaluate(log_spare: float) -> Evaluation:
            return _profile(mirrored, mean, most, log_spare)

        variance = counts.central_moments[0]
        guess = mean * mean / max(mean - variance, 1e-3 * mean) - most + 1.0
        spare_most = min((_MOST_TRIALS - 1.0) * most, _LARGEST_WHOLE - most)
        upper = float(np.log(spare_most + 1.0))
        found = maximise(evaluate, (float(np.log(max(guess, 1.0))),), (0.0,), (upper,))
        spare = float(np.exp(found.at[0])) - 1.0
        whole = {min(max(float(step(spare)), 0.0), spare_most) for step in (np.floor, np.ceil)}
        best = max(sorted(whole), key=lambda s: evaluate(float(np.log(s + 1.0)))[0])
        n = int(most + best)  # scipy draws from whole numbers of trials of integer type alone
        return {"n": n, "p": mean / n}, ("n",) if found.on_bound[0] and best > 0.0 else ()

    def _last(self, params: Parameters) -> float:
        return params["n"]

    def _moments(self, params: Parameters) -> tuple[float, float]:
        mean = params["n"] * params["p"]
        return mean, float(np.sqrt(mean * (1.0 - params["p"])))

    def _log_mass(self, k: FloatArray, params: Parameters) -> FloatArray:
        from scipy.special import gammaln, xlog1py, xlogy

        n, p = params["n"], params["p"]
        ways = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
        return ways + xlogy(k, p) + xlog1py(n - k, -p)

    def _mass_up_to(self, k: FloatArray, params: Parameters) -> FloatArray:
        from scipy.special import betainc

        spare = np.maximum(params["n"] - k, 0.0)
        return np.where(spare == 0.0, 1.0, betainc(np.maximum(spare, 1.0), k + 1.0, 1.0 - params["p"]))


def _profile(mirrored: Points, mean: float, most: float, log_spare: float) -> Evaluation:
    """Mean log-likelihood at the best p, without the factorials of k, by the logarithm of n - maximum + 1."""
    grown = float(np.exp(log_spare))
    n = most + grown - 1.0
    whole, part = polygamma(n + 1.0), mirrored.polygamma_means(n + 1.0)
    ways, first, second = whole[0] - part[0], whole[1] - part[1], whole[2] - part[2]
    failures = n - mean
    if failures <= 0.0:
        return -np.inf, (0.0,), ((0.0,),)
    value = ways + mean * float(np.log(mean / n)) + failures * float(np.log(failures / n))
    slope = first + float(np.log(failures / n))
    curvature = second + mean / (n * failures)
    return value, (grown * slope,), ((grown * grown * curvature + grown * slope,),)
