"""Orders of seasonal ARIMA models, and what follows from them alone."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._ext._arima import bound_arima, filter_arima

__all__ = ["Order", "bounded", "difference", "difference_lags", "expanded_lags", "filtered"]


@dataclass(frozen=True)
class Order:
    """ARIMA(p, d, q)(P, D, Q) of season m, with or without a constant.

    The constant is a mean where nothing is differenced, and a drift where one difference is taken.
    """

    p: int = 0
    d: int = 0
    q: int = 0
    P: int = 0
    D: int = 0
    Q: int = 0
    m: int = 1
    constant: bool = False

    @property
    def n_coefs(self) -> int:
        """Number of coefficients of the four polynomials."""
        return self.p + self.q + self.P + self.Q

    @property
    def n_lost(self) -> int:
        """Values that differencing takes away."""
        return self.d + self.m * self.D

    @property
    def state_size(self) -> int:
        """Entries of the state in Harvey's form."""
        return max(self.p + self.m * self.P, self.q + self.m * self.Q + 1)

    @property
    def row(self) -> list[int]:
        """The order as the kernels take it."""
        return [self.p, self.q, self.P, self.Q, self.m]

    def split(self, coefs: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Coefficients as phi, theta, PHI, THETA."""
        return np.split(coefs[: self.n_coefs], np.cumsum([self.p, self.q, self.P]))

    def __str__(self) -> str:
        text = f"({self.p},{self.d},{self.q})"
        if self.m > 1:
            text += f"({self.P},{self.D},{self.Q})[{self.m}]"
        return text + (" with constant" if self.constant else "")


def difference(values: NDArray[Any], order: Order) -> NDArray[Any]:
    """Differences of the last axis as the order asks for, the seasonal ones first."""
    for _ in range(order.D):
        values = values[..., order.m :] - values[..., : -order.m]
    for _ in range(order.d):
        values = values[..., 1:] - values[..., :-1]
    return values


def difference_lags(order: Order) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Lags and coefficients c with y_t = w_t + sum of c y_{t - lag}, w being the differences of y."""
    polynomial = np.array([1.0])
    for lag, times in ((1, order.d), (order.m, order.D)):
        for _ in range(times):
            polynomial = np.convolve(polynomial, np.r_[1.0, np.zeros(lag - 1), -1.0])
    lags = np.flatnonzero(polynomial)[1:]
    return lags.astype(np.int64), -polynomial[lags]


def expanded_lags(order: Order, coefs: NDArray[np.float64]) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Lags and coefficients of the multiplied-out autoregression and moving average.

    Parameters
    ----------
    coefs : ndarray, shape (..., n_coefs)

    Returns
    -------
    list of (lags, shape (k,); coefficients, shape (..., k))
    """
    found = []
    starts = np.cumsum([0, order.p, order.q, order.P, order.Q])
    for short, long, sign in ((0, 2, -1.0), (1, 3, 1.0)):
        small = coefs[..., starts[short] : starts[short + 1]]
        seasonal = coefs[..., starts[long] : starts[long + 1]]
        n_small, n_seasonal = small.shape[-1], seasonal.shape[-1]
        wide = np.zeros((*coefs.shape[:-1], n_small + order.m * n_seasonal))
        present = np.zeros(wide.shape[-1], bool)
        wide[..., :n_small] += small
        present[:n_small] = True
        for k in range(n_seasonal):
            at = order.m * (k + 1) - 1
            wide[..., at] += seasonal[..., k]
            wide[..., at + 1 : at + 1 + n_small] += sign * small * seasonal[..., k : k + 1]
            present[at : at + 1 + n_small] = True
        lags = np.flatnonzero(present)
        found.append(((lags + 1).astype(np.int64), np.ascontiguousarray(wide[..., lags])))
    return found


def filtered(
    order: Order, coefs: NDArray[np.float64], series: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Exact innovations of differenced series over their deviations, up to that of the process, and last states.

    Parameters
    ----------
    order : Order
    coefs : ndarray, shape (n_coefs,)
    series : ndarray, shape (n_series, n)

    Returns
    -------
    ndarray, shape (n_series, n)
    ndarray, shape (n_series, state_size)
        What the past adds to each of the steps that follow.
    float
        Mean logarithm of the variances of the innovations; infinite where the process is not stationary.
    """
    w = np.ascontiguousarray(series)
    out, states = np.empty_like(w), np.empty((len(w), order.state_size))
    mean_log = filter_arima(np.array(order.row, dtype=np.int64), np.ascontiguousarray(coefs), w, out, states)
    return out, states, mean_log


def bounded(order: Order, free: NDArray[np.float64]) -> NDArray[np.float64]:
    """Coefficients of stationary, invertible processes from unbounded numbers.

    Both have shape (n_coefs,) or (n_series, n_coefs).
    """
    rows = np.ascontiguousarray(np.atleast_2d(free), np.float64)
    coefs, row = np.empty_like(rows), np.array(order.row, dtype=np.int64)
    slopes = np.empty(sum(k * k for k in (order.p, order.q, order.P, order.Q)))
    for u, own in zip(rows, coefs, strict=True):
        bound_arima(row, u, own, slopes)
    return coefs.reshape(np.shape(free))
