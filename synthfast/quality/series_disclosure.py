"""What drawn series give away of the original: runs of it, near copies, the same ups and downs.

Correlation with the original and the distance under time warping measure copying as much as quality: a perfect copy
has the best of both. They are not to be maximised.
"""

import numpy as np
from numpy.typing import NDArray

from synthfast.quality.result import MetricResult
from synthfast.quality.series_values import spread_of
from synthfast.timeseries._dtw import dtw_distance_matrix

__all__ = ["best_lag_correlation", "longest_verbatim_run", "nearest_window_ratio", "warping_distance"]

Floats = NDArray[np.float64]


def longest_verbatim_run(real: Floats, synthetic: Floats) -> MetricResult:
    """Longest stretch of a draw that stands in the original as it is, as a share of the draw.

    Parameters
    ----------
    real : ndarray, shape (n_variables, n_times)
    synthetic : ndarray, shape (n_series, n_variables, n_steps)

    Returns
    -------
    MetricResult
        Largest over draws; all variables have to agree. The reference is the longest run of the first half of the real
        series that comes again in its second half. O(n_series n_times n_steps).
    """
    longest = max(_run(real, one) for one in synthetic)
    half = real.shape[-1] // 2
    reference = _run(real[:, half:], real[:, :half]) / half
    detail = {"n_steps": longest}
    return MetricResult("longest_verbatim_run", longest / synthetic.shape[-1], 0.0, (0.0, 1.0), detail, reference)


def _run(a: Floats, b: Floats) -> int:
    """Longest run of equal columns, at any two places."""
    row, best = np.zeros(a.shape[1] + 1, np.int64), 0
    for step in range(b.shape[1]):
        equal = (a == b[:, step : step + 1]).all(axis=0)
        row[1:] = np.where(equal, row[:-1] + 1, 0)
        best = max(best, int(row.max()))
    return best


def best_lag_correlation(real: Floats, synthetic: Floats, period: int) -> MetricResult:
    """Largest correlation of a draw with the original at any lag, of what trend and season leave.

    Parameters
    ----------
    real : ndarray, shape (n_variables, n_times)
    synthetic : ndarray, shape (n_series, n_variables, n_steps)
    period : int

    Returns
    -------
    MetricResult
        Mean over draws of the largest over variables and lags of at most a quarter of the series; the correlation at
        lag 0 is in the detail. The reference is that of the two halves. A trend or a season correlates with any twin,
        so a moving average and a fixed season are taken out first, of the logarithms where a positive series more than
        doubles.
    """
    pairs = np.array([[_best(r, s, period) for r, s in zip(real, one, strict=True)] for one in synthetic])
    half = real.shape[-1] // 2
    reference = max(_best(row[:half], row[-half:], period)[0] for row in real)
    detail = {"at_lag_0": float(pairs[:, :, 1].mean()), "largest": float(pairs[:, :, 0].max())}
    value = float(pairs[:, :, 0].max(axis=1).mean())
    return MetricResult("best_lag_correlation", value, 0.0, (0.0, 1.0), detail, float(reference))


def _best(a: Floats, b: Floats, period: int) -> tuple[float, float]:
    """Largest correlation over lags, in size, and that at lag 0."""
    n = min(len(a), len(b))
    a, b = a[:n], b[:n]
    if min(a.min(), b.min()) > 0 and a.max() > 2 * a.min():  # movements that grow with the level are none of a copy
        a, b = np.log(a), np.log(b)
    a, b = _left(a, period), _left(b, period)
    size = np.sqrt((a @ a) * (b @ b))
    if size == 0:
        return 0.0, 0.0
    sums = np.fft.irfft(np.fft.rfft(a, 2 * n).conj() * np.fft.rfft(b, 2 * n)) / size
    most = n // 4
    return float(np.abs(np.r_[sums[: most + 1], sums[-most:]]).max()), float(sums[0])


def _left(values: Floats, period: int) -> Floats:
    """What a straight line, a moving average and a fixed season leave."""
    n = len(values)
    width = min(2 * (period // 2) + 1 if period > 1 else 2 * max(2, n // 20) + 1, n)
    weights, times = np.ones(width), np.arange(n) - (n - 1) / 2
    values = values - values.mean() - times * (times @ values) / (times @ times)  # so that the ends have no slope
    rest = values - np.convolve(values, weights, "same") / np.convolve(np.ones(n), weights, "same")
    if period > 1:
        phase = np.arange(n) % period
        rest = rest - (np.bincount(phase, rest, period) / np.maximum(np.bincount(phase, minlength=period), 1))[phase]
    return rest - rest.mean()


def nearest_window_ratio(real: Floats, synthetic: Floats, length: int) -> MetricResult:
    """Median distance of drawn windows to the nearest real one, over that of real ones to real ones elsewhere.

    Parameters
    ----------
    real : ndarray, shape (n_variables, n_times)
    synthetic : ndarray, shape (n_series, n_variables, n_steps)
    length : int
        Of the windows.

    Returns
    -------
    MetricResult
        Far below 1 the draws are copies; 1 is as near as the real series comes to itself a window's length or more
        away. At most 2,000 windows of each, evenly spaced, which the detail tells.
    """
    scale = spread_of(real)[:, None]
    own = _windows(real / scale, length)
    starts = np.arange(len(own))
    drawn = np.concatenate([_windows(one / scale, length) for one in synthetic])
    kept = drawn[:: max(1, len(drawn) // 2_000)]
    asked = starts[:: max(1, len(own) // 2_000)]
    between = np.sqrt(_squares(own[asked], own))
    between[np.abs(asked[:, None] - starts) < length] = np.inf
    usual = float(np.median(between.min(axis=1)))
    found = float(np.median(np.sqrt(_squares(kept, own)).min(axis=1)))
    detail = {"n_windows": len(kept), "real": usual, "synthetic": found, "length": length}
    return MetricResult("nearest_window_ratio", found / max(usual, 1e-300), 1.0, (0.0, np.inf), detail, 1.0)


def _windows(values: Floats, length: int) -> Floats:
    """All windows, flattened: (n_windows, n_variables length)."""
    view = np.lib.stride_tricks.sliding_window_view(values, length, axis=1)
    return np.ascontiguousarray(view.transpose(1, 0, 2).reshape(view.shape[1], -1))


def _squares(a: Floats, b: Floats) -> Floats:
    from sklearn.metrics import euclidean_distances

    return np.asarray(euclidean_distances(a, b, squared=True))


def warping_distance(real: Floats, synthetic: Floats) -> MetricResult:
    """Mean distance of the draws to the original under time warping, a step, in standard deviations of it.

    Returns
    -------
    MetricResult
        Square root of the mean squared difference along the best path, with a band of a tenth of the longer series
        (more where lengths differ by more), over the longer length. The reference compares the two halves.
    """
    scale = spread_of(real)
    own = (real.T / scale)[None]
    drawn = np.ascontiguousarray(synthetic.transpose(0, 2, 1) / scale)

    def mean(a: Floats, b: Floats) -> float:
        longer, apart = max(a.shape[1], b.shape[1]), abs(a.shape[1] - b.shape[1])
        return float(dtw_distance_matrix(a, b, window=max(longer // 10, apart)).mean() / np.sqrt(longer))

    half = real.shape[1] // 2
    reference = mean(own[:, :half], own[:, -half:])
    detail = {"also": "a measure of disclosure: a copy has 0"}
    return MetricResult("warping_distance", mean(own, drawn), 0.0, (0.0, np.inf), detail, reference)
