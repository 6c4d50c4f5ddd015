"""One order shared by all entities, and each entity's own parameters under it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import Stream
from synthfast.timeseries._arima.fitting import Fitted, fit_many
from synthfast.timeseries._arima.orders import Order
from synthfast.timeseries._arima.paths import innovations_of
from synthfast.timeseries._arima.regression import fourier_rows
from synthfast.timeseries._arima.stationarity import count_differences

__all__ = ["EntityFits", "choose_order", "fill_gaps", "fit_entities", "joined"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

N_TRIED = 40  # entities on which the shared order is chosen
BATCH = 256  # entities fitted in one call
STEEPEST = 4.9  # unbounded coefficients stay within: partial autocorrelations of .98
COARSE = 1e-7


@dataclass(frozen=True)
class EntityFits:
    """Parameters of one variable for each entity; NaN where it was too short or too flat to tell.

    Parameters
    ----------
    order : Order
    n_waves : int
        Pairs of waves of the season; 0 for none.
    level : ndarray, shape (n_entities,)
        Mean, or value before the first step where a difference is taken.
    drift : ndarray, shape (n_entities,)
    waves : ndarray, shape (n_entities, n_wave_rows)
    free : ndarray, shape (n_entities, n_coefs)
    deviation : ndarray, shape (n_entities,)
    innovations : ndarray, shape (n_total,)
        Standardised exact innovations at each step, NaN where there are none.
    """

    order: Order
    n_waves: int
    level: Floats
    drift: Floats
    waves: Floats
    free: Floats
    deviation: Floats
    innovations: Floats


def fill_gaps(values: Floats, offsets: Integers) -> Floats:
    """Missing values of one variable by linear interpolation inside each entity, at its ends by the nearest value."""
    missing = np.isnan(values)
    if not missing.any():
        return values
    steps = np.arange(len(values))
    owner = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    before = np.maximum.accumulate(np.where(missing, -1, steps))
    after = np.minimum.accumulate(np.where(missing, len(values), steps)[::-1])[::-1]
    has_before = (before >= 0) & (owner[np.maximum(before, 0)] == owner)
    has_after = (after < len(values)) & (owner[np.minimum(after, len(values) - 1)] == owner)
    left, right = values[np.maximum(before, 0)], values[np.minimum(after, len(values) - 1)]
    left, right = np.where(has_before, left, right), np.where(has_after, right, left)
    share = np.where(has_before & has_after, (steps - before) / np.maximum(after - before, 1), 0.0)
    filled = np.where(missing, left + share * (right - left), values)
    return np.where(has_before | has_after, filled, np.nanmean(values))


def choose_order(values: Floats, offsets: Integers, starts: Integers, period: int, stream: Stream) -> tuple[Order, int]:
    """The order and number of waves with the least AICc summed over at most 40 entities, chosen by the stream.

    Differences are what most of these entities need by KPSS tests of what their season leaves.
    """
    lengths = np.diff(offsets)
    able = np.flatnonzero(lengths >= max(24, 3 * period))
    if not len(able):
        return Order(m=1, constant=True), 0
    chosen = np.sort(able[stream.permutation(len(able))[:N_TRIED]])
    series = [values[offsets[i] : offsets[i + 1]] for i in chosen]
    series = [y for y in series if np.ptp(y) > 0]
    if not series:
        return Order(m=1, constant=True), 0
    d = int(np.median([count_differences(y, 1) for y in series]))
    best: tuple[float, Order, int] | None = None
    waves = (0,) if period < 2 else (0, min(period // 2, 12))
    seasonal = (0, 1) if 1 < period <= 24 else (0,)
    m = period if len(seasonal) > 1 else 1
    chosen_offsets = np.r_[0, np.cumsum([len(y) for y in series])]
    flat = np.concatenate(series)
    begins = starts[chosen][: len(series)]
    for n_waves in waves:
        orders = [
            Order(p, d, q, P, 0, Q, m, constant=True)
            for p, q, P, Q in product(range(4), range(3), seasonal, seasonal)
            if p + q + P + Q <= 4
        ]
        for order in orders:
            fitted = _fit(flat, chosen_offsets, begins, order, n_waves, period, methods=3, max_steps=(30, 0))
            n_used = np.diff(chosen_offsets) - d
            k = order.n_coefs + fitted.beta.shape[1] + 1
            with np.errstate(divide="ignore", invalid="ignore"):
                likelihood = n_used * np.log(np.maximum(fitted.sums, 1e-300) / n_used)
                aicc = likelihood + 2 * k * n_used / np.maximum(n_used - k - 1, 0.5)
            score = float(np.sum(np.where(np.isfinite(aicc), aicc, 1e12)))
            if best is None or score < best[0]:
                best = score, order, n_waves
    return (best[1], best[2]) if best is not None else (Order(m=1, constant=True), 0)


def fit_entities(
    values: Floats, offsets: Integers, starts: Integers, order: Order, n_waves: int, period: int
) -> Iterator[EntityFits]:
    """Maximum likelihood fits, one batch of entities after another."""
    for first in range(0, len(offsets) - 1, BATCH):
        own = offsets[first : first + BATCH + 1]
        part, begins = values[own[0] : own[-1]], starts[first : first + BATCH]
        fitted = _fit(part, own - own[0], begins, order, n_waves, period, methods=3, max_steps=(40, 20))
        yield _unpacked(part, own - own[0], begins, order, n_waves, period, fitted)


def _fit(
    values: Floats,
    offsets: Integers,
    begins: Integers,
    order: Order,
    n_waves: int,
    period: int,
    *,
    methods: int,
    max_steps: tuple[int, int],
) -> Fitted:
    """One order to each of several series, with a constant or drift and waves that follow the calendar."""
    rows = _regressors(offsets, begins, n_waves, period)
    if order.d == 0:
        x = np.vstack([np.ones(len(values))[None], rows])
        w, bounds = values, offsets
    else:  # differences within each entity: those across their borders are left out
        inside = np.ones(len(values), bool)
        inside[offsets[:-1]] = False
        w = np.diff(values, prepend=values[:1])[inside]
        changes = np.diff(rows, axis=1, prepend=rows[:, :1])[:, inside]
        x, bounds = np.vstack([np.ones(len(w))[None], changes]), offsets - np.arange(len(offsets))
    n = len(offsets) - 1
    return fit_many(
        np.ascontiguousarray(w),
        np.ascontiguousarray(x),
        spans=np.stack([bounds[:-1], bounds[1:]], axis=1).astype(np.int64),
        used=np.tile(np.array([[0, len(x)]], dtype=np.int64), (n, 1)),
        orders=np.tile(np.array([order.row], dtype=np.int64), (n, 1)),
        starts=np.zeros((n, order.n_coefs)),
        methods=methods,
        max_steps=max_steps,
        tolerance=COARSE,
    )


def _regressors(offsets: Integers, begins: Integers, n_waves: int, period: int) -> Floats:
    steps = np.arange(offsets[-1]) - np.repeat(offsets[:-1] - begins, np.diff(offsets))
    if not n_waves:
        return np.empty((0, len(steps)))
    return fourier_rows(period, n_waves, 0, period)[:, steps % period]


def _unpacked(
    values: Floats,
    offsets: Integers,
    begins: Integers,
    order: Order,
    n_waves: int,
    period: int,
    fitted: Fitted,
) -> EntityFits:
    """Fits as level, drift, waves and coefficients, and the innovations of each entity in place."""
    n = len(offsets) - 1
    enough = np.diff(offsets) - order.d > order.n_coefs + fitted.beta.shape[1] + 4
    good = np.isfinite(fitted.sums) & (fitted.sums > 0) & enough
    rows = _regressors(offsets, begins, n_waves, period)
    level, drift, innovations = np.full(n, np.nan), np.full(n, np.nan), np.full(len(values), np.nan)
    for i in range(n):
        y = values[offsets[i] : offsets[i + 1]]
        beta = fitted.beta[i]
        if not good[i]:
            level[i] = y[0] if order.d else y.mean()
            continue
        rest = y - beta[1:] @ rows[:, offsets[i] : offsets[i + 1]]
        level[i], drift[i] = (rest[0], beta[0]) if order.d else (beta[0], 0.0)
        rest = rest - level[i] - drift[i] * np.arange(len(rest))
        own = innovations_of(order, fitted.coefs[i], rest)[0] / np.sqrt(fitted.variances[i])
        innovations[offsets[i] + order.d : offsets[i + 1]] = own
    return EntityFits(
        order,
        n_waves,
        level,
        drift,
        np.where(good[:, None], fitted.beta[:, 1:], np.nan),
        np.where(good[:, None], np.clip(fitted.free, -STEEPEST, STEEPEST), np.nan),
        np.where(good, np.sqrt(np.maximum(fitted.variances, 0.0)), np.nan),
        innovations,
    )


def joined(parts: list[EntityFits]) -> EntityFits:
    """All batches as one."""
    names = ("level", "drift", "waves", "free", "deviation", "innovations")
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return EntityFits(parts[0].order, parts[0].n_waves, **arrays)
