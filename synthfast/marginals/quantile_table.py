"""The distribution of a numeric column as a monotone table between probability and value.

From counts of distinct values it is the empirical distribution, from a fitted family a fine tabulation of it.
A heavy value (a spike such as 0 or 40) is an atom: a flat piece of the quantile function. The other rows are gathered
into groups of equal mass and spread evenly over each group's span, whose ends lie half-way between neighbouring values,
so no knot is a row's own value. The outermost rows are not reproduced: a truncated exponential tail with their mean
excess runs from the fifth order statistic to the column's rounded range.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthfast.marginals.ecdf import PiecewiseLinear

__all__ = ["QuantileTable"]

Floats = NDArray[np.float64]

N_GROUPS = 1_024
MAX_ATOMS = 4_096
TAIL_KNOTS = 32
LEAST_MASS = 1e-12


class _Family(Protocol):
    def cdf(self, x: Floats) -> Floats: ...

    def ppf(self, u: Floats) -> Floats: ...


@dataclass(frozen=True)
class QuantileTable:
    """A distribution given by its quantile function, piecewise linear with flats (atoms) and jumps (gaps).

    Parameters
    ----------
    probabilities : ndarray of float64, shape (n_knots,)
        Nondecreasing, from 0 to 1.
    values : ndarray of float64, shape (n_knots,)
        Nondecreasing quantiles at ``probabilities``.
    step : float or None, default None
        Resolution that values are rounded to after drawing; ``interval`` then answers for the rounded value.

    Notes
    -----
    Both directions cost O(1) a value through guide tables. The model holds at most about 10,000 numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast.marginals.quantile_table import QuantileTable
    >>> table = QuantileTable.from_counts(np.array([0.0, 1.0, 2.0]), np.array([50, 30, 20]))
    >>> table.ppf(np.array([0.1, 0.6, 0.9]))
    array([0., 1., 2.])
    """

    probabilities: Floats
    values: Floats
    step: float | None = None

    @classmethod
    def from_counts(
        cls,
        values: Floats,
        counts: NDArray[np.int64],
        *,
        minimum: float | None = None,
        maximum: float | None = None,
        step: float | None = None,
        min_count: int = 5,
    ) -> "QuantileTable":
        """Build the table from distinct values and how many rows hold each.

        Parameters
        ----------
        values : ndarray of float64, shape (n_distinct,)
            Strictly increasing, finite.
        counts : ndarray of int64, shape (n_distinct,)
            Rows that hold each value, all positive.
        minimum, maximum : float, optional
            Range that the tails may fill; the extreme values themselves if not given.
        step : float, optional
            Resolution of the column, such as 1 for integers.
        min_count : int, default 5
            Rows that a value or a group must have to be kept; the tails begin at this order statistic.

        Raises
        ------
        ValueError
            If there is no row.
        """
        values, counts = np.asarray(values, dtype=np.float64), np.asarray(counts, dtype=np.int64)
        if not counts.sum():
            raise ValueError("QuantileTable: expected at least one value that is not missing, got none.")
        low = values[0] if minimum is None else min(minimum, values[0])
        high = values[-1] if maximum is None else max(maximum, values[-1])
        groups = _Groups.gather(values, counts, min_count)
        probabilities, quantiles = groups.table(values, counts, low, high)
        return cls(probabilities, quantiles, step)

    @classmethod
    def from_family(
        cls,
        family: _Family,
        *,
        minimum: float = -np.inf,
        maximum: float = np.inf,
        step: float | None = None,
        discrete: bool = False,
    ) -> "QuantileTable":
        """Tabulate a fitted family between ``minimum`` and ``maximum``.

        Parameters
        ----------
        family : object with vectorised ``cdf(x)`` and ``ppf(u)``
            A fitted marginal; it is cut off at the range and rescaled to mass 1.
        discrete : bool, default False
            Whether the family lives on the integers; up to 4,096 of them become atoms.

        Notes
        -----
        A continuous family is interpolated between 2,048 quantiles, dense in both tails to a probability of 1e-9:
        the distance to its distribution function is below 1e-5.
        """
        ends = np.array([minimum, maximum]) - np.array([1.0 if discrete else 0.0, 0.0])
        low, high = np.where(np.isfinite(ends), family.cdf(np.where(np.isfinite(ends), ends, 0.0)), [0.0, 1.0])
        if not high > low:
            raise ValueError(f"QuantileTable: the family has no mass between {minimum} and {maximum}.")
        if discrete:
            p, x = _tabulate_atoms(family, low, high)
        else:
            tail = np.geomspace(1e-9, 1e-2, 256)
            p = np.r_[tail, np.linspace(1e-2, 1 - 1e-2, 1_536)[1:-1], 1 - tail[::-1]]
            x = np.clip(family.ppf(low + (high - low) * p), minimum, maximum)
            p[0], p[-1] = 0.0, 1.0
        return cls(p, np.maximum.accumulate(x), step)

    @cached_property
    def _quantile(self) -> PiecewiseLinear:
        return PiecewiseLinear(self.probabilities, self.values)

    @cached_property
    def _distribution(self) -> PiecewiseLinear:
        return PiecewiseLinear(self.values, self.probabilities)

    def ppf(self, u: ArrayLike, *, n_threads: int | None = None) -> Floats:
        """Quantiles at probabilities ``u`` in [0, 1], any shape (n,)."""
        return self._quantile(np.ascontiguousarray(u, dtype=np.float64), n_threads=n_threads)

    def cdf(self, x: ArrayLike, *, n_threads: int | None = None) -> Floats:
        """Probability of a value at or below ``x``, shape (n,); NaN stays NaN."""
        return self._distribution(np.ascontiguousarray(x, dtype=np.float64), n_threads=n_threads)

    def interval(self, lower: ArrayLike, upper: ArrayLike) -> tuple[Floats, Floats]:
        """Probability interval whose quantiles, once rounded to ``step``, lie in [lower, upper].

        Parameters
        ----------
        lower, upper : array_like of float64, shape (n,)
            Ends, both included; ``-inf`` and ``inf`` leave an end open.

        Returns
        -------
        start, stop : ndarray of float64, shape (n,)
            ``start == stop`` where a value without mass of its own was asked for (a point of a continuous piece).
        """
        lower, upper = (np.array(end, dtype=np.float64, ndmin=1) for end in (lower, upper))
        if self.step is not None:  # from the first to the last value on the grid, each with its rounding cell
            lower = (np.ceil(lower / self.step - _slack(lower, self.step)) - 0.5) * self.step
            upper = (np.floor(upper / self.step + _slack(upper, self.step)) + 0.5) * self.step
        start = np.where(lower <= self.values[0], 0.0, self.cdf(np.nextafter(lower, -np.inf)))
        stop = np.where(upper >= self.values[-1], 1.0, self.cdf(upper))
        stop = np.where(upper < self.values[0], 0.0, stop)
        return np.where(stop - start > LEAST_MASS, start, stop), stop

    @cached_property
    def slopes(self) -> Floats:
        """Density between each two knots, shape (n_knots - 1,); 0 at spikes, which have none."""
        p, x = self.probabilities, self.values
        with np.errstate(divide="ignore", invalid="ignore"):
            slopes = 0.5 * np.diff(p) / np.diff(0.5 * x)  # halves: the distance of large numbers may be no float
        return np.where(np.isfinite(slopes), slopes, 0.0)

    def density(self, values: Floats) -> Floats:
        """Density of values at which nothing is heaped, shape (n,); 0 outside the range."""
        x = self.values
        slope = self.slopes[np.clip(np.searchsorted(x, values, side="right") - 1, 0, len(x) - 2)]
        return np.where((values >= x[0]) & (values <= x[-1]), slope, 0.0)


def _slack(values: Floats, step: float) -> Floats:
    """Steps by which the quotient of a value and the step may miss a whole number that it stands for."""
    finite = np.where(np.isinf(values), 0.0, values)
    return np.clip(4.0 * np.spacing(np.abs(finite)) / step, 1e-6, 0.25)


@dataclass(frozen=True)
class _Groups:
    """Consecutive distinct values, each group either one atom or a run of light values."""

    first: NDArray[np.intp]
    last: NDArray[np.intp]
    atom: NDArray[np.bool_]

    @classmethod
    def gather(cls, values: Floats, counts: NDArray[np.int64], min_count: int) -> "_Groups":
        total = int(counts.sum())
        heavy = counts >= max(min_count, -(-total // MAX_ATOMS))
        target = max(min_count, -(-total // N_GROUPS))
        run = _runs(counts, heavy, min_count)
        run_start = np.r_[True, run[1:] != run[:-1]]
        light = np.where(heavy, 0, counts)
        before = np.cumsum(light) - light
        within = before - before[run_start][np.cumsum(run_start) - 1]
        member = within // target
        opens = run_start | np.r_[True, member[1:] != member[:-1]]
        opens &= ~_small_groups(opens, run_start, counts, min_count)
        first = np.flatnonzero(opens)
        return cls(first, np.r_[first[1:] - 1, len(values) - 1], heavy[first])

    def table(self, values: Floats, counts: NDArray[np.int64], low: float, high: float) -> tuple[Floats, Floats]:
        """Knots of the quantile function: two for each group, more in the tails."""
        cumulative = np.r_[0, np.cumsum(counts)] / counts.sum()
        start, stop = cumulative[self.first], cumulative[self.last + 1]
        middle = 0.5 * values[:-1] + 0.5 * values[1:]  # the sum of large numbers may be no float
        left = np.where(self.atom, values[self.first], np.r_[low, middle][self.first])
        right = np.where(self.atom, values[self.last], np.r_[middle, high][self.last])
        u = np.column_stack([start, stop]).ravel()
        x = np.column_stack([left, right]).ravel()
        if not self.atom[0]:
            rows = slice(self.first[0], self.last[0] + 1)
            excess = float(np.average(right[0] - values[rows], weights=counts[rows]))
            p, depth = _tail(excess, right[0] - low)
            u, x = np.r_[(stop[0] * (1 - p))[::-1], u[2:]], np.r_[(right[0] - depth)[::-1], x[2:]]
        if not self.atom[-1] and (len(self.first) > 1 or self.atom[0]):
            rows = slice(self.first[-1], self.last[-1] + 1)
            excess = float(np.average(values[rows] - left[-1], weights=counts[rows]))
            p, depth = _tail(excess, high - left[-1])
            u, x = np.r_[u[:-2], start[-1] + (1 - start[-1]) * p], np.r_[x[:-2], left[-1] + depth]
        u[0], u[-1] = 0.0, 1.0
        return u, np.clip(np.maximum.accumulate(x), low, high)


def _runs(counts: NDArray[np.int64], heavy: NDArray[np.bool_], min_count: int) -> NDArray[np.int64]:
    """Number the stretches within which values may be grouped: atoms, light runs between them, and the two tails."""
    run = (2 * np.cumsum(heavy) - heavy).astype(np.int64)
    n_low = _tail_length(counts, heavy, min_count)
    n_high = _tail_length(counts[::-1], heavy[::-1], min_count)
    if n_low + n_high <= len(counts):
        run[:n_low] = -1
        run[len(run) - n_high :] = run[-1] + 1 if n_high else run[-1]
    return run


def _tail_length(counts: NDArray[np.int64], heavy: NDArray[np.bool_], min_count: int) -> int:
    """How many of the outermost distinct values hold ``min_count`` rows; 0 where the outermost is an atom."""
    end = int(np.argmax(heavy)) if heavy.any() else len(heavy)
    return min(end, int(np.searchsorted(np.cumsum(counts[:end]), min_count)) + 1)


def _small_groups(
    opens: NDArray[np.bool_], run_start: NDArray[np.bool_], counts: NDArray[np.int64], min_count: int
) -> NDArray[np.bool_]:
    """First values of groups that have too few rows and a group before them in the same run to join."""
    first = np.flatnonzero(opens)
    small = np.add.reduceat(counts, first) < min_count
    out = np.zeros(len(opens), dtype=bool)
    out[first[small]] = True
    return out & ~run_start


def _tail(excess: float, span: float) -> tuple[Floats, Floats]:
    """Quantiles of an exponential excess of the given mean, cut off at ``span``.

    Returns
    -------
    p, depth : ndarray of float64, shape (TAIL_KNOTS,)
        Probabilities from 0 to 1 and the excess at each, 0 to ``span``; even where the mean is half the span or more.
    """
    p = 1.0 - np.append(np.exp(-0.5 * np.arange(TAIL_KNOTS - 1)), 0.0)  # ever closer: the span may be far away
    if not 0.0 < excess < 0.5 * span:
        return p, p * span
    reach = -np.expm1(-span / excess)
    with np.errstate(divide="ignore"):  # reach may round to 1; the last quantile is the span all the same
        return p, np.minimum(-excess * np.log1p(-p * reach), span)


def _tabulate_atoms(family: _Family, low: float, high: float) -> tuple[Floats, Floats]:
    """Knots of a discrete family: two for each integer between its extreme quantiles."""
    first, last = family.ppf(low + (high - low) * np.array([1e-9, 1 - 1e-9]))
    integers = np.arange(first, min(last, first + MAX_ATOMS) + 1)
    inner = (family.cdf(integers[:-1]) - low) / (high - low)
    p = np.r_[0.0, np.repeat(np.clip(inner, 0.0, 1.0), 2), 1.0]
    return p, np.repeat(integers, 2)
