"""GARCH(1,1) volatility: fitted by quasi maximum likelihood, and put on innovations of unit variance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["NO_VOLATILITY", "Volatility", "fit_volatility"]

Floats = NDArray[np.float64]

MOST_PERSISTENT = 0.9995  # alpha + beta stay below, so that there is a variance to speak of


@dataclass(frozen=True)
class Volatility:
    """variance_t = omega + alpha e_{t-1}^2 + beta variance_{t-1}, with unit mean: omega = 1 - alpha - beta.

    Parameters
    ----------
    alpha, beta : float
    last : float
        Variance of the step after the last one fitted.
    """

    alpha: float
    beta: float
    last: float

    def variances(self, e: Floats) -> Floats:
        """Variance of each step given the values before it, the first one 1; one more than there are values."""
        from scipy.signal import lfilter

        drive = (1 - self.alpha - self.beta) + self.alpha * e**2
        later = lfilter([1.0], [1.0, -self.beta], drive, zi=[self.beta])[0]
        return np.r_[1.0, later]

    def apply(self, z: Floats, first: Floats | float = 1.0) -> Floats:
        """Innovations with this volatility out of independent ones, shape (n_series, n_steps)."""
        variance = np.full(len(z), first, dtype=np.float64)
        e = np.empty_like(z)
        omega = 1 - self.alpha - self.beta
        for t in range(z.shape[1]):
            e[:, t] = np.sqrt(variance) * z[:, t]
            variance = (omega + self.beta * variance) + self.alpha * e[:, t] ** 2
        return e


NO_VOLATILITY = Volatility(0.0, 0.0, 1.0)


def fit_volatility(e: Floats) -> Volatility:
    """Fit by Gaussian quasi maximum likelihood with the variance held at that of the data.

    Parameters
    ----------
    e : ndarray, shape (n,)
        Values of mean 0 and variance 1.

    References
    ----------
    Bollerslev (1986), doi:10.1016/0304-4076(86)90063-1. Francq, Horvath and Zakoian (2011) on variance targeting.
    """
    from scipy.optimize import minimize

    def cost(free: Floats) -> float:
        variances = _of(free).variances(e)[:-1]
        return float(np.mean(np.log(variances) + e**2 / variances))

    starts = [np.array([_logit(total / MOST_PERSISTENT), _logit(share)]) for total, share in ((0.95, 0.08), (0.5, 0.3))]
    runs = [minimize(cost, start, method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-9}) for start in starts]
    best = min(runs, key=lambda run: float(run.fun))
    found = _of(best.x)
    if cost(best.x) > float(np.mean(e**2)) - 2.0 / len(e):  # no better than one variance throughout, by AIC
        return NO_VOLATILITY
    return Volatility(found.alpha, found.beta, float(found.variances(e)[-1]))


def _of(free: Floats) -> Volatility:
    """Persistence alpha + beta and alpha's share of it, from two unbounded numbers."""
    total, share = MOST_PERSISTENT / (1 + np.exp(-np.clip(free, -30, 30))) / np.array([1.0, MOST_PERSISTENT])
    return Volatility(float(total * share), float(total * (1 - share)), 1.0)


def _logit(p: float) -> float:
    return float(np.log(p / (1 - p)))
