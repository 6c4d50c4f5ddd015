"""Categorical, ordinal and constant columns: codes of the levels that the schema keeps."""

import zlib
from functools import cached_property
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synthfast._core.frames import ColumnData
from synthfast.encoding.encoded import DecodeRequest, EncodedColumn
from synthfast.encoding.missing import is_missing
from synthfast.exceptions import ConditionError
from synthfast.schema import Column

__all__ = ["LevelsCodec", "write_levels"]

_SHOWN = 12


class LevelsCodec:
    """Codec of a level column.

    Parameters
    ----------
    column : Column
        A categorical, ordinal, boolean or constant column.

    Notes
    -----
    Rows with a level that the schema does not keep are coded as kept levels, in proportion to the shares of those:
    which one is a fixed hash of the level, so that it does not depend on the order or the partition of the rows.
    """

    kind: Literal["levels"] | None = "levels"

    def __init__(self, column: Column) -> None:
        self.column = column
        self._by_type = column.storage == "object"
        self._codes = {self._key(level): code for code, level in enumerate(column.levels)}
        shares = np.asarray(column.shares or np.ones(max(column.n_levels, 1)), dtype=np.float64)
        self._cumulated = np.cumsum(shares) / max(shares.sum(), 1e-300)
        if column.kind == "constant" and not column.nullable:
            self.kind = None

    def encode(self, data: ColumnData) -> EncodedColumn:
        """Encode to int32 codes."""
        codes, found = data.factorize()
        levels = found.to_pylist() if isinstance(found, pa.Array) else found
        table = np.full(len(levels) + 1, -1, dtype=np.int32)  # the last entry is where code -1 points
        for position, level in enumerate(levels):
            code = self._codes.get(self._key(level))
            table[position] = self._stand_in(level) if code is None else code
        return EncodedColumn(
            self.column.name, "levels", table[codes], n_levels=self.column.n_levels, ordered=self.column.ordered
        )

    def _key(self, level: Any) -> tuple[str, Any]:
        """True is never 1; in columns of mixed types 1 is not 1.0 either."""
        apart = self._by_type or isinstance(level, (bool, np.bool_))
        return (type(level).__name__ if apart else "", level)

    def _stand_in(self, level: Any) -> int:
        share = (zlib.crc32(repr(level).encode()) + 0.5) / 2**32
        return min(int(np.searchsorted(self._cumulated, share)), self.column.n_levels - 1)

    def encode_value(self, value: Any) -> int | None:
        """Encode one level.

        Raises
        ------
        ConditionError
            If the level is not one of the schema's.
        """
        if is_missing(value):
            return None
        code = self._codes.get(self._key(value))
        if code is None:
            code = next((i for i, level in enumerate(self.column.levels) if _same(level, value)), None)
        if code is None:
            shown = ", ".join(repr(level) for level in self.column.levels[:_SHOWN])
            more = f" and {self.column.n_levels - _SHOWN} more" if self.column.n_levels > _SHOWN else ""
            raise ConditionError(f"column {self.column.name!r}: expected one of {shown}{more}; got {value!r}.")
        return code

    def decode(self, values: npt.NDArray[Any] | None, request: DecodeRequest) -> ColumnData:
        """Turn codes back into levels."""
        codes = np.zeros(request.n_rows, dtype=np.int32) if values is None else np.asarray(values, dtype=np.int32)
        return write_levels(self.column, codes, self._texts)

    @cached_property
    def _texts(self) -> pa.Array:
        return pa.array(list(self.column.levels), pa.large_string()) if self.column.storage == "string" else None


def write_levels(column: Column, codes: npt.NDArray[np.int32], texts: pa.Array | None) -> ColumnData:
    """Codes into a column's levels (-1 missing) as a neutral column of its storage; ``texts``: levels that are text."""
    storage: Any = column.storage
    n = len(codes)
    if storage in ("category", "object"):
        return ColumnData(
            column.name, storage, n, column.dtype, codes, categories=list(column.levels), ordered=column.ordered
        )
    missing = codes < 0
    any_missing = bool(missing.any())
    if storage == "string":
        indices = pa.array(codes, mask=missing if any_missing else None)
        strings = cast(pa.Array, texts).take(indices)
        return ColumnData(column.name, storage, n, column.dtype, strings=strings)
    blank: Any = np.nan if storage == "float" else 0
    kind: Any = {"float": np.float64, "boolean": np.bool_}.get(storage)
    if storage == "integer":
        kind = np.uint64 if max(column.levels) >= 2**63 else np.int64
    elif kind is None:
        kind = np.int64
    table = np.array([*column.levels, blank], dtype=kind)
    valid = ~missing if any_missing and storage != "float" else None
    return ColumnData(
        column.name, storage, n, column.dtype, cast(Any, table[codes]), valid, unit=column.unit,
        timezone=column.timezone, scale=int(column.decimals or 0),
    )  # fmt: skip


def _same(level: Any, value: Any) -> bool:
    """Looser equality for values that users type: 1 finds 1.0 and numpy.int64(1), but not True or '1'."""
    if isinstance(level, bool) != isinstance(value, (bool, np.bool_)):
        return False
    try:
        return bool(level == value)
    except (TypeError, ValueError):
        return False
