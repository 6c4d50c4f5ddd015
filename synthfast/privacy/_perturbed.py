"""What all perturbations share: which columns, their numbers, and numbers written back as what the column holds."""

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames import ColumnData, Table
from synthfast._core.validation import check_number
from synthfast.exceptions import DataError, SchemaError
from synthfast.privacy._columns import is_numeric
from synthfast.privacy._release import release

__all__ = ["chosen_columns", "per_column", "present_numbers", "released_columns", "with_numbers"]

_DAY: Final = {"s": 86_400, "ms": 86_400 * 10**3, "us": 86_400 * 10**6, "ns": 86_400 * 10**9}


def chosen_columns(table: Table, columns: Any, owner: str, *, numeric: bool) -> list[Hashable]:
    """Names of the columns to change: those given, else all that are numeric (or all that are not).

    Raises
    ------
    SchemaError
        If a name is unknown.
    DataError
        If a column given is of the other kind.
    """
    if columns is None:
        return [n for n in table.names if table.column(n).storage != "null" and is_numeric(table.column(n)) == numeric]
    single = isinstance(columns, str) or not isinstance(columns, (list, tuple, np.ndarray))
    names: list[Hashable] = [columns] if single else list(columns)
    unknown = [name for name in names if name not in table.names]
    if unknown:
        raise SchemaError(f"{owner}: columns {unknown!r} are not there; they are {table.names!r}.")
    wrong = [n for n in names if table.column(n).storage != "null" and is_numeric(table.column(n)) != numeric]
    if wrong:
        wanted = "numbers, dates or spans" if numeric else "levels"
        raise DataError(f"{owner}: expected columns of {wanted}, got {wrong!r} of {table.column(wrong[0]).storage}.")
    return [name for name in names if table.column(name).storage != "null"]


def per_column(
    value: Any, names: list[Hashable], argument: str, *, minimum: float | None = None, maximum: float | None = None
) -> dict[Hashable, float]:
    """One number for each column, from one for all or a dict.

    Raises
    ------
    DataError
        If a dict names other columns, or lacks some.
    TypeError, ValueError
        If a number is out of range.
    """
    if not isinstance(value, Mapping):
        return dict.fromkeys(names, check_number(argument, value, minimum=minimum, maximum=maximum))
    odd = [name for name in [*value, *names] if (name in value) != (name in names)]
    if odd:
        raise DataError(f"{argument}: expected one number for each of {names!r}; {odd!r} are in one of both only.")
    return {name: check_number(argument, value[name], minimum=minimum, maximum=maximum) for name in names}


def present_numbers(data: ColumnData, owner: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Values as stored, as float64, and which rows have one.

    Raises
    ------
    DataError
        If a number is infinite.
    """
    missing = data.missing()
    present = np.ones(data.n_rows, dtype=bool) if missing is None else ~missing
    values = data.array[present].astype(np.float64)
    if np.isinf(values).any():
        row = int(np.flatnonzero(present)[int(np.argmax(np.isinf(values)))])
        raise DataError(f"{owner}: column {data.name!r} is infinite in row {row}; expected finite or missing numbers.")
    return values, present


def with_numbers(data: ColumnData, values: NDArray[np.float64], present: NDArray[np.bool_]) -> ColumnData:
    """The column with other numbers in its present rows: whole where it holds whole ones, inside its dtype's range.

    Numbers that are what the cells hold, as float64, leave these exactly as they are.
    """
    kind = data.array.dtype
    out = data.array.copy()
    other = values != data.array[present].astype(np.float64)
    values, rows = values[other], np.flatnonzero(present)[other]
    if data.storage == "time":
        values = np.mod(values, _DAY[str(data.unit)])
    if kind.kind == "f":
        out[rows] = values.astype(kind)
    else:
        out[rows] = _whole(values, kind)
    return replace(data, values=out, spelled={}, _factorized=None)


def _whole(values: NDArray[np.float64], kind: np.dtype[Any]) -> NDArray[Any]:
    limits = np.iinfo(kind)
    low, high = limits.min + (kind.itemsize == 8 and kind.kind == "i"), limits.max  # the least int64 says NaT
    rounded = np.rint(values)
    whole = np.clip(rounded, np.float64(low), np.nextafter(np.float64(high), 0) if kind.itemsize == 8 else high)
    return whole.astype(kind)


def released_columns(table: Table, new: Mapping[Hashable, ColumnData]) -> Any:
    """The caller's container with these columns in place of its own."""
    return release(table, np.arange(table.n_rows), {name: (data, None) for name, data in new.items()})
