"""The model of one table: its own columns given its parents', together with what it tells of its children."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames import ColumnData, ContainerTemplate, Table
from synthfast._core.frames.neutral import NeutralContainer
from synthfast._core.random import Stream
from synthfast.base import BaseSynthesizer
from synthfast.encoding import TableCodec
from synthfast.encoding.constraints import adapt_schema
from synthfast.encoding.encoded import DecodeRequest
from synthfast.encoding.identifier import IdentifierCodec
from synthfast.exceptions import ConstraintError
from synthfast.schema import Column, Schema
from synthfast.schema.constraints import Unique

__all__ = ["PIECE_ROWS", "Codes", "TableModel", "TablePlan", "context_name"]

PIECE_ROWS = 16_384  # rows that are completed together
Codes = dict[Hashable, NDArray[Any]]


def context_name(table: str, column: Hashable) -> tuple[Hashable, ...]:
    """What a parent's column is called in its descendants' models."""
    return (table, column)


@dataclass(frozen=True)
class TablePlan:
    """A table's facts, apart from what is learned.

    Parameters
    ----------
    name : str
    own : Schema
        The columns that are no keys, with their constraints.
    primary : Column or None
        Facts of the primary key, an identifier.
    foreign : dict of column name to dtype and storage
    template : ContainerTemplate
        How the table is rebuilt.
    """

    name: str
    own: Schema
    primary: Column | None
    foreign: dict[Hashable, tuple[str, str]]
    template: ContainerTemplate

    @classmethod
    def of(cls, name: str, table: Table, schema: Schema, primary: Hashable | None, foreign: list[Hashable]) -> Self:
        """Read a table's facts.

        Raises
        ------
        SchemaError
            If the table does not fit ``schema``, a constraint speaks of a foreign key, or the primary key cannot be
            generated.
        """
        schema.validate(table)
        keys = {*foreign, *([] if primary is None else [primary])}
        bound = [one for one in schema.constraints if keys & set(one.columns)]
        if any(set(one.columns) != {primary} for one in bound):
            raise ConstraintError(f"table {name!r}: constraints cannot speak of keys and other columns: {bound!r}.")
        inner = [one for one in schema.constraints if one not in bound]
        own = Schema({column: schema[column] for column in schema if column not in keys}, inner)
        fact = None
        if primary is not None:
            asked = Schema({primary: schema[primary]}, [*bound, Unique(primary)])
            fact = adapt_schema(asked, table)[primary]
        dtypes: dict[Hashable, tuple[str, str]] = {
            column: (table.column(column).dtype, str(table.column(column).storage)) for column in foreign
        }
        return cls(name, own, fact, dtypes, table.template().forget_categories(list(keys)))

    @property
    def has_columns(self) -> bool:
        """Whether there is anything beside keys."""
        return bool(len(self.own))

    def keys(self, start_row: int, n_rows: int, stream: Stream) -> ColumnData:
        """Primary keys of rows of the endless table."""
        if self.primary is None:
            raise ValueError(f"table {self.name!r} has no primary key")
        return IdentifierCodec(self.primary).decode(None, DecodeRequest(n_rows, start_row, stream))

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return {
            "name": self.name,
            "own": self.own.to_dict(),
            "primary": None if self.primary is None else self.primary.to_dict(),
            "foreign": list(self.foreign.values()),
            "template": self.template.to_dict(),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], foreign: list[Hashable]) -> Self:
        """Undo ``to_dict``; ``foreign`` are the columns of the foreign keys."""
        primary = document["primary"]
        return cls(
            document["name"],
            Schema.from_dict(document["own"]),
            None if primary is None else Column.from_dict(primary),
            {column: (kept[0], kept[1]) for column, kept in zip(foreign, document["foreign"], strict=True)},
            ContainerTemplate.from_dict(document["template"]),
        )


class TableModel:
    """The fitted model of one table.

    Parameters
    ----------
    plan : TablePlan
    model : fitted synthesizer or None
        Of the joined table; None where there is nothing to learn: a table of keys without children.
    context : list of names
        Columns of the joined table that parents give.
    """

    def __init__(self, plan: TablePlan, model: BaseSynthesizer | None, context: list[Hashable]) -> None:
        self.plan = plan
        self.model = model
        self.context = context
        self.decoder = self._decoder()

    def _decoder(self) -> TableCodec | None:
        """Codec of the table's own columns, with the facts that were fitted."""
        if not self.plan.has_columns:
            return None
        facts = {name: self._codec.user.column(name) for name in self.plan.own}
        return TableCodec(Schema(facts), self.plan.template)

    @property
    def _codec(self) -> TableCodec:
        return self._fitted._codec

    @property
    def _fitted(self) -> BaseSynthesizer:
        if self.model is None:
            raise ValueError(f"table {self.plan.name!r} has no model")
        return self.model

    @classmethod
    def fit(
        cls,
        plan: TablePlan,
        synthesizer: BaseSynthesizer,
        table: Table,
        context: Mapping[tuple[Hashable, ...], tuple[Column, ColumnData]],
        beside: Mapping[Hashable, ColumnData],
    ) -> Self:
        """Fit the table joined with its parents' columns and with what it tells of its children.

        Parameters
        ----------
        plan : TablePlan
        synthesizer : unfitted synthesizer
        table : Table
        context : mapping of name to (facts, data)
            Columns of parents, one value a row of the table.
        beside : mapping of name to ColumnData
            Numbers of children and what siblings have in common.
        """
        if not plan.has_columns and not beside:
            return cls(plan, None, [])
        data: dict[Hashable, ColumnData] = {name: column for name, (_, column) in context.items()}
        data |= {name: table.column(name) for name in plan.own}
        data |= beside
        facts: dict[Hashable, Column] = {name: replace(fact, name=name) for name, (fact, _) in context.items()}
        facts |= plan.own.columns
        for name, column in beside.items():
            kinds: dict[Hashable, Any] = {}
            if column.storage == "integer":
                kinds = {name: {"kind": "integer", "minimum": 0}}
            elif column.storage == "float" and not np.isnan(column.array).all():
                kinds = {name: "continuous"}
            inferred = Schema.infer(Table(NeutralContainer({name: column})), overrides=kinds)
            facts |= inferred.columns
        joined = Table(NeutralContainer(data))
        if "column_order" in synthesizer.get_params() and context:
            synthesizer.set_params(column_order=list(context))
        model = synthesizer.fit(joined, schema=Schema(facts, plan.own.constraints))
        known: list[Hashable] = [name for name in context if name in model._codec.user.modelled]
        return cls(plan, model, known)

    def column(self, name: Hashable) -> Column:
        """Facts of a column of the joined table, as users see it."""
        return self._codec.user.column(name)

    def modelled(self) -> list[Hashable]:
        """Columns of the joined table that have codes."""
        return [] if self.model is None else self._codec.user.modelled

    def draw_root(self, n_rows: int, stream: Stream) -> Codes:
        """Codes of the rows of a table without parents."""
        if self.model is None:
            return {}
        return self._codec.draw_block(self._fitted._sample_block, n_rows, stream, {})

    def draw_children(self, known: Codes, n_rows: int, stream: Stream) -> Codes:
        """Codes of rows whose parents' columns are known."""
        if self.model is None:
            return {}
        if not n_rows:
            drawn = self._codec.draw_block(self._fitted._sample_block, 1, stream, {})
            return {name: values[:0] for name, values in drawn.items()}
        pieces = []
        for k, first in enumerate(range(0, n_rows, PIECE_ROWS)):
            rows = slice(first, min(first + PIECE_ROWS, n_rows))
            part = {name: known[name][rows] for name in self.context}
            n_part, own = rows.stop - rows.start, stream.child("piece", k)
            if part:
                pieces.append(self._codec.complete_block(self._fitted._complete_block, part, n_part, own))
            else:
                pieces.append(self._codec.draw_block(self._fitted._sample_block, n_part, own, {}))
        return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}

    def decode(self, codes: Codes, n_rows: int, start_row: int, stream: Stream) -> dict[Hashable, ColumnData]:
        """The table's own columns of rows from ``start_row`` of the endless table on."""
        if self.decoder is None:
            return {}
        return self.decoder.decode(codes, n_rows=n_rows, start_row=start_row, stream=stream)
