"""A table's codecs together: what a model sees of the table, and the table back from what a model draws."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from synthfast._core.frames import Assembly, ColumnData, ContainerTemplate, Stretch, Table
from synthfast._core.names import Names
from synthfast._core.random import Stream
from synthfast.encoding.boolean import BooleanCodec
from synthfast.encoding.categorical import LevelsCodec
from synthfast.encoding.conditions import EncodedCondition, encode_conditions
from synthfast.encoding.constant import EmptyCodec
from synthfast.encoding.datetime import TimeCodec
from synthfast.encoding.encoded import Bounds, ColumnCodec, DecodeRequest, EncodedColumn
from synthfast.encoding.identifier import IdentifierCodec
from synthfast.encoding.numeric import NumericCodec
from synthfast.encoding.personal import PersonalCodec
from synthfast.encoding.text import TextCodec
from synthfast.exceptions import ConditionError, SchemaError
from synthfast.schema import GENERATED_KINDS, Column, Schema

__all__ = ["TableCodec"]

EncodedColumns = dict[Hashable, npt.NDArray[Any]]

_CODECS: dict[str, Callable[[Column], ColumnCodec]] = {
    "continuous": NumericCodec,
    "integer": NumericCodec,
    "categorical": LevelsCodec,
    "ordinal": LevelsCodec,
    "boolean": BooleanCodec,
    "datetime": TimeCodec,
    "timedelta": TimeCodec,
    "identifier": IdentifierCodec,
    "text": TextCodec,
    "personal": PersonalCodec,
    "constant": LevelsCodec,
    "empty": EmptyCodec,
}


class TableCodec:
    """Reversible coding of a table.

    Parameters
    ----------
    schema : Schema
        The table's schema; the codecs rest on nothing else.
    template : ContainerTemplate
        How the caller's container is rebuilt.

    Attributes
    ----------
    modelled : list of names
        Columns that a model sees. The others are generated when decoding. A column with missing rows is always
        modelled: where its values are not (constants, identifiers, texts), it is one level, present or missing.

    Examples
    --------
    >>> import pandas as pd
    >>> from synthfast._core.frames import Table
    >>> from synthfast.encoding import TableCodec
    >>> from synthfast.schema import Schema
    >>> frame = pd.DataFrame({"x": [1.5, 2.5, 3.5], "c": ["a", "b", "a"]})
    >>> table = Table.from_any(frame)
    >>> codec = TableCodec.fit(table, Schema.infer(table))
    >>> codec.encode(table)["c"].values
    array([0, 1, 0], dtype=int32)
    """

    def __init__(self, schema: Schema, template: ContainerTemplate) -> None:
        self.schema = schema
        self.template = template
        self._codecs = {name: _CODECS[column.kind](column) for name, column in schema.columns.items()}
        self.modelled: list[Hashable] = [name for name, codec in self._codecs.items() if codec.kind is not None]

    @classmethod
    def fit(cls, table: Table, schema: Schema) -> "TableCodec":
        """Make the codec of a table and its schema; nothing but the container's shape is read from the table.

        Raises
        ------
        SchemaError
            If the table does not have the schema's columns.
        """
        schema = schema.bind(table)
        generated = [name for name, column in schema.columns.items() if column.kind in GENERATED_KINDS]
        return cls(schema, table.template().forget_categories(generated))

    def encode(self, table: Table, names: Iterable[Hashable] | None = None) -> dict[Hashable, EncodedColumn]:
        """Encode columns for a model.

        Parameters
        ----------
        table : Table
            A table with the schema's columns, of any container.
        names : iterable of names, optional
            Which columns; default all modelled ones.

        Raises
        ------
        SchemaError
            If a column is not there, not modelled, or of a dtype that does not fit.

        Notes
        -----
        Cost O(n_rows) a column, one column at a time; float64 columns are not copied.
        """
        wanted = self.modelled if names is None else list(names)
        return {name: self._codec(name).encode(table.column(name)) for name in wanted}

    def _codec(self, name: Hashable) -> ColumnCodec:
        if name not in self._codecs:
            raise SchemaError(f"expected one of the columns {list(self._codecs)!r}, got {name!r}.")
        return self._codecs[name]

    @property
    def user(self) -> "TableCodec":
        """The codec of the table as users see it; another one where constraints lie between."""
        return self

    def codec(self, name: Hashable) -> ColumnCodec:
        """The codec of one column."""
        return self._codec(name)

    @property
    def names(self) -> list[Hashable]:
        """All columns, in order."""
        return list(self._codecs)

    def column(self, name: Hashable) -> Column:
        """The schema's facts about one column."""
        return self._codec(name).column

    def kind(self, name: Hashable) -> Literal["numeric", "levels"] | None:
        """What a model sees of a column; None where it sees nothing."""
        return self._codec(name).kind

    def bounds(self, name: Hashable) -> Bounds:
        """Range and resolution of a numeric column, in encoded values."""
        return self._numeric(name).bounds()

    def _numeric(self, name: Hashable) -> NumericCodec | TimeCodec:
        codec = self._codec(name)
        if not isinstance(codec, NumericCodec | TimeCodec):
            raise SchemaError(f"column {name!r}: expected a numeric column, got kind {codec.column.kind!r}.")
        return codec

    def encode_value(self, name: Hashable, value: Any) -> float | int | None:
        """Encode one value given by a user: a number, a level, a date or ISO text; None where it is missing.

        Raises
        ------
        ConditionError
            If there is no such column, it is not modelled, or the value is not one it can have.
        """
        if name not in self._codecs:
            raise ConditionError(f"expected one of the columns {list(self._codecs)!r}, got {name!r}.")
        return self._codecs[name].encode_value(value)

    def encode_end(self, name: Hashable, value: Any, *, upward: bool) -> float | None:
        """Encode an end of a range of a numeric column, moved upward or down into it to a value that rows can have.

        Raises
        ------
        ConditionError
            If the value is not one of the column's kind.
        """
        return self._numeric(name).encode_end(value, upward=upward)

    def encode_conditions(self, conditions: Mapping[Hashable, Any]) -> dict[Hashable, EncodedCondition]:
        """Encode what a user asks of a draw.

        Raises
        ------
        ConditionError
            If a column is unknown or cannot be asked for, or a condition has no value that rows can have.
        """
        return encode_conditions(self, conditions)

    def draw_block(
        self,
        sample: Callable[[int, Stream, Mapping[Hashable, EncodedCondition]], EncodedColumns],
        n_rows: int,
        stream: Stream,
        conditions: Mapping[Hashable, EncodedCondition],
    ) -> EncodedColumns:
        """Encoded columns, as users see them, of a block that ``sample`` draws as models see it."""
        return sample(n_rows, stream, conditions)

    def complete_block(
        self,
        complete: Callable[[EncodedColumns, int, Stream], EncodedColumns],
        known: EncodedColumns,
        n_rows: int,
        stream: Stream,
    ) -> EncodedColumns:
        """Encoded columns, as users see them, of a block of which some are known, completed by ``complete``."""
        return complete(known, n_rows, stream)

    def restore(self, columns: Mapping[Hashable, npt.NDArray[Any]]) -> EncodedColumns:
        """Encoded columns as users see them, of those that models see."""
        return dict(columns)

    def decode(
        self,
        columns: Mapping[Hashable, npt.NDArray[Any]],
        *,
        n_rows: int,
        start_row: int = 0,
        stream: Stream,
        stretch: Stretch | None = None,
    ) -> dict[Hashable, ColumnData]:
        """Decode what a model drew, and generate the columns that are not modelled.

        Parameters
        ----------
        columns : mapping of name to ndarray of shape (n_rows,)
            Encoded values of every modelled column: float64 with NaN missing, or int32 codes with -1 missing.
        n_rows, start_row : int
            Which rows of the endless table these are; generated values are a function of the row's number.
        stream : Stream
            The stream of the whole draw (not of a block): a row's values are a function of it and the row's number.
        stretch : Stretch, optional
            Where the rows are to stay; values that can be are decoded there. It is for the caller to put the result.

        Raises
        ------
        SchemaError
            If a modelled column is not there or has another length.
        """
        request = DecodeRequest(n_rows, start_row, stream, stretch)
        out: dict[Hashable, ColumnData] = {}
        for name, codec in self._codecs.items():
            values = None if codec.kind is None else columns.get(name)
            if codec.kind is not None and (values is None or np.shape(values) != (n_rows,)):
                got = "none" if values is None else f"shape {np.shape(values)}"
                raise SchemaError(f"column {name!r}: expected {n_rows} encoded values, got {got}.")
            out[name] = codec.decode(values, request)
        return out

    def build(self, columns: Mapping[Hashable, ColumnData]) -> Any:
        """Build the caller's container of decoded columns, rows under a fresh RangeIndex."""
        return self.template.build(columns)

    def assembly(self, n_rows: int) -> Assembly:
        """What the caller's container is built with out of stretches of decoded rows."""
        return self.template.assembly(n_rows)

    def with_template(self, template: ContainerTemplate) -> "TableCodec":
        """The codec with another container to build."""
        return TableCodec(self.schema, template)

    def to_state(self) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
        """The codec as a JSON-able document and arrays (none)."""
        return {"schema": self.schema.to_dict(), "template": self.template.to_dict()}, {}

    @classmethod
    def from_state(cls, document: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> "TableCodec":
        """Undo ``to_state``."""
        codec = cls(Schema.from_dict(document["schema"]), ContainerTemplate.from_dict(document["template"]))
        return codec.with_own_names()

    def with_own_names(self) -> "TableCodec":
        """The codec with one object for each column's name in all of its parts, for a NaN that was read or copied."""
        own = Names(self.schema.columns)
        return TableCodec(self.schema, replace(self.template, names=tuple(own[name] for name in self.template.names)))
