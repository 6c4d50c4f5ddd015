"""The improved Sheather-Jones bandwidth: one that the roughness estimated with it gives back."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["improved_sheather_jones"]

Floats = NDArray[np.float64]

MESH = 4_096
FEWEST_CELLS = 32  # a coarser grid has too few frequencies to tell noise from shape
FEWEST_ROWS = 50.0
STAGES = 7
SMALLEST, LARGEST = 1e-14, 0.1  # squared bandwidths over the squared range, between which the fixed point is sought
N_SCAN = 64


def improved_sheather_jones(
    values: Floats, weight: Floats, n_effective: float, low: float, high: float, step: float | None
) -> float | None:
    """Standard deviation of a Gaussian kernel for one column.

    Parameters
    ----------
    values, weight : ndarray of float64, shape (n,)
    n_effective : float
        Rows that the weights are worth.
    low, high : float
        Ends of the column, at which its density is reflected; infinite where it is open.
    step : float or None
        The grid on which the values lie, which is then the finest that is looked at.

    Returns
    -------
    float or None
        None where the fixed point cannot be found: on grids of few cells, or with fewer than 50 rows.

    Notes
    -----
    O(n + 4,096). The cosine transform of a histogram continues the density evenly at both ends, as reflection does.

    References
    ----------
    Botev, Grotowski and Kroese (2010), Kernel density estimation via diffusion, doi:10.1214/10-AOS799.
    """
    first, last = float(values.min()), float(values.max())
    margin = 0.5 * (last - first)
    start, stop = max(low, first - margin), min(high, last + margin)
    n_cells = MESH
    if step is not None and (last - first) / step < MESH:
        start, stop = (np.floor(start / step + 0.5) - 0.5) * step, (np.ceil(stop / step - 0.5) + 0.5) * step
        n_cells = int(np.rint((stop - start) / step))
    if n_effective < FEWEST_ROWS or not stop > start or (last - first) / (stop - start) * n_cells < FEWEST_CELLS:
        return None
    cell = np.minimum(((values - start) * (n_cells / (stop - start))).astype(np.int64), n_cells - 1)
    shares = np.bincount(np.maximum(cell, 0), weight, n_cells)
    t = _fixed_point(_spectrum(shares / shares.sum()), n_effective)
    return None if t is None else float(np.sqrt(t) * (stop - start))


def _spectrum(shares: Floats) -> Floats:
    """Squared cosine coefficients of frequencies 1, 2, ..., as halves."""
    from scipy.fft import dct

    return (0.5 * dct(shares, type=2)[1:]) ** 2


def _fixed_point(spectrum: Floats, n: float) -> float | None:
    """The smallest t that its own roughness estimate gives back; bisected on its logarithm."""
    squares = np.arange(1, len(spectrum) + 1, dtype=np.float64) ** 2
    scan = np.geomspace(SMALLEST, LARGEST, N_SCAN)
    excess = -1.0
    low = high = SMALLEST
    for candidate in scan:
        low, high = high, float(candidate)
        excess = high - _stages(high, spectrum, squares, n)
        if excess >= 0.0:
            break
    if excess < 0.0 or high == SMALLEST:
        return None
    for _ in range(40):
        middle = float(np.sqrt(low * high))
        low, high = (low, middle) if middle >= _stages(middle, spectrum, squares, n) else (middle, high)
    return float(np.sqrt(low * high))


def _stages(t: float, spectrum: Floats, squares: Floats, n: float) -> float:
    """The squared bandwidth that follows from roughness of order 7, and from there down to order 2."""
    roughness = _roughness(STAGES, t, spectrum, squares)
    for order in range(STAGES - 1, 1, -1):
        odd = np.prod(np.arange(1.0, 2 * order, 2.0)) / np.sqrt(2.0 * np.pi)
        constant = (1.0 + 0.5 ** (order + 0.5)) / 3.0
        if not roughness > 0.0:
            return np.inf
        time = (2.0 * constant * odd / (n * roughness)) ** (2.0 / (3.0 + 2.0 * order))
        roughness = _roughness(order, time, spectrum, squares)
    return np.inf if not roughness > 0.0 else (2.0 * n * np.sqrt(np.pi) * roughness) ** -0.4


def _roughness(order: int, time: float, spectrum: Floats, squares: Floats) -> float:
    """Integral of the squared derivative of an order, of the density smoothed for a time."""
    n = min(int(np.sqrt(745.0 / (np.pi**2 * time))) + 1, len(spectrum))  # beyond it the exponential is 0
    part = squares[:n]
    return float(2.0 * np.pi ** (2 * order) * np.sum(part**order * spectrum[:n] * np.exp(-part * (np.pi**2 * time))))
