"""Weighted points and the sums over them that likelihoods are made of."""

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from synthfast._ext import _families, _special

__all__ = ["FloatArray", "Points"]

FloatArray = NDArray[np.float64]
_CHUNK = 4096
_UNIT = np.empty(0)


class Points:
    """Sorted values with weights; every method returns means over the weights.

    Parameters
    ----------
    values : ndarray of float64, shape (n_points,)
        Nondecreasing.
    weights : ndarray of float64, shape (n_points,), optional
        Positive; one each by default.
    n_threads : int, default 1
        Threads for long columns. The results do not depend on it.

    Notes
    -----
    Each call is one pass of O(n_points) and allocates a few numbers per 4,096 points.
    """

    def __init__(self, values: FloatArray, weights: FloatArray | None = None, n_threads: int = 1) -> None:
        self.values = values
        self.weights = _UNIT if weights is None else weights
        self.total = float(len(values)) if weights is None else float(weights.sum())
        self.n_threads = n_threads
        self._last: tuple[tuple[object, ...], list[float]] = ((), [])

    def __len__(self) -> int:
        return len(self.values)

    @property
    def minimum(self) -> float:
        """Smallest value."""
        return float(self.values[0])

    @property
    def maximum(self) -> float:
        """Largest value."""
        return float(self.values[-1])

    @cached_property
    def mean(self) -> float:
        """Weighted mean."""
        origin = self.minimum
        return origin + self._means(_families.sum_moments, 4, origin)[0]

    @cached_property
    def central_moments(self) -> tuple[float, float, float]:
        """Second to fourth moment about the mean."""
        first, second, third, fourth = self._means(_families.sum_moments, 4, self.mean)
        return second - first * first, third, fourth

    def edge_means(self, edge: float, unit: float) -> list[float]:
        """Means of log u, (log u)^2, 1/u, 1/u^2, log(u)/u, log(u)/u^2 with u = (x - edge) / unit.

        A negative ``unit`` measures distances below an upper edge.
        """
        return self._means(_families.sum_edge, 6, edge, 1.0 / unit)

    def log_means(self, edge: float, unit: float) -> list[float]:
        """Means of log u and (log u)^2 with u = (x - edge) / unit."""
        return self._means(_families.sum_logs, 2, edge, 1.0 / unit)

    def tilted_means(self, origin: float, tilt: float) -> list[float]:
        """Means of e, e d, e d^2 with d = x - origin and e = exp(tilt d)."""
        return self._means(_families.sum_tilted, 3, origin, tilt)

    def power_means(self, edge: float, unit: float, power: float) -> list[float]:
        """Means of l, r, r^2, e, e l, e l^2, e r, e r^2, e l r.

        u = (x - edge) / unit, l = log u, r = 1/u, e = u^power.
        """
        return self._means(_families.sum_powers, 9, edge, 1.0 / unit, power)

    def logistic_means(self, centre: float, scale: float) -> list[float]:
        """Means of log f, t, z t, f, z f, z^2 f.

        z = (x - centre) / scale, f the standard logistic density, t = tanh(z / 2).
        """
        return self._means(_families.sum_logistic, 6, centre, 1.0 / scale)

    def student_means(self, centre: float, scale: float, df: float) -> list[float]:
        """Means of log u, v, v^2, z v, z v^2 with z = (x - centre) / scale, u = 1 + z^2 / df, v = 1/u."""
        return self._means(_families.sum_student, 5, centre, 1.0 / scale, 1.0 / df)

    def polygamma_means(self, shift: float) -> list[float]:
        """Means of lgamma, digamma and trigamma at x + shift > 0."""
        if not len(self.weights):
            self.weights = np.ones(len(self.values))
        return self._means(_special.sum_polygammas, 3, shift)

    def _means(self, kernel: Callable[..., None], n_sums: int, *parameters: float) -> list[float]:
        key = (kernel, *parameters)
        if self._last[0] == key:  # where a search ends is asked for again
            return self._last[1]
        out = np.empty(n_sums)
        scratch = np.empty((-(-len(self.values) // _CHUNK), n_sums))
        kernel(self.values, self.weights, *parameters, out, scratch, self.n_threads)
        out /= self.total
        self._last = key, out.tolist()
        return self._last[1]
