"""Columns with nothing in them."""

from typing import Any

import numpy.typing as npt

from synthfast._core.frames import ColumnData
from synthfast.encoding.encoded import DecodeRequest, EncodedColumn
from synthfast.exceptions import ConditionError, SchemaError
from synthfast.schema import Column

__all__ = ["EmptyCodec"]


class EmptyCodec:
    """Codec of a column whose rows are all missing; nothing of it is modelled.

    Parameters
    ----------
    column : Column
        An empty column.
    """

    kind: None = None

    def __init__(self, column: Column) -> None:
        self.column = column

    def encode(self, data: ColumnData) -> EncodedColumn:
        """Always raises: there is nothing to model."""
        raise SchemaError(f"column {self.column.name!r} is empty and not modelled.")

    def encode_value(self, value: Any) -> None:
        """Always raises: no value can be asked of an empty column."""
        raise ConditionError(f"column {self.column.name!r}: no condition is possible, the column is empty.")

    def decode(self, values: npt.NDArray[Any] | None, request: DecodeRequest) -> ColumnData:
        """All rows missing."""
        return ColumnData(self.column.name, "null", request.n_rows, self.column.dtype)
