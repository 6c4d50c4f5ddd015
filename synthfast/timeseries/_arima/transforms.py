"""Scales on which a series is modelled: as it is, Box and Cox's powers, or the logit between two bounds."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.threads import effective_n_threads
from synthfast._ext._special import exp_values, log_values
from synthfast.timeseries._arima.fitting import Fitter
from synthfast.timeseries._arima.orders import Order

__all__ = ["Transform", "choose_power"]

Floats = NDArray[np.float64]

POWERS = (0.5, 0.0)  # tried beside 1
LEAST_GAIN = 2.0  # units of log-likelihood by which another scale has to be better


@dataclass(frozen=True)
class Transform:
    """An increasing map to the scale of the model, and back.

    Parameters
    ----------
    power : float, default 1
        Box and Cox's lambda; 1 leaves the values as they are, 0 takes logarithms.
    bounds : tuple of two float, optional
        Logit between them instead. Values on a bound are moved inside by a thousandth of the range.
    """

    power: float = 1.0
    bounds: tuple[float, float] | None = None

    def forward(self, values: Floats) -> Floats:
        """To the scale of the model."""
        if self.bounds is not None:
            low, high = self.bounds
            share = np.clip((values - low) / (high - low), 1e-3, 1 - 1e-3)
            return _log(share) - _log(1 - share)
        if self.power == 1:
            return values
        logs = _log(values)
        return logs if self.power == 0 else (_exp(self.power * logs) - 1) / self.power

    def back(self, values: Floats) -> Floats:
        """From the scale of the model."""
        if self.bounds is not None:
            low, high = self.bounds
            grown = _exp(-np.abs(values))
            share = np.where(values < 0, grown, 1.0) / (1 + grown)
            return np.clip(low + (high - low) * share, low, high)
        if self.power == 1:
            return values
        if self.power == 0:
            return _exp(values)
        base = self.power * values + 1
        return np.where(base > 0, _exp(_log(np.maximum(base, 1e-300)) / self.power), 0.0)

    def to_state(self) -> dict[str, Any]:
        """A JSON-able document."""
        return {"power": self.power, "bounds": None if self.bounds is None else list(self.bounds)}

    @classmethod
    def from_state(cls, document: dict[str, Any]) -> "Transform":
        """Take up what `to_state` gave."""
        bounds = document["bounds"]
        return cls(document["power"], None if bounds is None else (bounds[0], bounds[1]))


def choose_power(values: Floats, regressors: Floats, d: int, D: int, m: int) -> float:
    """The power of 1, 1/2 and 0 under which one generous model of positive values is likeliest.

    Likelihoods are of the values themselves, the Jacobian of the power counted; 1 is left for a gain of 2 or more.
    """
    season = int(m > 1)
    order = Order(2, d, 2, season, D, season, m, constant=d + D < 2)
    if len(values) < 3 * (order.n_lost + order.state_size + order.n_coefs):
        return 1.0
    jacobian = float(np.sum(np.log(values[order.n_lost :])))
    scores = {}
    for power in (1.0, *POWERS):
        fit = Fitter(Transform(power).forward(values), regressors, order).fit(order)
        scores[power] = -np.inf if fit is None else fit.log_likelihood + (power - 1) * jacobian
    best = max(scores, key=lambda power: scores[power])
    return best if scores[best] > scores[1.0] + LEAST_GAIN else 1.0


def _exp(values: Floats) -> Floats:
    out = np.empty(values.shape)
    exp_values(np.ascontiguousarray(values).ravel(), out.reshape(-1), effective_n_threads())
    return out


def _log(values: Floats) -> Floats:
    out = np.empty(values.shape)
    log_values(np.ascontiguousarray(values).ravel(), out.reshape(-1), effective_n_threads())
    return out
