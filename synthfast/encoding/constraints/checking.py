"""Which rows of a table break a constraint."""

import re
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synthfast._core.frames import ColumnData, Table
from synthfast.encoding.constraints.axis import axes_of
from synthfast.encoding.constraints.ranges import range_ends
from synthfast.encoding.table_codec import TableCodec
from synthfast.exceptions import ConstraintError
from synthfast.schema.constraints import (
    Constraint,
    FixedCombinations,
    FunctionalDependency,
    Ordered,
    Pattern,
    Predicate,
    Presence,
    Range,
    Total,
    Unique,
)

__all__ = ["broken_rows", "checked_mask", "ordered_broken", "row_keys", "total_broken"]

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def broken_rows(
    constraint: Constraint, table: Table, codec: TableCodec, *, reference: Table | None = None, data: Any = None
) -> Mask:
    """Tell the rows that break a constraint.

    Parameters
    ----------
    constraint : Constraint
    table : Table
        Rows to look at.
    codec : TableCodec
        Of a schema that was adapted to the constraint.
    reference : Table, optional
        Whose combinations are allowed; by default the table's own.
    data : table-like, optional
        The rows as a `Predicate` takes them.

    Returns
    -------
    ndarray of bool, shape (n_rows,)
        Where cells that the constraint compares are missing a row does not break it. Of rows that repeat what must be
        unique, or that disagree with the first one of a functional dependency, all but the first are told.
    """
    if isinstance(constraint, Range):
        return _range_broken(constraint, table, codec)
    if isinstance(constraint, Ordered):
        axes = axes_of([codec.codec(name) for name in constraint.names], repr(constraint))
        columns = codec.encode(table, constraint.names)
        values = [axis.values(columns[name].values) for axis, name in zip(axes, constraint.names, strict=True)]
        return ordered_broken(values, strict=constraint.strict)
    if isinstance(constraint, Total):
        columns = codec.encode(table, constraint.columns)
        values = [columns[name].values for name in constraint.columns]
        return total_broken(values[0], values[1:], codec.bounds(constraint.total).step)
    if isinstance(constraint, FixedCombinations):
        return _is_new(table, reference or table, constraint.names)
    if isinstance(constraint, FunctionalDependency):
        return _disagree(table, constraint)
    if isinstance(constraint, Unique):
        return _repeated(table, constraint)
    if isinstance(constraint, Pattern):
        return _mismatched(table.column(constraint.column), constraint.regex)
    if isinstance(constraint, Presence):
        return _misplaced(table, constraint)
    return ~checked_mask(cast(Predicate, constraint), data, table.n_rows)


def checked_mask(constraint: Predicate, data: Any, n_rows: int) -> Mask:
    """What a user's function says of rows.

    Raises
    ------
    ConstraintError
        If the function is not there, or does not return one bool a row.
    """
    if constraint.function is None:
        raise ConstraintError(
            f"constraint {constraint.name!r}: its function is not kept in files; give it again by "
            "synthfast.constraints.supply(model, name, function)."
        )
    allowed = np.asarray(constraint.function(data))
    if allowed.shape != (n_rows,) or allowed.dtype.kind not in "bO":
        raise ConstraintError(
            f"constraint {constraint.name!r}: expected its function to return {n_rows} bools, one a row, got "
            f"{allowed.dtype} of shape {allowed.shape}."
        )
    return allowed.astype(bool)


def _range_broken(constraint: Range, table: Table, codec: TableCodec) -> Mask:
    (axis,) = axes_of([codec.codec(constraint.column)], repr(constraint))
    values = axis.values(codec.encode(table, [constraint.column])[constraint.column].values)
    low, high = range_ends(constraint, axis)
    return (values < low) | (values > high)


def ordered_broken(values: list[Floats], *, strict: bool) -> Mask:
    """Rows in which a value is above a later one; strict: not below."""
    highest, out = values[0], np.zeros(len(values[0]), dtype=bool)
    for own in values[1:]:
        out |= (own <= highest) if strict else (own < highest)
        highest = np.fmax(highest, own)
    return out


def total_broken(total: Floats, parts: list[Floats], step: float | None) -> Mask:
    """Rows in which the parts do not add up to the total: by more than half its step, or 1e-9 of the magnitudes."""
    added, size = parts[0].copy(), np.abs(parts[0])
    for part in parts[1:]:
        added += part
        size += np.abs(part)
    slack = 1e-9 * size if step is None else 0.5 * step + 1e-12 * size
    return np.abs(added - total) > slack


def row_keys(table: Table, names: Any) -> tuple[npt.NDArray[np.int64], list[Any]]:
    """A number for each row, equal where rows agree in some columns; and the codes and levels it is made of."""
    keys = np.zeros(table.n_rows, dtype=np.int64)
    found = []
    for name in names:
        codes, levels = table.column(name).factorize()
        found.append((codes, levels))
        keys = keys * (len(levels) + 1) + codes + 1
        keys = np.unique(keys, return_inverse=True)[1].astype(np.int64)
    return keys, found


def _is_new(table: Table, reference: Table, names: Any) -> Mask:
    if table is reference:
        return np.zeros(table.n_rows, dtype=bool)
    known = set(_combinations(reference, names)[1])
    keys, combinations = _combinations(table, names)
    return np.array([one not in known for one in combinations], dtype=bool)[keys]


def _combinations(table: Table, names: Any) -> tuple[npt.NDArray[np.int64], list[tuple[Any, ...]]]:
    """Key of each row, and the values of each key."""
    keys, found = row_keys(table, names)
    first = np.unique(keys, return_index=True)[1]
    columns = [_shown(codes[first], levels) for codes, levels in found]
    return keys, list(zip(*columns, strict=True))


def _shown(codes: npt.NDArray[np.int32], levels: Any) -> list[Any]:
    listed = levels.to_pylist() if isinstance(levels, pa.Array) else list(levels)
    return [None if code < 0 else listed[code] for code in codes.tolist()]


def _disagree(table: Table, constraint: FunctionalDependency) -> Mask:
    told, _ = row_keys(table, constraint.determinants)
    all_keys, _ = row_keys(table, constraint.columns)
    first = np.unique(told, return_index=True)[1]
    return all_keys != all_keys[first][told]


def _repeated(table: Table, constraint: Unique) -> Mask:
    keys, found = row_keys(table, constraint.names)
    out = np.ones(table.n_rows, dtype=bool)
    out[np.unique(keys, return_index=True)[1]] = False
    for codes, _ in found:
        out &= codes >= 0
    return out


def _mismatched(data: ColumnData, regex: str) -> Mask:
    codes, levels = data.factorize()
    texts = levels if isinstance(levels, pa.Array) else pa.array([str(level) for level in levels], pa.large_string())
    wrong = [text is not None and re.fullmatch(regex, text) is None for text in texts.to_pylist()]
    return np.array([*wrong, False], dtype=bool)[codes]


def _misplaced(table: Table, constraint: Presence) -> Mask:
    codes, levels = table.column(constraint.by).factorize()
    listed = levels.to_pylist() if isinstance(levels, pa.Array) else list(levels)
    asked = np.array([*(level in constraint.levels for level in listed), False], dtype=bool)[codes]
    missing = table.column(constraint.column).missing()
    gone = np.zeros(table.n_rows, dtype=bool) if missing is None else missing
    return (~gone & ~asked) | (gone & asked) if constraint.required else ~gone & ~asked
