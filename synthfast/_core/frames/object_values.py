"""Columns of Python objects: told apart by what they hold, and written back as the same Python types."""

import datetime as dt
from collections.abc import Callable, Hashable
from decimal import Decimal
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synthfast._core.frames.arrow_values import column_from_arrow
from synthfast._core.frames.columns import ColumnData, codes_of
from synthfast._core.unicode import check_unicode, unicode_only
from synthfast.exceptions import SchemaError

__all__ = ["read_object", "write_object"]

_SCALARS = (str, int, float, bool, Decimal, dt.date, dt.time, dt.timedelta, np.generic)
_Objects = npt.NDArray[np.object_]
_Mask = npt.NDArray[np.bool_]


def read_object(name: Hashable, values: _Objects) -> tuple[ColumnData, dict[str, Any]]:
    """Read an array of Python objects and say how to write it back.

    Returns
    -------
    data : ColumnData
        The neutral column.
    facts : dict
        ``holds``: what the objects are; ``missing``: which missing value the column uses.

    Raises
    ------
    SchemaError
        If the objects are lists, dicts, or otherwise not scalars, or text that is no Unicode; the message names the
        first such row.
    """
    import pandas as pd

    try:
        absent = pd.isna(values)
    except ValueError:  # nested objects of various lengths
        absent = np.zeros(len(values), dtype=bool)
    facts: dict[str, Any] = {"missing": _missing_name(values, absent)}
    if absent.all():
        return ColumnData(name, "null", len(values), "object"), {**facts, "holds": "null"}
    holds = pd.api.types.infer_dtype(values, skipna=True)
    reader = _READERS.get(holds)
    data = None if reader is None else reader(name, values, absent)
    if data is None:
        return _read_mixed(name, values, absent), {**facts, "holds": "mixed"}
    if holds == "datetime" and any(type(value).__module__.startswith("pandas") for value in values[~absent][:100]):
        holds = "timestamp"
    return data, {**facts, "holds": holds}


def _missing_name(values: _Objects, absent: _Mask) -> str:
    if not absent.any():
        return "none"
    first = values[int(np.argmax(absent))]
    if first is None:
        return "none"
    return {"NAType": "NA", "NaTType": "NaT"}.get(type(first).__name__, "nan")


def _valid(absent: _Mask) -> _Mask | None:
    return ~absent if absent.any() else None


def _read_string(name: Hashable, values: _Objects, absent: _Mask) -> ColumnData:
    with unicode_only(f"column {name!r}", values):
        strings = pa.array(values, pa.large_string(), from_pandas=True)
    return ColumnData(name, "string", len(values), "object", strings=strings)


def _read_boolean(name: Hashable, values: _Objects, absent: _Mask) -> ColumnData:
    plain = np.zeros(len(values), dtype=bool)
    plain[~absent] = values[~absent].astype(bool)
    return ColumnData(name, "boolean", len(values), "object", plain, _valid(absent))


def _read_integer(name: Hashable, values: _Objects, absent: _Mask) -> ColumnData:
    plain = np.zeros(len(values), dtype=np.int64)
    try:
        plain[~absent] = values[~absent].astype(np.int64)
    except OverflowError as error:
        row = next(i for i, value in enumerate(values) if not absent[i] and not -(2**63) <= value < 2**63)
        raise SchemaError(
            f"column {name!r}: expected integers of 64 bits, got {values[row]} in row {row}. "
            "Cast the column to float64 or to str."
        ) from error
    return ColumnData(name, "integer", len(values), "object", plain, _valid(absent))


def _read_float(name: Hashable, values: _Objects, absent: _Mask) -> ColumnData:
    plain = np.full(len(values), np.nan)
    plain[~absent] = values[~absent].astype(np.float64)
    return ColumnData(name, "float", len(values), "object", plain)


def _read_times(name: Hashable, values: _Objects, absent: _Mask) -> ColumnData | None:
    """Datetimes, dates, times, spans and decimals; None where zones differ or Arrow has no type for them."""
    zones = {str(value.tzinfo) for value in values[~absent] if getattr(value, "tzinfo", None) is not None}
    zoned = sum(getattr(value, "tzinfo", None) is not None for value in values[~absent])
    if len(zones) > 1 or zoned not in (0, len(values) - int(absent.sum())):
        return None
    try:
        found = pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return None
    data = column_from_arrow(name, found, "object")
    data.timezone = zones.pop() if zones else None
    return data


_READERS: dict[str, Callable[[Hashable, _Objects, _Mask], ColumnData | None]] = {
    "string": _read_string,
    "boolean": _read_boolean,
    "integer": _read_integer,
    "floating": _read_float,
    "mixed-integer-float": _read_float,
    "decimal": _read_times,
    "date": _read_times,
    "datetime": _read_times,
    "timedelta": _read_times,
    "time": _read_times,
}


def _read_mixed(name: Hashable, values: _Objects, absent: _Mask) -> ColumnData:
    """Levels told apart by type and value, so that 1, 1.0, True and '1' stay four."""
    for row in np.flatnonzero(~absent):
        if not isinstance(values[row], _SCALARS) or isinstance(values[row], bytes):
            raise SchemaError(
                f"column {name!r}: expected scalars, got {type(values[row]).__name__} in row {row}. "
                "Flatten nested values into columns, decode bytes to text, or drop the column."
            )
    keys: dict[tuple[type, Any], int] = {}
    codes = np.full(len(values), -1, dtype=np.int32)
    for row in np.flatnonzero(~absent):
        codes[row] = keys.setdefault((type(values[row]), values[row]), len(keys))
    levels = [value for _, value in keys]
    check_unicode(levels, f"column {name!r}")
    return ColumnData(name, "object", len(values), "object", codes, categories=levels)


def write_object(data: ColumnData, facts: dict[str, Any]) -> _Objects:
    """Write a neutral column as an array of Python objects, with the column's own missing value."""
    missing = _missing_value(facts["missing"])
    if data.storage == "null":
        return np.full(data.n_rows, missing, dtype=object)
    if data.storage == "string":
        return _write_strings(cast(pa.Array, data.strings), missing)
    if data.storage == "object":
        return _look_up(list(data.categories or ()), data.array, missing)
    out = np.array(_write_plain(data, facts["holds"]), dtype=object)
    absent = data.missing()
    if absent is not None:
        out[absent] = missing
    return out


def _write_plain(data: ColumnData, holds: str) -> _Objects:
    if data.storage == "decimal":
        return _list_of([Decimal(value).scaleb(-data.scale) for value in data.array.tolist()])
    if data.storage in ("float", "integer", "boolean"):
        return data.array.astype(object)
    import pandas as pd

    if data.storage == "datetime" and holds != "date":
        stamps = pd.DatetimeIndex(data.array.view(f"M8[{data.unit}]"))
        if data.timezone is not None:
            stamps = stamps.tz_localize("UTC").tz_convert(data.timezone)
        return stamps.astype(object).to_numpy() if holds == "timestamp" else stamps.to_pydatetime()
    if data.storage == "datetime":
        return data.array.view(f"M8[{data.unit}]").astype("M8[D]").astype(object)
    spans = data.array.view(f"m8[{data.unit}]").astype("m8[us]")
    if data.storage == "time":
        midnight = dt.datetime(1970, 1, 1)
        return _list_of([(midnight + span).time() for span in spans.tolist()])
    return spans.astype(object)


def _list_of(items: list[Any]) -> _Objects:
    out = np.empty(len(items), dtype=object)
    out[:] = items
    return out


def _write_strings(strings: pa.Array, missing: Any) -> _Objects:
    encoded = strings.dictionary_encode()  # one Python object for each distinct string
    return _look_up(encoded.dictionary.to_pylist(), codes_of(encoded), missing)


def _look_up(levels: list[Any], codes: npt.NDArray[Any], missing: Any) -> _Objects:
    table = np.empty(len(levels) + 1, dtype=object)
    table[:-1] = levels
    table[-1] = missing
    return table[codes]


def _missing_value(name: str) -> Any:
    if name == "none":
        return None
    if name == "nan":
        return np.nan
    import pandas as pd

    return pd.NA if name == "NA" else pd.NaT
