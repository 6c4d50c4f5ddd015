"""From conditions to a plan for drawing: what is allowed where, what leads there, how many candidates it takes."""

import warnings
from collections.abc import Hashable, Mapping

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import STRATUM_ROWS, Stream
from synthfast.encoding import EncodedCondition
from synthfast.exceptions import ConditionError, ConditionWarning
from synthfast.synthesizers._tree.bins import MAX_CODES, Allowed
from synthfast.synthesizers._tree.drawing import Particles, Plan, draw_particles, draw_within
from synthfast.synthesizers._tree.model import TreeModel

__all__ = ["plan_conditions"]

Floats = NDArray[np.float64]

PILOT_STRATA = 8
MAX_COPIES = 64
GUIDE_STRENGTHS = (0.5, 1.0)
GUIDE_ROWS = 20.0  # rows by which a code's mean weight is drawn to the overall one
ENOUGH = 0.25  # effective share of candidates above which no guide is looked for
FEW = 64  # effective candidates a stratum below which the draw is called an extrapolation


def plan_conditions(model: TreeModel, conditions: Mapping[Hashable, EncodedCondition]) -> Plan:
    """Plan a conditional draw; the plan depends on the model and the conditions alone.

    Raises
    ------
    ConditionError
        If a column cannot be what is asked for.

    Warns
    -----
    ConditionWarning
        If the conditions together have so little probability that rows rest on few distinct candidates.
    """
    allowed = {}
    for name, condition in _through_rules(model, conditions).items():
        allowed[model.place_of(name)] = _allow(model, name, condition)
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
    if share * copies * STRATUM_ROWS < FEW:
        warnings.warn(
            f"the conditions on {', '.join(map(str, conditions))} have next to no probability together: about "
            f"{share * copies * STRATUM_ROWS:.0f} effective candidates stand behind each {STRATUM_ROWS} rows.",
            ConditionWarning,
            stacklevel=2,
        )
    return Plan(plan.allowed, plan.guide, copies)


def _through_rules(
    model: TreeModel, conditions: Mapping[Hashable, EncodedCondition]
) -> dict[Hashable, EncodedCondition]:
    """Conditions on columns that one other column determines, put to that one."""
    out = dict(conditions)
    for name in reversed(model.names):
        rule = model.rules.get(name)
        if name not in out or rule is None or not rule.exact:
            continue
        inverse = rule.invert(out[name])
        source = rule.sources[0]
        if inverse is not None and source not in out:
            del out[name]
            out[source] = inverse
    return out


def _allow(model: TreeModel, name: Hashable, condition: EncodedCondition) -> Allowed:
    bins = model.bins[model.place_of(name)]
    if condition.missing and not bins.missing:
        raise ConditionError(f"conditions: column {name!r} has no missing values in the data that was fitted.")
    allowed = bins.allowed(condition)
    if not (allowed.share > 0.0).any():
        raise ConditionError(f"conditions: column {name!r} cannot be what was asked for in the data that was fitted.")
    return allowed


def _pilot(model: TreeModel, plan: Plan, stream: Stream) -> float:
    """Effective share of the candidates of a trial."""
    try:
        particles = draw_particles(_cut(model, plan.last), 0, PILOT_STRATA, STRATUM_ROWS, stream, plan)
    except ConditionError:  # every candidate of a stratum fell to a rule
        return 0.0
    return particles.kept_share * particles.effective_share()


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
