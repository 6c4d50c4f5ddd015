"""What every family needs to know about a column: sorted once, summed once."""

from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthfast.exceptions import DataError
from synthfast.marginals.points import FloatArray, Points
from synthfast.marginals.ranks import sort_values

__all__ = ["Summary"]

_COARSE_GROUPS = 1024
_SINGLE_ENDS = 64
_GROWTH = 1.05
_FINEST_EDGE = 1e-10
_LARGEST_WHOLE = 2.0**53
_USUAL_SIZE = 200
_LARGEST_HALF_SPREAD = 1e304  # edges may lie 100 times farther out


class Summary:
    """A numeric column, prepared for fitting.

    Parameters
    ----------
    values : array_like, shape (n_rows,)
        Numbers; NaN means missing and is counted, not used.
    n_threads : int, default 1
        Threads for passes over long columns.

    Attributes
    ----------
    n : int
        Values that are not missing.
    n_missing : int
        Missing values.
    exponent : int
        ``full`` and ``coarse`` hold the values divided by ``2**exponent``. It is 0 but for columns of extreme spread,
        which are brought near one so that powers of their values do not overflow.
    full : Points
        All values; where many repeat, the distinct ones with their counts.
    coarse : Points
        About a thousand group means (single values at both ends): where searches start.

    Raises
    ------
    DataError
        If a value is infinite, or fewer than two distinct values are left.

    Notes
    -----
    O(n log n) for the sort, O(n) memory.
    """

    def __init__(self, values: ArrayLike, n_threads: int = 1) -> None:
        column = np.asarray(values, dtype=np.float64).ravel()
        ordered = sort_values(column)
        present = int(np.searchsorted(ordered, np.inf, side="right"))
        ordered = ordered[:present]
        self.n, self.n_missing = present, len(column) - present
        self._check(ordered)
        spread = float(ordered[-1] - ordered[0])
        size = int(np.frexp(spread)[1])
        self.exponent = int(np.clip(size, -1000, 1000)) if abs(size) > _USUAL_SIZE else 0
        if self.exponent:
            ordered *= 2.0**-self.exponent
        self.n_distinct = 1 + int(np.count_nonzero(ordered[1:] != ordered[:-1]))
        self._run_ends: NDArray[np.intp] | None = None
        if 2 * self.n_distinct <= present:
            starts = run_starts(ordered)
            self._run_ends = np.append(starts, present)
            self.full = Points(ordered[starts], np.diff(self._run_ends).astype(np.float64), n_threads)
        else:
            self.full = Points(ordered, None, n_threads)

    def _check(self, ordered: FloatArray) -> None:
        if not len(ordered):
            raise DataError(f"expected numbers to fit, found none among {self.n_missing} values.")
        if not (np.isfinite(ordered[0]) and np.isfinite(ordered[-1])):
            raise DataError("expected finite numbers, found infinities. Replace them or mark them missing (NaN).")
        if ordered[0] == ordered[-1]:
            raise DataError(f"expected at least two distinct values, found only {ordered[0]:g}: nothing to fit.")
        if not 0.5 * ordered[-1] - 0.5 * ordered[0] < _LARGEST_HALF_SPREAD:
            raise DataError("the spread of the values is too near the end of float64. Rescale the column.")

    @property
    def unit(self) -> float:
        """What one in ``full`` and ``coarse`` is in the column's own unit."""
        return 2.0**self.exponent

    @cached_property
    def coarse(self) -> Points:
        """Group means; all values where they are few."""
        points = self.full
        if len(points) <= 2 * _COARSE_GROUPS:
            return points
        starts = _group_starts(len(points))
        if len(points.weights):
            mass = np.add.reduceat(points.weights, starts)
            means = np.add.reduceat(points.values * points.weights, starts) / mass
        else:
            mass = np.diff(starts, append=len(points)).astype(np.float64)
            means = np.add.reduceat(points.values, starts) / mass
        means[0], means[-1] = points.minimum, points.maximum
        return Points(means, mass)

    @property
    def stages(self) -> tuple[Points, ...]:
        """What a search runs on in turn: group means first, where they save work, then all values."""
        return (self.full,) if self.coarse is self.full else (self.coarse, self.full)

    @property
    def minimum(self) -> float:
        """Smallest value, scaled."""
        return self.full.minimum

    @property
    def maximum(self) -> float:
        """Largest value, scaled."""
        return self.full.maximum

    @property
    def mean(self) -> float:
        """Mean, scaled."""
        return self.full.mean

    @cached_property
    def std(self) -> float:
        """Standard deviation about the mean (divisor n), scaled."""
        return float(np.sqrt(self.full.central_moments[0]))

    def quantile(self, share: float) -> float:
        """The smallest value with at least this share of the values at or below it."""
        rank = min(int(np.ceil(share * self.n)), self.n)
        if self._run_ends is None:
            return float(self.full.values[max(rank - 1, 0)])
        return float(self.full.values[np.searchsorted(self._run_ends[1:], rank)])

    @cached_property
    def resolution(self) -> float:
        """The smallest step between values of a column that repeats itself; 0 where fewer than 1 % are repeats."""
        if self.n_distinct > 0.99 * self.n:
            return 0.0
        steps = np.diff(self.full.values)
        steps = steps[steps > 1e-9 * (self.maximum - self.minimum)]
        return float(steps.min()) if len(steps) else 0.0

    @cached_property
    def nearest_edge(self) -> float:
        """How close to the extremes an edge, and how small a scale, may get where the likelihood is unbounded.

        Half a step of rounded data, the standard deviation over n of others: what the data can resolve.
        """
        return max(0.5 * self.resolution, self.std / self.n, self.finest_edge)

    @cached_property
    def finest_edge(self) -> float:
        """How close to the extremes an edge can lie at all in float64."""
        return max(8.0 * float(np.spacing(max(abs(self.minimum), abs(self.maximum)))), _FINEST_EDGE * self.std)

    @cached_property
    def is_integer(self) -> bool:
        """Whether every value is a whole number that float64 can tell from its neighbours."""
        values = self.full.values * self.unit
        return bool((values == np.rint(values)).all() and np.abs(values[[0, -1]]).max() <= _LARGEST_WHOLE)

    def counts(self) -> tuple[FloatArray, FloatArray]:
        """Distinct values in the column's own unit, and how often each occurs."""
        values = self.full.values * self.unit
        if len(self.full.weights):
            return values, self.full.weights
        starts = run_starts(values)
        return values[starts], np.diff(starts, append=self.n).astype(np.float64)

    def points(self, index: NDArray[np.intp]) -> FloatArray:
        """Values at positions of ``full``, in the column's own unit."""
        return self.full.values[index] * self.unit

    def share_below(self, index: NDArray[np.intp]) -> FloatArray:
        """Share of the values before these positions of ``full``; that up to position i is ``share_below(i + 1)``."""
        if self._run_ends is None:
            return np.asarray(index / self.n)
        return np.asarray(self._run_ends[index] / self.n)


def run_starts(ordered: FloatArray) -> NDArray[np.intp]:
    """Indices at which a new distinct value starts."""
    starts = np.flatnonzero(ordered[1:] != ordered[:-1])
    starts += 1
    return np.concatenate(([0], starts))


def _group_starts(n_points: int) -> NDArray[np.intp]:
    """Starts of groups that are single values at both ends, grow by 5 % and are equal in the bulk."""
    bulk = n_points / _COARSE_GROUPS
    turn = min(bulk / (_GROWTH - 1.0), 0.5 * n_points)
    rises = max(int(np.log(turn / _SINGLE_ENDS) / np.log(_GROWTH)), 0) if turn > _SINGLE_ENDS else 0
    left = np.concatenate((np.arange(_SINGLE_ENDS), _SINGLE_ENDS * _GROWTH ** np.arange(rises)))
    middle = np.arange(left[-1] + bulk, n_points - left[-1], bulk)
    return np.unique(np.concatenate((left, middle, n_points - left[left > 0])).astype(np.intp))
