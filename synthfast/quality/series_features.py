"""About twenty figures that describe a series, and how far apart two series are in them."""

import numpy as np
from numpy.typing import NDArray

from synthfast.quality.result import MetricResult
from synthfast.quality.series_memory import autocorrelation, partial_autocorrelation
from synthfast.quality.series_spectrum import log_spectrum

__all__ = ["FEATURES", "feature_distance", "series_features"]

Floats = NDArray[np.float64]
FEATURES = (
    "trend_strength", "season_strength", "linearity", "curvature", "spectral_entropy", "peak_frequency", "acf_1",
    "acf_sum_10", "acf_season", "difference_acf_1", "difference_acf_sum_10", "pacf_sum_5", "lumpiness", "stability",
    "crossings", "longest_flat", "skewness", "kurtosis", "arch_r2", "hurst", "turning_points",
)  # fmt: skip


def series_features(values: Floats, period: int = 1) -> Floats:
    """Features of one series, in the order of ``FEATURES``.

    Parameters
    ----------
    values : ndarray, shape (n_times,)
        At least 16 values.
    period : int, default 1
        Steps of the season; without one its strength and autocorrelation are 0.

    Returns
    -------
    ndarray, shape (21,)

    References
    ----------
    R. J. Hyndman, E. Wang and N. Laptev (2015), "Large-scale unusual time series detection".
    """
    n = len(values)
    spread = values.std()
    unit = (values - values.mean()) / (spread if spread > 0 else 1.0)
    n_lags = min(max(10, period), n // 2)
    rho, steps = autocorrelation(unit, n_lags), np.diff(unit)
    step_rho = autocorrelation(steps, min(10, n // 2))
    partial = partial_autocorrelation(unit, min(5, n // 4))
    seasonal, trend, rest = _parts(unit, period)
    time = np.linspace(-1, 1, n)
    _, slope, bend = np.polynomial.legendre.legfit(time, unit, 2)
    frequency, log_power = log_spectrum(unit, min(256, n))
    power = 10.0**log_power / np.sum(10.0**log_power)
    width = max(period, 10) if n >= 2 * max(period, 10) else n // 2
    pieces = unit[: n // width * width].reshape(-1, width)
    squares = rest**2
    return np.array(
        [
            _strength(rest, trend),
            _strength(rest, seasonal) if period > 1 else 0.0,
            slope,
            bend,
            -np.sum(power * np.log(np.maximum(power, 1e-300))) / np.log(len(power)),
            frequency[np.argmax(power)],
            rho[1],
            np.sum(rho[1:11] ** 2),
            rho[period] if 1 < period <= n_lags else 0.0,
            step_rho[1],
            np.sum(step_rho[1:11] ** 2),
            np.sum(partial**2),
            pieces.var(axis=1).var(),
            pieces.mean(axis=1).var(),
            np.mean(np.diff(unit > np.median(unit)) != 0),
            _longest_run(np.digitize(unit, np.quantile(unit, np.arange(0.1, 1.0, 0.1)))) / n,
            np.mean(unit**3),
            np.mean(unit**4),
            np.sum(partial_autocorrelation(squares, min(5, n // 4)) ** 2),
            _hurst(unit),
            np.mean(np.diff(np.sign(steps)) != 0),
        ]
    )


def _parts(unit: Floats, period: int) -> tuple[Floats, Floats, Floats]:
    """Season, trend and rest by moving averages."""
    n = len(unit)
    width = min(period if period > 1 else max(5, n // 10), n)
    weights = np.ones(width) / width
    counts = np.convolve(np.ones(n), weights, "same")
    trend = np.convolve(unit, weights, "same") / counts
    rest = unit - trend
    if period < 2:
        return np.zeros(n), trend, rest
    phase = np.arange(n) % period
    means = np.bincount(phase, rest, period) / np.maximum(np.bincount(phase, minlength=period), 1)
    return means[phase], trend, rest - means[phase]


def _strength(rest: Floats, part: Floats) -> float:
    whole = float(np.var(rest + part))
    return max(0.0, 1.0 - float(np.var(rest)) / whole) if whole > 0 else 0.0


def _longest_run(codes: NDArray[np.int64]) -> int:
    ends = np.flatnonzero(np.diff(codes) != 0)
    return int(np.diff(np.r_[-1, ends, len(codes) - 1]).max())


def _hurst(unit: Floats) -> float:
    """Slope of log spread of averages over log length, plus 1: a half for noise, towards 1 for long memory."""
    lengths = np.unique(np.geomspace(2, max(len(unit) // 4, 3), 8).astype(int))
    spreads = [unit[: len(unit) // w * w].reshape(-1, w).mean(axis=1).std() for w in lengths]
    return float(np.polyfit(np.log(lengths), np.log(np.maximum(spreads, 1e-12)), 1)[0] + 1.0)


def feature_distance(real: Floats, synthetic: Floats, period: int) -> MetricResult:
    """Mean difference of the features, in standard deviations of them over blocks of the real series.

    Parameters
    ----------
    real : ndarray, shape (n_variables, n_times)
    synthetic : ndarray, shape (n_series, n_variables, n_steps)
    period : int

    Returns
    -------
    MetricResult
        Mean over features, draws and variables. Spreads are those over eight half-length blocks, at least a tenth of
        the feature's size; the reference compares the two halves.
    """
    half = real.shape[-1] // 2
    starts = np.linspace(0, real.shape[-1] - half, 8).astype(int)
    values, references, parts = [], [], {}
    for v, row in enumerate(real):
        own = series_features(row, period)
        blocks = np.array([series_features(row[at : at + half], period) for at in starts])
        scale = np.maximum(blocks.std(axis=0), np.maximum(0.1 * np.abs(own), 1e-3))
        draws = np.array([series_features(one[v], period) for one in synthetic])
        values.append(np.abs(draws - own).mean(axis=0) / scale)
        references.append(np.abs(blocks[0] - blocks[-1]) / scale)
        parts[str(v)] = {
            "real": dict(zip(FEATURES, own, strict=True)),
            "synthetic": dict(zip(FEATURES, draws.mean(axis=0), strict=True)),
        }
    detail = {"by_feature": dict(zip(FEATURES, np.mean(values, axis=0), strict=True)), "variables": parts}
    return MetricResult(
        "feature_distance", float(np.mean(values)), 0.0, (0.0, np.inf), detail, float(np.mean(references))
    )
