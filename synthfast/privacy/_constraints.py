"""What classes must keep besides their size: diversity, closeness and a bound on the most frequent sensitive value."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames import Table
from synthfast._core.validation import check_choice, check_number
from synthfast.exceptions import DataError
from synthfast.privacy._columns import Levels, column_levels, is_numeric
from synthfast.privacy._tallies import Tally, tally
from synthfast.privacy.hierarchies import Hierarchy

__all__ = ["Constraints", "Diversity", "Secret", "read_constraints"]

Diversity = Literal["distinct", "entropy", "recursive"]
SLACK: Final = 1e-9


@dataclass(frozen=True)
class Secret:
    """A sensitive column: its levels, missing as one of them, whether they stand in a row, or their nodes in a tree."""

    name: Hashable
    levels: Levels
    ordered: bool
    nodes: NDArray[np.int32] | None = None

    def distance(self, counted: Tally) -> NDArray[np.float64]:
        """How far the law of each class is from the table's."""
        if self.nodes is not None:
            return counted.hierarchical_closeness(self.nodes)
        return counted.ordered_closeness() if self.ordered else counted.closeness()

    def tree(self) -> NDArray[np.int32]:
        """Level after level, how many nodes it has, then the node above each one of the level below."""
        parts: list[NDArray[np.int32]] = []
        for below, above in zip(self.nodes[:-1], self.nodes[1:], strict=True) if self.nodes is not None else ():
            parents = np.zeros(below.max() + 1, dtype=np.int32)
            parents[below] = above
            parts += [np.array([above.max() + 1], dtype=np.int32), parents]
        return np.concatenate(parts) if parts else np.zeros(0, np.int32)


@dataclass(frozen=True)
class Constraints:
    """Bounds that every class has to meet in every sensitive column.

    Attributes
    ----------
    secrets : sequence of Secret
    kind : {"distinct", "entropy", "recursive"} or None
        What ``l`` bounds.
    l, c : float
    alpha, t : float
        1 for no bound.
    """

    secrets: Sequence[Secret] = ()
    kind: Diversity | None = None
    l: float = 1.0  # noqa: E741
    c: float = 1.0
    alpha: float = 1.0
    t: float = 1.0

    @property
    def active(self) -> bool:
        """Whether there is anything to meet."""
        return bool(self.secrets) and (self.kind is not None or self.alpha < 1.0 or self.t < 1.0)

    @property
    def keeps_with_outliers(self) -> bool:
        """Whether a class that holds, joined with any other, still does: of these bounds only distinct l."""
        return not self.active or (self.kind in (None, "distinct") and self.alpha >= 1.0 and self.t >= 1.0)

    def met(self, ids: NDArray[np.int32], sizes: NDArray[np.int64], rows: NDArray[np.int64] | None = None) -> Any:
        """Which classes of rows (or of some rows) hold, as booleans."""
        holds = np.ones(len(sizes), dtype=bool)
        for secret in self.secrets if self.active else ():
            codes = secret.levels.codes if rows is None else secret.levels.codes[rows]
            counted = tally(ids, sizes, codes, len(secret.levels.values))
            overall = np.bincount(secret.levels.codes, minlength=len(secret.levels.values))
            holds &= self.met_by(replace(counted, totals=overall), secret)
        return holds

    def met_by(self, counted: Tally, secret: Secret) -> NDArray[np.bool_]:
        """Which classes of a tally of a sensitive column hold."""
        holds = np.ones(len(counted.sizes), dtype=bool)
        if self.kind == "distinct":
            holds &= counted.distinct() >= self.l - SLACK
        if self.kind == "entropy":
            holds &= counted.entropy() >= self.l - SLACK
        if self.kind == "recursive":
            holds &= counted.recursive(int(self.l)) < self.c
        if self.alpha < 1.0:
            holds &= counted.alpha() <= self.alpha + SLACK
        if self.t < 1.0:
            holds &= secret.distance(counted) <= self.t + SLACK
        return holds

    def arrays(self, n_rows: int) -> tuple[NDArray[Any], ...]:
        """What the kernel takes of the sensitive columns: codes, laws, what lies in a row, trees."""
        if not self.active:
            none, no_tree = np.zeros(1, np.int64), np.zeros(1, np.int32)
            return np.zeros((1, n_rows), np.int32), none, np.zeros(1), np.zeros(1, np.uint8), none, none, no_tree
        laws = [np.bincount(s.levels.codes, minlength=len(s.levels.values)) / n_rows for s in self.secrets]
        trees = [secret.tree() for secret in self.secrets]
        return (
            np.array([secret.levels.codes for secret in self.secrets], dtype=np.int32),
            np.cumsum([0, *(len(law) for law in laws)]),
            np.concatenate(laws),
            np.array([secret.ordered for secret in self.secrets], dtype=np.uint8),
            np.array([0 if secret.nodes is None else len(secret.nodes) - 1 for secret in self.secrets], dtype=np.int64),
            np.cumsum([0, *(len(tree) for tree in trees)])[:-1],
            np.concatenate([*trees, np.zeros(1, np.int32)]),
        )


def read_constraints(
    table: Table,
    sensitive: Sequence[Hashable],
    *,
    l: float | None,  # noqa: E741
    t: float | None,
    alpha: float | None,
    diversity: Diversity,
    c: float | None,
    hierarchies: Mapping[Hashable, Hierarchy],
    owner: str,
) -> Constraints:
    """The bounds of a call, checked; the whole table has to meet them.

    Raises
    ------
    DataError
        If bounds are given without a sensitive column, a sensitive value is not in its hierarchy, or even the whole
        table does not meet them.
    ValueError, TypeError
        If one is out of range.
    """
    check_choice(f"{owner}: diversity", diversity, ("distinct", "entropy", "recursive"))
    given = {"l": l, "t": t, "alpha": alpha, "c": c}
    if not sensitive and any(bound is not None for bound in given.values()):
        named = [name for name, bound in given.items() if bound is not None]
        raise DataError(f"{owner}: {', '.join(named)} bounds sensitive values; name their columns in sensitive.")
    if diversity == "recursive" and l is not None and (c is None or l != int(l)):
        raise DataError(f"{owner}: recursive (c, l)-diversity needs c and a whole l, got c={c!r} and l={l!r}.")
    bounds = Constraints(
        [_secret(table, name, hierarchies.get(name)) for name in sensitive],
        None if l is None else diversity,
        1.0 if l is None else check_number(f"{owner}: l", l, minimum=1),
        1.0 if c is None else check_number(f"{owner}: c", c, minimum=0),
        1.0 if alpha is None else check_number(f"{owner}: alpha", alpha, minimum=0, maximum=1),
        1.0 if t is None else check_number(f"{owner}: t", t, minimum=0, maximum=1),
    )
    one = np.zeros(table.n_rows, dtype=np.int32)
    if bounds.active and not bounds.met(one, np.array([table.n_rows])).all():
        wanted = ", ".join(f"{name}={bound:g}" for name, bound in given.items() if bound is not None)
        raise DataError(
            f"{owner}: no classes can meet {wanted}: the whole table as one class does not. Loosen the bound."
        )
    return bounds


def _secret(table: Table, name: Hashable, hierarchy: Hierarchy | None) -> Secret:
    data = table.column(name)
    ordered = is_numeric(data) or (data.storage == "category" and data.ordered)
    levels = column_levels(data).with_missing()
    return Secret(name, levels, ordered, None if hierarchy is None else hierarchy.nodes(levels.values, name))
