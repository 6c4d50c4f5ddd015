"""Values of a column as text, many at a time: what labels of generalised cells are made of."""

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synthfast._core.frames import ColumnData

__all__ = ["MISSING_TEXT", "level_texts", "number_texts", "range_texts"]

MISSING_TEXT = "missing"


def number_texts(data: ColumnData, values: NDArray[Any]) -> pa.Array:
    """Texts of values of a numeric column, as they stand in ``data.values``; none of them missing."""
    if data.storage == "float":
        return _float_texts(values)
    if data.storage == "decimal":
        return pa.array([str(Decimal(value).scaleb(-data.scale)) for value in values.tolist()], pa.string())
    if data.storage == "datetime":
        stamps = values.view(f"M8[{data.unit}]")
        days = stamps.astype("M8[D]")
        return _strings(np.datetime_as_string(days if (stamps == days).all() else stamps))
    if data.storage == "time":
        return _strings([str(stamp).partition("T")[2] for stamp in values.view(f"M8[{data.unit}]")])
    texts = pa.array(values).cast(pa.string())
    return pc.binary_join_element_wise(texts, str(data.unit), " ") if data.storage == "duration" else texts


def _float_texts(values: NDArray[Any]) -> pa.Array:
    """The shortest text that reads back as the value; whole numbers without a point."""
    if np.abs(values).max(initial=0.0) < 2.0**53 and (values == np.trunc(values)).all():
        return pa.array(values.astype(np.int64)).cast(pa.string())
    return pa.array(values).cast(pa.string())


def _strings(texts: Any) -> pa.Array:
    return pa.array([str(text) for text in texts], pa.string())


def level_texts(values: list[Any]) -> list[str]:
    """Texts of levels; those that would read alike get their type beside them."""
    texts = [MISSING_TEXT if value is None else str(value) for value in values]
    if len(set(texts)) == len(texts):
        return texts
    return [f"{text} ({type(value).__name__})" for text, value in zip(texts, values, strict=True)]


def range_texts(
    low: pa.Array, high: pa.Array, some_missing: NDArray[np.bool_], all_missing: NDArray[np.bool_]
) -> pa.Array:
    """``[low, high]``, or the one value where both are the same; behind it, whether values are missing."""
    ranges = pc.binary_join_element_wise("[", low, ", ", high, "]", "")
    texts = pc.if_else(pc.equal(low, high), low, ranges)
    if not some_missing.any():
        return texts
    texts = pc.if_else(pa.array(some_missing), pc.binary_join_element_wise(texts, f" or {MISSING_TEXT}", ""), texts)
    return pc.if_else(pa.array(all_missing), MISSING_TEXT, texts)
