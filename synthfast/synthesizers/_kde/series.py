"""Sums of Gaussians in one dimension by the fast Gauss transform."""

from dataclasses import dataclass
from functools import cached_property
from math import factorial

import numpy as np
from numpy.typing import NDArray

from synthfast._core.threads import effective_n_threads
from synthfast._ext._kde_sum import fill_moments, sum_series

__all__ = ["GaussSeries"]

Floats = NDArray[np.float64]

CELL = 0.25  # bandwidths, as the loops have it
MOST_CELLS = 4_000_000
MOST_MOMENTS = 24
LIGHTEST = 1e10  # sums down to about its inverse, of the whole weight, are trusted
USUAL = 1e3  # the same for a shorter reach, which is tried first and does for most queries


@dataclass(frozen=True)
class GaussSeries:
    """Weighted points on a line.

    Parameters
    ----------
    points, weight : ndarray of float64, shape (n,)
        Points in bandwidths; positive weights.
    rtol : float
        Largest relative error of a sum, at least 1e-12.

    Notes
    -----
    O(n m) to build for m moments (11 at 1e-5), then O(m) a query for each of about 70 cells in reach. The series'
    remainder, relative to the term it stands for, is at most T^m / m! e^T for T = reach / 8.

    References
    ----------
    Greengard and Strain (1991), The fast Gauss transform, doi:10.1137/0912004. Yang, Duraiswami, Gumerov and Davis
    (2003), Improved fast Gauss transform and efficient kernel density estimation, doi:10.1109/ICCV.2003.1238383.
    """

    points: Floats
    weight: Floats
    rtol: float

    @staticmethod
    def serves(points: Floats, rtol: float) -> bool:
        """Whether the points are near enough to each other, and the tolerance is not too small."""
        return rtol >= 1e-12 and float(np.ptp(points)) < MOST_CELLS * CELL

    def reach(self, lightest: float) -> float:
        """Bandwidths beyond which rows cannot matter to sums of the inverse of ``lightest``."""
        return float(np.sqrt(2.0 * np.log(lightest / self.rtol)))

    @cached_property
    def _start(self) -> float:
        return float(self.points.min())

    @cached_property
    def _series(self) -> Floats:
        n_cells = int(np.ptp(self.points) / CELL) + 1
        ratio = 0.5 * CELL * self.reach(LIGHTEST)
        n_moments = next(
            (m for m in range(2, MOST_MOMENTS) if ratio**m / factorial(m) * np.exp(ratio) < 0.1 * self.rtol),
            MOST_MOMENTS,
        )
        moments = np.zeros((n_cells, n_moments))
        fill_moments(self.points - self._start, self.weight, moments)
        factorials = np.array([float(factorial(k)) for k in range(n_moments)])
        return np.ascontiguousarray((moments / factorials).T)

    def log_sums(self, queries: Floats) -> Floats:
        """Log of the sum at each query and its mirror images together.

        Parameters
        ----------
        queries : ndarray of float64, shape (n, n_images)
            Each row is one query: itself and its images.

        Returns
        -------
        ndarray of float64, shape (n,)
            NaN where rows out of reach might matter.
        """
        at = np.ascontiguousarray(queries - self._start)
        total = self._sums(at, USUAL)
        lost = np.flatnonzero(np.isnan(total))
        if len(lost):
            total[lost] = self._sums(at[lost], LIGHTEST)
        return np.log(total)

    def _sums(self, at: Floats, lightest: float) -> Floats:
        """Sums within a reach, NaN where what lies beyond it might matter."""
        reach, out = self.reach(lightest), np.empty(at.shape)
        sum_series(at.ravel(), self._series, reach, out.reshape(-1), effective_n_threads())
        total = out.sum(axis=1)
        left_out = at.shape[1] * float(self.weight.sum()) * np.exp(-0.5 * reach**2)
        return np.where(total * (0.5 * self.rtol) > left_out, total, np.nan)
