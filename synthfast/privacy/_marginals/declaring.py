"""Domains as users declare them: lists of values, ranges, columns of a schema."""

import datetime as dt
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from synthfast.encoding.missing import is_missing
from synthfast.exceptions import SchemaError
from synthfast.privacy._marginals.axes import Axis
from synthfast.schema import LEVEL_KINDS, NUMERIC_KINDS, TIME_KINDS, Column

__all__ = ["ONE_CELL_EACH", "declared_axis", "dtype_of", "in_zone"]

ONE_CELL_EACH = 128  # whole numbers of a range, at most so many, have a cell each


def declared_axis(name: Hashable, domain: Any) -> Axis:
    """What a declaration says of a column. Wide ranges have no cells yet: these are learned.

    Parameters
    ----------
    name : hashable
    domain : list, range or array of values; tuple ``(low, high)`` or ``(low, high, None)``; Column
        A None or NaN in it declares that values may be missing.

    Raises
    ------
    SchemaError
        If it is none of these, has no value, values of several types, or a range that is not finite or not ascending.
    """
    if isinstance(domain, Column):
        return _of_column(name, domain)
    if isinstance(domain, tuple):
        return _of_range(name, domain)
    if isinstance(domain, (str, bytes, Mapping)) or not hasattr(domain, "__iter__"):
        raise SchemaError(
            f"domain of column {name!r}: expected a list of values, a range (low, high), a Schema's column or 'learn', "
            f"got {domain!r:.80}."
        )
    return _of_values(name, list(domain))


def _of_values(name: Hashable, values: list[Any]) -> Axis:
    present = [value.item() if isinstance(value, np.generic) else value for value in values if not is_missing(value)]
    if not present:
        raise SchemaError(f"domain of column {name!r}: expected at least one value that is not missing, got none.")
    kinds = {_type_of(value) for value in present}
    if kinds == {"integer", "float"}:
        kinds, present = {"float"}, [float(value) for value in present]
    if len(kinds) > 1 or kinds & {"other", "time"}:
        wanted = "text, whole numbers, numbers or booleans, all of one type"
        raise SchemaError(f"domain of column {name!r}: expected {wanted}. Dates are declared as a range.")
    levels = tuple(dict.fromkeys(present))
    if "float" in kinds and not np.isfinite(levels).all():
        raise SchemaError(f"domain of column {name!r}: expected finite numbers.")
    return Axis(Column(name, "categorical", levels=levels), nullable=len(present) < len(values))


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    for kind, types in (("integer", int), ("float", float), ("string", str), ("time", (dt.date, dt.timedelta))):
        if isinstance(value, types):  # type: ignore[arg-type]
            return kind
    return "other"


def _of_range(name: Hashable, ends: tuple[Any, ...]) -> Axis:
    nullable = len(ends) == 3 and is_missing(ends[2])
    low, high = ends[:2] if nullable or len(ends) == 2 else (None, None)
    if is_missing(low) or is_missing(high):
        raise SchemaError(
            f"domain of column {name!r}: expected (low, high), or (low, high, None) where values may be missing. "
            "Values one by one are declared as a list."
        )
    low, high = (end.item() if isinstance(end, np.generic) else end for end in (low, high))
    kinds = {_type_of(low), _type_of(high)}
    if kinds <= {"integer", "float"}:
        column = Column(name, "integer" if kinds == {"integer"} else "continuous", minimum=low, maximum=high)
        return _of_column(name, column, nullable=nullable)
    column = Column(name, "datetime", minimum=_iso(name, low), maximum=_iso(name, high), unit=_unit(low, high))
    return _of_column(name, column, nullable=nullable)


def _iso(name: Hashable, end: Any) -> str:
    """ISO text in whole seconds, of zoned times in UTC."""
    try:
        return str(_plain_time(end).astype("M8[s]"))
    except (TypeError, ValueError) as error:
        raise SchemaError(
            f"domain of column {name!r}: expected two numbers or two dates, got {end!r:.80}. Values one by one are "
            "declared as a list."
        ) from error


def _unit(*ends: Any) -> str:
    """Days where both ends are days, else seconds."""
    days = all(_plain_time(end).astype("M8[s]") == _plain_time(end).astype("M8[D]") for end in ends)
    return "day" if days else "second"


def _plain_time(end: Any) -> np.datetime64:
    if getattr(end, "tzinfo", None) is not None:
        end = end.astimezone(dt.UTC).replace(tzinfo=None)
    return np.datetime64(end)


def in_zone(axis: Axis, timezone: str | None) -> Axis:
    """A declared range of times for a column of this zone, whose ends count as UTC; the dtype is public."""
    column = axis.column
    if column.kind != "datetime" or timezone is None or column.timezone is not None:
        return axis
    zoned = replace(column, timezone=timezone, unit="second" if column.unit == "day" else column.unit)
    return _of_column(axis.name, zoned, nullable=axis.nullable)


def _of_column(name: Hashable, column: Column, nullable: bool | None = None) -> Axis:
    """A schema's column without what it tells of rows: shares, heavy values, missing rate."""
    nullable = column.nullable if nullable is None else nullable
    public = replace(
        column, name=name, dtype="", storage="", missing_rate=0.0, shares=(), heavy_values=(), note="", generator=None
    )
    if column.kind in LEVEL_KINDS:
        axis = _of_values(name, [*column.levels, *([None] if nullable else [])])
        return Axis(replace(axis.column, ordered=column.ordered), nullable)
    if column.kind not in (*NUMERIC_KINDS, *TIME_KINDS):
        raise SchemaError(f"column {name!r}: a private table has no columns of kind {column.kind!r}. Drop it.")
    if column.format is not None:
        raise SchemaError(f"column {name!r}: numbers and dates that are spelled as text must be parsed before.")
    if public.minimum is None or public.maximum is None:
        raise SchemaError(f"column {name!r}: expected a declared minimum and maximum. Declare (low, high).")
    _check_ends(name, public)
    if column.kind == "integer":
        public = replace(public, storage="integer")  # so that whole numbers beyond 2**53 stay exact
    return Axis(public, nullable, _few_cells(Axis(public, nullable)))


def _check_ends(name: Hashable, column: Column) -> None:
    low, high = column.minimum, column.maximum
    if column.kind in NUMERIC_KINDS and not (np.isfinite(float(low)) and np.isfinite(float(high))):
        raise SchemaError(f"domain of column {name!r}: expected finite ends, got ({low}, {high}).")
    if not low <= high:
        raise SchemaError(f"domain of column {name!r}: expected low <= high, got ({low}, {high}).")


def _few_cells(axis: Axis) -> npt.NDArray[np.float64] | None:
    """A cell for each of a few whole numbers; one cell where there is one number; else None."""
    low, high = axis.ends()
    if axis.whole and high - low < ONE_CELL_EACH:
        return np.arange(low, high + 2.0)
    return np.array([low, high]) if low == high else None


def dtype_of(axis: Axis) -> str:
    """The pandas dtype of what is drawn; it follows from the domain alone."""
    column = axis.column
    if column.kind in TIME_KINDS:
        return "m8[us]" if column.kind == "timedelta" else f"datetime64[us{_zone(column)}]"
    sample: Any = column.levels[0] if axis.is_levels else (0 if axis.whole else 0.0)
    if isinstance(sample, bool):
        return "boolean" if axis.nullable else "bool"
    if isinstance(sample, int):
        return _integer_dtype(column.levels if axis.is_levels else (column.minimum, column.maximum), axis.nullable)
    return "float64" if isinstance(sample, float) else "str"


def _integer_dtype(values: Sequence[Any], nullable: bool) -> str:
    if max(values) >= 2**63:
        return "UInt64" if nullable else "uint64"
    return "Int64" if nullable else "int64"


def _zone(column: Column) -> str:
    return "" if column.timezone is None else f", {column.timezone}"
