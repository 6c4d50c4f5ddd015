"""Draws under conditions: rows chosen by the mass that their kernels have there, then kernels cut to it."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import AliasTable, Stream
from synthfast._core.threads import effective_n_threads
from synthfast._ext._kde_draw import cut_noise, weigh_rows
from synthfast.encoding import EncodedCondition
from synthfast.exceptions import ConditionError
from synthfast.synthesizers._kde.correlated import MOST_BOUNDED, box_masses, draw_given, draw_in_boxes
from synthfast.synthesizers._kde.drawing import Columns, draw_level, fill_free_noise, put_noise
from synthfast.synthesizers._kde.law import Law
from synthfast.synthesizers._kde.supports import reflections

__all__ = ["Cut", "Plan", "plan_conditions"]

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

POINT = 1e-6  # bandwidths to either side of a value that is asked for: its mass is 2e-6 times the density
SURE = 1e-4  # relative width of the bounds of a box's mass at which the product of its columns' own will do
SLIGHT = 1e-4  # of the whole: rows that are together lighter need no more than that product
REMOTE = 9.0  # bandwidths by which an interval is further than the nearest one to be left out: it has e^-40 of its mass
GRID_SLACK = 1e-6  # steps by which a grid value may miss a range for rounding


@dataclass(frozen=True)
class Cut:
    """Where a column of numbers may lie.

    Parameters
    ----------
    column : int
    lower, upper : ndarray of float64, shape (n_segments,)
        Intervals before folding: those asked for and their mirror images.
    wanted : EncodedCondition
        With ends that the column can hold.
    point : bool
        Whether values without any width are asked for.
    """

    column: int
    lower: Floats
    upper: Floats
    wanted: EncodedCondition
    point: bool


@dataclass(frozen=True, eq=False)
class Plan:
    """What a draw under conditions needs, worked out once.

    Parameters
    ----------
    law : Law
    rows : ndarray of int64
        Rows whose kernels reach the conditions.
    alias : AliasTable
        Their weights times the mass of the conditions.
    cuts : list of Cut
        Columns of numbers with a condition on values.
    allowed : dict of level column to ndarray of int32
        Levels asked for.
    """

    law: Law
    rows: Rows
    alias: AliasTable
    cuts: list[Cut]
    allowed: dict[int, NDArray[np.int32]]

    def draw(self, n_rows: int, stream: Stream) -> Columns:
        """The first ``n_rows`` rows of the block that a stream is keyed by, encoded."""
        law = self.law
        index = self.rows[stream.child("row").choice(self.alias, n_rows)]
        numbers = put_noise(law, index, self._noise(index, stream), np.empty((0, 0)))
        columns: Columns = dict(zip(law.numbers, numbers, strict=True))
        for cut in self.cuts:
            columns[law.numbers[cut.column]] = cut.wanted.nearest(numbers[cut.column])
        for k, name in enumerate(law.levels):
            columns[name] = draw_level(law, k, index, stream, self.allowed.get(k))
        return columns

    def _noise(self, index: Rows, stream: Stream) -> Floats:
        law = self.law
        noise = np.empty((len(law.numbers), len(index)))
        if law.correlation is not None:
            known: dict[int, Floats] = {}
            if self.cuts:
                bounded = [cut.column for cut in self.cuts]
                part = law.correlation[np.ix_(bounded, bounded)]
                drawn = draw_in_boxes(part, *boxes(law, self.cuts, index), stream.child("bounded"))
                known = dict(zip(bounded, drawn, strict=True))
            return draw_given(law.correlation, known, len(index), stream.child("free"))
        cuts = {cut.column: cut for cut in self.cuts}
        for j in range(len(law.numbers)):
            if j in cuts:
                stream.child("cut", j).uniform(len(index), out=noise[j])
                center, width = _kernels_of(law, j, index)
                cut_noise(law.shape.code, cuts[j].lower, cuts[j].upper, center, width, noise[j], effective_n_threads())
            else:
                fill_free_noise(law, noise[j], stream.child("noise", j))
        return noise


def plan_conditions(law: Law, conditions: Mapping[Hashable, EncodedCondition]) -> Plan:
    """Weigh the rows by the mass of their kernels under the conditions.

    Raises
    ------
    ConditionError
        If no kernel reaches a condition, or not all of them together.

    Notes
    -----
    O(n_rows) a condition; where kernels have correlated columns and more than one is in intervals, 32 or 64 times that.
    """
    _check_serves(law, conditions)
    cuts, allowed = [], {}
    factors: dict[Hashable, Floats] = {}
    inside: dict[int, NDArray[np.bool_]] = {}
    for name, condition in conditions.items():
        if name in law.levels:
            k = law.levels.index(name)
            allowed[k] = _wanted_levels(law, k, condition)
            factors[name] = _level_masses(law, k, allowed[k], condition)
        else:
            j = law.numbers.index(name)
            cut = None if condition.missing else _cut(law, j, condition)
            factors[name], inside[j] = _number_masses(law, j, cut, condition)
            if cut is not None:
                cuts.append(cut)
    for name, mass in factors.items():
        if not np.any(law.weight * mass > 0.0):
            raise ConditionError(
                f"conditions: column {name!r} cannot be what was asked for: no kernel reaches it. Ask for values "
                "nearer to the training data, or fit with a wider bandwidth."
            )
    weight = law.weight * _joint_mass(law, factors, cuts)
    rows = np.flatnonzero(weight > 0.0)
    if not len(rows):
        raise ConditionError(
            f"conditions: no kernel reaches what was asked of the columns {list(factors)!r} together. Relax one of "
            "them, or fit with a wider bandwidth."
        )
    return Plan(law, rows, AliasTable(weight[rows] / weight[rows].max()), cuts, allowed)


def _check_serves(law: Law, conditions: Mapping[Hashable, EncodedCondition]) -> None:
    cut = [name for name, c in conditions.items() if name in law.numbers and not c.missing]
    if law.correlation is None or not cut:
        return
    if law.shape.code:
        raise ConditionError(
            f"conditions: column {cut[0]!r}: under covariance='full' only the Gaussian kernel has known conditional "
            "laws. Use kernel='gaussian' or covariance='diagonal'."
        )
    if len(cut) > MOST_BOUNDED:
        raise ConditionError(
            f"conditions: expected at most {MOST_BOUNDED} columns of numbers under covariance='full', got {len(cut)}."
        )


# -- masses ------------------------------------------------------------------------------------------------------------


def _wanted_levels(law: Law, column: int, condition: EncodedCondition) -> NDArray[np.int32]:
    if not condition.missing:
        return condition.levels.astype(np.int32)
    last = law.kernels[column].n_levels - 1
    return np.array([last] if law.missing[column] else [], dtype=np.int32)


def _level_masses(law: Law, column: int, allowed: NDArray[np.int32], condition: EncodedCondition) -> Floats:
    """Probability of the levels under each row's kernel, shape (n_rows,)."""
    kernel, own = law.kernels[column], law.codes[:, column]
    gone = own < 0
    if condition.missing and not law.missing[column]:
        return gone.astype(np.float64)
    if kernel.moves:
        by_level = kernel.mass(allowed) / kernel.norm
    else:
        by_level = np.zeros(kernel.n_levels)
        by_level[allowed] = 1.0
    return np.where(gone, 0.0, by_level[own])


def _number_masses(
    law: Law, column: int, cut: Cut | None, condition: EncodedCondition
) -> tuple[Floats, NDArray[np.bool_]]:
    """Probability of a condition under each row's kernel in a column, and whether it is certain or none, (n_rows,)."""
    states = law.states[:, column]
    fixed = states > 0
    mass = np.zeros(len(states))
    if cut is None:
        return (states == 1).astype(np.float64), fixed
    on_spike = states > 1
    mass[on_spike] = _meets(condition, law.rows[on_spike, column])
    if cut.point and (law.weight * mass > 0.0).any():
        return mass, fixed  # a value with mass of its own is infinitely likelier than one with a density
    free = np.flatnonzero(~fixed)
    center, width = _kernels_of(law, column, free)
    out = np.empty(len(free))
    weigh_rows(law.shape.code, cut.lower, cut.upper, center, width, out, effective_n_threads())
    mass[free] = out
    return mass, fixed


def _joint_mass(law: Law, factors: Mapping[Hashable, Floats], cuts: list[Cut]) -> Floats:
    """Product of the columns' masses; with correlated columns the mass of their box in place of the numbers' own."""
    joint: Floats = np.prod(list(factors.values()), axis=0)
    if law.correlation is None or len(cuts) < 2:
        return joint
    own = np.array([factors[law.numbers[cut.column]] for cut in cuts])
    most, least = own.min(axis=0), 1.0 - (1.0 - own).sum(axis=0)  # Frechet's bounds: between them lies the box
    order = np.argsort(most * law.weight, kind="stable")
    slight = np.zeros(len(joint), dtype=bool)
    slight[order] = np.cumsum((most * law.weight)[order]) < SLIGHT * np.sum(joint * law.weight)
    rows = np.flatnonzero(~slight & (most - least >= SURE * most) & (joint > 0.0))
    bounded = [cut.column for cut in cuts]
    part = law.correlation[np.ix_(bounded, bounded)]
    others = joint[rows] / own[:, rows].prod(axis=0)
    joint[rows] = others * box_masses(part, *boxes(law, cuts, rows))
    return joint


def _meets(condition: EncodedCondition, values: Floats) -> NDArray[np.bool_]:
    met = np.zeros(len(values), dtype=bool)
    for low, high in zip(condition.lower, condition.upper, strict=True):
        met |= (values >= low) & (values <= high)
    return met


def _kernels_of(law: Law, column: int, rows: Rows) -> tuple[Floats, Floats]:
    """Centres and bandwidths of rows in a column, each of shape (n,)."""
    width = np.full(len(rows), law.bandwidth[column])
    return law.rows[rows, column], width if law.local is None else width * law.local[rows]


def boxes(law: Law, cuts: list[Cut], rows: Rows) -> tuple[Floats, Floats]:
    """Ends of the cuts in each row's bandwidths, (n_cuts, n_segments, n_rows); open where a row takes no noise."""
    n_segments = max(1, *(len(cut.lower) for cut in cuts))  # none where only a spike is in reach
    ends = np.full((2, len(cuts), n_segments, len(rows)), np.inf)  # from inf to inf: an empty interval
    for k, cut in enumerate(cuts):
        center, width = _kernels_of(law, cut.column, rows)
        fixed = law.states[rows, cut.column] > 0
        low, high = ((end[:, None] - center) / width for end in (cut.lower, cut.upper))
        gap = np.maximum(np.maximum(low, -high), 0.0)
        near = gap <= gap.min(axis=0, initial=np.inf) + REMOTE
        ends[0, k, : len(low)] = np.where(near & ~fixed, low, np.inf)
        ends[1, k, : len(low)] = np.where(near & ~fixed, high, np.inf)
        ends[0, k, 0, fixed] = -np.inf
    return ends[0], ends[1]


# -- where a column may lie --------------------------------------------------------------------------------------------


def _cut(law: Law, column: int, condition: EncodedCondition) -> Cut:
    support = law.supports[column]
    wanted, point = held_condition(condition, support.step)
    lower, upper = wanted.lower.copy(), wanted.upper.copy()
    if support.step is not None:
        lower, upper = lower - 0.5 * support.step, upper + 0.5 * support.step
    elif point:
        width = np.maximum(POINT * law.bandwidth[column], 4.0 * np.spacing(np.abs(lower)))
        lower, upper = lower - width, upper + width
    lower, upper = np.maximum(lower, support.floor), np.minimum(upper, support.ceiling)
    some = lower < upper
    lower, upper = lower[some], upper[some]
    segments = [np.column_stack([lower, upper])]
    reach = law.shape.reach * law.bandwidth[column] * law.widest
    for image in reflections(support.floor, support.ceiling, reach):
        ends = np.sort(np.column_stack([image.of(lower), image.of(upper)]), axis=1)
        near = (ends[:, 0] < support.ceiling + reach) & (ends[:, 1] > support.floor - reach)
        segments.append(ends[near])
    ends = np.concatenate(segments)
    ends = ends[np.argsort(ends[:, 0], kind="stable")]
    return Cut(column, np.ascontiguousarray(ends[:, 0]), np.ascontiguousarray(ends[:, 1]), wanted, point)


def held_condition(condition: EncodedCondition, step: float | None) -> tuple[EncodedCondition, bool]:
    """The condition with ends on the column's grid, and whether values of no width are asked for."""
    lower, upper = condition.lower, condition.upper
    if step is None:
        return condition, bool((lower == upper).all())
    first, last = np.ceil(lower / step - GRID_SLACK), np.floor(upper / step + GRID_SLACK)
    some = first <= last
    on_grid = (np.maximum(first * step, lower)[some], np.minimum(last * step, upper)[some])
    return EncodedCondition(lower=on_grid[0], upper=np.maximum(on_grid[0], on_grid[1])), False
