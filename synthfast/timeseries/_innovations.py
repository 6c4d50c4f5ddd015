"""Laws of innovations with mean 0 and variance 1, fitted to residuals and drawn series by series."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import Stream
from synthfast.timeseries._volatility import NO_VOLATILITY, Volatility, fit_volatility

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
    volatility: Volatility = NO_VOLATILITY

    @classmethod
    def fit(cls, law: str, residuals: Floats, *, volatile: bool = False) -> "Innovations":
        """Fit the law to residuals, which are centred and scaled first; ``volatile`` fits a volatility to any law."""
        pool, volatility = _standardised(residuals), NO_VOLATILITY
        if volatile or law == "garch":
            volatility = fit_volatility(pool)
            pool = _standardised(pool / np.sqrt(volatility.variances(pool)[:-1]))
        if law == "student_t":
            return cls(law, np.empty(0), _fit_degrees(pool), volatility)
        return cls(law, np.empty(0) if law == "gaussian" else pool, volatility=volatility)

    def draw(self, first: int, n_series: int, n_steps: int, stream: Stream, *, from_now: bool = False) -> Floats:
        """Innovations of series ``first`` to ``first + n_series``, shape (n_series, n_steps).

        ``from_now`` begins with the volatility of the step after the last one fitted.
        """
        n, start = n_series * n_steps, first * n_steps
        if self.law in ("gaussian", "student_t"):
            z = stream.normal(n, start=start)
            if self.law == "student_t":
                half = self.degrees / 2
                z *= np.sqrt((half - 1) / stream.gamma(half, n, start=start))
        else:
            z = self.pool[stream.integers(len(self.pool), n, start=start)]
        z = z.reshape(n_series, n_steps)
        if self.volatility.alpha > 0:
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
