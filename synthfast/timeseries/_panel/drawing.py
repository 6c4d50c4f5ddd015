"""Series of new entities out of their parameters."""

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import Stream
from synthfast._ext._special import exp_values
from synthfast.timeseries._arima.orders import Order, bounded
from synthfast.timeseries._arima.paths import run_paths
from synthfast.timeseries._arima.regression import fourier_rows
from synthfast.timeseries._panel.features import Parameters, VariableLaw

__all__ = ["draw_gaps", "draw_variable", "run_in"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

RUN_IN = 200  # steps before the first, and three times the state; of a root of 1.02, 2 % of the past is left


def run_in(order: Order) -> int:
    """Steps that a process runs before its first value, so that it begins near its stationary law."""
    return RUN_IN + 3 * order.state_size


def draw_variable(
    law: VariableLaw, own: Parameters, shocks: Floats, begins: Integers, period: int, n_steps: int
) -> Floats:
    """Values of one variable, shape (n_entities, n_steps).

    Parameters
    ----------
    law : VariableLaw
    own : Parameters
        Of n_entities entities.
    shocks : ndarray, shape (n_entities, at least run_in + n_steps)
        Innovations of variance 1.
    begins : ndarray of int64, shape (n_entities,)
        Calendar step at which each entity begins.
    period : int
    n_steps : int
    """
    order, lead = law.order, run_in(law.order)
    plain = Order(order.p, 0, order.q, order.P, 0, order.Q, order.m)
    e = own.deviation[:, None] * shocks[:, : lead + n_steps]
    empty = np.empty((1, 0))
    paths = run_paths(plain, bounded(plain, own.free), e, empty, empty)[:, lead:]
    if order.d:
        paths[:, 0] = 0.0
        paths = np.cumsum(paths, axis=1) + own.drift[:, None] * np.arange(n_steps)
    paths += own.level[:, None]
    if law.n_waves:
        table = fourier_rows(period, law.n_waves, 0, period)
        profile = np.zeros((len(paths), period))
        for k, row in enumerate(table):  # sums in a fixed order
            profile += own.waves[:, k : k + 1] * row
        phase = (begins[:, None] + np.arange(n_steps)) % period
        paths += np.take_along_axis(profile, phase, axis=1)
    if law.logs:
        values = np.ascontiguousarray(paths)
        exp_values(values.reshape(-1), values.reshape(-1), 1)
        paths = values
    return np.maximum(np.round(paths) if law.whole else paths, law.floor)


def draw_gaps(share: Floats, run: float, n_steps: int, stream: Stream, first: int) -> NDArray[np.bool_]:
    """Whether each step has a row, by a chain of two states with runs of gaps of mean length ``run``.

    Parameters
    ----------
    share : ndarray, shape (n_entities,)
        Of steps without a row.
    run : float
    n_steps : int
    stream : Stream
    first : int
        Number of the first entity.
    """
    n = len(share)
    share = np.clip(share, 0.0, 0.9)
    leave = 1.0 / max(run, 1.0)
    enter = np.minimum(leave * share / (1 - share), 1.0)
    u = stream.uniform(n * n_steps, start=first * n_steps).reshape(n, n_steps)
    gone = np.zeros((n, n_steps), bool)
    for t in range(1, n_steps):
        gone[:, t] = np.where(gone[:, t - 1], u[:, t] > leave, u[:, t] < enter)
    return ~gone
