"""A table's schema made ready for its constraints: kinds that they need, and ranges in which they can be met."""

import dataclasses
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

from synthfast._core.frames import Table
from synthfast.encoding.constraints.axis import Axis, axes_of
from synthfast.encoding.constraints.ranges import range_ends
from synthfast.encoding.constraints.regex import spellings
from synthfast.encoding.datetime import TimeCodec
from synthfast.encoding.numeric import NumericCodec
from synthfast.exceptions import ConstraintError, SchemaError
from synthfast.schema import GENERATED_KINDS, LEVEL_KINDS, NUMERIC_KINDS, TIME_KINDS, Column, Schema
from synthfast.schema.constraints import (
    Constraint,
    FixedCombinations,
    FunctionalDependency,
    Ordered,
    Pattern,
    Presence,
    Range,
    Total,
    Unique,
)
from synthfast.schema.inference import infer_column
from synthfast.schema.numbers import find_decimals

__all__ = ["adapt_schema", "axis_codec"]

_TEXT = ("string", "category")
Facts = dict[Hashable, Column]


def adapt_schema(schema: Schema, table: Table) -> Schema:
    """The schema with the kinds and ranges that its constraints ask for.

    Raises
    ------
    ConstraintError
        If a column cannot be what its constraints ask for, or ranges leave nothing.
    """
    facts: Facts = dict(schema.columns)
    for constraint in schema.constraints:
        _give_kinds(facts, table, constraint)
    for constraint in schema.constraints:
        if isinstance(constraint, Pattern):
            facts[constraint.column] = _as_pattern(facts[constraint.column], constraint)
    for constraint in schema.constraints:
        if isinstance(constraint, Unique):
            _make_unique(facts, table, constraint)
    _fit_ranges(facts, schema)
    return Schema(facts, schema.constraints)


def axis_codec(column: Column) -> NumericCodec | TimeCodec | Column:
    """The codec of a column of numbers or times; else the column, for `axes_of` to refuse."""
    if column.kind in NUMERIC_KINDS:
        return NumericCodec(column)
    return TimeCodec(column) if column.kind in TIME_KINDS else column


# -- kinds -------------------------------------------------------------------------------------------------------------


def _give_kinds(facts: Facts, table: Table, constraint: Constraint) -> None:
    """Make numbers of the columns that are compared or added, and levels of those that are combined."""
    if isinstance(constraint, (Range, Ordered, Total)):
        for name in constraint.columns:
            facts[name] = _as_numbers(facts[name], table, constraint)
    elif isinstance(constraint, (FixedCombinations, FunctionalDependency)):
        for name in constraint.columns:
            facts[name] = _as_levels(facts[name], table, constraint)
    elif isinstance(constraint, Presence) and facts[constraint.by].kind not in LEVEL_KINDS:
        facts[constraint.by] = _as_levels(facts[constraint.by], table, constraint)


def _as_numbers(column: Column, table: Table, constraint: Any) -> Column:
    if column.kind in (*NUMERIC_KINDS, *TIME_KINDS):
        return column
    data = table.column(column.name)
    if data.storage not in ("integer", "float", "decimal", "datetime", "duration", "time") or column.kind == "empty":
        raise ConstraintError(
            f"{constraint!r}: expected a column of numbers, dates or spans; {column.name!r} is of kind {column.kind!r} "
            f"and dtype {column.dtype}."
        )
    if data.storage in ("datetime", "duration", "time"):
        kind = "datetime" if data.storage == "datetime" else "timedelta"
    else:
        whole = data.storage == "integer" or (data.storage == "float" and find_decimals(data.array) == 0)
        kind = "integer" if whole else "continuous"
    return infer_column(data, {"kind": kind}, 5)


def _as_levels(column: Column, table: Table, constraint: Any) -> Column:
    """All levels of a column, the rare ones too: which of them stay is decided for whole combinations."""
    if (column.kind in TIME_KINDS and column.storage == "string") or column.kind == "empty":
        raise ConstraintError(f"{constraint!r}: expected levels; {column.name!r} is of kind {column.kind!r}.")
    kind = column.kind if column.kind in ("ordinal", "boolean") else "categorical"
    return infer_column(table.column(column.name), {"kind": kind}, 1)


def _as_pattern(column: Column, constraint: Pattern) -> Column:
    if column.storage not in _TEXT:
        raise ConstraintError(f"{constraint!r}: expected a column of text, got dtype {column.dtype}.")
    pattern = {"type": "regex", "regex": constraint.regex, "spellings": spellings(constraint.regex)}
    return _generated(column, pattern if constraint.unique else pattern | {"repeated": True})


def _generated(column: Column, pattern: Mapping[str, Any]) -> Column:
    return Column(column.name, "identifier", column.dtype, column.storage, column.missing_rate, pattern=dict(pattern))


def _make_unique(facts: Facts, table: Table, constraint: Unique) -> None:
    if any(_is_unique(facts[name]) for name in constraint.names):
        return
    free = [name for name in constraint.names if not _is_bound(facts[name], constraint)]
    for name in reversed(free):
        found = _as_identifier(facts[name], table)
        if found is not None:
            facts[name] = found
            return
    raise ConstraintError(
        f"{constraint!r}: expected a column of whole numbers or of text that can be generated row by row; none of "
        f"{list(constraint.names)!r} can."
    )


def _is_unique(column: Column) -> bool:
    pattern = column.pattern or {}
    kinds = ("integer", "serial", "letters", "shapes", "regex")
    repeated = any(pattern.get(key) for key in ("repeats", "pool", "repeated"))
    return column.kind == "identifier" and pattern.get("type") in kinds and not repeated and not column.nullable


def _is_bound(column: Column, constraint: Unique) -> bool:
    return column.kind == "identifier" and (column.pattern or {}).get("type") == "regex"


def _as_identifier(column: Column, table: Table) -> Column | None:
    try:
        found = infer_column(table.column(column.name), {"kind": "identifier"}, 5)
    except SchemaError:
        return None
    pattern = {key: value for key, value in (found.pattern or {}).items() if key not in ("repeats", "pool")}
    found = _generated(column, pattern)
    return found if _is_unique(dataclasses.replace(found, missing_rate=0.0)) else None


# -- ranges ------------------------------------------------------------------------------------------------------------


def _fit_ranges(facts: Facts, schema: Schema) -> None:
    """Ranges as declared; those of compared columns so wide that each can follow the others."""
    ordered = [c for c in schema.constraints if isinstance(c, Ordered)]
    for _ in range(len(ordered) or 1):  # as often as bounds can travel from one list to the next
        for one in ordered:
            _widen_ordered(facts, one)
    for constraint in schema.constraints:
        if isinstance(constraint, Total):
            _widen_total(facts, constraint)
    for constraint in schema.constraints:
        if isinstance(constraint, Range):
            _narrow(facts, constraint)
    for _ in range(len(ordered) or 1):
        for one in ordered:
            _pass_on_narrow(facts, one)


def _axes(facts: Facts, constraint: Any) -> list[Axis]:
    for name in constraint.columns:
        if facts[name].kind in GENERATED_KINDS:
            raise ConstraintError(f"{constraint!r}: contradicts another constraint, by which {name!r} is generated.")
    return axes_of([axis_codec(facts[name]) for name in constraint.columns], repr(constraint))


def _set_limits(facts: Facts, axis: Axis, low: float, high: float) -> None:
    name = axis.codec.column.name
    facts[name] = dataclasses.replace(facts[name], minimum=axis.fact(low), maximum=axis.fact(high))


def _widen_ordered(facts: Facts, constraint: Ordered) -> None:
    axes = _axes(facts, constraint)
    lows, highs = (list(ends) for ends in zip(*(axis.limits for axis in axes), strict=True))
    for k in range(1, len(axes)):
        highs[k] = max(highs[k], float(axes[k].above(np.array([highs[k - 1]]), strict=constraint.strict)[0]))
    for k in range(len(axes) - 2, -1, -1):
        lows[k] = min(lows[k], float(axes[k].below(np.array([lows[k + 1]]), strict=constraint.strict)[0]))
    for axis, low, high in zip(axes, lows, highs, strict=True):
        _set_limits(facts, axis, low, high)


def _widen_total(facts: Facts, constraint: Total) -> None:
    axes = _axes(facts, constraint)
    if not all(isinstance(axis.codec, NumericCodec) for axis in axes):
        raise ConstraintError(f"{constraint!r}: expected columns of numbers.")
    total, parts = facts[constraint.total], [facts[name] for name in constraint.parts]
    decimals = [0 if part.kind == "integer" else part.decimals for part in parts]
    own = 0 if total.kind == "integer" else total.decimals
    if total.kind == "continuous" and own is not None:  # a sum has as many decimals as its parts
        own = None if None in decimals else max(own, *(int(d or 0) for d in decimals))
    low, high = sum(axis.limits[0] for axis in axes[1:]), sum(axis.limits[1] for axis in axes[1:])
    low, high = min(low, axes[0].limits[0]), max(high, axes[0].limits[1])
    axis = Axis(NumericCodec(dataclasses.replace(total, decimals=own, step=None)))
    facts[constraint.total] = dataclasses.replace(
        total, decimals=own, step=None, minimum=axis.fact(low), maximum=axis.fact(high)
    )


def _narrow(facts: Facts, constraint: Range) -> None:
    column = facts[constraint.column]
    (axis,) = _axes(facts, constraint)
    least, most = range_ends(constraint, axis)
    low, high = max(axis.limits[0], least), min(axis.limits[1], most)
    if low > high:
        raise ConstraintError(
            f"{constraint!r}: leaves no value of column {column.name!r}, which other constraints and its own range "
            f"keep within {column.minimum} to {column.maximum}."
        )
    _set_limits(facts, axis, low, high)


def _pass_on_narrow(facts: Facts, constraint: Ordered) -> None:
    """A declared end of one column of a list is one for those before or after it."""
    axes = _axes(facts, constraint)
    lows, highs = (list(ends) for ends in zip(*(axis.limits for axis in axes), strict=True))
    for k in range(len(axes) - 2, -1, -1):
        highs[k] = min(highs[k], float(axes[k].below(np.array([highs[k + 1]]), strict=constraint.strict)[0]))
    for k in range(1, len(axes)):
        lows[k] = max(lows[k], float(axes[k].above(np.array([lows[k - 1]]), strict=constraint.strict)[0]))
    for axis, low, high in zip(axes, lows, highs, strict=True):
        if low > high:
            raise ConstraintError(f"{constraint!r}: contradicts the ranges of its columns; nothing is left of them.")
        _set_limits(facts, axis, low, high)
