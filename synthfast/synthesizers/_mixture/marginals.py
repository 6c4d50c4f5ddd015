"""The distribution of one number under a mixture, and the way from it to the column's values and back.

A mixture of Gaussians has the right dependence and a smooth marginal. Where the column is to keep its own distribution
F, a draw z becomes F^-1(G(z)), G being its distribution under the mixture: a monotone map of each column by itself.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from synthfast.encoding import EncodedCondition
from synthfast.marginals.ecdf import PiecewiseLinear, ndtr, ndtri
from synthfast.synthesizers._latent import NumericLatent
from synthfast.synthesizers._mixture.scales import Scale

__all__ = ["CalibratedMap", "NumberMap", "PlainMap", "Region"]

Floats = NDArray[np.float64]

REACH = 8.5  # standard deviations; the streams' normals end before
KNOTS_PER_COMPONENT = 800
MAX_KNOTS = 65_536
SLACK = 1e-6  # of a step


@dataclass(frozen=True, eq=False)
class Region:
    """Where a condition holds on the scale of the mixture.

    Parameters
    ----------
    low, high : ndarray of float64, shape (n_segments,)
        Ends of the segments, ascending; they may be infinite. All equal where only points without mass were asked for.
    log_slope : ndarray of float64, shape (n_segments,)
        Points: log of what a density on this scale has to be multiplied by to be one of the column's values.
    """

    low: Floats
    high: Floats
    log_slope: Floats

    @property
    def pointwise(self) -> bool:
        """Whether the region is points and no more."""
        return not bool((self.high > self.low).any())


class PlainMap:
    """Values are those of the mixture.

    Parameters
    ----------
    scale : Scale
    """

    def __init__(self, scale: Scale) -> None:
        self.scale = scale

    def values(self, z: Floats) -> Floats:
        """Encoded values of places, shape (n,)."""
        return self.scale.unmeasure(z)

    def places(self, values: Floats) -> Floats:
        """Places of encoded values, shape (n,); what is out of range counts as the end of the range."""
        return self.scale.measure(np.clip(values, self.scale.low, self.scale.high))

    def inside(self, values: Floats) -> NDArray[np.bool_]:
        """Whether encoded values round to ones in the column's range."""
        half = 0.5 * (self.scale.table.step or 0.0)
        return (values >= self.scale.low - half) & (values <= self.scale.high + half)

    def region(self, condition: EncodedCondition) -> Region:
        """Where a condition on values holds."""
        if self.scale.normal:
            u = NumericLatent(self.scale.table).segments(condition)
            low, high = ndtri(u[:, 0]), ndtri(u[:, 1])
            slope = self.scale.log_slope(np.clip(condition.lower, self.scale.low, self.scale.high))
            return _region(low, high, slope if len(slope) == len(low) else np.zeros(len(low)))
        step, low, high = self.scale.table.step, condition.lower, condition.upper
        met = (high >= self.scale.low) & (low <= self.scale.high)
        low, high = np.maximum(low[met], self.scale.low), np.minimum(high[met], self.scale.high)
        if step is not None:  # from the first to the last value on the grid, each with its rounding cell
            low = np.ceil(low / step - SLACK) * step - 0.5 * step
            high = np.floor(high / step + SLACK) * step + 0.5 * step
        low, high = self.scale.measure(low), self.scale.measure(high)
        return _region(low, np.maximum(low, high), np.zeros(len(low)))


class CalibratedMap:
    """Values have the column's own distribution.

    Parameters
    ----------
    scale : Scale
    weights, means, deviations : ndarray of float64, shape (n_components,)
        The mixture of regular numbers; the weights sum to 1.
    """

    def __init__(self, scale: Scale, weights: Floats, means: Floats, deviations: Floats) -> None:
        self.scale = scale
        self._weights, self._means, self._deviations = weights, means, deviations
        self._latent = NumericLatent(scale.table)

    @cached_property
    def _knots(self) -> tuple[Floats, Floats]:
        """Places, and the distribution function of the mixture at them."""
        n = max(2, min(KNOTS_PER_COMPONENT, MAX_KNOTS // len(self._weights)))
        grid = np.linspace(-REACH, REACH, n)
        z = np.unique((self._means[:, None] + self._deviations[:, None] * grid).ravel())
        p = np.zeros(len(z))
        for weight, mean, deviation in zip(self._weights, self._means, self._deviations, strict=True):
            p += weight * ndtr((z - mean) / deviation)
        p = np.maximum.accumulate(np.clip(p, 0.0, 1.0))
        p[0], p[-1] = 0.0, 1.0
        return z, p

    @cached_property
    def _distribution(self) -> PiecewiseLinear:
        return PiecewiseLinear(*self._knots)

    @cached_property
    def _quantile(self) -> PiecewiseLinear:
        z, p = self._knots
        return PiecewiseLinear(p, z)

    def values(self, z: Floats) -> Floats:
        """Encoded values of places, shape (n,)."""
        return self.scale.table.ppf(self._distribution(np.ascontiguousarray(z)))

    def places(self, values: Floats) -> Floats:
        """Places of encoded values, shape (n,): for a value with mass, the middle of it."""
        start, stop = self._latent.known_interval(values)
        return self._quantile(0.5 * (start + stop))

    def inside(self, values: Floats) -> NDArray[np.bool_]:
        """True: there are no values outside of the column's range."""
        return np.ones(len(values), dtype=bool)

    def region(self, condition: EncodedCondition) -> Region:
        """Where a condition on values holds."""
        u = self._latent.segments(condition)
        low, high = self._quantile(u[:, 0]), self._quantile(u[:, 1])
        low[u[:, 0] <= 0.0], high[u[:, 1] >= 1.0] = -np.inf, np.inf
        slope = np.zeros(len(u))
        if len(u) > 1 and (u[:, 0] == u[:, 1]).all():
            x = condition.lower[(condition.upper >= self._latent.table.values[0])]
            x = x[x <= self._latent.table.values[-1]]
            with np.errstate(divide="ignore"):
                slope = np.log(self.scale.density(x)) - np.log(self._density(low))
        return _region(low, high, slope)

    def _density(self, z: Floats) -> Floats:
        standard = (z[:, None] - self._means) / self._deviations
        return (self._weights * np.exp(-0.5 * np.square(standard)) / self._deviations).sum(axis=1) / np.sqrt(2 * np.pi)


NumberMap = PlainMap | CalibratedMap


def _region(low: Floats, high: Floats, log_slope: Floats) -> Region:
    """Segments; points among segments that have mass have none, and go."""
    wide = high > low
    keep = wide if wide.any() else np.ones(len(low), dtype=bool)
    return Region(low[keep], high[keep], log_slope[keep])
