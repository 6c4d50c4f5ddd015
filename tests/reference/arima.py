"""Slow twins of the ARIMA kernels, from the definitions: expanded polynomials, dense covariances, loops over time."""

import numpy as np
from scipy.linalg import cholesky, solve_triangular, toeplitz
from scipy.signal import lfilter


def polynomial(small, seasonal, m, sign):
    """Coefficients of (1 + sign small(B)) (1 + sign seasonal(B^m)), the leading 1 included."""
    short = np.r_[1.0, sign * np.asarray(small)]
    long = np.zeros(1 + m * len(seasonal))
    long[0] = 1.0
    for k, c in enumerate(seasonal):
        long[m * (k + 1)] = sign * c
    return np.convolve(short, long)


def expanded(order, coefs):
    """(autoregression, moving average) as polynomials, 1 first."""
    p, q, P, _, m = order
    phi, theta, PHI, THETA = np.split(np.asarray(coefs, float), np.cumsum([p, q, P]))
    return polynomial(phi, PHI, m, -1.0), polynomial(theta, THETA, m, 1.0)


def bounded(order, u):
    """Coefficients out of unbounded numbers by Durbin's recursion over partial autocorrelations u / sqrt(1 + u^2)."""
    coefs = []
    for part, own in enumerate(np.split(np.asarray(u, float), np.cumsum(order[:3]))):
        found = np.empty(0)
        for r in own / np.sqrt(1 + own**2):
            found = np.r_[found - r * found[::-1], r]
        coefs.append(-found if part % 2 else found)
    return np.concatenate(coefs)


def residuals(order, coefs, x):
    """Conditional residuals: 0 up to the autoregression's span, then by the definition."""
    ar, ma = expanded(order, coefs)
    e = np.zeros(len(x))
    for t in range(len(ar) - 1, len(x)):
        back = range(1, min(len(ma) - 1, t) + 1)
        e[t] = ar @ x[t - len(ar) + 1 : t + 1][::-1] - sum(ma[j] * e[t - j] for j in back)
    return e


def autocovariances(order, coefs, n, memory=20_000):
    """Of the process with unit innovations, from its weights on past ones."""
    ar, ma = expanded(order, coefs)
    psi = lfilter(ma, ar, np.r_[1.0, np.zeros(memory)])
    return np.array([psi[: memory + 1 - k] @ psi[k:] for k in range(n)])


def exact(order, coefs, series):
    """Standardised innovations of each series, and the mean log variance, by the dense Cholesky factor."""
    n = series.shape[1]
    factor = cholesky(toeplitz(autocovariances(order, coefs, n)), lower=True)
    return solve_triangular(factor, series.T, lower=True).T, 2 * np.mean(np.log(np.diag(factor)))


def simulate(ar_lags, ar, ma_lags, ma, difference_lags, difference_coefs, starts, pasts, innovations):
    """Paths step by step."""
    out = np.empty_like(innovations)
    for s, e in enumerate(innovations):
        a, b = ar[s % len(ar)], ma[s % len(ma)]
        start, past = starts[s % len(starts)], pasts[s % len(pasts)]
        w, y = np.zeros(len(e)), np.r_[past, np.zeros(len(e))]
        for t in range(len(e)):
            w[t] = e[t] + (start[t] if t < len(start) else 0.0)
            w[t] += sum(c * e[t - lag] for lag, c in zip(ma_lags, b, strict=True) if lag <= t)
            w[t] += sum(c * w[t - lag] for lag, c in zip(ar_lags, a, strict=True) if lag <= t)
            at = len(past) + t
            y[at] = w[t] + sum(c * y[at - lag] for lag, c in zip(difference_lags, difference_coefs, strict=True))
        out[s] = y[len(past) :]
    return out
