"""Known targets of rules: what they tell about unknown sources, and sources drawn within what they leave open."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import and_
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from synthfast.encoding.missing import missing_of
from synthfast.synthesizers._tree.bins import Allowed, Bins
from synthfast.synthesizers._tree.grid import Grid
from synthfast.synthesizers._tree.model import TreeModel
from synthfast.synthesizers._tree.number_values import NumberValues
from synthfast.synthesizers._tree.reach import Reach
from synthfast.synthesizers._tree.rules import Between, Lookup, Rule
from synthfast.synthesizers._tree.wanted import Wanted

__all__ = ["Hold", "deduce", "hold_of"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Leaves = NDArray[np.uint16]
Columns = dict[Hashable, NDArray[Any]]
Values = Mapping[Hashable, NDArray[Any]]


def deduce(model: TreeModel, known: Columns) -> Columns:
    """The known columns, and those that exact rules tell from them in every row, in either direction."""
    known = dict(known)
    waiting = [rule for rule in model.rules.values() if rule.exact]
    while waiting:
        tellable = [rule for rule in waiting if sum(name not in known for name in (rule.target, *rule.sources)) == 1]
        told = {}
        for rule in tellable:
            name = next(name for name in (rule.target, *rule.sources) if name not in known)
            values = _told(model, rule, name, known)
            if values is not None:
                told[name] = values
        if not told:
            break
        known |= told
        waiting = [rule for rule in waiting if rule not in tellable]
    return known


def _told(model: TreeModel, rule: Rule, name: Hashable, known: Columns) -> NDArray[Any] | None:
    """Values of the only unknown column of a rule; None where a row leaves it open or cannot be."""
    bins = model.bins[model.place_of(name)]
    if name in rule.sources:
        reach = rule.reach(known, name, _grid(bins), {}) if bins.numeric else None
        if reach is None or not reach.told.all():
            return None
        values = reach.answer
    else:
        values = rule.apply(known)
    return None if missing_of(values).any() and not bins.missing else values


def hold_of(model: TreeModel, j: int, values: Values) -> "Hold | None":
    """What known targets leave open of column ``j``; None where that is everything.

    Parameters
    ----------
    values : mapping of name to ndarray of shape (n_particles,)
        Encoded values of columns of rules that are known, or before ``j`` in the chain.
    """
    name, bins = model.names[j], model.bins[j]
    reach = _reach_of(model, name, values)
    choices = [
        Choice.of(rule, values[rule.target], bins)
        for rule in model.rules.values()
        if isinstance(rule, Lookup) and name in rule.sources and rule.target in values
    ]
    if reach is None and not choices:
        return None
    return Hold(bins, reach, choices).within_own(model.rules.get(name), values)


def _reach_of(model: TreeModel, name: Hashable, values: Values) -> Reach | None:
    """What the targets of a column's rules leave open of it: known ones, and ones that known ones bound in turn."""
    if not model.bins[model.place_of(name)].numeric:
        return None
    reaches = [_reach_by(model, rule, name, values) for rule in model.rules.values() if name in rule.sources]
    found = [reach for reach in reaches if reach is not None]
    return reduce(and_, found) if found else None


def _reach_by(model: TreeModel, rule: Rule, name: Hashable, values: Values) -> Reach | None:
    grid = _grid(model.bins[model.place_of(name)])
    if rule.target in values:
        others = {other: model.bins[model.place_of(other)] for other in rule.sources if other not in values}
        spans = {other: _span(bins) for other, bins in others.items() if bins.numeric}
        return rule.reach(values, name, grid, spans)
    if not isinstance(rule, Between):
        return None
    bound = _reach_of(model, rule.target, values)
    if bound is None:
        return None
    end = np.where(bound.low > bound.high, np.nan, bound.high if name in rule.lower else bound.low)
    return rule.reach({rule.target: end}, name, grid, {})


def _span(bins: Bins) -> tuple[float, float]:
    ends = cast(NumberValues, bins.values).table.values
    return float(ends[0]), float(ends[-1])


def _grid(bins: Bins) -> Grid:
    return Grid(cast(NumberValues, bins.values).table.step)


@dataclass(frozen=True, eq=False)
class Choice:
    """Sources of a look-up that lead to its target.

    Parameters
    ----------
    options : list of Allowed
        One for each value of the target.
    option : ndarray of int64, shape (n_particles,)
        Which of them is each particle's.
    """

    options: list[Allowed]
    option: Integers

    @classmethod
    def of(cls, rule: Lookup, target: NDArray[Any], bins: Bins) -> "Choice":
        """The sources of every target value; all of them for one that no source leads to."""
        images, option = np.unique(target, return_inverse=True)
        return cls([_sources_of(rule, image, bins) for image in images], option)

    @cached_property
    def share(self) -> Floats:
        """Part of each leaf, shape (n_options, n_leaves)."""
        return np.array([allowed.share for allowed in self.options])


def _sources_of(rule: Lookup, image: Any, bins: Bins) -> Allowed:
    allowed = bins.allowed(rule.invert(Wanted.value(image)))
    return allowed if (allowed.share > 0.0).any() else Allowed(np.ones(bins.n_leaves))


@dataclass(frozen=True, eq=False)
class Hold:
    """What is left open of a column, for each particle.

    Parameters
    ----------
    bins : Bins
        The column's leaves.
    reach : Reach or None
        Numbers: a range for each particle.
    choices : list of Choice
        What look-ups allow.
    """

    bins: Bins
    reach: Reach | None
    choices: list[Choice] = field(default_factory=list)

    def within_own(self, rule: Rule | None, values: Values) -> "Hold":
        """The same within the column's own order with columns before it."""
        if not isinstance(rule, Between):
            return self
        bounds = rule.bounds(values)
        return Hold(self.bins, bounds if self.reach is None else self.reach & bounds, self.choices)

    @cached_property
    def told(self) -> tuple[Integers, Leaves]:
        """Particles for which one value is left, or missing alone, and their leaves."""
        if self.reach is None:
            return np.empty(0, np.int64), np.empty(0, np.uint16)
        rows = np.flatnonzero(self.reach.told & (self.bins.missing | ~self.reach.blank))
        return rows, self.bins.encode(self.reach.answer[rows])

    def share(self, rows: Integers, leaves: NDArray[Any]) -> Floats:
        """Part of leaves that is open to particles; of a point without mass its density. The two broadcast."""
        out = np.ones(np.broadcast_shapes(rows.shape, leaves.shape))
        for choice in self.choices:
            out *= choice.share[choice.option[rows], leaves]
        if self.reach is not None:
            out *= self._share_in_reach(rows, leaves)
        return out

    def values(self, leaves: Leaves, u: Floats) -> NDArray[Any]:
        """Values of every particle, of a leaf that is open to it, at places ``u`` in what is open of the leaf."""
        out = self.bins.decode(leaves, u)
        if not self.bins.numeric:
            return out
        for choice in self.choices:
            for k, allowed in enumerate(choice.options):
                rows = np.flatnonzero((choice.option == k) & (allowed.share[leaves] > 0.0))
                out[rows] = self.bins.decode(leaves[rows], u[rows], allowed.segments)
        if self.reach is not None and not self.choices:
            self._move_into_reach(out, leaves, u)
        return out

    @cached_property
    def _span(self) -> tuple[Floats, Floats]:
        """Probability interval of each particle's range."""
        assert self.reach is not None
        return cast(NumberValues, self.bins.values).table.interval(self.reach.low, self.reach.high)

    @cached_property
    def _points(self) -> tuple[NDArray[np.bool_], Leaves, Floats]:
        """Which particles are told a value without mass of its own; its leaf and its density there."""
        assert self.reach is not None
        start, stop = self._span
        point = (self.reach.low == self.reach.high) & ~(stop > start)
        leaf, density = np.zeros(len(point), dtype=np.uint16), np.zeros(len(point))
        value = self.reach.low[point]
        leaf[point], density[point] = self.bins.encode(value), np.exp(self.bins.log_density(value))
        return point, leaf, density

    def _cells(self, leaves: NDArray[Any]) -> tuple[NDArray[np.bool_], Floats, Floats]:
        """Which leaves hold values, and the probabilities at which those begin and end."""
        edges = cast(NumberValues, self.bins.values).edges
        cells = leaves.astype(np.int64) - int(self.bins.missing)
        inside = np.maximum(cells, 0)
        return cells >= 0, edges[inside], edges[inside + 1]

    def _share_in_reach(self, rows: Integers, leaves: NDArray[Any]) -> Floats:
        assert self.reach is not None
        start, stop = self._span
        point, leaf, density = self._points
        valued, low, high = self._cells(leaves)
        overlap = np.minimum(stop[rows], high) - np.maximum(start[rows], low)
        share = np.maximum(overlap, 0.0) / (high - low)
        share = np.where(point[rows], np.where(leaf[rows] == leaves, density[rows], 0.0), share)
        return np.where(valued, share, self.reach.blank[rows])

    def _move_into_reach(self, values: Floats, leaves: Leaves, u: Floats) -> None:
        assert self.reach is not None
        start, stop = self._span
        valued, low, high = self._cells(leaves)
        low, high = np.maximum(start, low), np.minimum(stop, high)
        rows = np.flatnonzero(valued & (high > low))
        table = cast(NumberValues, self.bins.values).table
        moved = Grid(table.step).nearest(table.ppf(low[rows] + u[rows] * (high[rows] - low[rows])))
        values[rows] = np.clip(moved, self.reach.low[rows], self.reach.high[rows])
        point, leaf, _ = self._points
        rows = np.flatnonzero(point & (leaf == leaves))
        values[rows] = self.reach.low[rows]
