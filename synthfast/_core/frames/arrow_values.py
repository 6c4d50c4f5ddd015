"""Arrow arrays to neutral columns and back; what Arrow, polars and pandas' Arrow-backed columns share."""

from collections.abc import Hashable
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as pt

from synthfast._core.frames.columns import NAT, ColumnData, Storage, as_large_string, codes_of
from synthfast.exceptions import SchemaError

__all__ = ["column_from_arrow", "column_to_arrow", "missing_to_nat", "one_chunk"]

_INT64_DIGITS = 18


def one_chunk(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """One contiguous array of a chunked one."""
    if isinstance(values, pa.ChunkedArray):
        if pt.is_string(values.type) or pt.is_string_view(values.type):
            return as_large_string(values)  # more than 2 GB of text does not fit one string array
        if pt.is_dictionary(values.type) and values.num_chunks > 1:
            values = values.unify_dictionaries()
        return values.chunk(0) if values.num_chunks == 1 else values.combine_chunks()
    return values


def column_from_arrow(name: Hashable, values: pa.Array | pa.ChunkedArray, dtype: str = "") -> ColumnData:
    """Read an Arrow array as a neutral column.

    Raises
    ------
    SchemaError
        If the type is nested, binary or otherwise has no storage here, or text is not UTF-8.
    """
    values = one_chunk(values)
    kind = values.type
    dtype = dtype or str(kind)
    n = len(values)
    if pt.is_null(kind):
        return ColumnData(name, "null", n, dtype)
    if pt.is_dictionary(kind):
        return _from_dictionary(name, values, dtype)
    if _is_text(kind):
        return ColumnData(name, "string", n, dtype, strings=_texts(name, values))
    if pt.is_floating(kind):
        return ColumnData(name, "float", n, dtype, _floats(values))
    if pt.is_integer(kind) or pt.is_boolean(kind):
        plain, valid = _plain(values)
        return ColumnData(name, "integer" if pt.is_integer(kind) else "boolean", n, dtype, plain, valid)
    if pt.is_decimal(kind):
        return _from_decimal(name, values, dtype)
    if pt.is_temporal(kind) and not pt.is_interval(kind):
        return _from_temporal(name, values, dtype)
    raise SchemaError(
        f"column {name!r}: expected numbers, strings, booleans, dates or categories, got the Arrow type {kind}. "
        "Flatten nested columns into plain ones, or drop the column."
    )


def _is_text(kind: pa.DataType) -> bool:
    return pt.is_string(kind) or pt.is_large_string(kind) or pt.is_string_view(kind)


def _texts(name: Hashable, values: pa.Array) -> pa.Array:
    """Text as large_string; Arrow itself takes any bytes for it."""
    texts = as_large_string(values)
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid as error:
        raise SchemaError(
            f"column {name!r}: expected text in UTF-8, got other bytes ({error}). Decode it anew from its source."
        ) from error
    return texts


def _plain(values: pa.Array) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_] | None]:
    if values.null_count == 0:
        return values.to_numpy(zero_copy_only=False), None
    filled = pc.fill_null(values, False if pt.is_boolean(values.type) else 0)
    return filled.to_numpy(zero_copy_only=False), values.is_valid().to_numpy(zero_copy_only=False)


def _floats(values: pa.Array) -> npt.NDArray[Any]:
    return values.to_numpy(zero_copy_only=False)  # nulls arrive as NaN


def _from_dictionary(name: Hashable, values: pa.DictionaryArray, dtype: str) -> ColumnData:
    inner = values.dictionary
    if _is_text(inner.type):
        categories: Any = _texts(name, inner).to_pylist()
    elif pt.is_nested(inner.type):
        raise SchemaError(f"column {name!r}: expected categories of plain values, got {inner.type}.")
    else:
        categories = inner.to_pylist()
    codes, kind = codes_of(values), inner.type
    named = {"integer": pt.is_integer(kind), "float": pt.is_floating(kind), "boolean": pt.is_boolean(kind)}
    level_storage = next((storage for storage, holds in named.items() if holds), "")
    return ColumnData(
        name,
        "category",
        len(values),
        dtype,
        codes,
        categories=categories,
        ordered=bool(values.type.ordered),
        level_storage=level_storage,
    )


def _from_decimal(name: Hashable, values: pa.Array, dtype: str) -> ColumnData:
    scale = values.type.scale
    try:
        wide = values.cast(pa.decimal128(38, scale))
        if len(wide) and (extremes := pc.min_max(wide).as_py())["max"] is not None:
            largest = max(abs(extremes["min"]), abs(extremes["max"])).scaleb(scale)
            if largest >= 10**_INT64_DIGITS:
                raise pa.ArrowInvalid("too many digits")
    except pa.ArrowInvalid as error:
        raise SchemaError(
            f"column {name!r}: expected decimals of at most {_INT64_DIGITS} digits, got {values.type}. "
            "Cast the column to float64 or to a narrower decimal."
        ) from error
    words = np.frombuffer(wide.buffers()[1], dtype=np.int64)[2 * wide.offset : 2 * (wide.offset + len(wide))]
    valid = None if wide.null_count == 0 else wide.is_valid().to_numpy(zero_copy_only=False)
    plain = words[::2].copy()
    if valid is not None:
        plain[~valid] = 0
    return ColumnData(name, "decimal", len(values), dtype, plain, valid, scale=scale)


def _from_temporal(name: Hashable, values: pa.Array, dtype: str) -> ColumnData:
    kind = values.type
    zone = None
    storage: Storage
    if pt.is_date(kind):
        storage, unit = "datetime", "D" if pt.is_date32(kind) else "ms"
    elif pt.is_timestamp(kind):
        storage, unit, zone = "datetime", kind.unit, kind.tz
    else:
        storage, unit = ("duration" if pt.is_duration(kind) else "time"), kind.unit
    width = pa.int32() if kind.bit_width == 32 else pa.int64()
    plain, valid = _plain(values.view(width))
    return ColumnData(name, storage, len(values), dtype, plain.astype(np.int64), valid, unit=unit, timezone=zone)


def column_to_arrow(data: ColumnData, kind: pa.DataType) -> pa.Array:
    """Write a neutral column as an Arrow array of the given type."""
    if data.storage == "null":
        return pa.nulls(data.n_rows, kind)
    if data.storage == "string":
        strings = cast(pa.Array, data.strings)
        return strings if strings.type == kind else strings.cast(kind)
    if data.storage == "category":
        return _to_dictionary(data, kind)
    if data.storage == "decimal":
        return _to_decimal(data, kind)
    values, mask = data.array, None if data.valid is None else ~data.valid
    if data.storage == "float":
        mask = data.missing()
        return pa.array(values.astype(kind.to_pandas_dtype(), copy=False), type=kind, mask=mask)
    if data.storage in ("datetime", "duration", "time"):
        return _to_temporal(data, kind, mask)
    if data.storage == "integer":
        values = values.astype(kind.to_pandas_dtype(), copy=False)
    return pa.array(values, type=kind, mask=mask)


def _to_dictionary(data: ColumnData, kind: pa.DictionaryType) -> pa.Array:
    mask = data.array < 0
    indices = pa.array(np.where(mask, 0, data.array).astype(kind.index_type.to_pandas_dtype()), mask=mask)
    dictionary = pa.array(list(data.categories or ()), type=kind.value_type)
    return pa.DictionaryArray.from_arrays(indices, dictionary, ordered=kind.ordered)


def _to_temporal(data: ColumnData, kind: pa.DataType, mask: npt.NDArray[np.bool_] | None) -> pa.Array:
    unit = {"date32": "D", "date64": "ms"}.get(str(kind).partition("[")[0]) or kind.unit
    values = data.array
    if unit != data.unit:
        values = values.view(f"m8[{data.unit}]").astype(f"m8[{unit}]").view(np.int64)
    return pa.array(values.astype(np.int32 if kind.bit_width == 32 else np.int64, copy=False), mask=mask).view(kind)


def _to_decimal(data: ColumnData, kind: pa.DataType) -> pa.Array:
    words = np.empty((data.n_rows, 2), dtype=np.int64)
    words[:, 0] = data.array
    words[:, 1] = data.array >> 63
    bitmap = None if data.valid is None else pa.array(data.valid).buffers()[1]
    wide = pa.Array.from_buffers(pa.decimal128(38, data.scale), data.n_rows, [bitmap, pa.py_buffer(words)])
    return wide.cast(kind)


def missing_to_nat(data: ColumnData) -> npt.NDArray[np.int64]:
    """Integer times with NaT's integer where missing."""
    if data.valid is None:
        return data.array
    return np.where(data.valid, data.array, NAT)
