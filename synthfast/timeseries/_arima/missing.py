"""Missing values of a series under a model: their expected values given all others, in turn with the fit."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from synthfast.timeseries._arima.fitting import Fit, Fitter, level_regressors
from synthfast.timeseries._arima.orders import difference, filtered

__all__ = ["fit_around"]

Floats = NDArray[np.float64]

MOST_ROUNDS = 10
SETTLED = 1e-3  # change of a filled value, in deviations of the innovations, at which the rounds end


def fit_around(fit: Fit, values: Floats, regressors: Floats, missing: NDArray[np.bool_]) -> tuple[Fit, Floats]:
    """The model fitted again, and the series with what it expects where values are missing.

    Parameters
    ----------
    fit : Fit
        To the series with its gaps filled in some way.
    values : ndarray, shape (n,)
    regressors : ndarray, shape (k, n)
    missing : ndarray of bool, shape (n,)

    Notes
    -----
    Innovations are linear in the values, so those that are missing follow by least squares on their own responses:
    O(n_missing n r) a round. The variance is of the innovations that are not missing.

    References
    ----------
    Gomez, Maravall and Pena (1999), doi:10.1016/S0304-4076(98)00026-2, on missing values as additive outliers.
    """
    values = values.copy()
    for _ in range(MOST_ROUNDS):
        expected = _expected(fit, values, regressors, missing)
        moved = np.abs(expected - values[missing]).max()
        values[missing] = expected
        fit = Fitter(values, regressors, fit.order).refine([fit])[0] or fit
        if moved <= SETTLED * np.sqrt(fit.variance):
            break
    n_known = fit.n_used - int(missing[fit.order.n_lost :].sum())
    return replace(fit, variance=fit.variance * fit.n_used / max(n_known, 1)), values


def _expected(fit: Fit, values: Floats, regressors: Floats, missing: NDArray[np.bool_]) -> Floats:
    mean = fit.beta @ level_regressors(len(values), fit.order, regressors)
    places = np.flatnonzero(missing)
    rows = np.zeros((1 + len(places), len(values)))
    rows[0] = np.where(missing, 0.0, values - mean)
    rows[np.arange(1, len(rows)), places] = 1.0
    out = filtered(fit.order, fit.coefs, difference(rows, fit.order))[0]
    return np.asarray(-np.linalg.lstsq(out[1:].T, out[0], rcond=None)[0] + mean[missing], np.float64)
