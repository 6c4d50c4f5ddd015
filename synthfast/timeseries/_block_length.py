"""How long the blocks of a bootstrap should be."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["optimal_block_length"]


def optimal_block_length(values: NDArray[np.float64]) -> tuple[float, float]:
    """Length that minimises the mean squared error of the variance of the mean.

    Parameters
    ----------
    values : ndarray, shape (n_times,)

    Returns
    -------
    stationary, circular : float
        Mean length of the stationary bootstrap's blocks, and length of the circular one's; both at most
        ``min(3 sqrt(n), n / 3)``, rounded up. They may lie below 1.

    Notes
    -----
    The bandwidth is twice the first lag after which five autocorrelations (or log10 n, if more) are negligible. Every
    autocorrelation is scaled by the variances of the two stretches that it compares, each a step shorter than it could
    be, as the `arch` library does, so that lengths agree with it. O(n sqrt(n)).

    References
    ----------
    D. N. Politis and H. White (2004), "Automatic block-length selection for the dependent bootstrap".
    A. Patton, D. N. Politis and H. White (2009), correction of it.
    """
    n = len(values)
    deviation = values - values.mean()
    n_insignificant = max(5, int(np.log10(n)))
    most = min(int(np.ceil(np.sqrt(n))) + n_insignificant, n - 2)
    covariance = np.array([deviation[lag:] @ deviation[: n - lag] for lag in range(most + 1)]) / n
    squares = deviation**2
    sizes = np.array([np.sqrt(squares[lag + 1 :].sum() * squares[: -(lag + 1)].sum()) for lag in range(most + 1)])
    correlation = np.abs(n * covariance) / np.maximum(sizes, np.finfo(float).tiny)
    negligible = correlation < 2 * np.sqrt(np.log10(n) / n)
    runs = (negligible[lag : lag + n_insignificant].all() for lag in range(most + 1 - n_insignificant))
    first = next((lag for lag, run in enumerate(runs) if run), None)
    bandwidth = most if first is None else min(2 * max(first, 1), most)
    lags = np.arange(1, bandwidth + 1)
    weight = np.minimum(1.0, 2 * (1 - lags / bandwidth))  # Politis and Romano's flat-top window
    slope = 2 * np.sum(weight * lags * covariance[lags])
    long_run = covariance[0] + 2 * np.sum(weight * covariance[lags])
    ratio = slope**2 / max(long_run**2, np.finfo(float).tiny)
    longest = np.ceil(min(3 * np.sqrt(n), n / 3))
    return tuple(float(min((factor * ratio * n) ** (1 / 3), longest)) for factor in (1.0, 1.5))  # type: ignore[return-value]
