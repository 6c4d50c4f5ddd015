"""Scalars and column names in JSON and back, with their Python types kept."""

import base64
import datetime as dt
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np

__all__ = ["from_json_value", "to_json_value"]


def to_json_value(value: Any) -> Any:
    """Turn a scalar (or a tuple of scalars) into something ``json.dumps`` writes and ``from_json_value`` restores.

    Plain None, bool, int, finite float and str stand for themselves; other types become a one-key ``{"$type": ...}``.

    Raises
    ------
    TypeError
        If the value's type has no JSON form here.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return {"$float": repr(value)}
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, tuple):
        return {"$tuple": [to_json_value(item) for item in value]}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode("ascii")}
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    return _time_to_json(value)


def _time_to_json(value: Any) -> Any:
    if hasattr(value, "asm8") and hasattr(value, "unit"):  # pandas Timestamp and Timedelta, without importing pandas
        if hasattr(value, "tz"):
            zone = None if value.tz is None else str(value.tz)
            return {"$timestamp": [int(value.asm8.view("i8")), value.unit, zone]}
        return {"$pandas_timedelta": [int(value.asm8.view("i8")), value.unit]}
    if hasattr(value, "closed") and hasattr(value, "left") and hasattr(value, "right"):  # pandas Interval
        return {"$interval": [to_json_value(value.left), to_json_value(value.right), value.closed]}
    for tag, kind in (("$datetime", dt.datetime), ("$date", dt.date), ("$time", dt.time)):
        if isinstance(value, kind):
            return {tag: value.isoformat()}
    if isinstance(value, dt.timedelta):
        return {"$timedelta": [value.days, value.seconds, value.microseconds]}
    if isinstance(value, str):  # a subclass, such as an enum member: its plain value
        return str.__str__(value)
    if isinstance(value, (int, float)):
        return int(value) if isinstance(value, int) else float(value)
    raise TypeError(f"expected a plain scalar, got {type(value).__name__}: {value!r}")


def from_json_value(value: Any) -> Any:
    """Undo ``to_json_value``.

    Raises
    ------
    ValueError
        If a ``$type`` tag is unknown.
    """
    if not isinstance(value, dict):
        return value
    ((tag, body),) = value.items()
    if tag == "$tuple":
        return tuple(from_json_value(item) for item in body)
    reader = _READERS.get(tag)
    if reader is None:
        raise ValueError(f"expected one of {sorted(_READERS)}, got the tag {tag!r}")
    return reader(body)


def _read_timestamp(body: list[Any]) -> Any:
    import pandas as pd

    stamp = pd.Timestamp(np.datetime64(body[0], body[1]))
    return stamp if body[2] is None else stamp.tz_localize("UTC").tz_convert(body[2])


def _read_timedelta(body: list[Any]) -> Any:
    import pandas as pd

    return pd.Timedelta(np.timedelta64(body[0], body[1]))


def _read_interval(body: list[Any]) -> Any:
    import pandas as pd

    return pd.Interval(from_json_value(body[0]), from_json_value(body[1]), closed=body[2])


_READERS: dict[str, Callable[[Any], Any]] = {
    "$float": float,
    "$bytes": base64.b64decode,
    "$decimal": Decimal,
    "$timestamp": _read_timestamp,
    "$pandas_timedelta": _read_timedelta,
    "$interval": _read_interval,
    "$datetime": dt.datetime.fromisoformat,
    "$date": dt.date.fromisoformat,
    "$time": dt.time.fromisoformat,
    "$timedelta": lambda body: dt.timedelta(*body),
}
