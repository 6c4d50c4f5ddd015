"""At which frequencies a series moves."""

import numpy as np
from numpy.typing import NDArray

from synthfast.quality.result import MetricResult

__all__ = ["log_spectrum", "log_spectrum_distance"]

Floats = NDArray[np.float64]


def log_spectrum(values: Floats, length: int) -> tuple[Floats, Floats]:
    """Frequencies (cycles a step) and log10 power density by Welch's method of the series in standard units.

    Parameters
    ----------
    values : ndarray, shape (..., n_times)
    length : int
        Of Welch's segments.
    """
    from scipy.signal import welch

    spread = values.std(axis=-1, keepdims=True)
    unit = np.divide(values - values.mean(axis=-1, keepdims=True), spread, out=np.zeros_like(values), where=spread > 0)
    frequency, power = welch(unit, nperseg=length, axis=-1)
    return frequency[1:], np.log10(np.maximum(power[..., 1:], 1e-12))


def log_spectrum_distance(real: Floats, synthetic: Floats) -> MetricResult:
    """Root mean square difference of the log10 spectra.

    Parameters
    ----------
    real : ndarray, shape (n_variables, n_times)
    synthetic : ndarray, shape (n_series, n_variables, n_steps)

    Returns
    -------
    MetricResult
        Mean over draws and variables; 1 is a factor of ten. Segments of at most 256 steps, and half the shorter series;
        the reference compares the real series' two halves.
    """
    half = real.shape[-1] // 2
    length = min(256, half, synthetic.shape[-1])
    frequency, expected = log_spectrum(real, length)
    _, found = log_spectrum(synthetic, length)
    value = np.sqrt(np.mean((found - expected) ** 2, axis=-1)).mean()
    first, second = (log_spectrum(part, length)[1] for part in (real[:, :half], real[:, -half:]))
    reference = np.sqrt(np.mean((first - second) ** 2, axis=-1)).mean()
    detail = {"frequency": frequency, "real": expected, "synthetic_mean": found.mean(axis=0), "segment": length}
    return MetricResult("log_spectrum_distance", float(value), 0.0, (0.0, np.inf), detail, float(reference))
