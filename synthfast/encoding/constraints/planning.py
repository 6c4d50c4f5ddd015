"""In which order constraints are taken apart, so that each finds the columns that it compares as users see them."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import product

from synthfast.encoding.constraints.combinations import CombinationsStep
from synthfast.encoding.constraints.ordered import OrderedStep
from synthfast.encoding.constraints.presence import PresenceStep
from synthfast.encoding.constraints.step import Step, Workbench
from synthfast.encoding.constraints.total import TotalStep
from synthfast.exceptions import ConstraintError
from synthfast.schema.constraints import (
    Constraint,
    FixedCombinations,
    FunctionalDependency,
    Ordered,
    Presence,
    Total,
)

__all__ = ["plan_steps"]

MAX_TURNED = 12  # lists of ordered columns of which both ways round are tried
Names = frozenset[Hashable]


@dataclass(frozen=True)
class _Task:
    """A step to be made: the columns that it reads, that it replaces or takes off, and that it mends in place."""

    make: Callable[[Workbench], Step]
    reads: Names
    takes: Names
    mends: Names = frozenset()
    whole: bool = False  # whether what it takes is gone, not replaced


def plan_steps(constraints: Sequence[Constraint]) -> list[Callable[[Workbench], Step]]:
    """Makers of steps, in an order in which they can be made.

    Raises
    ------
    ConstraintError
        If there is none.
    """
    fixed = [_combinations(names) for names in _merged(constraints)]
    fixed += [_total(one) for one in constraints if isinstance(one, Total)]
    fixed += [_presence(one) for one in constraints if isinstance(one, Presence)]
    ordered = [one for one in constraints if isinstance(one, Ordered)]
    for ways in product((True, False), repeat=min(len(ordered), MAX_TURNED)):
        ways = (*ways, *[True] * (len(ordered) - len(ways)))
        tasks = [*fixed, *(_ordered(one, upward) for one, upward in zip(ordered, ways, strict=True))]
        found = _sorted(tasks)
        if found is not None:
            return [task.make for task in found]
    raise ConstraintError(
        "these constraints cannot be kept together by construction, for they tell one column in two ways or in a "
        f"circle: {'; '.join(map(repr, constraints))}. Leave one out, or make it a Predicate."
    )


def _ordered(one: Ordered, upward: bool) -> _Task:
    names = one.names if upward else one.names[::-1]
    return _Task(lambda bench: OrderedStep.fit(one, bench, upward=upward), frozenset(names[:1]), frozenset(names[1:]))


def _total(one: Total) -> _Task:
    return _Task(lambda bench: TotalStep.fit(one, bench), frozenset(one.parts), frozenset([one.total]), whole=True)


def _combinations(names: list[Hashable]) -> _Task:
    return _Task(lambda bench: CombinationsStep.fit(names, bench), frozenset(), frozenset(names), whole=True)


def _presence(one: Presence) -> _Task:
    return _Task(lambda bench: PresenceStep.fit(one, bench), frozenset([one.by]), frozenset(), frozenset([one.column]))


def _merged(constraints: Iterable[Constraint]) -> list[list[Hashable]]:
    """Columns of fixed combinations; lists that share a column become one, which keeps both."""
    groups: list[list[Hashable]] = []
    for one in constraints:
        if isinstance(one, (FixedCombinations, FunctionalDependency)):
            names = list(one.columns)
            for group in [group for group in groups if set(group) & set(names)]:
                groups.remove(group)
                names = [*group, *(name for name in names if name not in group)]
            groups.append(names)
    return groups


def _sorted(tasks: list[_Task]) -> list[_Task] | None:
    taken: set[Hashable] = set()
    for task in tasks:
        if taken & task.takes or taken & {("mended", name) for name in task.mends}:
            return None
        taken |= task.takes | {("mended", name) for name in task.mends}
    graph: dict[int, set[int]] = {k: set() for k in range(len(tasks))}
    for k, task in enumerate(tasks):
        for j, other in enumerate(tasks):
            if j == k:
                continue
            if task.takes & other.reads or task.mends & (other.reads | other.takes):
                graph[k].add(j)  # the other must find the column as it was
            if task.mends & other.takes and other.whole:
                return None
    try:
        return [tasks[k] for k in TopologicalSorter(graph).static_order()]
    except CycleError:
        return None
