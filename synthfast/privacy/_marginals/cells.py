"""Cells of a numeric column: a public grid, and cells of about as many rows each by noisy counts on it."""

import numpy as np
import numpy.typing as npt

from synthfast.privacy._marginals.denoise import denoise

__all__ = ["cells_of_equal_mass", "powers_of_two", "public_grid"]

Edges = npt.NDArray[np.float64]

EQUAL_WIDTHS = 128
N_CELLS = 64
LARGEST_POWER = 62
SMALLEST_POWER = -30


def powers_of_two(*, whole: bool) -> Edges:
    """Edges at 0 and at plus and minus every power of two that numbers come near, shape (n_edges,)."""
    powers = 2.0 ** np.arange(0 if whole else SMALLEST_POWER, LARGEST_POWER + 1)
    return np.concatenate([-powers[::-1] + (1.0 if whole else 0.0), [0.0], powers])


def public_grid(low: float, high: float, *, whole: bool) -> Edges:
    """Edges from ``low`` to ``high``: of equal widths, and powers of two from 0 and from ``low``, for long tails."""
    top = high + 1.0 if whole else high
    powers = powers_of_two(whole=whole)
    near_zero = powers[np.abs(powers) >= (high - low) * 2.0**-20] if not whole else powers
    edges = np.concatenate([np.linspace(low, top, EQUAL_WIDTHS + 1), near_zero, low + near_zero[near_zero > 0]])
    if whole:
        edges = np.floor(edges)
    inside = edges[(edges > low) & (edges < top)]
    return np.unique(np.concatenate([[low], inside, [top]]))


def cells_of_equal_mass(grid: Edges, counts: npt.NDArray[np.float64], sigma: float, *, whole: bool) -> Edges:
    """Edges of at most about 64 cells that hold about as many rows each, heavy cells of the grid standing alone.

    Parameters
    ----------
    grid : ndarray, shape (n_cells + 1,)
        Public edges.
    counts : ndarray, shape (n_cells,)
        Rows in each cell, with noise of standard deviation ``sigma``.
    whole : bool
        Edges are whole numbers.
    """
    total = max(float(counts.sum()), 1.0)
    mass = denoise(counts, sigma, total)
    cumulated = np.concatenate([[0.0], np.cumsum(mass)])
    # Where nothing lies, the cumulated mass is flat; a slight slope keeps its inverse defined.
    rising = cumulated + total * 1e-9 * np.linspace(0.0, 1.0, len(cumulated))
    quantiles = np.interp(np.linspace(0.0, rising[-1], N_CELLS + 1), rising, grid)
    heavy = np.flatnonzero(mass > total / N_CELLS)
    edges = np.concatenate([[grid[0], grid[-1]], quantiles, grid[heavy], grid[heavy + 1]])
    return np.unique(np.floor(edges) if whole else edges)
