"""Columns of Python objects: told apart by what they hold, and written back as the same Python types."""

import datetime as dt
from collections.abc import Hashable
from decimal import Decimal
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synthfast._core.frames.arrow_values import column_from_arrow
from synthfast._core.frames.columns import ColumnData, codes_of
from synthfast.exceptions import SchemaError

__all__ = ["read_object", "write_object"]

_SCALARS = (str, int, float, bool, Decimal, dt.date, dt.time, dt.timedelta, np.generic)


def read_object(name: Hashable, values: npt.NDArray[np.object_]) -> tuple[ColumnData, dict[str, Any]]:
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
        If the objects are lists, dicts, or otherwise not scalars; the message names the first such row.
    """
    import pandas as pd

    absent = pd.isna(values)
    facts: dict[str, Any] = {"missing": _missing_name(values, absent)}
    if absent.all():
        return ColumnData(name, "null", len(values), "object"), {**facts, "holds": "null"}
    holds = pd.api.types.infer_dtype(values, skipna=True)
    if holds == "string":
        strings = pa.array(values, pa.large_string(), from_pandas=True)
        return ColumnData(name, "string", len(values), "object", strings=strings), {**facts, "holds": "string"}
    reader = _READERS.get(holds)
    if reader is not None:
        data = reader(name, values, absent)
        if data is not None:
            return data, {**facts, "holds": data.storage if holds != "date" else "date"}
    return _read_mixed(name, values, absent), {**facts, "holds": "mixed"}


def _missing_name(values: npt.NDArray[np.object_], absent: npt.NDArray[np.bool_]) -> str:
    if not absent.any():
        return "none"
    first = values[int(np.argmax(absent))]
    if first is None:
        return "none"
    return {"NAType": "NA", "NaTType": "NaT"}.get(type(first).__name__, "nan")


def _read_boolean(name: Hashable, values: Any, absent: Any) -> ColumnData:
    plain = np.zeros(len(values), dtype=bool)
    plain[~absent] = values[~absent].astype(bool)
    return ColumnData(name, "boolean", len(values), "object", plain, ~absent if absent.any() else None)


def _read_integer(name: Hashable, values: Any, absent: Any) -> ColumnData:
    plain = np.zeros(len(values), dtype=np.int64)
    try:
        plain[~absent] = values[~absent].astype(np.int64)
    except OverflowError as error:
        row = next(i for i, value in enumerate(values) if not absent[i] and not -(2**63) <= value < 2**63)
        raise SchemaError(
            f"column {name!r}: expected integers of 64 bits, got {values[row]} in row {row}. "
            "Cast the column to float64 or to str."
        ) from error
    return ColumnData(name, "integer", len(values), "object", plain, ~absent if absent.any() else None)


def _read_float(name: Hashable, values: Any, absent: Any) -> ColumnData:
    plain = np.full(len(values), np.nan)
    plain[~absent] = values[~absent].astype(np.float64)
    return ColumnData(name, "float", len(values), "object", plain)


def _read_arrow(name: Hashable, values: Any, absent: Any) -> ColumnData | None:
    try:
        return column_from_arrow(name, pa.array(values, from_pandas=True), "object")
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return None


_READERS = {
    "boolean": _read_boolean,
    "integer": _read_integer,
    "floating": _read_float,
    "mixed-integer-float": _read_float,
    "decimal": _read_arrow,
    "date": _read_arrow,
}


def _read_mixed(name: Hashable, values: Any, absent: Any) -> ColumnData:
    """Levels told apart by type and value, so that 1, 1.0, True and '1' stay four."""
    for row in np.flatnonzero(~absent):
        if not isinstance(values[row], _SCALARS) or isinstance(values[row], bytes):
            raise SchemaError(
                f"column {name!r}: expected scalars, got {type(values[row]).__name__} in row {row}. "
                "Flatten nested values into columns, or drop the column."
            )
    keys: dict[tuple[type, Any], int] = {}
    codes = np.full(len(values), -1, dtype=np.int32)
    for row in np.flatnonzero(~absent):
        codes[row] = keys.setdefault((type(values[row]), values[row]), len(keys))
    return ColumnData(name, "object", len(values), "object", codes, categories=[value for _, value in keys])


def write_object(data: ColumnData, facts: dict[str, Any]) -> npt.NDArray[np.object_]:
    """Write a neutral column as an array of Python objects, with the column's own missing value."""
    missing = _missing_value(facts["missing"])
    if data.storage == "null":
        return np.full(data.n_rows, missing, dtype=object)
    if data.storage == "string":
        return _write_strings(cast(pa.Array, data.strings), missing)
    if data.storage == "object":
        table = np.empty(len(data.categories or ()) + 1, dtype=object)
        table[:-1] = list(data.categories or ())
        table[-1] = missing
        return table[data.array]
    if data.storage == "decimal":
        step = Decimal(1).scaleb(-data.scale)
        out = np.array([Decimal(int(value)) * step for value in data.array.tolist()] + [None], dtype=object)[:-1]
    elif facts["holds"] == "date":
        out = data.array.view("M8[D]").astype(object)
    else:
        out = data.array.astype(object)
    absent = data.missing()
    if absent is not None:
        out[absent] = missing
    return out


def _write_strings(strings: pa.Array, missing: Any) -> npt.NDArray[np.object_]:
    encoded = strings.dictionary_encode()  # one Python object for each distinct string
    table = np.empty(len(encoded.dictionary) + 1, dtype=object)
    table[:-1] = encoded.dictionary.to_pylist()
    table[-1] = missing
    return table[codes_of(encoded)]


def _missing_value(name: str) -> Any:
    if name == "none":
        return None
    if name == "nan":
        return np.nan
    import pandas as pd

    return pd.NA if name == "NA" else pd.NaT
