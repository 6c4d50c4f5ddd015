"""The constraint layer: a codec that shows models columns of which any values whatever keep the constraints."""

import dataclasses
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from synthfast._core.frames import Assembly, ColumnData, Stretch, Table
from synthfast._core.random import Stream
from synthfast.encoding.conditions import EncodedCondition, encode_conditions
from synthfast.encoding.constraints.adapting import adapt_schema
from synthfast.encoding.constraints.checking import broken_rows
from synthfast.encoding.constraints.combinations import CombinationsStep
from synthfast.encoding.constraints.drawing import AskedConditions, Drawer, complete_rows
from synthfast.encoding.constraints.ordered import OrderedStep
from synthfast.encoding.constraints.planning import plan_steps
from synthfast.encoding.constraints.presence import PresenceStep
from synthfast.encoding.constraints.step import Step, Values, Workbench
from synthfast.encoding.constraints.total import TotalStep
from synthfast.encoding.encoded import EncodedColumn
from synthfast.encoding.table_codec import TableCodec
from synthfast.exceptions import ConstraintError, SchemaError
from synthfast.schema import Column, Schema
from synthfast.schema.constraints import Predicate, Range, Total

__all__ = ["ConstrainedCodec", "codec_from_state", "make_codec"]

_STEPS: dict[str, Any] = {
    "ordered": OrderedStep,
    "total": TotalStep,
    "combinations": CombinationsStep,
    "presence": PresenceStep,
}


class ConstrainedCodec(TableCodec):
    """Reversible coding of a table that keeps constraints.

    Parameters
    ----------
    user : TableCodec
        Codec of the table as users see it.
    facts : mapping of name to Column
        What models see.
    steps : sequence of Step
        From what users see to what models see.
    """

    def __init__(self, user: TableCodec, facts: Mapping[Hashable, Column], steps: Iterable[Step]) -> None:
        super().__init__(Schema(facts), user.template)
        self._user = user
        self.steps = list(steps)

    @property
    def user(self) -> TableCodec:
        """The codec of the table as users see it."""
        return self._user

    @classmethod
    def fit(cls, table: Table, schema: Schema) -> Self:
        """Make the codec of a table and its schema.

        Raises
        ------
        ConstraintError
            If rows of the table break a constraint, or constraints cannot be kept together.
        """
        user = TableCodec.fit(table, adapt_schema(schema.bind(table), table))
        check_training(table, user)
        values = {name: column.values for name, column in user.encode(table).items()}
        bench = Workbench(user, values, dict(user.schema.columns))
        steps = [make(bench) for make in plan_steps(user.schema.constraints)]
        _check_flags(steps)
        return cls(bench.user, bench.facts, steps)

    # -- what models see -----------------------------------------------------------------------------------------------

    def encode(self, table: Table, names: Iterable[Hashable] | None = None) -> dict[Hashable, EncodedColumn]:
        """Encode columns as models see them; see `TableCodec.encode`."""
        there = [name for name in self.user.modelled if name in table.names]
        values: Values = {name: column.values for name, column in self.user.encode(table, there).items()}
        for step in self.steps:
            values = step.forward(values, partial=len(there) < len(self.user.modelled))
        wanted = self.modelled if names is None else list(names)
        absent = [name for name in wanted if name not in values]
        if absent:
            raise SchemaError(f"expected all columns that constraints bind to {absent!r}, got {list(table.names)!r}.")
        return {name: self._encoded(name, values[name]) for name in wanted}

    def _encoded(self, name: Hashable, values: npt.NDArray[Any]) -> EncodedColumn:
        column = self._codec(name).column
        if self.kind(name) == "numeric":
            return EncodedColumn(name, "numeric", values)
        n_levels = column.n_levels or 1  # one, present or missing, of generated columns
        return EncodedColumn(name, "levels", values, n_levels=n_levels, ordered=column.ordered)

    @property
    def names(self) -> list[Hashable]:
        """All columns that users see, in order."""
        return self.user.names

    def column(self, name: Hashable) -> Column:
        """Facts of a column as models see it; of one that they do not see, the user's."""
        return super().column(name) if name in self._codecs else self.user.column(name)

    def encode_conditions(self, conditions: Mapping[Hashable, Any]) -> dict[Hashable, EncodedCondition]:
        """Encode what a user asks of a draw, and what it means for models."""
        asked = encode_conditions(self.user, conditions)
        implied = dict(asked)
        for step in self.steps:
            implied = step.imply(implied)
        inside = {name: implied[name] for name in self.modelled if name in implied}
        return AskedConditions(inside, asked)

    # -- draws ---------------------------------------------------------------------------------------------------------

    def restore(self, columns: Mapping[Hashable, npt.NDArray[Any]]) -> Values:
        """Encoded columns as users see them, of those that models see."""
        values: Values = dict(columns)
        for step in reversed(self.steps):
            values = step.inverse(values)
        return values

    def draw_block(
        self,
        sample: Callable[[int, Stream, Mapping[Hashable, EncodedCondition]], Values],
        n_rows: int,
        stream: Stream,
        conditions: Mapping[Hashable, EncodedCondition],
    ) -> Values:
        """Encoded columns, as users see them, of a block that meets what was asked for."""
        bound = self._bound_columns()
        asked = {name: one for name, one in getattr(conditions, "asked", {}).items() if name in bound}
        predicates = [one for one in self.user.schema.constraints if isinstance(one, Predicate)]
        drawer = Drawer(self, asked, self._standing(), predicates)
        if drawer.is_free:
            return self.restore(sample(n_rows, stream, conditions))
        return drawer.draw(sample, n_rows, stream, conditions)

    def complete_block(
        self, complete: Callable[[Values, int, Stream], Values], known: Values, n_rows: int, stream: Stream
    ) -> Values:
        """Encoded columns, as users see them, of a block of which some are known."""
        inside = dict(known)
        partial = len(known) < len(self.user.modelled)
        for step in self.steps:
            inside = step.forward(inside, partial=partial)
        drawn = self.restore(complete(inside, n_rows, stream))
        return complete_rows(self, drawn, known)

    def _bound_columns(self) -> set[Hashable]:
        return {name for one in self.user.schema.constraints for name in one.columns}

    def _standing(self) -> list[Hashable]:
        """Totals with a range of their own, which the ranges of their parts do not give."""
        ranged = {one.column for one in self.user.schema.constraints if isinstance(one, Range)}
        return [one.total for one in self.user.schema.constraints if isinstance(one, Total) and one.total in ranged]

    def decode(
        self,
        columns: Mapping[Hashable, npt.NDArray[Any]],
        *,
        n_rows: int,
        start_row: int = 0,
        stream: Stream,
        stretch: Stretch | None = None,
    ) -> dict[Hashable, ColumnData]:
        """Decode columns as users see them; see `TableCodec.decode`."""
        return self.user.decode(columns, n_rows=n_rows, start_row=start_row, stream=stream, stretch=stretch)

    def build(self, columns: Mapping[Hashable, ColumnData]) -> Any:
        """Build the caller's container of decoded columns."""
        return self.user.build(columns)

    def assembly(self, n_rows: int) -> Assembly:
        """What the caller's container is built with out of stretches of decoded rows."""
        return self.user.assembly(n_rows)

    def with_own_names(self) -> "ConstrainedCodec":
        """The codec itself: steps hold on to the names of its columns."""
        return self

    # -- state ---------------------------------------------------------------------------------------------------------

    def to_state(self) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
        """The codec as a JSON-able document and arrays."""
        document, arrays = self.user.to_state()
        inside = {"facts": self.schema.to_dict(), "steps": [step.to_dict() for step in self.steps]}
        return document | {"constrained": inside}, arrays

    def supply(self, name: str, function: Callable[..., Any]) -> None:
        """Give a predicate its function."""
        constraints = self.user.schema.constraints
        if not any(isinstance(one, Predicate) and one.name == name for one in constraints):
            raise ConstraintError(f"supply: expected the name of one of the model's predicates, got {name!r}.")
        self._user = TableCodec(
            self.user.schema.with_constraints(
                dataclasses.replace(one, function=function) if isinstance(one, Predicate) and one.name == name else one
                for one in constraints
            ),
            self.user.template,
        )


def make_codec(table: Table, schema: Schema) -> TableCodec:
    """The codec of a table and its schema, with a constraint layer where the schema has constraints."""
    return ConstrainedCodec.fit(table, schema) if schema.constraints else TableCodec.fit(table, schema)


def codec_from_state(document: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> TableCodec:
    """The codec of what ``to_state`` gave."""
    user = TableCodec.from_state(document, arrays)
    if "constrained" not in document:
        return user
    inside = document["constrained"]
    steps = [_STEPS[step["step"]].from_dict(step, user) for step in inside["steps"]]
    return ConstrainedCodec(user, Schema.from_dict(inside["facts"]).columns, steps)


def check_training(table: Table, user: TableCodec) -> None:
    """Refuse rows that break a constraint.

    Raises
    ------
    ConstraintError
        With the number of rows that break each, and the first of them.
    """
    data = user.build({name: table.column(name) for name in table.names}) if _has_predicate(user) else None
    found = []
    for constraint in user.schema.constraints:
        broken = broken_rows(constraint, table, user, data=data)
        if broken.any():
            found.append(f"{constraint!r} is broken by {np.count_nonzero(broken):,} (first: {int(np.argmax(broken))})")
    if found:
        raise ConstraintError(
            f"fit: of {table.n_rows:,} rows, {'; '.join(found)}. Correct or drop them, or leave the constraint out."
        )


def _has_predicate(user: TableCodec) -> bool:
    return any(isinstance(one, Predicate) for one in user.schema.constraints)


def _check_flags(steps: list[Step]) -> None:
    """A column whose missing cells are flagged apart cannot be made missing by another one's level as well."""
    flagged = {name for step in steps for name in getattr(step, "flags", {})}
    for step in steps:
        if isinstance(step, PresenceStep) and step.column in flagged:
            raise ConstraintError(
                f"Presence of column {step.column!r}: cannot be kept with an order or a total of that column, for it "
                "is missing in rows where the other columns of those are not. Leave one of them out."
            )
