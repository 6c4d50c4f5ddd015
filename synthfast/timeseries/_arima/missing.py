"""Models of series with missing values: the exact likelihood of those that are there."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from synthfast.timeseries._arima.fitting import Fit, level_regressors
from synthfast.timeseries._arima.orders import bounded, difference, filtered

__all__ = ["fit_around"]

Floats = NDArray[np.float64]


def fit_around(fit: Fit, values: Floats, regressors: Floats, missing: NDArray[np.bool_]) -> tuple[Fit, Floats]:
    """The model fitted again, and the series with what it expects where values are missing.

    Parameters
    ----------
    fit : Fit
        To the series with its gaps filled in some way: where to start from.
    values : ndarray, shape (n,)
    regressors : ndarray, shape (k, n)
    missing : ndarray of bool, shape (n,)

    Notes
    -----
    Each value filled in is corrected by a regressor that is 1 at its time. Their coefficients follow by least squares,
    and with the determinant of their information the likelihood is that of the other values alone. One evaluation
    costs O(n_missing n r + n_missing^2 n), and a fit some 100 of them.

    References
    ----------
    Gomez, Maravall and Pena (1999), doi:10.1016/S0304-4076(98)00026-2.
    """
    from scipy.optimize import minimize

    order, places = fit.order, np.flatnonzero(missing)
    rows = np.vstack([np.zeros((len(places), len(values))), level_regressors(len(values), order, regressors)])
    rows[np.arange(len(places)), places] = 1.0
    w = difference(np.vstack([values, rows]), order)
    n_known = w.shape[1] - len(places)

    def least_squares(free: Floats) -> tuple[float, float, Floats]:
        """Twice the negative log-likelihood but for a constant, sum of squares, coefficients of the rows."""
        out, _, mean_log = filtered(order, bounded(order, free), w)
        if not np.isfinite(mean_log):
            return np.inf, np.inf, np.empty(0)
        q, r = np.linalg.qr(out[1:].T)
        fitted = q.T @ out[0]
        total = float(np.sum((out[0] - q @ fitted) ** 2))
        information = 2 * float(np.sum(np.log(np.abs(np.diag(r)[: len(places)]))))
        cost = n_known * float(np.log(max(total, 1e-300) / n_known)) + w.shape[1] * mean_log + information
        return cost, total, np.asarray(np.linalg.solve(r, fitted), np.float64)

    start = np.clip(fit.free, -6, 6)
    free = minimize(lambda u: least_squares(u)[0], start, method="BFGS").x if len(start) else start
    cost, total, found = least_squares(free)
    filled = values.copy()
    filled[missing] -= found[: len(places)]
    return (
        replace(
            fit,
            coefs=bounded(order, free),
            free=free,
            beta=found[len(places) :],
            variance=total / n_known,
            log_likelihood=-0.5 * (cost + n_known * (float(np.log(2 * np.pi)) + 1)),
            n_used=n_known,
        ),
        filled,
    )
