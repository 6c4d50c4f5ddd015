"""What classes must keep besides their size: diversity, closeness and a bound on the most frequent sensitive value."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames import Table
from synthfast._core.validation import check_choice, check_number
from synthfast.exceptions import DataError
from synthfast.privacy._columns import Levels, column_levels, is_numeric
from synthfast.privacy._tallies import Tally, tally

__all__ = ["Constraints", "Diversity", "Secret", "read_constraints"]

Diversity = Literal["distinct", "entropy", "recursive"]
SLACK: Final = 1e-9


@dataclass(frozen=True)
class Secret:
    """A sensitive column: its levels, missing as one of them, and whether they stand in a row."""

    name: Hashable
    levels: Levels
    ordered: bool


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
            holds &= self.met_by(replace(counted, totals=overall), secret.ordered)
        return holds

    def met_by(self, counted: Tally, ordered: bool) -> NDArray[np.bool_]:
        """Which classes of a tally hold."""
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
            distance = counted.ordered_closeness() if ordered else counted.closeness()
            holds &= distance <= self.t + SLACK
        return holds

    def arrays(
        self, n_rows: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float64], NDArray[np.uint8]]:
        """Codes (n_secrets, n_rows), where each law starts, the laws, and which are ordered, for the kernel."""
        if not self.active:
            return np.zeros((1, n_rows), np.int32), np.zeros(1, np.int64), np.zeros(1), np.zeros(1, np.uint8)
        laws = [np.bincount(s.levels.codes, minlength=len(s.levels.values)) / n_rows for s in self.secrets]
        return (
            np.array([secret.levels.codes for secret in self.secrets], dtype=np.int32),
            np.cumsum([0, *(len(law) for law in laws)]),
            np.concatenate(laws),
            np.array([secret.ordered for secret in self.secrets], dtype=np.uint8),
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
    owner: str,
) -> Constraints:
    """The bounds of a call, checked; the whole table has to meet them.

    Raises
    ------
    DataError
        If bounds are given without a sensitive column, or even the whole table does not meet them.
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
        [Secret(name, *_coded(table, name)) for name in sensitive],
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


def _coded(table: Table, name: Hashable) -> tuple[Levels, bool]:
    data = table.column(name)
    ordered = is_numeric(data) or (data.storage == "category" and data.ordered)
    return column_levels(data).with_missing(), ordered
