"""Cells of Python objects as numbers and times: what is neither has no number, and no cell decides for another."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from synthfast._core.frames import ColumnData
from synthfast.encoding.datetime import TimeCodec
from synthfast.encoding.numeric import NumericCodec

__all__ = ["numbers_of_levels"]

_NAT = np.iinfo(np.int64).min


def numbers_of_levels(levels: Sequence[Any], codec: NumericCodec | TimeCodec) -> npt.NDArray[np.float64]:
    """Levels as a column's codec encodes them, shape (n_levels,); NaN where a level is no number, or no time."""
    if isinstance(codec, NumericCodec):
        return np.array([_number(level, codec.origin) for level in levels], dtype=np.float64)
    spans = codec.column.kind == "timedelta"
    counts = np.array([_microseconds(level, spans) for level in levels], dtype=np.int64)
    storage: Any = "duration" if spans else "datetime"
    zone = codec.column.timezone
    data = ColumnData("", storage, len(counts), "object", counts, counts != _NAT, unit="us", timezone=zone)
    return np.asarray(codec.encode(data).values)


def _number(value: Any, origin: int) -> float:
    if isinstance(value, np.timedelta64) or not isinstance(value, (int, float, Decimal, np.number, np.bool_)):
        return np.nan
    if not isinstance(value, (int, np.integer)):
        return float(value) - origin
    try:
        return float(int(value) - origin)
    except OverflowError:  # an integer of more than 308 digits lies beyond any range
        return np.inf if value > 0 else -np.inf


def _microseconds(value: Any, spans: bool) -> int:
    """Of a date or time since 1970 in UTC, or of a span; NaT's number for what is none, or beyond int64."""
    if spans and isinstance(value, dt.time):
        value = dt.datetime.combine(dt.date.min, value.replace(tzinfo=None)) - dt.datetime.min
    if not isinstance(value, (dt.timedelta, np.timedelta64) if spans else (dt.date, np.datetime64)):
        return _NAT
    try:
        if isinstance(value, dt.datetime) and value.tzinfo is not None:
            value = value.astimezone(dt.UTC).replace(tzinfo=None)
        found: np.datetime64 | np.timedelta64 = np.timedelta64(value) if spans else np.datetime64(value)
        return int(found.astype("m8[us]" if spans else "M8[us]").astype(np.int64))
    except (OverflowError, ValueError):
        return _NAT
