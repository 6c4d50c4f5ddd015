"""How a neutral column of any table becomes numbers or level names, whatever type its twin in another table has."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from synthfast._core.frames import ColumnData, Table
from synthfast.exceptions import DataError
from synthfast.schema.columns import GENERATED_KINDS, Column
from synthfast.schema.inference import names_rows

__all__ = [
    "NUMERIC_KINDS",
    "UNCOMPARED_KINDS",
    "as_durations",
    "as_numbers",
    "as_times",
    "column_kind",
    "level_codes",
    "read_table",
]

NUMERIC_KINDS = ("numeric", "time", "duration")
UNCOMPARED_KINDS = ("text", "identifier")  # their values say nothing; only where they are missing is compared
TEXT_LEVELS = 50  # a string column with more distinct values than this and than half its known rows is text
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}.*)?")
ISO_PROBE = 20  # distinct strings looked at before a column is parsed as dates

_TICKS = {"D": 1 / 86_400, "s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}  # per second
_BOOLEAN_KEYS = {"0": "False", "1": "True", "false": "False", "true": "True"}
_KIND_OF = {
    "float": "numeric",
    "integer": "numeric",
    "decimal": "numeric",
    "datetime": "time",
    "duration": "duration",
    "time": "duration",
}


def read_table(data: Any, role: str) -> Table:
    """`data` as a neutral table.

    Raises
    ------
    DataError
        If it is no table; the message names its role in the comparison.
    """
    try:
        return Table.from_any(data)
    except DataError as error:
        raise type(error)(f"The {role} table cannot be read: {error}") from error


def column_kind(column: ColumnData, declared: Column | None = None) -> str:
    """What a column of the real table is compared as: numeric, time, duration, categorical, text or identifier.

    Identifiers are found by the rules of a schema, unless one is given that has ``declared`` what the column is.
    """
    kind = _kind_of_values(column)
    if kind == "text":
        return kind
    identifies = names_rows(column) if declared is None else declared.kind in GENERATED_KINDS
    return "identifier" if identifies else kind


def _kind_of_values(column: ColumnData) -> str:
    if column.storage != "string":
        return _KIND_OF.get(column.storage, "categorical")
    codes, levels = column.factorize()
    probe = [str(level) for level in levels[:ISO_PROBE].to_pylist()]  # type: ignore[union-attr]
    if probe and all(ISO_DATE.fullmatch(text) for text in probe) and _parse_dates(column.strings) is not None:
        return "time"
    n_known = int(np.count_nonzero(codes >= 0))
    return "text" if len(levels) > max(TEXT_LEVELS, n_known / 2) else "categorical"


def as_numbers(columns: Mapping[str, ColumnData]) -> dict[str, np.ndarray]:
    """One column of every table as float64 with NaN for missing.

    Raises
    ------
    DataError
        If a table holds something else in it than numbers.
    """
    return {role: _numbers(column, role) for role, column in columns.items()}


def as_durations(columns: Mapping[str, ColumnData]) -> tuple[dict[str, np.ndarray], str]:
    """One column of every table in seconds, and that unit.

    Raises
    ------
    DataError
        If a table holds something else in it than durations or times of day.
    """
    numbers = {}
    for role, column in columns.items():
        if column.storage == "null":
            numbers[role] = np.full(column.n_rows, np.nan)
        elif column.storage in ("duration", "time"):
            seconds = column.array / _TICKS[str(column.unit)]
            numbers[role] = _with_missing(seconds, column)
        else:
            raise _mismatch(column, role, "durations")
    return numbers, "seconds"


def as_times(columns: Mapping[str, ColumnData]) -> tuple[dict[str, np.ndarray], str]:
    """One column of every table in seconds since that of the real table's earliest time, and that unit.

    Times without a zone count as UTC.

    Raises
    ------
    DataError
        If a table holds something else in it than dates or times.
    """
    parts = {role: _time_parts(column, role) for role, column in columns.items()}
    origin = _earliest(parts)
    numbers = {}
    for role, (seconds, rest, known) in parts.items():
        since = (seconds - origin).astype(np.float64) + rest
        numbers[role] = np.where(known, since, np.nan)
    return numbers, f"seconds since {np.datetime64(origin, 's')}"


def _earliest(parts: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]]) -> int:
    """The second of the real table's earliest time, or of the first table that has any."""
    return next((int(seconds[known].min()) for seconds, _, known in parts.values() if known.any()), 0)


def _time_parts(column: ColumnData, role: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whole seconds since 1970 (int64), the rest of a second, and which rows are known."""
    if column.storage == "null":
        nothing = np.zeros(column.n_rows, dtype=np.int64)
        return nothing, nothing.astype(np.float64), np.zeros(column.n_rows, dtype=bool)
    if column.storage == "string":
        parsed = _parse_dates(column.strings)
        if parsed is None:
            raise _mismatch(column, role, "dates or times")
        values, known, unit = parsed, ~_missing(column), "us"
    elif column.storage == "datetime":
        values, known, unit = column.array, ~_missing(column), str(column.unit)
    else:
        raise _mismatch(column, role, "dates or times")
    if unit == "D":
        return values.astype(np.int64) * 86_400, np.zeros(len(values)), known
    ticks = int(_TICKS[unit])
    return values // ticks, (values % ticks) / ticks, known


def _parse_dates(strings: Any) -> np.ndarray | None:
    """Microseconds since 1970 of ISO strings, anything where null; None if any is not one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for zone in (None, "UTC"):
        try:
            parsed = strings.cast(pa.timestamp("us", zone)).cast(pa.int64())
        except pa.ArrowInvalid:
            continue
        return pc.fill_null(parsed, 0).to_numpy(zero_copy_only=False)
    return None


def _numbers(column: ColumnData, role: str) -> np.ndarray:
    if column.storage == "null":
        return np.full(column.n_rows, np.nan)
    if column.storage == "float":
        return column.array.astype(np.float64, copy=False)
    if column.storage in ("integer", "boolean"):
        return _with_missing(column.array.astype(np.float64), column)
    if column.storage == "decimal":
        return _with_missing(column.array / 10.0**column.scale, column)
    if column.storage in ("string", "category", "object"):
        codes, levels = column.factorize()
        try:
            table = np.array([*(float(str(level)) for level in levels), np.nan])
        except ValueError as error:
            raise _mismatch(column, role, "numbers") from error
        return table[codes]
    raise _mismatch(column, role, "numbers")


def _missing(column: ColumnData) -> np.ndarray:
    missing = column.missing()
    return np.zeros(column.n_rows, dtype=bool) if missing is None else missing


def _with_missing(values: np.ndarray, column: ColumnData) -> np.ndarray:
    return values if column.valid is None else np.where(column.valid, values, np.nan)


def _mismatch(column: ColumnData, role: str, expected: str) -> DataError:
    return DataError(
        f"Column {column.name!r} holds {expected} in the real table, but cannot be read as such in the {role} table"
        f" (dtype {column.dtype}). Convert it first."
    )


def level_codes(column: ColumnData, *, boolean: bool) -> tuple[np.ndarray, list[str]]:
    """Codes ``(n_rows,)`` with -1 for missing into a list of level names, in which 1 and 1.0 are the same level.

    Where `boolean` is true, 0 and 1 and the words in any case count as the truth values.
    """
    codes, levels = column.factorize()
    names = levels if isinstance(levels, list) else levels.to_pylist()
    keys: dict[str, int] = {}
    merged = np.empty(len(names) + 1, dtype=np.int64)
    merged[-1] = -1
    for position, value in enumerate(names):
        key = _level_key(value)
        if boolean:
            key = _BOOLEAN_KEYS.get(key.lower(), key)
        merged[position] = keys.setdefault(key, len(keys))
    return merged[codes], list(keys)


def _level_key(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
