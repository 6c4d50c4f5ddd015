"""Which values a series takes, whenever it takes them."""

import numpy as np
from numpy.typing import NDArray

from synthfast.quality.result import MetricResult

__all__ = ["series_kolmogorov_smirnov", "series_wasserstein", "spread_of"]

Floats = NDArray[np.float64]


def spread_of(real: Floats) -> Floats:
    """Standard deviation of each variable, shape (n_variables,); 1 for a constant one."""
    spread = real.std(axis=-1)
    return np.where(spread > 0, spread, 1.0)


def _statistic(a: Floats, b: Floats) -> float:
    grid = np.sort(np.concatenate([a, b]))
    gaps = np.searchsorted(np.sort(a), grid, "right") / len(a) - np.searchsorted(np.sort(b), grid, "right") / len(b)
    return float(np.abs(gaps).max())


def _transport(a: Floats, b: Floats) -> float:
    at = (np.arange(512) + 0.5) / 512
    return float(np.mean(np.abs(np.quantile(a, at) - np.quantile(b, at))))


def _compare(name: str, measure, real: Floats, synthetic: Floats, scale: Floats, most: float) -> MetricResult:  # type: ignore[no-untyped-def]
    draws = np.array([[measure(r, s) for r, s in zip(real, one, strict=True)] for one in synthetic]) / scale
    half = real.shape[-1] // 2
    reference = np.mean([measure(row[:half], row[-half:]) for row in real] / scale)
    detail = {"by_variable": draws.mean(axis=0)}
    return MetricResult(name, float(draws.mean()), 0.0, (0.0, most), detail, float(reference))


def series_kolmogorov_smirnov(real: Floats, synthetic: Floats) -> MetricResult:
    """Largest difference of the distribution functions of the values, mean over draws and variables.

    Parameters
    ----------
    real : ndarray, shape (n_variables, n_times)
    synthetic : ndarray, shape (n_series, n_variables, n_steps)

    Returns
    -------
    MetricResult
        The reference compares the two halves of the real series, of which a trend makes different ones.
    """
    return _compare("series_kolmogorov_smirnov", _statistic, real, synthetic, np.ones(len(real)), 1.0)


def series_wasserstein(real: Floats, synthetic: Floats) -> MetricResult:
    """Mean distance of the quantiles of the values, in standard deviations of the real ones."""
    return _compare("series_wasserstein", _transport, real, synthetic, spread_of(real), np.inf)
