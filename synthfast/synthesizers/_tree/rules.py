"""Exact dependencies between columns: what they are, how a drawn table is made to keep them, their stored form.

``find_rules`` (in ``find_rules.py``) finds them. A rule has one target and sources that are drawn before it. Three
kinds tell the target in full (``exact``): ``Affine``, ``Total``, ``Lookup``. ``Between`` only moves drawn values that
break an order, such as start <= end.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from synthfast._core.json_values import from_json_value, to_json_value
from synthfast.encoding import EncodedColumn, EncodedCondition
from synthfast.encoding.satisfaction import rows_that_meet
from synthfast.synthesizers._tree.reach import Reach

__all__ = ["Affine", "Between", "Grid", "Lookup", "Rule", "Total", "rule_from_state"]

Floats = NDArray[np.float64]
Values = Mapping[Hashable, NDArray[Any]]
Span = tuple[float, float]

SLACK = 1e-6  # of a step: how far off its grid point floating-point arithmetic may land


@dataclass(frozen=True)
class Grid:
    """The multiples of a step that a numeric column's values lie on; all numbers where the step is None."""

    step: float | None

    @cached_property
    def _ratio(self) -> tuple[float, float]:
        """Two whole numbers whose ratio is the step: dividing last gives the float nearest to the decimal text."""
        ratio = Fraction(self.step or 1.0).limit_denominator(10**10)
        if not ratio or abs(float(ratio) / float(self.step or 1.0) - 1.0) > 1e-9:
            return float(self.step or 1.0), 1.0
        return float(ratio.numerator), float(ratio.denominator)

    def _scaled(self, values: Floats) -> Floats:
        whole, parts = self._ratio
        return values * (parts / whole)

    def _placed(self, counts: Floats) -> Floats:
        whole, parts = self._ratio
        return counts * whole / parts + 0.0  # a zero reached from below becomes plain zero

    def nearest(self, values: Floats) -> Floats:
        """The nearest values on the grid."""
        return values if self.step is None else self._placed(np.rint(self._scaled(values)))

    def above(self, values: Floats) -> Floats:
        """The lowest values on the grid that are not below."""
        return values if self.step is None else self._placed(np.ceil(self._scaled(values) - SLACK))

    def below(self, values: Floats) -> Floats:
        """The highest values on the grid that are not above."""
        return values if self.step is None else self._placed(np.floor(self._scaled(values) + SLACK))


class Rule(Protocol):
    """How a column depends on columns that are drawn before it."""

    exact: ClassVar[bool]  # whether the sources tell the target in full, so that it need not be drawn

    @property
    def target(self) -> Hashable:
        """The column that the rule speaks of."""

    @property
    def sources(self) -> tuple[Hashable, ...]:
        """The columns that it takes."""

    def apply(self, values: Values, target_values: NDArray[Any] | None = None) -> NDArray[Any]:
        """Encoded values of the target that keep the rule, shape (n_rows,), a fresh array.

        Parameters
        ----------
        values : mapping of name to ndarray of shape (n_rows,)
            Encoded values of the sources.
        target_values : ndarray of shape (n_rows,), optional
            What was drawn for the target; only ``Between`` needs it.
        """

    def invert(self, condition: EncodedCondition) -> EncodedCondition | None:
        """What a condition on the target asks of the only source; None where that cannot be told.

        A condition without intervals and levels (and not ``missing``) means that no value of the source would do.
        """

    def reach(self, values: Values, name: Hashable, grid: Grid, spans: Mapping[Hashable, Span]) -> Reach | None:
        """What known values of the target leave open of the source ``name``; None where that cannot be told.

        Parameters
        ----------
        values : mapping of name to ndarray of shape (n_rows,)
            Encoded values of the target, and of the other sources as far as they are known.
        grid : Grid
            Of the source.
        spans : mapping of name to two floats
            Least and greatest value of the other sources that are not known.
        """

    def to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """The rule as a JSON-able document and arrays."""


@dataclass(frozen=True)
class Affine:
    """A numeric column that is ``slope * source + intercept``, missing where the source is.

    Parameters
    ----------
    target, source : hashable
    slope, intercept : float
        The slope is not 0.
    step, source_step : float or None
        Resolution of the target and of the source.
    """

    target: Hashable
    source: Hashable
    slope: float
    intercept: float
    step: float | None = None
    source_step: float | None = None
    exact: ClassVar[bool] = True

    @property
    def sources(self) -> tuple[Hashable, ...]:
        return (self.source,)

    def apply(self, values: Values, target_values: NDArray[Any] | None = None) -> Floats:
        return Grid(self.step).nearest(self.slope * values[self.source] + self.intercept)

    def invert(self, condition: EncodedCondition) -> EncodedCondition:
        """The intervals of the source that lead into those of the target, cut to the source's own grid."""
        if condition.missing:
            return condition
        half = 0.0 if self.step is None else self.step * (0.5 - SLACK)
        with np.errstate(over="ignore"):
            ends = [(condition.lower - half - self.intercept) / self.slope]
            ends += [(condition.upper + half - self.intercept) / self.slope]
        lower, upper = ends if self.slope > 0 else (ends[1][::-1], ends[0][::-1])
        grid = Grid(self.source_step)
        lower, upper = grid.above(lower), grid.below(upper)
        some = lower <= upper
        return EncodedCondition(lower=lower[some], upper=upper[some])

    def reach(self, values: Values, name: Hashable, grid: Grid, spans: Mapping[Hashable, Span]) -> Reach:
        target = values[self.target]
        return _solve(target, np.full(len(target), self.intercept), self.slope, self.step, grid)

    def to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        return _document(self), {}


@dataclass(frozen=True)
class Total:
    """A numeric column that is a constant plus a weighted sum of others, missing where any of them is.

    Parameters
    ----------
    target : hashable
    sources : tuple of hashable
    coefficients : tuple of float
        One for each source.
    intercept : float
    step : float or None
        Resolution of the target.
    """

    target: Hashable
    sources: tuple[Hashable, ...]
    coefficients: tuple[float, ...]
    intercept: float
    step: float | None = None
    exact: ClassVar[bool] = True

    def apply(self, values: Values, target_values: NDArray[Any] | None = None) -> Floats:
        total = np.full(len(values[self.sources[0]]), self.intercept)
        for coefficient, source in zip(self.coefficients, self.sources, strict=True):
            total += coefficient * values[source]
        return Grid(self.step).nearest(total)

    def invert(self, condition: EncodedCondition) -> None:
        return None

    def reach(self, values: Values, name: Hashable, grid: Grid, spans: Mapping[Hashable, Span]) -> Reach | None:
        weights = dict(zip(self.sources, self.coefficients, strict=True))
        own, target = weights.pop(name), values[self.target]
        if not all(other in values or other in spans for other in weights):
            return None
        least, most = np.full(len(target), self.intercept), np.full(len(target), self.intercept)
        for other, weight in weights.items():
            ends = (values[other],) * 2 if other in values else spans[other]
            one, two = weight * ends[0], weight * ends[1]
            least, most = least + np.minimum(one, two), most + np.maximum(one, two)
        reach = _solve(target, least, own, self.step, grid)
        if all(other in values for other in weights):
            return reach
        wider = _solve(target, most, own, self.step, grid)
        blank = np.isnan(target) | np.isnan(least)  # an unknown source may be what is missing
        low = np.where(blank, -np.inf, np.minimum(reach.low, wider.low))
        return Reach(low, np.where(blank, np.inf, np.maximum(reach.high, wider.high)), blank)

    def to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        return _document(self), {}


@dataclass(frozen=True, eq=False)
class Lookup:
    """A column that is a function of one column of few values.

    Parameters
    ----------
    target, source : hashable
    images : ndarray of shape (n_keys + 1,)
        Encoded values of the target, one for each level or point of the source. The last is the one where the source is
        missing; if it never was, the target's commonest image, as for levels that no row held.
    points : ndarray of float64, shape (n_keys,), optional
        The values of a numeric source, ascending. Others take the image of the nearest, of the lower of two.
    """

    target: Hashable
    source: Hashable
    images: NDArray[Any]
    points: Floats | None = None
    exact: ClassVar[bool] = True

    @property
    def sources(self) -> tuple[Hashable, ...]:
        return (self.source,)

    def apply(self, values: Values, target_values: NDArray[Any] | None = None) -> NDArray[Any]:
        found = values[self.source]
        if self.points is None:
            return self.images[found]  # the code -1 finds the last
        keys = np.searchsorted(0.5 * (self.points[1:] + self.points[:-1]), found, side="left")
        keys[np.isnan(found)] = len(self.points)
        return self.images[keys]

    def invert(self, condition: EncodedCondition) -> EncodedCondition:
        """The levels or points of the source whose image meets the condition; missing only if no other does."""
        kind = "numeric" if self.images.dtype.kind == "f" else "levels"
        met = rows_that_meet(EncodedColumn(self.target, kind, self.images), condition)  # type: ignore[arg-type]
        keys = np.flatnonzero(met[:-1])
        if not len(keys):
            return EncodedCondition(missing=bool(met[-1]))
        if self.points is None:
            return EncodedCondition(levels=keys)
        return EncodedCondition(lower=self.points[keys], upper=self.points[keys])

    def reach(self, values: Values, name: Hashable, grid: Grid, spans: Mapping[Hashable, Span]) -> None:
        return None

    def to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        arrays = {"images": self.images}
        return _document(self), arrays if self.points is None else {**arrays, "points": self.points}


@dataclass(frozen=True)
class Between:
    """A numeric column that no row has below some columns or above others, wherever both are present.

    A drawn value that breaks this is mirrored at the bound that it breaks (``2 * bound - value``, cut to the other
    bound and the column's range), or where the data often hold a value equal to its bound, set to the bound.

    Parameters
    ----------
    target : hashable
    lower, upper : tuple of hashable
        Columns that are never above, and never below, the target.
    lower_gaps, upper_gaps : tuple of float
        Least distance to each: 0, or the common resolution where the data hold no two equal values.
    mirror : bool
        Whether values are mirrored.
    minimum, maximum, step : float or None
        Range and resolution of the target.

    Notes
    -----
    Both moves are functions of the row's values alone. Setting to the bound is the smallest move, but would heap rows
    on equality where the data have none; mirroring moves by twice that and leaves no heap. If the lower bound of a
    drawn row lies above its upper one (the sources keep their own order if there is a rule for it), the bound that the
    drawn value broke is the one kept; the lower where it broke both.
    """

    target: Hashable
    lower: tuple[Hashable, ...] = ()
    upper: tuple[Hashable, ...] = ()
    lower_gaps: tuple[float, ...] = ()
    upper_gaps: tuple[float, ...] = ()
    mirror: bool = False
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    exact: ClassVar[bool] = False

    @property
    def sources(self) -> tuple[Hashable, ...]:
        return self.lower + self.upper

    def apply(self, values: Values, target_values: NDArray[Any] | None = None) -> Floats:
        if target_values is None:
            raise ValueError(f"Between: column {self.target!r}: expected its drawn values, got none.")
        out = np.array(target_values, dtype=np.float64)
        bounds = self.bounds(values)
        low, high = bounds.low, bounds.high
        under = np.flatnonzero(out < low)
        over = np.flatnonzero((out > high) & ~(out < low))
        top = np.inf if self.maximum is None else self.maximum
        bottom = -np.inf if self.minimum is None else self.minimum
        out[under] = np.maximum(np.minimum(self._moved(out, low, under), np.minimum(high[under], top)), low[under])
        out[over] = np.minimum(np.maximum(self._moved(out, high, over), np.maximum(low[over], bottom)), high[over])
        return out

    def bounds(self, values: Values) -> Reach:
        """What the sources leave open of the target."""
        grid = Grid(self.step)
        n_rows = len(values[self.sources[0]])
        low, high = np.full(n_rows, -np.inf), np.full(n_rows, np.inf)
        for source, gap in zip(self.lower, self.lower_gaps, strict=True):
            np.fmax(low, grid.above(values[source] + gap), out=low)
        for source, gap in zip(self.upper, self.upper_gaps, strict=True):
            np.fmin(high, grid.below(values[source] - gap), out=high)
        return Reach(low, high, np.ones(n_rows, dtype=bool))

    def reach(self, values: Values, name: Hashable, grid: Grid, spans: Mapping[Hashable, Span]) -> Reach:
        target = values[self.target]
        low, high = np.full(len(target), -np.inf), np.full(len(target), np.inf)
        if name in self.lower:
            np.fmin(high, grid.below(target - self.lower_gaps[self.lower.index(name)]), out=high)
        if name in self.upper:
            np.fmax(low, grid.above(target + self.upper_gaps[self.upper.index(name)]), out=low)
        return Reach(low, high, np.ones(len(target), dtype=bool))

    def _moved(self, out: Floats, bound: Floats, rows: NDArray[np.int64]) -> Floats:
        return Grid(self.step).nearest(2.0 * bound[rows] - out[rows]) if self.mirror else bound[rows]

    def invert(self, condition: EncodedCondition) -> None:
        return None

    def to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        return _document(self), {}


def _solve(target: Floats, rest: Floats, weight: float, step: float | None, grid: Grid) -> Reach:
    """The column of which ``target = rest + weight * column``, rounded to the target's step.

    Where the rest is missing the target is missing whatever the column is; else it is missing where the column is.
    """
    half = 0.0 if step is None else step * (0.5 - SLACK)
    with np.errstate(over="ignore"):
        one, other = (target - half - rest) / weight, (target + half - rest) / weight
    low, high = grid.above(np.minimum(one, other)), grid.below(np.maximum(one, other))
    free, gone = np.isnan(rest), np.isnan(target)
    low = np.where(free, -np.inf, np.where(gone, np.inf, low))
    high = np.where(free, np.inf, np.where(gone, -np.inf, high))
    return Reach(low, high, free | gone)


_KINDS: dict[str, Any] = {"affine": Affine, "total": Total, "lookup": Lookup, "between": Between}
_NAMES = ("target", "source", "sources", "lower", "upper")
_ARRAYS = ("images", "points")


def _document(rule: Any) -> dict[str, Any]:
    document: dict[str, Any] = {"kind": type(rule).__name__.lower()}
    for item in fields(rule):
        value = getattr(rule, item.name)
        if item.name in _NAMES and isinstance(value, tuple) and item.name not in ("target", "source"):
            document[item.name] = [to_json_value(name) for name in value]
        elif item.name in _NAMES:
            document[item.name] = to_json_value(value)
        elif item.name not in _ARRAYS:
            document[item.name] = list(value) if isinstance(value, tuple) else value
    return document


def rule_from_state(document: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Rule:
    """Undo ``to_state``.

    Raises
    ------
    ValueError
        If the document names no kind of rule.
    """
    made = _KINDS.get(document.get("kind", ""))
    if made is None:
        raise ValueError(f"expected a rule of kind {', '.join(_KINDS)}; got {document.get('kind')!r}.")
    facts: dict[str, Any] = {name: array for name, array in arrays.items() if name in _ARRAYS}
    for name, value in document.items():
        if name in ("target", "source"):
            facts[name] = from_json_value(value)
        elif name in _NAMES:
            facts[name] = _names(value)
        elif name != "kind":
            facts[name] = tuple(value) if isinstance(value, list) else value
    rule: Rule = made(**facts)
    return rule


def _names(values: Sequence[Any]) -> tuple[Hashable, ...]:
    return tuple(from_json_value(value) for value in values)
