"""What models see of a column, and what a codec is."""

import json
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from synthfast._core.frames import ColumnData, Stretch
from synthfast._core.json_values import to_json_value
from synthfast._core.random import Stream
from synthfast.schema import Column

__all__ = ["Bounds", "ColumnCodec", "DecodeRequest", "EncodedColumn"]


@dataclass(frozen=True, eq=False)
class EncodedColumn:
    """One column as a model sees it.

    Parameters
    ----------
    name : hashable
        The column's name.
    kind : {"numeric", "levels"}
        Which of the two representations ``values`` holds.
    values : ndarray of shape (n_rows,)
        float64 with NaN where missing, or int32 codes with -1 where missing. Read-only where it is the caller's memory.
    n_levels : int
        Number of levels; 0 for numeric columns.
    ordered : bool
        Whether the levels have an order that means something.
    """

    name: Hashable
    kind: Literal["numeric", "levels"]
    values: npt.NDArray[Any]
    n_levels: int = 0
    ordered: bool = False

    def level_counts(self) -> npt.NDArray[np.int64]:
        """Rows that hold each level, shape (n_levels,)."""
        return np.bincount(self.values[self.values >= 0], minlength=self.n_levels)


@dataclass(frozen=True)
class Bounds:
    """Range of a numeric column's encoded values, and the resolution they are rounded to; None where there is none."""

    minimum: float | None
    maximum: float | None
    step: float | None


@dataclass(frozen=True)
class DecodeRequest:
    """Which rows of the endless table are wanted, and where they are to stay.

    Parameters
    ----------
    n_rows, start_row : int
        Rows ``start_row`` to ``start_row + n_rows``.
    stream : Stream
        What they are drawn from.
    stretch : Stretch, optional
        The place of these rows in a table that is being put together.
    """

    n_rows: int
    start_row: int
    stream: Stream
    stretch: Stretch | None = None

    def empty(self, name: Hashable, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """Memory for a column's values as its container is built of them, shape (n_rows,)."""
        return np.empty(self.n_rows, dtype) if self.stretch is None else self.stretch.empty(name, dtype)

    def key_of(self, name: Hashable) -> tuple[int, int]:
        """The two-word random key of one column."""
        return self.stream.child("decode", json.dumps(to_json_value(name))).key

    def rows(self) -> npt.NDArray[np.uint64]:
        """Row numbers in the endless table."""
        return np.arange(self.start_row, self.start_row + self.n_rows, dtype=np.uint64)


class ColumnCodec(Protocol):
    """Reversible coding of one column."""

    column: Column

    @property
    def kind(self) -> Literal["numeric", "levels"] | None:
        """What the model sees of the column; None where it sees nothing."""
        ...

    def encode(self, data: ColumnData) -> EncodedColumn:
        """Encode a column for a model; only where ``kind`` is not None."""
        ...

    def encode_value(self, value: Any) -> float | int | None:
        """Encode one value given by a user; None if it is missing."""
        ...

    def decode(self, values: npt.NDArray[Any] | None, request: DecodeRequest) -> ColumnData:
        """Decode modelled values, or generate the column where ``values`` is None."""
        ...
