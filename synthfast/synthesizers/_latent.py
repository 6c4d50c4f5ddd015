"""A column seen as a function of one standard normal: numbers through a quantile table, levels through intervals."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from synthfast.encoding import EncodedCondition
from synthfast.marginals.ecdf import PiecewiseLinear, ndtri
from synthfast.marginals.quantile_table import QuantileTable
from synthfast.synthesizers._correlation import StepFunction

__all__ = ["Latent", "LevelLatent", "NumericLatent"]

Floats = NDArray[np.float64]

MAX_STEPS = 512


class Latent(Protocol):
    """What the copula needs of a column."""

    def score(self, values: NDArray[np.generic]) -> Floats:
        """Mean normal score of encoded values, shape (n,); 0 where missing."""

    def steps(self) -> StepFunction:
        """The column as a step function of a standard normal."""

    def decode(self, u: Floats) -> NDArray[np.generic]:
        """Encoded values at probabilities ``u``, shape (n,)."""

    def segments(self, condition: EncodedCondition) -> Floats:
        """Probability intervals in which the condition holds, shape (n_segments, 2); a point has equal ends."""

    def log_slope(self, condition: EncodedCondition) -> Floats:
        """Log of what a density of the normal is multiplied by to be one of values, at segments that are points."""

    def known_interval(self, values: NDArray[np.generic]) -> tuple[Floats, Floats]:
        """Probability interval of each known value, shapes (n,); anything where missing."""


@dataclass(frozen=True)
class NumericLatent:
    """A numeric column through its quantile table."""

    table: QuantileTable

    @cached_property
    def _ends(self) -> Floats:
        """Cumulative probabilities with 0 and 1 moved in by half the outermost step: their scores are finite."""
        p = self.table.probabilities
        inner = p[(p > 0) & (p < 1)]
        low, high = (0.5 * inner[0], 0.5 * (1 + inner[-1])) if len(inner) else (0.25, 0.75)
        return np.clip(p, low, high)

    @cached_property
    def _score_table(self) -> PiecewiseLinear:
        p, x = self.table.probabilities, self.table.values
        outer = np.r_[True, x[1:] != x[:-1]] | np.r_[x[1:] != x[:-1], True]  # ends of each run of equal values
        p, x, z = p[outer], x[outer], ndtri(self._ends[outer])
        atom = np.flatnonzero((x[1:] == x[:-1]) & (p[1:] > p[:-1]))
        steps = np.unique(p)
        mean = StepFunction.from_probabilities(steps).scores[np.searchsorted(steps, p[atom])]
        after = x.copy()
        with np.errstate(over="ignore"):  # past the largest float there is nothing to step to
            after[atom + 1] = np.minimum(np.nextafter(x[atom + 1], np.inf), np.finfo(np.float64).max)
        return PiecewiseLinear(np.insert(after, atom + 1, x[atom]), np.insert(z, atom + 1, mean))

    def score(self, values: NDArray[np.generic]) -> Floats:
        return np.nan_to_num(self._score_table(np.ascontiguousarray(values, dtype=np.float64)), copy=False)

    def steps(self) -> StepFunction:
        p, x = self.table.probabilities, self.table.values
        cell = np.floor(p * MAX_STEPS)
        keep = np.r_[True, cell[1:] != cell[:-1]]
        heavy = (x[1:] == x[:-1]) & (np.diff(p) >= 1.0 / MAX_STEPS)
        keep[:-1] |= heavy
        keep[1:] |= heavy
        return StepFunction.from_probabilities(np.r_[0.0, p[keep], 1.0])

    def decode(self, u: Floats) -> Floats:
        return self.table.ppf(u)

    def segments(self, condition: EncodedCondition) -> Floats:
        table = self.table
        start, stop = table.interval(condition.lower, condition.upper)
        point = start == stop
        ends = np.column_stack([start, stop])
        ends[point] = np.clip(ends[point], self._ends[0], self._ends[-1])  # the very ends would lie at infinity
        return ends[self._inside(condition)]

    def _inside(self, condition: EncodedCondition) -> NDArray[np.bool_]:
        return (condition.upper >= self.table.values[0]) & (condition.lower <= self.table.values[-1])

    def log_slope(self, condition: EncodedCondition) -> Floats:
        z = ndtri(self.segments(condition)[:, 0])
        with np.errstate(divide="ignore"):
            return np.log(self.table.density(condition.lower[self._inside(condition)])) + 0.5 * np.square(z)

    def known_interval(self, values: NDArray[np.generic]) -> tuple[Floats, Floats]:
        inside = np.clip(values, self.table.values[0], self.table.values[-1])
        start, stop = self.table.interval(inside, inside)
        point = ~(stop - start > 0.0)
        p = self._ends  # a point at the very end would lie at infinity
        start, stop = (np.where(point, np.clip(end, p[0], p[-1]), end) for end in (start, stop))
        return start, stop


@dataclass(frozen=True)
class LevelLatent:
    """A column of levels through consecutive intervals.

    Parameters
    ----------
    order : ndarray of int64, shape (n_levels,)
        Level codes from the lowest interval to the highest.
    cumulative : ndarray of float64, shape (n_levels + 1,)
        Interval ends, 0 to 1.
    """

    order: NDArray[np.int64]
    cumulative: Floats

    @classmethod
    def from_counts(cls, counts: NDArray[np.int64], order: NDArray[np.int64]) -> "LevelLatent":
        """From rows per level code and the latent order of the codes."""
        return cls(order, np.concatenate([[0], np.cumsum(counts[order])]) / max(counts.sum(), 1))

    @cached_property
    def _position(self) -> NDArray[np.int64]:
        position = np.empty(len(self.order), dtype=np.int64)
        position[self.order] = np.arange(len(self.order))
        return position

    @cached_property
    def _level_scores(self) -> Floats:
        """Mean score by level code, with a 0 for missing at the end, where code -1 finds it."""
        full = StepFunction.from_probabilities(self.cumulative)
        width = np.diff(self.cumulative) > 0
        scores = np.zeros(len(self.order) + 1)
        scores[self.order[width]] = full.scores
        return scores

    @cached_property
    def _quantile(self) -> PiecewiseLinear:
        return PiecewiseLinear(np.repeat(self.cumulative, 2)[1:-1], np.repeat(self.order, 2).astype(np.float64))

    def score(self, values: NDArray[np.generic]) -> Floats:
        return self._level_scores[values]

    def steps(self) -> StepFunction:
        return StepFunction.from_probabilities(self.cumulative)

    def decode(self, u: Floats) -> NDArray[np.int32]:
        return self._quantile(u).astype(np.int32)

    def segments(self, condition: EncodedCondition) -> Floats:
        position = np.sort(self._position[condition.levels])
        pieces = np.split(position, np.flatnonzero(np.diff(position) > 1) + 1)
        ends = np.array([(p[0], p[-1] + 1) for p in pieces if len(p)], dtype=np.int64).reshape(-1, 2)
        return self.cumulative[ends]

    def log_slope(self, condition: EncodedCondition) -> Floats:
        return np.zeros(len(self.segments(condition)))

    def known_interval(self, values: NDArray[np.generic]) -> tuple[Floats, Floats]:
        position = self._position[values]
        return self.cumulative[position], self.cumulative[position + 1]
