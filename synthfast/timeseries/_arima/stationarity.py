"""How often to difference: KPSS tests for the trend, the strength of the season for the season."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["count_differences", "count_seasonal_differences", "kpss_statistic", "seasonal_strength"]

KPSS_CRITICAL = 0.463  # 5 % point of the level statistic (Kwiatkowski et al. 1992, table 1)
STRONG_SEASON = 0.64  # Wang, Smith and Hyndman's strength from which a seasonal difference is taken
MOST_DIFFERENCES = 2


def kpss_statistic(values: NDArray[np.float64]) -> float:
    """KPSS statistic of stationarity about a level, with Bartlett weights over trunc(3 sqrt(n) / 13) lags.

    Parameters
    ----------
    values : ndarray, shape (n,)

    References
    ----------
    Kwiatkowski, Phillips, Schmidt and Shin (1992), doi:10.1016/0304-4076(92)90104-Y.
    """
    n = len(values)
    rest = values - values.mean()
    n_lags = int(3 * np.sqrt(n) / 13)
    variance = rest @ rest
    for lag in range(1, n_lags + 1):
        variance += 2 * (1 - lag / (n_lags + 1)) * (rest[lag:] @ rest[:-lag])
    if variance <= 0:
        return 0.0
    return float(np.sum(np.cumsum(rest) ** 2) / (n * variance))


def count_differences(values: NDArray[np.float64], most: int = MOST_DIFFERENCES) -> int:
    """Differences after which KPSS no longer rejects stationarity at 5 %, at most ``most``."""
    for d in range(most):
        if _is_flat(values) or kpss_statistic(values) <= KPSS_CRITICAL:
            return d
        values = np.diff(values)
    return most


def seasonal_strength(values: NDArray[np.float64], period: int) -> float:
    """max(0, 1 - Var(remainder) / Var(season + remainder)) of an STL decomposition.

    References
    ----------
    Wang, Smith and Hyndman (2006), doi:10.1007/s10618-005-0039-x.
    """
    from statsmodels.tsa.seasonal import STL

    parts = STL(values, period=period, seasonal=11).fit()
    rest = np.asarray(parts.resid)
    total = np.var(rest + np.asarray(parts.seasonal))
    return 0.0 if total <= 0 else float(max(0.0, 1 - np.var(rest) / total))


def count_seasonal_differences(values: NDArray[np.float64], period: int) -> int:
    """1 where the season is strong, else 0; never on fewer than two seasons."""
    if period < 2 or len(values) < 2 * period + 2 or _is_flat(values):
        return 0
    return int(seasonal_strength(values, period) > STRONG_SEASON)


def _is_flat(values: NDArray[np.float64]) -> bool:
    return len(values) < 4 or bool(np.ptp(values) <= 1e-12 * max(1.0, float(np.abs(values).max())))
