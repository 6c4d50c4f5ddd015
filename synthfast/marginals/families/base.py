"""What a family of distributions is."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from synthfast.exceptions import DataError
from synthfast.marginals.points import FloatArray
from synthfast.marginals.summary import Summary

__all__ = ["ContinuousFamily", "Estimate", "Family", "Parameters"]

Parameters = Mapping[str, float]


@dataclass(frozen=True)
class Estimate:
    """A maximum-likelihood fit.

    Attributes
    ----------
    params : dict of str to float
        Parameters by their names in ``scipy.stats``.
    loglik : float
        Log-likelihood in nats, of all values.
    n_free : int
        Parameters that were estimated.
    at_bound : tuple of str
        Parameters that ended on a bound of the search: the data prefer a limit of the family.
    """

    params: dict[str, float]
    loglik: float
    n_free: int
    at_bound: tuple[str, ...] = ()


class Family(ABC):
    """One family: maximum likelihood, density, distribution function, quantile function, draws.

    Attributes
    ----------
    name : str
        Its name in ``scipy.stats``.
    parameters : tuple of str
        Parameter names in the order of ``scipy.stats``.
    discrete : bool
        Whether it lives on the integers.
    """

    name: ClassVar[str]
    parameters: ClassVar[tuple[str, ...]]
    discrete: ClassVar[bool]

    @abstractmethod
    def fit(self, summary: Summary, fixed: Parameters) -> Estimate:
        """Maximum likelihood with some parameters held fixed.

        Raises
        ------
        DataError
            If the values lie outside the family's support, or are too few.
        """

    @abstractmethod
    def candidates(self, summary: Summary, loc: float | str) -> list[dict[str, float]]:
        """The sets of fixed parameters to try for a location rule: ``"auto"``, ``"free"`` or a number."""

    @abstractmethod
    def logpdf(self, x: ArrayLike, params: Parameters) -> FloatArray:
        """Log density, or log mass of a discrete family; -inf outside the support."""

    @abstractmethod
    def cdf(self, x: ArrayLike, params: Parameters) -> FloatArray:
        """Probability of values up to x."""

    @abstractmethod
    def ppf(self, u: ArrayLike, params: Parameters) -> FloatArray:
        """The smallest x whose distribution function reaches u; NaN for u outside [0, 1]."""

    @abstractmethod
    def draw(self, n: int, stream: Any, params: Parameters, *, start: int = 0) -> FloatArray:
        """Values start to start + n of the endless sequence that the stream stands for."""

    def _require(self, summary: Summary, n_free: int) -> None:
        if summary.n <= n_free:
            raise DataError(
                f"{self.name} estimates {n_free} parameters and needs more values than that, found {summary.n}."
            )


class ContinuousFamily(Family):
    """A family with location and scale: x = loc + scale z, with z from a standard law given by the shapes."""

    discrete = False

    def fit(self, summary: Summary, fixed: Parameters) -> Estimate:
        """Fit in the summary's unit, reported in the column's own."""
        n_free = len(self.parameters) - len(fixed)
        self._require(summary, n_free)
        unit = summary.unit
        found = self._fit(summary, {name: value / unit for name, value in fixed.items()})
        params = {name: found.params[name] * (unit if name in ("loc", "scale") else 1.0) for name in self.parameters}
        params |= {name: float(value) for name, value in fixed.items()}
        return replace(found, params=params, loglik=float(summary.n * (found.loglik - np.log(unit))), n_free=n_free)

    def candidates(self, summary: Summary, loc: float | str) -> list[dict[str, float]]:
        """One candidate: everything is estimated."""
        return [{}]

    @abstractmethod
    def _fit(self, summary: Summary, fixed: Parameters) -> Estimate:
        """Fit in the summary's unit; ``loglik`` is the mean per value."""

    def logpdf(self, x: ArrayLike, params: Parameters) -> FloatArray:
        """Log density."""
        z, shapes = self._standardise(x, params)
        with np.errstate(all="ignore"):
            inside = (z >= self._lowest(shapes)) & (z <= self._highest(shapes))
            values = self._standard_logpdf(np.where(inside, z, self._typical(shapes)), shapes) - np.log(params["scale"])
        return np.where(np.isnan(z), np.nan, np.where(inside, values, -np.inf))

    def cdf(self, x: ArrayLike, params: Parameters) -> FloatArray:
        """Distribution function of the standardised values."""
        z, shapes = self._standardise(x, params)
        with np.errstate(all="ignore"):
            return np.asarray(self._standard_cdf(np.clip(z, self._lowest(shapes), self._highest(shapes)), shapes))

    def ppf(self, u: ArrayLike, params: Parameters) -> FloatArray:
        """Quantiles of the standard law, moved and scaled."""
        share = np.asarray(u, dtype=np.float64)
        _, shapes = self._standardise(0.0, params)
        with np.errstate(all="ignore"):
            z = self._standard_ppf(np.where((share >= 0) & (share <= 1), share, np.nan), shapes)
            return np.asarray(params["loc"] + params["scale"] * z)

    def draw(self, n: int, stream: Any, params: Parameters, *, start: int = 0) -> FloatArray:
        """Draws of the standard law, moved and scaled."""
        _, shapes = self._standardise(0.0, params)
        z = self._standard_draw(n, stream, shapes, start)
        z *= params["scale"]
        z += params["loc"]
        return z

    def _standardise(self, x: ArrayLike, params: Parameters) -> tuple[FloatArray, tuple[float, ...]]:
        z = (np.asarray(x, dtype=np.float64) - params["loc"]) / params["scale"]
        return z, tuple(params[name] for name in self.parameters[:-2])

    def _lowest(self, shapes: tuple[float, ...]) -> float:
        return -np.inf

    def _highest(self, shapes: tuple[float, ...]) -> float:
        return np.inf

    def _typical(self, shapes: tuple[float, ...]) -> float:
        """A value inside the support."""
        return 0.0

    @abstractmethod
    def _standard_logpdf(self, z: FloatArray, shapes: tuple[float, ...]) -> FloatArray: ...

    @abstractmethod
    def _standard_cdf(self, z: FloatArray, shapes: tuple[float, ...]) -> FloatArray: ...

    @abstractmethod
    def _standard_ppf(self, u: FloatArray, shapes: tuple[float, ...]) -> FloatArray: ...

    @abstractmethod
    def _standard_draw(self, n: int, stream: Any, shapes: tuple[float, ...], start: int) -> FloatArray: ...
