"""Paths of one fitted model: after its history, over its span, or from its stationary law."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import Stream
from synthfast._core.threads import effective_n_threads
from synthfast._ext._arima import simulate_arima
from synthfast._ext._copula import combine_rows
from synthfast.timeseries._arima.fitting import Fit
from synthfast.timeseries._arima.orders import Order, difference, difference_lags, expanded_lags, filtered
from synthfast.timeseries._innovations import Innovations

__all__ = ["PathLaw", "innovations_of", "run_paths", "stationary_factor"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PathLaw:
    """What it takes to draw paths of the disturbance, the series less its regression.

    Parameters
    ----------
    order : Order
    coefs : ndarray, shape (n_coefs,)
    deviation : float
        Of the innovations.
    innovations : Innovations
    end_state, begin_state : ndarray, shape (state_size,)
        What the past adds to the first steps after the last value, and of the reversed series after its last.
    end_values, begin_values : ndarray, shape (n_lost,)
        Last values, and last ones of the reversed series.
    factor : ndarray, shape (state_size, state_size)
        Lower factor of the covariance of the state before the first step, in units of the innovations' variance.
    residuals : ndarray, shape (n - n_lost,)
        Exact innovations over their standard deviations.
    """

    order: Order
    coefs: Floats
    deviation: float
    innovations: Innovations
    end_state: Floats
    end_values: Floats
    begin_state: Floats
    begin_values: Floats
    factor: Floats
    residuals: Floats

    @classmethod
    def of(cls, fit: Fit, disturbance: Floats, law: str, missing: NDArray[np.bool_]) -> "PathLaw":
        """Law of a fit to a disturbance, shape (n,); innovations of steps that were missing do not count."""
        order = fit.order
        innovations, end_state = innovations_of(order, fit.coefs, disturbance)
        deviation = float(np.sqrt(fit.variance))
        residuals = innovations / deviation if deviation else innovations
        _, begin_state = innovations_of(order, fit.coefs, disturbance[::-1])
        lost = order.n_lost
        return cls(
            order,
            fit.coefs,
            deviation,
            Innovations.fit(law, residuals[~missing[lost:]]),
            end_state,
            disturbance[len(disturbance) - lost :].copy(),
            begin_state,
            disturbance[:lost][::-1].copy(),
            stationary_factor(order, fit.coefs),
            residuals,
        )

    def continued(self, first: int, n_series: int, n_steps: int, stream: Stream) -> Floats:
        """Paths that follow the last value, shape (n_series, n_steps)."""
        z = self.innovations.draw(first, n_series, n_steps, stream.child("innovations"), from_now=True)
        return self._run(z, self.end_state[None], self.end_values[None])

    def replayed(self, first: int, n_series: int, n_steps: int, stream: Stream) -> Floats:
        """Paths over the span of the series, from values before it that the model, run backwards, has drawn."""
        lost, size = self.order.n_lost, self.order.state_size
        pasts = np.empty((n_series, 0))
        if lost:
            before = self.innovations.draw(first, n_series, lost, stream.child("before"))
            pasts = self._run(before, self.begin_state[None], self.begin_values[None])[:, ::-1]
        noise = stream.child("state").normal(n_series * size, start=first * size).reshape(n_series, size)
        starts = np.empty((size, n_series))
        combine_rows(self.factor, np.ascontiguousarray(noise.T), starts, effective_n_threads())
        z = self.innovations.draw(first, n_series, n_steps, stream.child("innovations"))
        return self._run(z, self.deviation * starts.T, pasts)

    def _run(self, z: Floats, starts: Floats, pasts: Floats) -> Floats:
        return run_paths(self.order, self.coefs[None], self.deviation * z, starts, pasts)

    def to_state(self) -> tuple[dict[str, Any], dict[str, Floats]]:
        """A JSON-able document and arrays."""
        document, arrays = self.innovations.to_state()
        own = {name: getattr(self, name) for name in _ARRAYS}
        order = {name: getattr(self.order, name) for name in Order.__dataclass_fields__}
        return {"order": order, "deviation": self.deviation, "innovations": document}, own | arrays

    @classmethod
    def from_state(cls, document: dict[str, Any], arrays: dict[str, Floats]) -> "PathLaw":
        """Take up what `to_state` gave."""
        return cls(
            order=Order(**document["order"]),
            deviation=document["deviation"],
            innovations=Innovations.from_state(document["innovations"], arrays),
            **{name: arrays[name] for name in _ARRAYS},
        )


_ARRAYS = ("coefs", "end_state", "end_values", "begin_state", "begin_values", "factor", "residuals")


def innovations_of(order: Order, coefs: Floats, disturbance: Floats) -> tuple[Floats, Floats]:
    """Standardised exact innovations, shape (n - n_lost,), and the state after the last value."""
    out, states, _ = filtered(order, coefs, difference(disturbance, order)[None])
    return out[0], states[0]


def run_paths(order: Order, coefs: Floats, e: Floats, starts: Floats, pasts: Floats) -> Floats:
    """Paths out of innovations.

    Parameters
    ----------
    order : Order
    coefs : ndarray, shape (1 or n_series, n_coefs)
    e : ndarray, shape (n_series, n_steps)
    starts : ndarray, shape (1 or n_series, k)
        What the past adds to the first steps of the differenced process.
    pasts : ndarray, shape (1 or n_series, n_lost)
        Values before the first.

    Returns
    -------
    ndarray, shape (n_series, n_steps)
    """
    (ar_lags, ar), (ma_lags, ma) = expanded_lags(order, coefs)
    lags, weights = difference_lags(order)
    out = np.empty_like(e)
    simulate_arima(
        ar_lags,
        ar,
        ma_lags,
        ma,
        lags,
        weights,
        np.ascontiguousarray(starts),
        np.ascontiguousarray(pasts),
        np.ascontiguousarray(e),
        out,
        effective_n_threads(),
    )
    return out


def stationary_factor(order: Order, coefs: Floats) -> Floats:
    """Lower factor of the stationary covariance of what the past adds to the steps to come; unit innovations.

    With T the transition of Harvey's form and R the loading of an innovation it is that of T P T', where
    P = T P T' + R R'. Sums of powers of T are doubled until they settle: O(state_size^3 log of the memory).
    """
    size = order.state_size
    transition, loading = np.eye(size, k=1), np.eye(1, size)[0]
    (ar_lags, ar), (ma_lags, ma) = expanded_lags(order, coefs)
    transition[ar_lags - 1, 0] += ar
    loading[ma_lags] = ma
    covariance, power = np.outer(loading, loading), transition
    for _ in range(64):
        added = power @ covariance @ power.T
        covariance = covariance + added
        if np.abs(added).max() <= 1e-16 * np.abs(covariance).max():
            break
        power = power @ power
    ahead = transition @ covariance @ transition.T
    lifted = ahead + np.eye(size) * (1e-12 * float(np.trace(ahead)) + 1e-300)  # it may be singular
    return np.asarray(np.linalg.cholesky(lifted), np.float64)
