"""The tables of one assessment as attackers see them: shared coordinates, raw values, and who is attacked."""

from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames import Table
from synthfast._core.random import Stream
from synthfast.exceptions import DataError
from synthfast.neighbors import RecordSpace
from synthfast.neighbors.record_space import Metric
from synthfast.schema.inference import names_rows

__all__ = ["ROLES", "AttackTables", "Targets"]

ROLES: Final = ("original", "synthetic", "holdout")

T = TypeVar("T")
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Targets:
    """Row numbers of those whose membership is guessed, and of the attacker's own sample of the population.

    Parameters
    ----------
    members : ndarray of int64, shape (n_members,)
        In the original table.
    outsiders, reference : ndarray of int64, shape (n_outsiders,), (n_reference,)
        In the hold-out table, no row in both.
    """

    members: Integers
    outsiders: Integers
    reference: Integers


@dataclass
class AttackTables:
    """Two or three tables with the same columns.

    Parameters
    ----------
    tables : dict of str to Table
        By role.
    names : tuple of hashable
        The compared columns.
    known : tuple of hashable
        Columns that an attacker knows of a target, when guessing another one.
    secrets : tuple of hashable
        Columns that are guessed.
    left_out : tuple of hashable
        Columns that name rows and are not compared.
    stream : Stream
        Source of all draws.
    metric : {"euclidean", "gower"}
        Distance of rows.
    max_targets : int
        Most rows that one attack is tried on.
    max_learning_rows : int
        Most rows that a density or a classifier learns from.
    """

    tables: Mapping[str, Table]
    names: tuple[Hashable, ...]
    known: tuple[Hashable, ...]
    secrets: tuple[Hashable, ...]
    left_out: tuple[Hashable, ...]
    stream: Stream
    metric: Metric
    max_targets: int
    max_learning_rows: int
    _spaces: dict[str, RecordSpace] = field(default_factory=dict, repr=False)
    _points: dict[tuple[str, str], Floats] = field(default_factory=dict, repr=False)
    _values: dict[tuple[str, Hashable], NDArray[Any]] = field(default_factory=dict, repr=False)
    _kept: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def read(
        cls,
        tables: Mapping[str, Any],
        *,
        columns: Collection[Hashable] | None,
        known: Collection[Hashable] | None,
        secrets: Collection[Hashable] | None,
        stream: Stream,
        metric: Metric,
        max_targets: int,
        max_learning_rows: int,
    ) -> "AttackTables":
        """Read tables, check that they go together, and settle which columns are compared.

        Raises
        ------
        DataError
            If a table cannot be read, has no rows, lacks a column or has another one, holds another kind of values, or
            no column is left to compare; or a name is not a column.
        """
        given = {role: _read_table(data, role) for role, data in tables.items()}
        whole = RecordSpace.fit(given, metric=metric)
        for role, table in given.items():
            if table.n_rows == 0:
                raise DataError(
                    f"{role}: expected at least one row, got none. There is nobody to attack, or no attack."
                )
        names, left_out = _compared(given["original"], columns)
        _check_names("quasi_identifiers", known, names)
        _check_names("sensitive", secrets, names)
        space, _ = whole.select(names)
        return cls(
            given,
            names,
            names if known is None else tuple(known),
            names if secrets is None else tuple(secrets),
            left_out,
            stream,
            metric,
            max_targets,
            max_learning_rows,
            {metric: space},
        )

    @property
    def has_holdout(self) -> bool:
        """Whether there are hold-out rows."""
        return "holdout" in self.tables

    def n_rows(self, role: str) -> int:
        """Rows of a table."""
        return self.tables[role].n_rows

    def space(self, metric: Metric | None = None) -> RecordSpace:
        """The space of the compared columns, scaled by the original table."""
        metric = self.metric if metric is None else metric
        if metric not in self._spaces:
            self._spaces[metric] = RecordSpace.fit(self.tables, metric=metric).select(self.names)[0]
        return self._spaces[metric]

    def points(self, role: str, metric: Metric | None = None) -> Floats:
        """Coordinates of all rows of a table, (n_rows, n_columns)."""
        metric = self.metric if metric is None else metric
        key = role, metric
        if key not in self._points:
            self._points[key] = self.space(metric).points(self.tables[role], role)
        return self._points[key]

    def is_number(self, name: Hashable) -> bool:
        """Whether a column holds numbers, dates or durations."""
        return name not in self.space().levels

    def is_time(self, name: Hashable) -> bool:
        """Whether a column of numbers holds dates or durations, whose zero means nothing."""
        return self.tables["original"].column(name).storage in ("datetime", "duration", "time")

    def values(self, role: str, name: Hashable) -> NDArray[Any]:
        """Values of a column: float64 with NaN for missing, or int64 codes with -1; times in seconds."""
        key = role, name
        if key not in self._values:
            space = self.space()
            if name in space.levels:
                alone, _ = space.select([name])
                self._values[key] = alone.points(self.tables[role], role)[:, 0].astype(np.int64)
            else:
                axis = next(axis for axis in (*space.measured, *space.constant) if axis.name == name)
                raw = replace(axis, center=0.0, scale=1.0, missing=np.nan)
                self._values[key] = raw.place(self.tables[role].column(name), role)
        return self._values[key]

    def once(self, key: Hashable, compute: Callable[[], T]) -> T:
        """What several attacks need, computed for the first that asks."""
        if key not in self._kept:
            self._kept[key] = compute()
        kept: T = self._kept[key]
        return kept

    def generator(self, *path: str | int) -> np.random.Generator:
        """Random numbers of one part of the work, the same whatever else is done."""
        return self.stream.child(*path).generator()

    def draw(self, role: str, most: int, *path: str | int) -> Integers:
        """Numbers of at most so many rows of a table, drawn without replacement, in their order."""
        n_rows = self.n_rows(role)
        if n_rows <= most:
            return np.arange(n_rows, dtype=np.int64)
        rows = self.generator("rows", role, *path).choice(n_rows, most, replace=False)
        return np.sort(rows).astype(np.int64)

    def equal_rows(self) -> tuple[Integers, Integers]:
        """As many rows of the original as of the hold-out table: all of the smaller one."""
        size = min(self.n_rows("original"), self.n_rows("holdout"))
        return self.draw("original", size, "equal"), self.draw("holdout", size, "equal")

    def targets(self) -> Targets:
        """Members and outsiders, as many of each as there can be, and the other half of the hold-out as reference."""
        return self.once("targets", self._targets)

    def attacked_points(self) -> Floats:
        """Coordinates of the members, then of the outsiders, (n_members + n_outsiders, n_columns)."""
        targets = self.targets()
        return np.concatenate([self.points("original")[targets.members], self.points("holdout")[targets.outsiders]])

    def nearest_synthetic(self) -> Floats:
        """Distance of each of them to the nearest synthetic row."""
        search = self.space().nearest
        return self.once("nearest", lambda: search(self.attacked_points(), self.points("synthetic"))[0])

    def synthetic_order(self) -> Integers:
        """Synthetic rows in random order, in which searches that take the first of equally near ones see them."""
        n_rows = self.n_rows("synthetic")
        return self.once("order", lambda: self.generator("order").permutation(n_rows).astype(np.int64))

    def _targets(self) -> Targets:
        order = self.generator("targets").permutation(self.n_rows("holdout"))
        n_outsiders = min(self.max_targets, (len(order) + 1) // 2)
        outsiders, reference = np.sort(order[:n_outsiders]), np.sort(order[(len(order) + 1) // 2 :])
        return Targets(self.draw("original", n_outsiders, "members"), outsiders, reference)


def _read_table(data: Any, role: str) -> Table:
    try:
        return Table.from_any(data)
    except DataError as error:
        raise type(error)(f"{role}: {error}") from error


def _compared(
    original: Table, columns: Collection[Hashable] | None
) -> tuple[tuple[Hashable, ...], tuple[Hashable, ...]]:
    """The compared columns, and those that are left out because they name rows."""
    if columns is not None:
        _check_names("columns", columns, tuple(original.names))
        return tuple(name for name in original.names if name in set(columns)), ()
    left_out = tuple(name for name in original.names if names_rows(original.column(name)))
    names = tuple(name for name in original.names if name not in left_out)
    if not names:
        raise DataError(
            f"original: expected columns to compare, got only such as name rows: {list(left_out)!r}. "
            "Say columns=[...] to compare them all the same."
        )
    return names, left_out


def _check_names(argument: str, names: Collection[Hashable] | None, known: tuple[Hashable, ...]) -> None:
    if names is None:
        return
    if isinstance(names, str):
        raise DataError(f"{argument}: expected a list of columns, got the string {names!r}. Pass [{names!r}].")
    absent = [name for name in names if name not in known]
    if absent or not len(names):
        raise DataError(f"{argument}: expected some of the columns {list(known)!r}, got {list(names)!r}.")
