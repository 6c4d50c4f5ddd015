"""What conditions make of a mixture: cases with their weights, and rows drawn case by case.

A case is a component together with one way to meet the conditions: for every conditioned number either a spike that
meets it, or missing, or a regular number (at one of the points asked for, or in the segments). A case weighs what its
component weighs times the probability of all that: states and levels by their tables, points by the Gaussian's density,
segments by its mass given the points. So components are weighed anew by the mass of the condition, exactly but for the
numerical error of the mass of several columns in segments.
"""

import warnings
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import Stream
from synthfast.encoding import EncodedCondition
from synthfast.exceptions import ConditionError, ConditionWarning
from synthfast.synthesizers._conditioning import ConditionalNormal
from synthfast.synthesizers._mixture.boxes import log_box_probability
from synthfast.synthesizers._mixture.columns import REGULAR, Codes, LevelColumn, NumberColumn
from synthfast.synthesizers._mixture.marginals import Region
from synthfast.synthesizers._mixture.model import Draft, MixtureModel, running_sums

__all__ = ["Plan", "plan_conditions"]

Floats = NDArray[np.float64]

MAX_CASES = 20_000
NOWHERE = -1  # a number that is not regular, or is not conditioned


@dataclass(frozen=True, eq=False)
class Choice:
    """One way for a number to meet its condition: a state, and among regular numbers a point or all segments."""

    state: int
    place: int = NOWHERE  # of the number among the means
    region: Region | None = None


@dataclass(frozen=True, eq=False)
class Case:
    """A component and its way to meet the conditions."""

    component: int
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Plan:
    """How rows under conditions are drawn.

    Parameters
    ----------
    cases : list of Case
        Those that have weight.
    reach : ndarray of float64, shape (n_cases,)
        Running sums of their weights, the last infinite.
    coded : list of int
        Place among the coded columns of each conditioned number; -1 where it has no states.
    tables : dict of int to ndarray
        Running sums of the probabilities of the levels that a condition allows, by coded column.
    """

    cases: list[Case]
    reach: Floats
    coded: list[int]
    tables: dict[int, Floats]

    def draw(self, model: MixtureModel, rows: NDArray[np.int64], stream: Stream) -> Draft:
        """Rows that meet the conditions."""
        case = np.searchsorted(self.reach, stream.child("case").uniform(len(rows)), side="right")
        component = np.array([c.component for c in self.cases], dtype=np.int32)[case]
        z = self._numbers(model, case, component, stream)
        states = [model.draw_states(c, component, stream, self.tables.get(c)) for c in range(len(model.columns.coded))]
        for i, c in enumerate(self.coded):
            if c >= 0:
                states[c] = np.array([own.choices[i].state for own in self.cases], dtype=np.int32)[case]
        return Draft(z, states)

    def _numbers(self, model: MixtureModel, case: NDArray[np.int64], component: Codes, stream: Stream) -> Floats:
        bound = np.array([any(choice.region for choice in c.choices) for c in self.cases])
        if not bound.any():
            return model.draw_numbers(component, stream)
        p = model.parameters
        z = np.empty((p.means.shape[1], len(case)))
        for k in np.unique(case):
            own, rows = self.cases[k], np.flatnonzero(case == k)
            mean = p.means[own.component]
            points, boxes = {}, {}
            for choice in own.choices:
                if choice.region is None:
                    continue
                ends = np.stack([choice.region.low, choice.region.high]) - mean[choice.place]
                if choice.region.pointwise:
                    points[choice.place] = np.full(len(rows), ends[0, 0])
                else:
                    boxes[choice.place] = ends[:, :, None]
            law = ConditionalNormal(p.covariance(own.component))
            z[:, rows] = law.sample(points, boxes, len(rows), stream.child("case", int(k))) + mean[:, None]
        return z


def plan_conditions(model: MixtureModel, conditions: Mapping[Hashable, EncodedCondition]) -> Plan:
    """Weigh the cases of conditions.

    Raises
    ------
    ConditionError
        If a column cannot take what was asked for, or the conditions leave too many cases.

    Warns
    -----
    ConditionWarning
        If the conditions have next to no probability together.
    """
    p = model.parameters
    log_base = p.log_weights.copy()
    tables: dict[int, Floats] = {}
    options: list[list[Choice]] = []
    coded: list[int] = []
    for name, condition in conditions.items():
        column = model.columns.named(name)
        place = model.columns.code_of(name)
        if isinstance(column, LevelColumn):
            tables[place], log_share = _allowed_levels(model, column, place, condition)
            log_base += log_share
        else:
            options.append(_choices(model, column, condition))
            coded.append(place)
    n_ways = int(np.prod([len(own) for own in options], dtype=np.float64))
    if n_ways * p.n_components > MAX_CASES:
        raise ConditionError(
            f"conditions: {n_ways:,} ways to meet them, in each of {p.n_components} components, are more than "
            f"{MAX_CASES:,} cases. Ask for fewer values at once."
        )
    ways = list(product(*options))
    cases = [Case(k, way) for way in ways for k in range(p.n_components)]
    log_states = _log_states(model, options, coded)
    log_weight = np.array([log_base[c.component] for c in cases])
    for i, own in enumerate(cases):
        for table, choice in zip(log_states, own.choices, strict=True):
            log_weight[i] += table[choice, own.component]
    return _weighed(model, cases, log_weight, coded, tables)


def _weighed(
    model: MixtureModel, cases: list[Case], log_weight: Floats, coded: list[int], tables: dict[int, Floats]
) -> Plan:
    """The plan, once the Gaussians have had their say."""
    if not (log_weight > -np.inf).any():
        raise ConditionError(
            "conditions: impossible together: no component of the mixture has the levels and states that they ask for."
        )
    known: dict[tuple[int, tuple[Choice, ...]], float] = {}  # cases that differ in their states share a mass
    total = log_weight.copy()
    for i in np.flatnonzero(log_weight > -np.inf):
        own = cases[i]
        key = own.component, tuple(choice for choice in own.choices if choice.region is not None)
        if key not in known:
            known[key] = _log_mass(model, own)
        total[i] += known[key]
    if not (total > -np.inf).any():
        total = log_weight + np.array([_log_distance(model, own) for own in cases])
        warnings.warn(
            "conditions: all but impossible together under the model. They hold in every row, but the other columns "
            "are extrapolated there.",
            ConditionWarning,
            stacklevel=2,
        )
    weight = np.exp(total - total.max())
    kept = np.flatnonzero(weight > 0.0)
    reach = np.cumsum(weight[kept] / weight.sum())
    reach[-1] = np.inf
    return Plan([cases[i] for i in kept], reach, coded, tables)


def _allowed_levels(
    model: MixtureModel, column: LevelColumn, place: int, condition: EncodedCondition
) -> tuple[Floats, Floats]:
    """Running sums of the probabilities of the levels that are allowed, and the log of what they sum to."""
    allowed = np.zeros(column.n_codes)
    if condition.missing:
        _check_missing(column)
        allowed[column.n_levels] = 1.0
    else:
        allowed[condition.levels] = 1.0
    table = model.probabilities(place) * allowed
    share = table.sum(axis=1)
    if not share.any():
        raise ConditionError(f"conditions: column {column.name!r} has no row with what was asked for.")
    with np.errstate(divide="ignore"):
        return running_sums(table / np.where(share > 0.0, share, 1.0)[:, None]), np.log(share)


def _choices(model: MixtureModel, column: NumberColumn, condition: EncodedCondition) -> list[Choice]:
    """Ways for a number to meet its condition. Points without mass give way to spikes and segments."""
    if condition.missing:
        _check_missing(column)
        return [Choice(column.n_codes - 1)]
    out = [
        Choice(1 + s)
        for s, spike in enumerate(column.spikes.tolist())
        if ((condition.lower <= spike) & (spike <= condition.upper)).any()
    ]
    place = model.columns.place_of(column.name)
    if place >= 0:
        region = model.maps[place].region(condition)
        if len(region.low) and not region.pointwise:
            out.append(Choice(REGULAR, place, region))
        elif not out:
            out = [
                Choice(REGULAR, place, Region(region.low[[i]], region.high[[i]], region.log_slope[[i]]))
                for i in range(len(region.low))
            ]
    if not out:
        raise ConditionError(
            f"conditions: column {column.name!r} cannot be what was asked for: the mixture gives no such value. Ask "
            "for values within the range that the training data have."
        )
    return out


def _check_missing(column: NumberColumn | LevelColumn) -> None:
    if not column.missing:
        raise ConditionError(f"conditions: column {column.name!r} has no missing values in the data that was fitted.")


def _log_states(
    model: MixtureModel, options: list[list[Choice]], coded: list[int]
) -> list[dict[tuple[Choice, int], float]]:
    """Log probability of the state of each choice, by component."""
    out = []
    for own, c in zip(options, coded, strict=True):
        with np.errstate(divide="ignore"):
            logs = np.log(model.probabilities(c)) if c >= 0 else np.zeros((model.parameters.n_components, 1))
        out.append({(choice, k): float(logs[k, choice.state]) for choice in own for k in range(len(logs))})
    return out


def _bound(case: Case) -> tuple[list[Choice], list[Choice]]:
    """Choices at points, and choices in segments."""
    regular = [choice for choice in case.choices if choice.region is not None]
    return [c for c in regular if c.region.pointwise], [c for c in regular if not c.region.pointwise]  # type: ignore[union-attr]


def _log_mass(model: MixtureModel, case: Case) -> float:
    """Log of the Gaussian's density at the points of a case times its mass in the segments given the points."""
    points, boxes = _bound(case)
    p = model.parameters
    mean, covariance = p.means[case.component], p.covariance(case.component)
    out = 0.0
    inside = [c.place for c in boxes]
    centre, left = mean[inside], covariance[np.ix_(inside, inside)]
    if points:
        at = [c.place for c in points]
        regions = [c.region for c in points if c.region is not None]
        gap = np.array([r.low[0] for r in regions]) - mean[at]
        own = covariance[np.ix_(at, at)]
        weights = np.linalg.solve(own, covariance[np.ix_(at, inside)]).T
        out = -0.5 * float(gap @ np.linalg.solve(own, gap)) - 0.5 * float(np.linalg.slogdet(own)[1])
        out += sum(float(r.log_slope[0]) for r in regions)
        centre = centre + weights @ gap
        left = left - weights @ covariance[np.ix_(at, inside)]
    if boxes:
        segments = [(c.region.low, c.region.high) for c in boxes if c.region is not None]
        out += log_box_probability(centre, left, segments)
    return out


def _log_distance(model: MixtureModel, case: Case) -> float:
    """Where masses are too small for a double: minus half the largest squared distance from a mean to its segments."""
    p = model.parameters
    deviations = np.sqrt(p.variances()[case.component])
    worst = 0.0
    for choice in case.choices:
        if choice.region is not None:
            mean = p.means[case.component, choice.place]
            gap = np.maximum(np.maximum(choice.region.low - mean, mean - choice.region.high), 0.0).min()
            worst = max(worst, float(gap / deviations[choice.place]))
    return -0.5 * worst * worst
