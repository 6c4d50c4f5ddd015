import numpy as np
from numpy.typing import NDArray

def transform_knots(
    x: NDArray[np.float64],
    knots: NDArray[np.float64],
    segments: NDArray[np.float64],
    guide: NDArray[np.int32],
    half_low: float,
    scale: float,
    out: NDArray[np.float64],
    n_threads: int,
) -> None:
    """Fill ``out`` (n,) with a piecewise linear function of ``x`` (n,).

    ``knots`` (n_knots,) are nondecreasing, ``segments`` (n_knots, 3) hold value, slope and end value of the segment
    that begins at each knot, ``guide`` (n_cells + 1,) the last knot that lies in a cell before each cell, a cell being
    ``floor((x / 2 - half_low) * scale)`` within 0 and n_cells. NaN gives NaN; beyond the ends the end values hold.
    """

def fill_ndtr(x: NDArray[np.float64], out: NDArray[np.float64], n_threads: int) -> None:
    """Fill ``out`` (n,) with the standard normal distribution function of ``x`` (n,)."""

def fill_ndtri(p: NDArray[np.float64], out: NDArray[np.float64], n_threads: int) -> None:
    """Fill ``out`` (n,) with standard normal quantiles of the probabilities ``p`` (n,)."""
