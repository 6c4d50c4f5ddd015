"""What a series remembers: autocorrelations, partial ones, and correlations across variables."""

import numpy as np
from numpy.typing import NDArray

from synthfast.quality.result import MetricResult, not_applicable

__all__ = [
    "autocorrelation",
    "autocorrelation_distance",
    "cross_correlation_distance",
    "default_lags",
    "partial_autocorrelation",
    "partial_autocorrelation_distance",
    "volatility_memory_distance",
]

Floats = NDArray[np.float64]


def default_lags(n_times: int, period: int) -> int:
    """Lags compared: three seasons, or 10 log10(n) where that is more; at most a third of the series."""
    return int(max(1, min(max(3 * period, 10 * np.log10(n_times)), n_times // 3)))


def autocorrelation(values: Floats, n_lags: int) -> Floats:
    """Autocorrelations of lags 0 to ``n_lags``, along the last axis; those of a constant are 0 (1 at lag 0).

    Parameters
    ----------
    values : ndarray, shape (..., n_times)
    n_lags : int

    Returns
    -------
    ndarray, shape (..., n_lags + 1)
    """
    n = values.shape[-1]
    centred = values - values.mean(axis=-1, keepdims=True)
    power = np.abs(np.fft.rfft(centred, 2 * n)) ** 2
    sums = np.fft.irfft(power)[..., : n_lags + 1]
    variance = np.sum(centred**2, axis=-1, keepdims=True)
    rho = np.divide(sums, variance, out=np.zeros_like(sums), where=variance > 0)
    rho[..., 0] = 1.0
    return rho


def partial_autocorrelation(values: Floats, n_lags: int) -> Floats:
    """Partial autocorrelations of lags 1 to ``n_lags`` by Durbin's and Levinson's recursion; shape (..., n_lags)."""
    rho = autocorrelation(values, n_lags)
    partial = np.empty((*rho.shape[:-1], n_lags))
    phi = np.zeros_like(partial)
    for k in range(1, n_lags + 1):
        past = phi[..., : k - 1]
        left = rho[..., k] - np.sum(past * rho[..., k - 1 : 0 : -1], axis=-1)
        scale = 1.0 - np.sum(past * rho[..., 1:k], axis=-1)
        last = np.divide(left, scale, out=np.zeros_like(left), where=np.abs(scale) > 1e-12)
        phi[..., : k - 1] = past - last[..., None] * past[..., ::-1]
        phi[..., k - 1] = partial[..., k - 1] = last
    return partial


def _distance(name: str, real: Floats, synthetic: Floats, halves: tuple[Floats, Floats], n_lags: int) -> MetricResult:
    """Root mean square difference, averaged over draws and variables."""
    value = np.sqrt(np.mean((synthetic - real) ** 2, axis=-1)).mean()
    reference = np.sqrt(np.mean((halves[0] - halves[1]) ** 2, axis=-1)).mean()
    detail = {"n_lags": n_lags, "real": real, "synthetic_mean": synthetic.mean(axis=0)}
    return MetricResult(name, float(value), 0.0, (0.0, 2.0), detail, float(reference))


def _halves(real: Floats) -> tuple[Floats, Floats]:
    n = real.shape[-1] // 2
    return real[:, :n], real[:, -n:]


def autocorrelation_distance(real: Floats, synthetic: Floats, n_lags: int) -> MetricResult:
    """Root mean square difference of the autocorrelations of lags 1 to ``n_lags``.

    Parameters
    ----------
    real : ndarray, shape (n_variables, n_times)
    synthetic : ndarray, shape (n_series, n_variables, n_steps)
    n_lags : int

    Returns
    -------
    MetricResult
        Mean over draws and variables; the reference compares the two halves of the real series.
    """
    lags = min(n_lags, real.shape[-1] // 2 - 1, synthetic.shape[-1] - 1)
    parts = [autocorrelation(x, lags)[..., 1:] for x in (real, synthetic, *_halves(real))]
    return _distance("autocorrelation_distance", parts[0], parts[1], (parts[2], parts[3]), lags)


def partial_autocorrelation_distance(real: Floats, synthetic: Floats, n_lags: int) -> MetricResult:
    """As `autocorrelation_distance`, of the partial autocorrelations."""
    lags = min(n_lags, real.shape[-1] // 2 - 1, synthetic.shape[-1] - 1)
    parts = [partial_autocorrelation(x, lags) for x in (real, synthetic, *_halves(real))]
    return _distance("partial_autocorrelation_distance", parts[0], parts[1], (parts[2], parts[3]), lags)


def volatility_memory_distance(real: Floats, synthetic: Floats, n_lags: int) -> MetricResult:
    """As `autocorrelation_distance`, of the sizes of the steps: do large moves follow large ones?"""
    lags = min(n_lags, real.shape[-1] // 2 - 2, synthetic.shape[-1] - 2)
    parts = [autocorrelation(np.abs(np.diff(x)), lags)[..., 1:] for x in (real, synthetic, *_halves(real))]
    return _distance("volatility_memory_distance", parts[0], parts[1], (parts[2], parts[3]), lags)


def _cross_correlations(values: Floats, n_lags: int) -> Floats:
    """Correlations of all ordered pairs of variables at lags 0 to ``n_lags``, shape (..., n_pairs, n_lags + 1)."""
    n, d = values.shape[-1], values.shape[-2]
    centred = values - values.mean(axis=-1, keepdims=True)
    sizes = np.sqrt(np.sum(centred**2, axis=-1))
    found = np.fft.rfft(centred, 2 * n)
    pairs = [(i, j) for i in range(d) for j in range(d) if i != j]
    out = np.empty((*values.shape[:-2], len(pairs), n_lags + 1))
    for at, (i, j) in enumerate(pairs):
        sums = np.fft.irfft(found[..., i, :].conj() * found[..., j, :])[..., : n_lags + 1]
        scale = (sizes[..., i] * sizes[..., j])[..., None]
        out[..., at, :] = np.divide(sums, scale, out=np.zeros_like(sums), where=scale > 0)
    return out


def cross_correlation_distance(real: Floats, synthetic: Floats, n_lags: int) -> MetricResult:
    """Root mean square difference of the correlations of every two variables at lags 0 to ``n_lags``, both ways."""
    if real.shape[0] < 2:
        return not_applicable("cross_correlation_distance", "there is one variable only", goal=0.0, range=(0.0, 2.0))
    lags = min(n_lags, real.shape[-1] // 2 - 1, synthetic.shape[-1] - 1)
    parts = [_cross_correlations(x, lags) for x in (real, synthetic, *_halves(real))]
    return _distance("cross_correlation_distance", parts[0], parts[1], (parts[2], parts[3]), lags)
