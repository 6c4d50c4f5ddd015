"""Dynamic time warping: distances of series that may be locally stretched against each other.

The convention everywhere: the distance is the square root of the smallest sum of squared differences along a path of
matched steps; of several variables the squared differences are summed inside a step (the dependent form) or the
variables are warped one by one and their sums added (the independent form).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.threads import effective_n_threads
from synthfast._core.validation import check_integer, check_number
from synthfast._ext import _dtw
from synthfast.exceptions import DataError
from synthfast.timeseries._dtw_input import is_flat, of_one_type, read_pair, stack_series, window_ranges
from synthfast.timeseries._windows import ranges_of, rows_of

__all__ = ["dtw_barycenter", "dtw_distance", "dtw_distance_matrix", "dtw_nearest", "dtw_path", "soft_dtw"]


def dtw_distance(
    a: Any, b: Any, *, window: int | None = None, max_slope: float | None = None, dependent: bool = True
) -> float:
    """Distance of two series under dynamic time warping.

    Parameters
    ----------
    a, b : array_like, shape (n_times,) or (n_times, n_variables)
        Finite values; the lengths may differ.
    window : int, optional
        Half-width of Sakoe and Chiba's band: only steps with ``|i - j| <= window`` are matched. None for no band.
    max_slope : float, optional
        Steepest slope of Itakura's parallelogram, at least 1. None for none.
    dependent : bool, default True
        Whether several variables are warped together; otherwise one by one.

    Returns
    -------
    float
        Square root of the smallest sum of squared differences. Not a metric: the triangle inequality may fail.

    Raises
    ------
    DataError
        If a series is empty or not finite, the variables differ in number, or no path keeps to the window.

    Notes
    -----
    O(n m) time and O(m) memory; with a band O(n window).

    References
    ----------
    H. Sakoe and S. Chiba (1978), "Dynamic programming algorithm optimization for spoken word recognition".
    F. Itakura (1975), "Minimum prediction residual principle applied to speech recognition".

    Examples
    --------
    >>> from synthfast.timeseries import dtw_distance
    >>> dtw_distance([0, 1, 2, 1], [0, 0, 1, 2, 1]), dtw_distance([0, 0, 2], [0, 2, 2], window=0)
    (0.0, 2.0)
    """
    return float(
        dtw_distance_matrix([a], [b], window=window, max_slope=max_slope, dependent=dependent, n_threads=1)[0, 0]
    )


def dtw_distance_matrix(
    X: Any,
    Y: Any = None,
    *,
    window: int | None = None,
    max_slope: float | None = None,
    dependent: bool = True,
    n_threads: int | None = None,
) -> NDArray[np.float64]:
    """Distances of every series to every other under dynamic time warping.

    Parameters
    ----------
    X : array_like, shape (n_x, n_times) or (n_x, n_times, n_variables), or list of series
        Series of a list may differ in length. float32 arrays are aligned in single precision, twice as fast.
    Y : as ``X``, optional
        By default ``X`` itself: the matrix is symmetric then and each pair is aligned once.
    window : int, optional
        As in `dtw_distance`.
    max_slope : float, optional
        As in `dtw_distance`; it needs series of one length on each side.
    dependent : bool, default True
        As in `dtw_distance`.
    n_threads : int, optional
        Threads to use; the distances do not depend on it.

    Returns
    -------
    ndarray of float64, shape (n_x, n_y)

    Raises
    ------
    DataError
        As `dtw_distance`; the message names the series.

    Notes
    -----
    O(n_x n_y n m) time; memory of the matrix and a few rows a thread. One series is aligned with 8 others (16 of
    float32) side by side in one register where the processor has AVX-512, with 4 (8) where it has AVX2; lanes do not
    meet, so every build gives the same bits.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast.timeseries import dtw_distance_matrix
    >>> waves = np.sin(np.arange(60) / 5 + np.arange(3)[:, None])
    >>> dtw_distance_matrix(waves).round(2).tolist()[0]
    [0.0, 1.79, 3.66]
    """
    x, x_length = stack_series(X, "X")
    y, y_length = (x, x_length) if Y is None else stack_series(Y, "Y")
    x, y = of_one_type(x, y)
    low, high = window_ranges(x_length, y_length, window, max_slope)
    sums = np.zeros((len(x), len(y)))
    part = np.zeros_like(sums)
    for variables in [slice(None)] if dependent else [slice(c, c + 1) for c in range(x.shape[2])]:
        a = np.ascontiguousarray(x[:, :, variables])
        b = a if Y is None else np.ascontiguousarray(y[:, :, variables])
        done = _dtw.fill_distances(a, x_length, b, y_length, low, high, Y is None, part, effective_n_threads(n_threads))
        if not done:
            raise MemoryError("dtw_distance_matrix: no memory left for the rows of a thread.")
        sums += part
    return np.sqrt(sums, out=sums)


def dtw_nearest(
    X: Any,
    Y: Any = None,
    *,
    k: int = 1,
    window: int | None = None,
    max_slope: float | None = None,
    n_threads: int | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The nearest series under dynamic time warping, exactly, with most pairs never aligned to the end.

    Parameters
    ----------
    X : array_like, shape (n_x, n_times) or (n_x, n_times, n_variables)
        Series whose neighbours are wanted.
    Y : array_like, shape (n_y, m) or (n_y, m, n_variables), optional
        Where they are looked for; by default among the other series of ``X``.
    k : int, default 1
        Neighbours of each.
    window : int, optional
        As in `dtw_distance`.
    max_slope : float, optional
        As in `dtw_distance`.
    n_threads : int, optional
        Threads to use; the result does not depend on it.

    Returns
    -------
    distances : ndarray of float64, shape (n_x, k)
        Ascending.
    indices : ndarray of int64, shape (n_x, k)
        Rows of ``Y``; of equal distances the smaller index comes first.

    Raises
    ------
    DataError
        As `dtw_distance_matrix`, or if there are fewer than ``k`` others, or lengths differ within ``X`` or ``Y``.

    Notes
    -----
    Candidates are taken in the order of a lower bound (end points, and the sums by which each series leaves the
    other's envelope); alignments break off where what is left cannot win. At worst as `dtw_distance_matrix`.

    References
    ----------
    E. Keogh and C. A. Ratanamahatana (2005), "Exact indexing of dynamic time warping".
    T. Rakthanmanon et al. (2012), "Searching and mining trillions of time series subsequences".

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast.timeseries import dtw_nearest
    >>> waves = np.sin(np.arange(60) / 5 + np.array([0, 2, 0.1])[:, None])
    >>> dtw_nearest(waves)[1].ravel().tolist()
    [2, 2, 0]
    """
    x, x_length = stack_series(X, "X")
    y, y_length = (x, x_length) if Y is None else stack_series(Y, "Y")
    x, y = of_one_type(x, y)
    for name, lengths in (("X", x_length), ("Y", y_length)):
        if lengths.size and lengths.min() < lengths.max():
            raise DataError(
                f"dtw_nearest: expected series of one length in {name}, got {lengths.min()} to {lengths.max()}."
            )
    k = check_integer("k", k, minimum=1)
    if len(x) and k > len(y) - (Y is None):
        raise DataError(f"dtw_nearest: k={k} neighbours need as many other series, got {len(y) - (Y is None)}.")
    low, high = ranges_of(x.shape[1], y.shape[1], window, max_slope)
    first, last = rows_of((low, high), y.shape[1])
    best, nearest = np.empty((len(x), k), x.dtype), np.empty((len(x), k), np.int64)
    lower, upper = (np.empty((len(y), x.shape[1], x.shape[2]), x.dtype) for _ in range(2))
    queue = np.empty(max(x.shape[1], y.shape[1]), np.int64)
    threads = effective_n_threads(n_threads)
    if not _dtw.find_nearest(x, y, low, high, first, last, Y is None, lower, upper, queue, best, nearest, threads):
        raise MemoryError("dtw_nearest: no memory left for the rows of a thread.")
    return np.sqrt(best.astype(np.float64)), nearest


def dtw_path(
    a: Any, b: Any, *, window: int | None = None, max_slope: float | None = None
) -> tuple[NDArray[np.int64], float]:
    """Best warping path of two series, and its distance.

    Parameters
    ----------
    a, b : array_like, shape (n_times,) or (n_times, n_variables)
    window : int, optional
        As in `dtw_distance`.
    max_slope : float, optional
        As in `dtw_distance`.

    Returns
    -------
    path : ndarray of int64, shape (n_matches, 2)
        Matched steps from ``(0, 0)`` to the last of both; of equally good ways the diagonal one.
    distance : float

    Raises
    ------
    DataError
        As `dtw_distance`.

    Notes
    -----
    O(n m) time and memory.

    Examples
    --------
    >>> from synthfast.timeseries import dtw_path
    >>> dtw_path([0, 1, 2], [0, 1, 1, 2])[0].tolist()
    [[0, 0], [1, 1], [1, 2], [2, 3]]
    """
    x, y = read_pair(a, b)
    low, high = ranges_of(len(x), len(y), window, max_slope)
    total = np.empty((len(x), len(y)))
    rows, columns = (np.empty(len(x) + len(y) - 1, np.int64) for _ in range(2))
    length = _dtw.trace_path(x, y, low, high, total, rows, columns)
    return np.stack([rows[:length], columns[:length]], axis=1)[::-1].copy(), float(np.sqrt(total[-1, -1]))


def soft_dtw(a: Any, b: Any, *, gamma: float = 1.0, window: int | None = None) -> float:
    """Soft minimum of the sums of squared differences of all warping paths of two series.

    Parameters
    ----------
    a, b : array_like, shape (n_times,) or (n_times, n_variables)
    gamma : float, default 1.0
        Softness, positive; towards 0 the result becomes the square of `dtw_distance`.
    window : int, optional
        As in `dtw_distance`.

    Returns
    -------
    float
        May be negative, and is not 0 for equal series.

    Raises
    ------
    DataError
        As `dtw_distance`.
    ValueError
        If ``gamma`` is not positive.

    Notes
    -----
    O(n m) time, O(m) memory.

    References
    ----------
    M. Cuturi and M. Blondel (2017), "Soft-DTW: a differentiable loss function for time-series".

    Examples
    --------
    >>> from synthfast.timeseries import soft_dtw
    >>> round(soft_dtw([0, 1, 3], [0, 3, 3], gamma=1e-3), 3)
    1.0
    """
    x, y = read_pair(a, b)
    if check_number("gamma", gamma) <= 0:
        raise ValueError(f"gamma: expected a positive number, got {gamma}.")
    low, high = ranges_of(len(x), len(y), window, None)
    above, row = np.empty(len(y) + 1), np.empty(len(y) + 1)
    return float(_dtw.sum_softly(x, y, low, high, float(gamma), above, row))


def dtw_barycenter(
    X: Any, *, n_steps: int | None = None, max_iter: int = 30, tol: float = 1e-6, window: int | None = None
) -> NDArray[np.float64]:
    """Average of series under dynamic time warping.

    Parameters
    ----------
    X : array_like, shape (n_series, n_times) or (n_series, n_times, n_variables), or list of series
    n_steps : int, optional
        Length of the average; that of the series from which it starts by default: the medoid.
    max_iter : int, default 30
        Most rounds of aligning all series with the average and averaging what is matched.
    tol : float, default 1e-6
        The rounds end when the sum of squared distances falls by less than this share.
    window : int, optional
        As in `dtw_distance`.

    Returns
    -------
    ndarray, shape (n_steps,) or (n_steps, n_variables)

    Raises
    ------
    DataError
        As `dtw_distance_matrix`.

    Notes
    -----
    O(n_series**2 n m) for the medoid, then O(n_series n m) a round.

    References
    ----------
    F. Petitjean, A. Ketterlin and P. Gancarski (2011), "A global averaging method for dynamic time warping".

    Examples
    --------
    >>> from synthfast.timeseries import dtw_barycenter
    >>> dtw_barycenter([[0, 1, 2, 1, 0], [0, 0, 1, 2, 1]]).tolist()
    [0.0, 1.0, 2.0, 1.0, 0.5]
    """
    x, lengths = stack_series(X, "X")
    if not len(x):
        raise DataError("dtw_barycenter: expected at least one series, got none.")
    series = [one[:length].astype(np.float64) for one, length in zip(x, lengths, strict=True)]
    medoid = int((dtw_distance_matrix(series, window=window) ** 2).sum(axis=1).argmin())
    center = series[medoid]
    if n_steps is not None:
        at = np.linspace(0, len(center) - 1, check_integer("n_steps", n_steps, minimum=1))
        center = np.stack([np.interp(at, np.arange(len(center)), column) for column in center.T], axis=1)
    last = np.inf
    for _ in range(check_integer("max_iter", max_iter, minimum=1)):
        matched, counts, spread = np.zeros_like(center), np.zeros(len(center)), 0.0
        for one in series:
            path, distance = dtw_path(center, one, window=window)
            np.add.at(matched, path[:, 0], one[path[:, 1]])
            counts += np.bincount(path[:, 0], minlength=len(center))
            spread += distance**2
        if np.isfinite(last) and last - spread <= tol * last:
            break
        center, last = matched / counts[:, None], spread
    return center[:, 0] if is_flat(X) else center
