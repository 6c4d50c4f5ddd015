"""From conditions to a plan for drawing: what is allowed where, what leads there, how many candidates it takes."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import STRATUM_ROWS, Stream
from synthfast.encoding import EncodedCondition
from synthfast.exceptions import ConditionError
from synthfast.synthesizers._tree.bins import MAX_CODES, Allowed
from synthfast.synthesizers._tree.drawing import UNEVEN, Particles, Plan, draw_particles, draw_within
from synthfast.synthesizers._tree.model import TreeModel
from synthfast.synthesizers._tree.wanted import ALIKE, Wanted

__all__ = ["moved_to_meet", "plan_conditions"]

Floats = NDArray[np.float64]

PILOT_STRATA = 8
MAX_COPIES = 64
GUIDE_STRENGTHS = (0.5, 1.0)
GUIDE_ROWS = 20.0  # rows by which a code's mean weight is drawn to the overall one
ENOUGH = 0.25  # effective share of candidates above which no guide is looked for
FEW = 64  # effective candidates a stratum below which the draw is called an extrapolation
SCANT = 0.1  # training rows expected to meet the conditions, below which it is called one as well


def plan_conditions(model: TreeModel, conditions: Mapping[Hashable, EncodedCondition]) -> Plan:
    """Plan a conditional draw; the plan depends on the model and the conditions alone.

    Raises
    ------
    ConditionError
        If a column cannot be what is asked for.

    Notes
    -----
    The plan is in doubt if the conditions together have so little probability that rows rest on few distinct
    candidates, or that no training row can have told what such rows are like.
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
    return replace(plan, doubt=_doubt(model, plan, share * copies * STRATUM_ROWS, stream.child("probability")))


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
    """What is wanted of a column, and the columns that the user named for it."""

    wanted: Wanted
    names: tuple[Hashable, ...]

    def __str__(self) -> str:
        return " and ".join(f"column {name!r}" for name in self.names)


def _through_rules(model: TreeModel, conditions: Mapping[Hashable, EncodedCondition]) -> dict[Hashable, _Asked]:
    """Conditions on columns that one other column determines, put to that one."""
    out = {name: _Asked(Wanted.of(condition), (name,)) for name, condition in conditions.items()}
    for name in reversed(model.names):
        rule = model.rules.get(name)
        if name not in out or rule is None or not rule.exact:
            continue
        inverse = rule.invert(out[name].wanted)
        if inverse is None:
            continue
        names, source = out.pop(name).names, rule.sources[0]
        if source in out:
            inverse, names = out[source].wanted & inverse, out[source].names + names
        out[source] = _Asked(inverse, names)
    return out


def _allow(model: TreeModel, name: Hashable, asked: _Asked) -> Allowed:
    bins = model.bins[model.place_of(name)]
    if asked.wanted.missing and not asked.wanted.has_values and not bins.missing:
        raise ConditionError(f"conditions: {asked} is never missing in the data that was fitted.")
    allowed = bins.allowed(asked.wanted)
    if not (allowed.share > 0.0).any():
        raise ConditionError(f"conditions: {asked} cannot be what was asked for in the data that was fitted.")
    return allowed


def _pilot(model: TreeModel, plan: Plan, stream: Stream) -> float:
    """Effective share of the candidates of a trial."""
    try:
        particles = draw_particles(_cut(model, plan.last), 0, PILOT_STRATA, STRATUM_ROWS, stream, plan)
    except ConditionError:  # every candidate of a stratum fell to a rule
        return 0.0
    return float((particles.kept_shares * particles.effective_shares()).mean())


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
        if j == plan.last or particles.effective_shares()[0] < UNEVEN:
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


def moved_to_meet(condition: EncodedCondition, values: Floats, determined: bool) -> Floats:
    """Encoded values moved to the nearest that meets a condition, which arithmetic on the way may have left.

    Those that another column determines only by rounding errors: more would break what they keep to.
    """
    moved = condition.nearest(values)
    with np.errstate(over="ignore"):  # distances of large numbers
        return np.where(np.isclose(moved, values, rtol=ALIKE, atol=0.0), moved, values) if determined else moved
