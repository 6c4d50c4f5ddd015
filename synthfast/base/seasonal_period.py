"""Which season a series has: told, read off its frequency, or found in its values."""

import re

import numpy as np
from numpy.typing import NDArray

from synthfast._core.validation import check_integer
from synthfast.exceptions import DataError

__all__ = ["check_period", "find_period", "seasonal_share"]

# Steps of the season that each frequency of pandas usually has.
SEASONS = {"M": 12, "Q": 4, "D": 7, "B": 5, "W": 52, "H": 24, "T": 60, "S": 60}
LEAST_SHARE = 0.3  # of the variance about the trend that a season has to explain
MULTIPLE = 0.1  # a period that explains so much less than the best is taken if it is shorter
CHANCE = 1e-3  # probability of a season among independent values below which it is not taken for chance
MOST_LAGS = 400


def check_period(label: str, period: int, n_times: int) -> int:
    """Return a period that fits the series.

    Raises
    ------
    TypeError, ValueError
        If it is no whole number of at least 1.
    DataError
        If the series holds fewer than two whole periods.
    """
    period = check_integer("seasonal_period", period, minimum=1)
    if period > 1 and 2 * period > n_times:
        raise DataError(
            f"{label}: seasonal_period={period} needs at least two whole periods, {2 * period} times, got {n_times}."
            " Give a longer series or seasonal_period=1."
        )
    return period


def find_period(values: NDArray[np.float64], frequency: str | None) -> int:
    """Steps of the season of a series, 1 if it has none that explains three tenths of what its trend leaves.

    Parameters
    ----------
    values : ndarray, shape (n_times, n_variables)
    frequency : str or None
        As pandas spells it; its usual season is tried first.

    Notes
    -----
    Without a frequency the candidates are the peaks of the autocorrelation of what a moving average leaves, up to a
    third of the length and 400 lags. O(n log n).
    """
    usual = _usual_season(frequency)
    candidates = [usual] if usual else _peaks(values[:, 0])
    shares = _shares(values, candidates)
    most = max(shares.values(), default=0.0)
    # A season's multiples explain as much as it does itself, and noise moves a peak by a step or two.
    first = min((m for m in shares if shares[m] >= max(most - MULTIPLE, LEAST_SHARE)), default=1)
    if first == 1 or usual:
        return first
    near = _shares(values, list(range(max(2, first - first // 20 - 1), first + first // 20 + 2)))
    return max(near, key=lambda m: near[m])


def _shares(values: NDArray[np.float64], candidates: list[int]) -> dict[int, float]:
    """Share of the variance that a season of each length explains, of the variable of which it explains most."""
    fitting = [m for m in candidates if 1 < m <= len(values) // 2]
    return {m: max(seasonal_share(column, m) for column in values.T) for m in fitting}


def _usual_season(frequency: str | None) -> int | None:
    if frequency is None:
        return None
    letter = re.match(r"\d*B?([A-Za-z])", frequency)
    name = frequency.split("-")[0].lstrip("0123456789")
    if name in ("min", "T"):
        return SEASONS["T"]
    if name == "B":
        return SEASONS["B"]
    return None if letter is None else SEASONS.get(letter.group(1).upper())


def seasonal_share(values: NDArray[np.float64], period: int) -> float:
    """Share of the variance about a moving average that a fixed season explains, corrected for its parameters.

    0 where independent values would show as much of a season once in a thousand times (F test).
    """
    from scipy.special import fdtrc

    rest = _without_trend(values, period)
    phase = np.arange(len(values)) % period
    known = np.isfinite(rest)
    rest, phase = rest[known], phase[known]
    if len(rest) <= period or rest.var() == 0:
        return 0.0
    means = np.bincount(phase, rest, period) / np.maximum(np.bincount(phase, minlength=period), 1)
    freedom, whole = len(rest) - period, float(np.sum((rest - rest.mean()) ** 2))
    left = float(np.sum((rest - means[phase]) ** 2))
    if left > 0 and fdtrc(period - 1, freedom, (whole - left) / (period - 1) / (left / freedom)) > CHANCE:
        return 0.0
    return max(0.0, 1.0 - left / freedom / (whole / (len(rest) - 1)))


def _without_trend(values: NDArray[np.float64], period: int) -> NDArray[np.float64]:
    """What a moving average over one period leaves; its ends, half a period, are NaN."""
    filled = np.where(np.isnan(values), np.nanmean(values), values)
    weights = np.ones(period) if period % 2 else np.r_[0.5, np.ones(period - 1), 0.5]
    trend = np.convolve(filled, weights / weights.sum(), mode="valid")
    half = len(weights) // 2
    rest = np.full(len(values), np.nan)
    rest[half : len(values) - half] = values[half : len(values) - half] - trend
    return rest


def _peaks(values: NDArray[np.float64], n_kept: int = 8) -> list[int]:
    """Lags at which the autocorrelation about a straight line peaks, the highest first."""
    n = len(values)
    filled = np.where(np.isnan(values), np.nanmean(values), values)
    times = np.arange(n) - (n - 1) / 2
    rest = filled - filled.mean() - times * (times @ filled) / (times @ times)
    power = np.abs(np.fft.rfft(rest, 2 * n)) ** 2
    rho = np.fft.irfft(power)[: min(n // 3, MOST_LAGS) + 2]
    rho = rho / max(rho[0], np.finfo(float).tiny)
    lags = np.arange(2, max(len(rho) - 1, 2))
    peaks = [int(k) for k in lags if rho[k] > rho[k - 1] and rho[k] >= rho[k + 1] and rho[k] > 2 / np.sqrt(n)]
    return sorted(peaks, key=lambda k: -rho[k])[:n_kept]
