"""Regressors in levels: what the user gives, and waves for a season too long for the model's state."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast.exceptions import DataError
from synthfast.timeseries._arima.fitting import Fit, Fitter
from synthfast.timeseries._arima.orders import Order

__all__ = ["choose_waves", "fourier_rows", "read_exog"]

Floats = NDArray[np.float64]

MOST_WAVES = 12  # pairs of sine and cosine


def read_exog(exog: Any, n_rows: int, label: str, n_columns: int | None = None) -> Floats:
    """Regressors as rows, shape (n_columns, n_rows).

    Raises
    ------
    DataError
        If their shape is another, or one is not finite or does not vary.
    """
    if exog is None:
        if n_columns:
            raise DataError(f"{label}: the model has {n_columns} regressors; pass exog with {n_rows} rows.")
        return np.empty((0, n_rows))
    try:
        values = np.asarray(exog, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{label}: exog must hold numbers ({error}).") from error
    values = values[:, None] if values.ndim == 1 else values
    wanted = "k" if n_columns is None else str(n_columns)
    if values.ndim != 2 or len(values) != n_rows or n_columns not in (None, values.shape[1]):
        raise DataError(f"{label}: exog must have shape ({n_rows}, {wanted}), got {values.shape}.")
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise DataError(f"{label}: exog must be finite, found {values[row, column]} in row {row}, column {column}.")
    if n_columns is None and (values == values[0]).all(axis=0).any():
        raise DataError(f"{label}: a column of exog does not vary; the model has a constant of its own.")
    return np.ascontiguousarray(values.T)


def fourier_rows(period: int, n_waves: int, first: int, n: int) -> Floats:
    """Sines and cosines of the first harmonics of a season at steps ``first`` to ``first + n``.

    Shape (2 n_waves, n), or one row less where the last harmonic has two steps: its sine is 0 throughout.
    """
    angles = 2 * np.pi * np.outer(np.arange(1, n_waves + 1), np.arange(first, first + n) % period) / period
    rows = np.stack([np.sin(angles), np.cos(angles)], axis=1).reshape(2 * n_waves, n)
    return rows[[k for k in range(2 * n_waves) if not (k % 2 == 0 and k + 2 == period)]]


def choose_waves(values: Floats, regressors: Floats, period: int, d: int) -> int:
    """Pairs of waves under which an ARIMA(2, d, 2) has the least AICc, at most 12."""
    order = Order(2, d, 2, constant=d < 2)
    most = min(MOST_WAVES, period // 2, max((len(values) - 12) // 6, 1))
    fits: dict[int, Fit] = {}
    for n_waves in range(1, most + 1):
        rows = np.vstack([regressors, fourier_rows(period, n_waves, 0, len(values))])
        if (fit := Fitter(values, rows, order).fit(order)) is not None:
            fits[n_waves] = fit
    return min(fits, key=lambda n: fits[n].aicc, default=1)
