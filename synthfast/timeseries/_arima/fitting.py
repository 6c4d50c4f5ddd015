"""Fits of many orders to one series, or of one order to many series, in one call of the kernel."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthfast._core.threads import effective_n_threads
from synthfast._ext import _arima
from synthfast.timeseries._arima.orders import Order, difference

__all__ = ["CLEAR_LIMIT", "Fit", "Fitted", "Fitter", "fit_many", "level_regressors", "roots_are_clear"]

CONDITIONAL, EXACT = 1, 2
MAX_STEPS = 60
TOLERANCE = 1e-9  # relative decrease of the sum of squares at which a fit has settled
COARSE = 3e-3  # the same times the length while orders are compared: hundredths of a unit of AICc
NO_NOISE = 1e-10  # deviation of innovations, in units of the largest value, that counts as none
CLEAR_MODULUS = 1.01  # roots of a model that is found lie outside this circle
CLEAR_LIMIT = 7.0  # unbounded coefficients within it: partial autocorrelations below 1 / 1.01
LIMIT = 1e3  # the same where an order is given

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Fit:
    """One fitted model.

    Parameters
    ----------
    order : Order
    coefs : ndarray, shape (n_coefs,)
        phi, theta, PHI, THETA.
    free : ndarray, shape (n_coefs,)
        The same as unbounded numbers, a start for related fits.
    beta : ndarray, shape (n_regressors,)
        Of the constant, if there is one, and of the regressors given.
    variance : float
        Of the innovations.
    log_likelihood : float
        Exact Gaussian one of the differenced series.
    n_used : int
        Values after differencing.
    """

    order: Order
    coefs: Floats
    free: Floats
    beta: Floats
    variance: float
    log_likelihood: float
    n_used: int

    @property
    def n_parameters(self) -> int:
        """Coefficients, regressors and the variance."""
        return len(self.coefs) + len(self.beta) + 1

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return 2 * self.n_parameters - 2 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Schwarz's criterion."""
        return float(np.log(self.n_used)) * self.n_parameters - 2 * self.log_likelihood

    @property
    def aicc(self) -> float:
        """Akaike's criterion corrected for short series; infinite where there are too few values."""
        room = self.n_used - self.n_parameters - 1
        return self.aic + 2 * self.n_parameters * (self.n_parameters + 1) / room if room > 0 else np.inf


def level_regressors(n: int, order: Order, regressors: Floats) -> Floats:
    """Rows of the regression in levels: the constant, if there is one, before those given; shape (k, n)."""
    if not order.constant:
        return regressors
    first = np.ones(n) if order.d + order.D == 0 else np.arange(n, dtype=np.float64)
    return np.vstack([first[None], regressors])


class Fitter:
    """Fits of many orders with the same differences and season to one series.

    Parameters
    ----------
    values : ndarray, shape (n,)
    regressors : ndarray, shape (k, n)
        In levels, without the constant.
    order : Order
        Of which d, D and m count.
    limit : float
        Of the unbounded coefficients: ``CLEAR_LIMIT`` keeps roots clear of the unit circle.
    """

    def __init__(self, values: Floats, regressors: Floats, order: Order, *, limit: float = LIMIT) -> None:
        self._limit = limit
        plain = Order(d=order.d, D=order.D, m=order.m, constant=order.d + order.D < 2)
        self._has_constant = plain.constant
        self._x = np.ascontiguousarray(difference(level_regressors(len(values), plain, regressors), plain))
        self._w = np.ascontiguousarray(difference(values, plain))
        # A series without noise, such as a straight line, would have an infinite likelihood.
        self._least = len(self._w) * (NO_NOISE * max(float(np.abs(values).max()), 1e-100)) ** 2

    def score(self, orders: Sequence[Order], starts: Sequence[Sequence[Floats]]) -> list[Fit | None]:
        """Conditional fits, from each of an order's starts, with their exact likelihoods; the best start counts."""
        tolerance = COARSE / len(self._w)
        return self._run(orders, starts, CONDITIONAL | EXACT, (MAX_STEPS, 0), tolerance)

    def refine(self, fits: Sequence[Fit], *, coarse: bool = False) -> list[Fit | None]:
        """Maximum likelihood fits that start from those given."""
        tolerance = COARSE / len(self._w) if coarse else TOLERANCE
        starts = [[fit.free] for fit in fits]
        return self._run([fit.order for fit in fits], starts, EXACT, (0, MAX_STEPS), tolerance)

    def fit(self, order: Order) -> Fit | None:
        """One order fitted by maximum likelihood."""
        scored = self.score([order], [[np.zeros(order.n_coefs)]])[0]
        return None if scored is None else self.refine([scored])[0]

    def _run(
        self,
        orders: Sequence[Order],
        starts: Sequence[Sequence[Floats]],
        methods: int,
        max_steps: tuple[int, int],
        tolerance: float,
    ) -> list[Fit | None]:
        which = np.array([i for i, own in enumerate(starts) for _ in own], dtype=np.int64)
        most = max((order.n_coefs for order in orders), default=0)
        u = np.zeros((len(which), most))
        for row, start in zip(u, (start for own in starts for start in own), strict=True):
            row[: len(start)] = start
        first = [self._first_regressor(orders[i]) for i in which]
        fitted = fit_many(
            self._w,
            self._x,
            spans=np.tile(np.array([[0, len(self._w)]], dtype=np.int64), (len(which), 1)),
            used=np.array([[f, len(self._x)] for f in first], dtype=np.int64).reshape(-1, 2),
            orders=np.array([orders[i].row for i in which], dtype=np.int64).reshape(-1, 5),
            starts=u,
            methods=methods,
            max_steps=max_steps,
            tolerance=tolerance,
            limit=self._limit,
        )
        return [self._best(order, fitted, np.flatnonzero(which == i)) for i, order in enumerate(orders)]

    def _first_regressor(self, order: Order) -> int:
        return int(self._has_constant and not order.constant)

    def _best(self, order: Order, fitted: "Fitted", rows: NDArray[np.int64]) -> Fit | None:
        row = rows[int(np.argmin(fitted.sums[rows]))]
        n = len(self._w)
        total = max(float(fitted.sums[row]), self._least)
        if not total < np.inf:
            return None
        k, n_beta = order.n_coefs, len(self._x) - self._first_regressor(order)
        likelihood = -0.5 * n * (float(np.log(2 * np.pi * total / n)) + 1)
        free, coefs, beta = fitted.free[row, :k], fitted.coefs[row, :k], fitted.beta[row, :n_beta]
        return Fit(order, coefs, free, beta, float(fitted.variances[row]), likelihood, n)


@dataclass(frozen=True)
class Fitted:
    """What the kernel gives for each problem: coefficients, unbounded ones, regression, sums of squares, variances."""

    coefs: Floats
    free: Floats
    beta: Floats
    sums: Floats
    variances: Floats


def fit_many(
    values: Floats,
    regressors: Floats,
    *,
    spans: NDArray[np.int64],
    used: NDArray[np.int64],
    orders: NDArray[np.int64],
    starts: Floats,
    methods: int = CONDITIONAL | EXACT,
    max_steps: tuple[int, int] = (MAX_STEPS, MAX_STEPS),
    tolerance: float = TOLERANCE,
    limit: float = LIMIT,
) -> Fitted:
    """Fit many problems at once, any series with any order.

    Parameters
    ----------
    values : ndarray, shape (n_values,)
        Differenced series one after another.
    regressors : ndarray, shape (n_regressors, n_values)
        Differenced alike.
    spans, used : ndarray of int64, shape (n_problems, 2)
        First and end of each problem's values, and of its regressors.
    orders : ndarray of int64, shape (n_problems, 5)
    starts : ndarray, shape (n_problems, n_coefs of the largest)
    methods : int
        1 conditional, 2 exact, 3 one after the other.
    max_steps : tuple of two int
        Of each method; 0 scores the start.
    tolerance : float
        Relative decrease of the sum of squares at which a fit has settled.
    limit : float
        Of the unbounded coefficients.
    """
    free = starts.copy()
    coefs, beta, figures = np.zeros_like(free), np.zeros((len(spans), len(regressors))), np.empty((len(spans), 4))
    steps = np.array(max_steps, dtype=np.int64)
    threads = effective_n_threads()
    _arima.fit_arima(
        values, regressors, spans, used, orders, methods, steps, tolerance, limit, free, coefs, beta, figures, threads
    )
    return Fitted(coefs, free, beta, figures[:, 0], figures[:, 1])


def roots_are_clear(fit: Fit) -> bool:
    """Whether every root of the four polynomials lies outside a circle of radius 1.01."""
    signs = (1.0, -1.0, 1.0, -1.0)
    parts = zip(signs, fit.order.split(fit.coefs), strict=True)
    return all(
        _is_stationary([sign * c * CLEAR_MODULUS ** (i + 1) for i, c in enumerate(part)]) for sign, part in parts
    )


def _is_stationary(coefs: list[float]) -> bool:
    """Whether 1 - c_1 z - c_2 z^2 ... has all roots outside the unit circle, by the step-down recursion."""
    while coefs:
        last = coefs[-1]
        if abs(last) >= 1:
            return False
        coefs = [(c + last * back) / (1 - last * last) for c, back in zip(coefs[:-1], coefs[-2::-1], strict=True)]
    return True
