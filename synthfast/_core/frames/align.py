"""Two columns that hold one thing in different storages, brought to one storage where nothing is lost by it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synthfast._core.frames.columns import ColumnData

__all__ = ["align"]

Mask = npt.NDArray[np.bool_]
Pair = tuple[ColumnData, ColumnData, Mask]

_NUMBERS = ("float", "integer", "boolean", "decimal")
_TIMES = ("datetime", "duration", "time")
_LEVELS = ("string", "category", "object")
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_PER_DAY = {"D": 1, **{unit: 86_400 * count for unit, count in _PER_SECOND.items()}}


def align(column: ColumnData, like: ColumnData) -> Pair | None:
    """Bring a column to another's storage; None where the two hold different things.

    Parameters
    ----------
    column, like : ColumnData
        Of the same number of rows.

    Returns
    -------
    column, like : ColumnData
        In one storage: that of ``like``, with the finer unit of the two, or with the categories of both.
    fits : ndarray of bool, shape (n_rows,)
        Rows in which ``column`` holds what it held before. Missing rows are missing and fit.
    """
    for storages, way in _WAYS:
        if column.storage in storages and like.storage in storages:
            return way(column, like)
    return None


def _align_numbers(column: ColumnData, like: ColumnData) -> Pair:
    present = _present(column)
    exact = np.where(present, column.array, column.array.dtype.type(0))
    if column.storage == "decimal" and column.scale != like.scale:
        exact = exact / 10.0**column.scale
    power = 10.0**like.scale if like.storage == "decimal" and column.scale != like.scale else 1.0
    with np.errstate(invalid="ignore", over="ignore"):
        wanted = exact if power == 1.0 else np.rint(exact * power)
        found = wanted.astype(like.array.dtype)
        fits = (found if power == 1.0 else found / power) == exact
        if found.dtype.kind == "f" and exact.dtype.kind in "iu":  # a comparison of floats would not tell
            fits &= found.astype(exact.dtype) == exact
    if like.storage == "float":
        found[~present] = np.nan
    valid = None if like.storage == "float" or present.all() else present
    return replace(like, values=found, valid=valid, spelled={}, _factorized=None), like, fits | ~present


def _align_times(column: ColumnData, like: ColumnData) -> Pair | None:
    if column.storage != like.storage or (column.timezone is None) != (like.timezone is None):
        return None
    unit = max(str(column.unit), str(like.unit), key=_PER_DAY.__getitem__)
    one, fits = _in_unit(column, unit)
    other, held = _in_unit(like, unit)
    if not held.all():  # years that the finer unit does not hold
        return None
    return replace(one, dtype=like.dtype, timezone=like.timezone), other, fits


def _in_unit(column: ColumnData, unit: str) -> tuple[ColumnData, Mask]:
    """The column in a unit that is no coarser, and which rows that unit holds."""
    factor = _PER_DAY[unit] // _PER_DAY[str(column.unit)]
    if factor == 1:
        return column, np.ones(column.n_rows, dtype=bool)
    held = np.abs(column.array) <= np.iinfo(np.int64).max // factor
    values = np.where(held, column.array, 0) * factor
    return replace(column, values=values, unit=unit, spelled={}, _factorized=None), held | ~_present(column)


def _align_levels(column: ColumnData, like: ColumnData) -> Pair:
    codes, found = column.factorize()
    levels = found.to_pylist() if isinstance(found, pa.Array) else list(found)
    if like.storage == "string":
        return _align_text(column, like, codes, levels)
    categories = list(cast(Sequence[Any], like.categories))
    by_type = like.storage == "object"
    places = {_key(level, by_type): place for place, level in enumerate(categories)}
    table = np.full(len(levels) + 1, -1, dtype=np.int32)
    for code in np.unique(codes[codes >= 0]):
        key = _key(levels[code], by_type)
        if key not in places:
            places[key] = len(categories)
            categories.append(levels[code])
        table[code] = places[key]
    one, other = (
        replace(like, values=values, categories=categories, spelled={}, _factorized=None)
        for values in (table[codes], like.array)
    )
    return one, other, np.ones(column.n_rows, dtype=bool)


def _align_text(column: ColumnData, like: ColumnData, codes: npt.NDArray[np.int32], levels: list[Any]) -> Pair:
    texts = pa.array([level if isinstance(level, str) else None for level in levels], pa.large_string())
    strings = texts.take(pa.array(codes, mask=codes < 0))
    fits = np.array([*(isinstance(level, str) for level in levels), True])[codes]
    return replace(like, strings=strings, spelled={}, _factorized=None), like, fits


def _key(level: Any, by_type: bool) -> tuple[str, Any]:
    """True is never 1; in columns of mixed types 1 is not 1.0 either."""
    return (type(level).__name__ if by_type or isinstance(level, bool) else "", level)


def _present(column: ColumnData) -> Mask:
    missing = column.missing()
    return np.ones(column.n_rows, dtype=bool) if missing is None else ~missing


_WAYS: tuple[tuple[tuple[str, ...], Callable[[ColumnData, ColumnData], Pair | None]], ...] = (
    (_NUMBERS, _align_numbers),
    (_TIMES, _align_times),
    (_LEVELS, _align_levels),
)
