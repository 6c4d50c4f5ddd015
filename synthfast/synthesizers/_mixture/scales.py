"""How the numbers of a column are measured in a mixture, and which of its values are states of their own."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast.encoding.encoded import Bounds
from synthfast.marginals.ecdf import ndtr, ndtri
from synthfast.marginals.histogram import BitPrefixHistogram
from synthfast.marginals.quantile_table import QuantileTable
from synthfast.synthesizers._latent import NumericLatent

__all__ = ["Scale", "falls_apart", "find_spikes"]

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

SPIKE_SHARE = 0.05  # of the rows, that a spike holds at least
SPIKE_EXCESS = 5.0  # times as many rows as any of the values beside it
BESIDE = 2  # values on either side
GAP_SHARE = 0.01  # of the numbers, that a gap holds at most
GAP_WIDTH = 0.6  # of their standard deviation, that it spans at least
FLOOR_SHARE = 0.25
INNER = 0.2  # of the numbers on either side, among which no gap is looked for
LARGEST_SQUARE = 1e150


def find_spikes(values: Floats, counts: Counts, n_rows: int, min_count: int) -> NDArray[np.bool_]:
    """Which of a column's distinct values are spikes: no smooth density has them.

    Parameters
    ----------
    values, counts : ndarray, shape (n_distinct,)
        Distinct values, ascending, and the rows that hold each.
    n_rows : int
        Rows of the table.

    Returns
    -------
    ndarray of bool, shape (n_distinct,)
        True for a value that 5 % of the rows hold, and five times as many as hold any of two values on either side.
        Where all values are few rows apart, as small counts are, none is.
    """
    padded = np.r_[np.zeros(BESIDE, np.int64), counts, np.zeros(BESIDE, np.int64)]
    beside = [padded[BESIDE + shift : BESIDE + shift + len(counts)] for shift in (-2, -1, 1, 2)]
    heavy = counts >= max(min_count, SPIKE_SHARE * n_rows)
    return heavy & (counts >= SPIKE_EXCESS * np.max(beside, axis=0)) & (len(values) > 1)


def falls_apart(table: QuantileTable, width: float) -> bool:
    """Whether a column's numbers lie in groups with next to nothing between them.

    That is where 1 % of them, between the 20 % and the 80 % quantile, take 0.6 standard deviations or more. Normal
    scores would close the gap and cut through what then touches.
    """
    u = np.linspace(INNER, 1.0 - INNER - GAP_SHARE, 400)
    gaps = table.ppf(u + GAP_SHARE) - table.ppf(u)
    return bool((gaps - (table.step or 0.0)).max() >= GAP_WIDTH * width)


def _variance_within(table: QuantileTable) -> float:
    """Part of the variance of a standard normal that lies within the intervals of heavy values."""
    p, x = table.probabilities, table.values
    heavy = np.flatnonzero((x[1:] == x[:-1]) & (p[1:] > p[:-1]))
    ends = np.array([p[heavy], p[heavy + 1]])
    mass = ends[1] - ends[0]
    inside = (ends > 0.0) & (ends < 1.0)
    z = ndtri(np.where(inside, ends, 0.5))
    density = np.where(inside, np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi), 0.0)
    mean = (density[0] - density[1]) / mass
    square = 1.0 + (z[0] * density[0] - z[1] * density[1]) / mass
    return float((mass * np.maximum(square - mean * mean, 0.0)).sum())


@dataclass(frozen=True)
class Scale:
    """The regular numbers of a column.

    Parameters
    ----------
    center, width : float
        Mean and standard deviation.
    normal : bool
        Whether numbers are measured by their normal scores, else by ``(x - center) / width``.
    low, high : float
        Range of the column; infinite where it has none.
    table : QuantileTable
        Distribution of the numbers.
    """

    center: float
    width: float
    normal: bool
    low: float
    high: float
    table: QuantileTable

    @classmethod
    def fit(cls, values: Floats, bounds: Bounds, kind: str, min_count: int) -> tuple[Floats, "Scale | None"]:
        """Spikes of a column and the scale of the other numbers; None where there are no others."""
        histogram = BitPrefixHistogram.from_values(values)
        x, counts = histogram.values(), histogram.counts()
        exact = histogram.minima == histogram.maxima
        spiked = find_spikes(x, counts, len(values), min_count) & exact
        spikes, x, counts = x[spiked], x[~spiked], counts[~spiked]
        if not len(x):
            return spikes, None
        unit = float(np.abs(x).max()) if np.abs(x).max() > LARGEST_SQUARE else 1.0  # squares must be finite
        total = counts.sum()
        center = float((x / unit * counts).sum() / total)
        width = float(np.sqrt((np.square(x / unit - center) * counts).sum() / total))
        width = width if width > 1e-12 * abs(center) and width > 0.0 else max(abs(center), 1.0 / unit)
        table = QuantileTable.from_counts(
            x, counts, minimum=bounds.minimum, maximum=bounds.maximum, step=bounds.step, min_count=min_count
        )
        low = -np.inf if bounds.minimum is None else bounds.minimum
        high = np.inf if bounds.maximum is None else bounds.maximum
        apart = not len(spikes) and falls_apart(table, width * unit)  # where spikes were are gaps of another kind
        normal = kind == "normal" or (kind == "auto" and not apart)
        return spikes, cls(center * unit, width * unit, normal, low, high, table)

    @cached_property
    def _latent(self) -> NumericLatent:
        return NumericLatent(self.table)

    @cached_property
    def least_variance(self) -> float:
        """Least variance of a component on this scale.

        It is a quarter of what lies within one value: of a grid's steps, or of the intervals of heavy values. So no
        component gains without end by settling on a value, but one may still stand for a single value.
        """
        if self.normal:
            return FLOOR_SHARE * _variance_within(self.table)
        return 0.0 if self.table.step is None else FLOOR_SHARE * (self.table.step / self.width) ** 2 / 12.0

    def measure(self, values: Floats) -> Floats:
        """Encoded numbers on this scale, shape (n,)."""
        if self.normal:
            return self._latent.score(values)
        return (values - self.center) / self.width

    def unmeasure(self, z: Floats) -> Floats:
        """Encoded numbers of places on this scale, shape (n,)."""
        if self.normal:
            return self.table.ppf(ndtr(z))
        return self.center + self.width * z

    def log_slope(self, values: Floats) -> Floats:
        """Log of the derivative of `measure`, shape (n,): what makes log densities on this scale those of values."""
        if not self.normal:
            return np.full(len(values), -np.log(self.width))
        z = self.measure(values)
        slope = self.density(values)
        with np.errstate(divide="ignore"):
            return np.log(slope) + 0.5 * np.square(z) + 0.5 * np.log(2 * np.pi)

    def density(self, values: Floats) -> Floats:
        """Density of the table at values, shape (n,); of a heavy value, its mass over the column's resolution."""
        table = self.table
        start, stop = table.interval(values, values)
        p, x = table.probabilities, table.values
        with np.errstate(divide="ignore", invalid="ignore"):
            slopes = np.diff(p) / np.diff(x)
            mass = (stop - start) / (table.step or 1.0)
        slopes[~np.isfinite(slopes)] = 0.0
        # A value at which a gap begins or ends belongs to the side that has values.
        sides = (np.clip(np.searchsorted(x, values, side=side) - 1, 0, len(x) - 2) for side in ("left", "right"))
        return np.where(stop > start, mass, np.maximum(*(slopes[k] for k in sides)))

    def to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """A JSON-able document and arrays."""
        range_ = [None if np.isinf(end) else end for end in (self.low, self.high)]
        document = {"center": self.center, "width": self.width, "normal": self.normal, "range": range_}
        arrays = {"probabilities": self.table.probabilities, "values": self.table.values}
        return document | {"step": self.table.step}, arrays

    @classmethod
    def from_state(cls, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> "Scale":
        """Undo `to_state`."""
        table = QuantileTable(arrays["probabilities"], arrays["values"], document["step"])
        low, high = document["range"]
        low, high = -np.inf if low is None else low, np.inf if high is None else high
        return cls(document["center"], document["width"], document["normal"], low, high, table)
