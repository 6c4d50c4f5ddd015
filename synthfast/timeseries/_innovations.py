"""Laws of innovations with mean 0 and variance 1, fitted to residuals and drawn series by series."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import Stream
from synthfast.timeseries._volatility import Volatility, fit_volatility

__all__ = ["LAWS", "Innovations"]

Floats = NDArray[np.float64]

LAWS = ("bootstrap", "gaussian", "student_t", "garch")
FEWEST_DEGREES, MOST_DEGREES = 2.1, 200.0


@dataclass(frozen=True)
class Innovations:
    """A law of innovations.

    Parameters
    ----------
    law : {"bootstrap", "gaussian", "student_t", "garch"}
        ``"garch"`` draws the residuals over their volatility anew and puts a fitted volatility on them.
    pool : ndarray, shape (n,)
        What the bootstraps draw from.
    degrees : float
        Of freedom of Student's law.
    volatility : Volatility
    """

    law: str
    pool: Floats
    degrees: float = MOST_DEGREES
    volatility: Volatility = Volatility(0.0, 0.0, 1.0)

    @classmethod
    def fit(cls, law: str, residuals: Floats) -> "Innovations":
        """Fit the law to residuals, which are centred and scaled first."""
        pool = _standardised(residuals)
        if law == "student_t":
            return cls(law, np.empty(0), degrees=_fit_degrees(pool))
        if law == "garch":
            volatility = fit_volatility(pool)
            return cls(law, _standardised(pool / np.sqrt(volatility.variances(pool)[:-1])), volatility=volatility)
        return cls(law, pool if law == "bootstrap" else np.empty(0))

    def draw(self, first: int, n_series: int, n_steps: int, stream: Stream, *, from_now: bool = False) -> Floats:
        """Innovations of series ``first`` to ``first + n_series``, shape (n_series, n_steps).

        ``from_now`` begins with the volatility of the step after the last one fitted.
        """
        n, start = n_series * n_steps, first * n_steps
        if self.law == "gaussian":
            return stream.normal(n, start=start).reshape(n_series, n_steps)
        if self.law == "student_t":
            half = self.degrees / 2
            scale = stream.gamma(half, n, start=start)
            z = stream.normal(n, start=start) * np.sqrt((half - 1) / scale)
            return np.asarray(z.reshape(n_series, n_steps))
        z = self.pool[stream.integers(len(self.pool), n, start=start)].reshape(n_series, n_steps)
        if self.law == "garch" and self.volatility.alpha > 0:
            return self.volatility.apply(z, self.volatility.last if from_now else 1.0)
        return z

    def to_state(self) -> tuple[dict[str, Any], dict[str, Floats]]:
        """A JSON-able document and arrays."""
        v = self.volatility
        return {"law": self.law, "degrees": self.degrees, "volatility": [v.alpha, v.beta, v.last]}, {"pool": self.pool}

    @classmethod
    def from_state(cls, document: dict[str, Any], arrays: dict[str, Floats]) -> "Innovations":
        """Take up what `to_state` gave."""
        return cls(document["law"], arrays["pool"], document["degrees"], Volatility(*document["volatility"]))


def _standardised(values: Floats) -> Floats:
    rest = values - values.mean()
    size = float(np.sqrt(np.mean(rest**2)))
    return rest / size if size > 0 else rest


def _fit_degrees(z: Floats) -> float:
    """Degrees of freedom by maximum likelihood for values of unit variance."""
    from scipy.optimize import minimize_scalar
    from scipy.special import gammaln

    def cost(log_degrees: float) -> float:
        v = float(np.exp(log_degrees))
        scale = np.log(np.pi * (v - 2)) / 2 - gammaln((v + 1) / 2) + gammaln(v / 2)
        return float(scale + (v + 1) / 2 * np.mean(np.log1p(z**2 / (v - 2))))

    bounds = (float(np.log(FEWEST_DEGREES)), float(np.log(MOST_DEGREES)))
    return float(np.exp(minimize_scalar(cost, bounds=bounds, method="bounded").x))
