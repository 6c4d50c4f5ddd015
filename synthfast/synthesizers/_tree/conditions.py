"""From conditions to a plan for drawing: what is allowed where, what leads there, how many candidates it takes."""

import warnings
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import STRATUM_ROWS, Stream
from synthfast.encoding import EncodedCondition
from synthfast.exceptions import ConditionError, ConditionWarning
from synthfast.synthesizers._tree.bins import MAX_CODES, Allowed
from synthfast.synthesizers._tree.drawing import UNEVEN, Particles, Plan, draw_particles, draw_within
from synthfast.synthesizers._tree.model import TreeModel

__all__ = ["plan_conditions"]

Floats = NDArray[np.float64]

PILOT_STRATA = 8
MAX_COPIES = 64
GUIDE_STRENGTHS = (0.5, 1.0)
GUIDE_ROWS = 20.0  # rows by which a code's mean weight is drawn to the overall one
ENOUGH = 0.25  # effective share of candidates above which no guide is looked for
FEW = 64  # effective candidates a stratum below which the draw is called an extrapolation
SCANT = 0.1  # training rows expected to meet the conditions, below which it is called one as well
ALIKE = 1e-9  # relative difference of two points that only arithmetic tells apart


def plan_conditions(model: TreeModel, conditions: Mapping[Hashable, EncodedCondition]) -> Plan:
    """Plan a conditional draw; the plan depends on the model and the conditions alone.

    Raises
    ------
    ConditionError
        If a column cannot be what is asked for.

    Warns
    -----
    ConditionWarning
        If the conditions together have so little probability that rows rest on few distinct candidates, or that no
        training row can have told what such rows are like.
    """
    allowed = {}
    for name, asked in _through_rules(model, conditions).items():
        allowed[model.place_of(name)] = _allow(model, name, asked)
    plan = Plan(allowed)
    if plan.last <= 0:  # drawn first and within its condition: nothing to weigh
        return plan
    stream = Stream((0, 0)).child("pilot")
    share = _pilot(model, plan, stream)
    if share < ENOUGH:
        tables = _guide_tables(model, plan, stream.child("guide"))
        for strength in GUIDE_STRENGTHS:
            guided = Plan(allowed, {j: strength * table for j, table in tables.items()})
            found = _pilot(model, guided, stream)
            if found > share:
                share, plan = found, guided
    copies = int(np.clip(np.ceil(2.0 / max(share, 1e-9)), 2, MAX_COPIES))
    plan = Plan(plan.allowed, plan.guide, copies)
    doubt = _doubt(model, plan, share * copies * STRATUM_ROWS, stream.child("probability"))
    if doubt:
        names = ", ".join(map(str, conditions))
        warnings.warn(
            f"the conditions on {names} have next to no probability together: {doubt}.", ConditionWarning, stacklevel=2
        )
    return plan


def _doubt(model: TreeModel, plan: Plan, n_effective: float, stream: Stream) -> str:
    """Why rows drawn by the plan would be an extrapolation; empty if they would not."""
    if n_effective < FEW:
        return f"about {n_effective:.0f} effective candidates stand behind each {STRATUM_ROWS} rows"
    if len(plan.allowed) > 1:
        expected = _probability(model, plan, stream) * int(model.bins[0].counts.sum())
        if expected < SCANT:
            return f"about {expected:.1g} of the rows that were fitted can be expected to meet them"
    return ""


@dataclass(frozen=True)
class _Asked:
    """A condition on a column, and the columns that the user named for it."""

    condition: EncodedCondition
    names: tuple[Hashable, ...]

    def __str__(self) -> str:
        return " and ".join(f"column {name!r}" for name in self.names)


def _through_rules(model: TreeModel, conditions: Mapping[Hashable, EncodedCondition]) -> dict[Hashable, _Asked]:
    """Conditions on columns that one other column determines, put to that one."""
    out = {name: _Asked(condition, (name,)) for name, condition in conditions.items()}
    for name in reversed(model.names):
        rule = model.rules.get(name)
        if name not in out or rule is None or not rule.exact:
            continue
        inverse = rule.invert(out[name].condition)
        if inverse is None:
            continue
        names, source = out.pop(name).names, rule.sources[0]
        if source in out:
            inverse, names = _both(out[source].condition, inverse), out[source].names + names
        out[source] = _Asked(inverse, names)
    return out


def _both(one: EncodedCondition, other: EncodedCondition) -> EncodedCondition:
    """What meets two conditions; points that agree but for rounding are one."""
    if one.missing or other.missing:
        return EncodedCondition(missing=one.missing and other.missing)
    lower = np.maximum.outer(one.lower, other.lower).ravel()
    upper = np.minimum.outer(one.upper, other.upper).ravel()
    alike = (lower > upper) & np.isclose(lower, upper, rtol=ALIKE, atol=0.0)
    upper = np.where(alike, lower, upper)
    some = lower <= upper
    return EncodedCondition(
        lower=lower[some], upper=upper[some], levels=np.intersect1d(one.levels, other.levels, assume_unique=True)
    )


def _allow(model: TreeModel, name: Hashable, asked: _Asked) -> Allowed:
    bins = model.bins[model.place_of(name)]
    if asked.condition.missing and not bins.missing:
        raise ConditionError(f"conditions: {asked} is never missing in the data that was fitted.")
    allowed = bins.allowed(asked.condition)
    if not (allowed.share > 0.0).any():
        raise ConditionError(f"conditions: {asked} cannot be what was asked for in the data that was fitted.")
    return allowed


def _pilot(model: TreeModel, plan: Plan, stream: Stream) -> float:
    """Effective share of the candidates of a trial."""
    try:
        particles = draw_particles(_cut(model, plan.last), 0, PILOT_STRATA, STRATUM_ROWS, stream, plan)
    except ConditionError:  # every candidate of a stratum fell to a rule
        return 0.0
    return particles.kept_share * particles.effective_share()


def _probability(model: TreeModel, plan: Plan, stream: Stream) -> float:
    """Estimated probability of the conditions together, at the resolution of the bins.

    The product of mean weights over resamplings is an unbiased estimate of it, guided or not.
    """
    part = _cut(model, plan.last)
    whole = {j: replace(own, share=(own.share > 0.0).astype(np.float64)) for j, own in plan.allowed.items()}
    n = PILOT_STRATA * STRATUM_ROWS
    particles, log_mean = Particles(part, 1, n), 0.0
    for j in range(len(part.bins)):
        particles.advance(stream.child(j).uniform(n), whole.get(j))
        if j in plan.guide:
            particles.guide(plan.guide[j][particles.codes[j]])
        if j == plan.last:
            particles.end_guide()
        if j == plan.last or particles.effective_share() < UNEVEN:
            top = float(particles.log_weight.max())
            if top == -np.inf:
                return 0.0
            log_mean += top + float(np.log(np.exp(particles.log_weight - top).mean()))
            particles = particles.choose(n, stream.child("uneven", j).uniform(1))
    return float(np.exp(log_mean))


def _guide_tables(model: TreeModel, plan: Plan, stream: Stream) -> dict[int, Floats]:
    """How much likelier the conditions become with each code of each column before the last condition."""
    part = _cut(model, plan.last)
    particles = Particles(part, 1, PILOT_STRATA * STRATUM_ROWS)
    n = particles.n_rows
    log_weight = np.zeros(n)
    for j in range(len(part.bins)):
        u = stream.child(j).uniform(n)
        if j in plan.allowed:
            _, log_share = draw_within(part, j, particles.codes[:j], u.copy(), plan.allowed[j])
            log_weight += log_share
        particles.advance(u)
    weight = np.exp(log_weight - log_weight.max())
    mean = float(weight.mean())
    tables = {}
    for j in range(plan.last):
        rows = np.bincount(particles.codes[j], minlength=MAX_CODES)
        total = np.bincount(particles.codes[j], weight, MAX_CODES)
        tables[j] = np.log((total + GUIDE_ROWS * mean) / ((rows + GUIDE_ROWS) * mean))
    return tables


def _cut(model: TreeModel, last: int) -> TreeModel:
    """The model up to the last column that a condition speaks of."""
    names = model.names[: last + 1]
    rules = {name: rule for name, rule in model.rules.items() if name in names}
    return TreeModel(names, model.bins[: last + 1], model.chain, model.corrector, rules, model.oversample)
