import numpy as np
from numpy.typing import NDArray

MOST: int  # coefficients that one polynomial may have

def bound_arima(
    order: NDArray[np.int64], u: NDArray[np.float64], coefs: NDArray[np.float64], slopes: NDArray[np.float64]
) -> None:
    """Turn unbounded numbers ``u`` (n_coefs,) into coefficients of a stationary, invertible process.

    ``order`` (5,) is p, q, P, Q, m; coefficients stand in the order phi, theta, PHI, THETA. ``slopes`` gets, for one
    polynomial after another, the square matrix of derivatives of its coefficients (rows) by its numbers.
    """

def score_arima(
    values: NDArray[np.float64],
    spans: NDArray[np.int64],
    orders: NDArray[np.int64],
    coefs: NDArray[np.float64],
    residuals: NDArray[np.float64],
    objective: NDArray[np.float64],
    gradient: NDArray[np.float64],
    n_threads: int,
) -> None:
    """Fill conditional residuals, their sums of squares, and the gradients of these by the coefficients.

    ``values`` and ``residuals`` (n_values,) hold the series one after another; ``spans`` (n_problems, 2) says where
    each begins and ends, ``orders`` (n_problems, 5) and ``coefs`` (n_problems, n_most) what it is. ``objective``
    (n_problems,), ``gradient`` (n_problems, n_most). Residuals before the autoregression's span are 0.
    """

def fit_arima(
    values: NDArray[np.float64],
    regressors: NDArray[np.float64],
    spans: NDArray[np.int64],
    used: NDArray[np.int64],
    orders: NDArray[np.int64],
    methods: int,
    max_steps: NDArray[np.int64],
    tolerance: float,
    limit: float,
    u: NDArray[np.float64],
    coefs: NDArray[np.float64],
    beta: NDArray[np.float64],
    figures: NDArray[np.float64],
    n_threads: int,
) -> None:
    """Fit problems by least squares from the unbounded numbers ``u`` (n_problems, n_most), which are replaced.

    ``values`` (n_values,), ``regressors`` (n_regressors, n_values), ``spans`` and ``orders`` as in `score_arima`;
    ``used`` (n_problems, 2) first and end of each problem's regressors. ``methods`` is 1 for conditional residuals, 2
    for exact innovations times the geometric mean of their deviations, 3 for one after the other, each with its
    ``max_steps`` (2,), of which 0 only scores the start. A fit has settled when a step lowers the sum of squares by
    less than ``tolerance`` times it; unbounded numbers stay within +-``limit``. ``coefs`` (n_problems, n_most),
    ``beta`` (n_problems, n_regressors); ``figures`` (n_problems, 4): the sum of squares, infinite where there is none;
    the variance; steps of each method.
    """

def filter_arima(
    order: NDArray[np.int64],
    coefs: NDArray[np.float64],
    series: NDArray[np.float64],
    out: NDArray[np.float64],
    states: NDArray[np.float64],
) -> float:
    """Fill ``out`` (n_series, n) with exact innovations over their standard deviations, for unit innovations.

    ``states`` (n_series, n_state), n_state = max(p + m P, q + m Q + 1), gets what the past adds to each of the values
    to come. Returns the mean logarithm of the innovations' variances, infinite where the process is not stationary.
    """

def simulate_arima(
    ar_lags: NDArray[np.int64],
    ar: NDArray[np.float64],
    ma_lags: NDArray[np.int64],
    ma: NDArray[np.float64],
    difference_lags: NDArray[np.int64],
    difference_coefs: NDArray[np.float64],
    starts: NDArray[np.float64],
    pasts: NDArray[np.float64],
    innovations: NDArray[np.float64],
    out: NDArray[np.float64],
    n_threads: int,
) -> None:
    """Fill ``out`` (n_paths, n_steps) with paths out of ``innovations`` (n_paths, n_steps).

    w_t = start_t + e_t + sum of ma e_{t - lag} + sum of ar w_{t - lag}, both counted from the first step on, and
    y_t = w_t + sum of difference_coefs y_{t - lag}, reaching back into ``pasts`` (n_paths or 1, n_past). Lags rise from
    1; ``ar`` (n_paths or 1, n_ar), ``ma`` (n_paths or 1, n_ma), ``starts`` (n_paths or 1, n_start) likewise.
    """
