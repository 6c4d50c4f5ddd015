"""What families on the integers share."""

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from synthfast.exceptions import DataError
from synthfast.marginals.families.base import Estimate, Family, Parameters
from synthfast.marginals.points import FloatArray, Points
from synthfast.marginals.summary import Summary

__all__ = ["DiscreteFamily"]

_TABLE = 1 << 14
_REACH, _MARGIN = 12.0, 40.0
"""The table spans the mean and this many standard deviations, and values, to both sides."""


class DiscreteFamily(Family):
    """A family of counts k = x - loc, k = ``first``, ``first`` + 1, ...

    Notes
    -----
    The location is 0 or the one given; it is estimated for ``geom`` alone, where the estimate is the minimum.
    """

    discrete = True
    first = 0

    def candidates(self, summary: Summary, loc: float | str) -> list[dict[str, float]]:
        """The location is known: the given one or 0."""
        return [{"loc": loc if isinstance(loc, float) else 0.0}]

    def fit(self, summary: Summary, fixed: Parameters) -> Estimate:
        """Fit to the distinct values and their counts."""
        n_free = len(self.parameters) - len(fixed)
        self._require(summary, n_free)
        if not summary.is_integer:
            raise DataError(f"{self.name} needs whole numbers up to 2**53.")
        values, counts = summary.counts()
        loc = float(fixed["loc"]) if "loc" in fixed else float(values[0]) - self.first
        if loc != np.rint(loc):
            raise DataError(f"{self.name} needs a whole location, found loc={loc:g}.")
        if values[0] < loc + self.first:
            raise DataError(f"{self.name} with loc={loc:g} needs values >= {loc + self.first:g}, found {values[0]:g}.")
        shapes, at_bound = self._fit_shapes(Points(values - loc, counts, summary.full.n_threads))
        params = {**shapes, "loc": int(loc)}
        loglik = float(self.logpdf(values, params) @ counts)
        return Estimate({name: params[name] for name in self.parameters}, loglik, n_free, at_bound)

    @abstractmethod
    def _fit_shapes(self, counts: Points) -> tuple[dict[str, float], tuple[str, ...]]:
        """Parameters apart from ``loc``, and those of them on a bound."""

    def logpdf(self, x: ArrayLike, params: Parameters) -> FloatArray:
        """Log mass; -inf between whole numbers."""
        k = np.asarray(x, dtype=np.float64) - params["loc"]
        inside = (k >= self.first) & (k <= self._last(params)) & (k == np.rint(k))
        with np.errstate(all="ignore"):
            values = self._log_mass(np.where(inside, k, float(self.first)), params)
        return np.where(np.isnan(k), np.nan, np.where(inside, values, -np.inf))

    def cdf(self, x: ArrayLike, params: Parameters) -> FloatArray:
        """Mass up to the whole number at or below x."""
        k = np.floor(np.asarray(x, dtype=np.float64) - params["loc"])
        with np.errstate(all="ignore"):
            inner = self._mass_up_to(np.clip(k, self.first, self._last(params)), params)
        inner = np.where(k < self.first, 0.0, np.where(k >= self._last(params), 1.0, inner))
        return np.where(np.isnan(k), np.nan, inner)

    def ppf(self, u: ArrayLike, params: Parameters) -> FloatArray:
        """Smallest whole number with mass u or more up to it; one below the support for u = 0."""
        share = np.asarray(u, dtype=np.float64)
        usable = (share >= 0.0) & (share <= 1.0)
        k = self._search(np.where(usable, share, 0.5).ravel(), params).reshape(share.shape)
        k = np.where(share == 0.0, self.first - 1.0, np.where(share == 1.0, self._last(params), k))
        return np.where(usable, k + params["loc"], np.nan)

    def draw(self, n: int, stream: Any, params: Parameters, *, start: int = 0) -> FloatArray:
        """Quantiles of uniform draws."""
        return self._search(stream.uniform(n, start=start), params) + params["loc"]

    def _search(self, u: FloatArray, params: Parameters) -> FloatArray:
        """The smallest k with mass u or more up to it, from a table; where that has gaps, bisection in the gap."""
        mean, std = self._moments(params)
        low = max(float(self.first), np.floor(mean - _REACH * std - _MARGIN))
        high = min(self._last(params), np.ceil(mean + _REACH * std + _MARGIN))
        grid = np.unique(np.rint(np.linspace(low, high, int(min(high - low, _TABLE)) + 1)))
        position = np.searchsorted(self._mass_up_to(grid, params), u)
        above = grid[np.minimum(position, len(grid) - 1)]
        below = np.where(position == 0, self.first - 1.0, grid[np.maximum(position, 1) - 1])
        open_gap = (above - below > 1.0) | (position == len(grid))
        if open_gap.any():
            above[open_gap] = self._bisect(u[open_gap], below[open_gap], above[open_gap], params)
        return above

    def _bisect(self, u: FloatArray, below: FloatArray, above: FloatArray, params: Parameters) -> FloatArray:
        while (short := (self._mass_up_to(above, params) < u) & (above < self._last(params))).any():
            above[short] = np.minimum(2.0 * above[short] + 1.0, self._last(params))
        while (above - below > 1.0).any():
            middle = np.floor(0.5 * (below + above))
            reached = (self._mass_up_to(np.maximum(middle, self.first), params) >= u) & (middle >= self.first)
            above, below = np.where(reached, middle, above), np.where(reached, below, middle)
        return above

    def _last(self, params: Parameters) -> float:
        return np.inf

    @abstractmethod
    def _moments(self, params: Parameters) -> tuple[float, float]:
        """Mean and standard deviation of k."""

    @abstractmethod
    def _log_mass(self, k: FloatArray, params: Parameters) -> FloatArray: ...

    @abstractmethod
    def _mass_up_to(self, k: FloatArray, params: Parameters) -> FloatArray: ...
