"""Columns of any container as whole numbers: what identifies, what is sensitive, and checks of both."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synthfast._core.frames import ColumnData, Table
from synthfast.exceptions import DataError, SchemaError
from synthfast.privacy._keys import Digits, group_columns

__all__ = ["Levels", "column_digits", "column_levels", "column_numbers", "is_numeric", "read_columns"]

_FLOAT_WIDTH: Final = 2**64
_WHOLE_RANGE: Final = 2**31
_NUMERIC: Final = ("float", "integer", "decimal", "datetime", "duration", "time")


@dataclass(frozen=True)
class Levels:
    """A column as numbers of its sorted distinct values.

    Attributes
    ----------
    codes : ndarray of int32, shape (n_rows,)
        -1 where missing.
    values : list, length n_levels
        The values; in the column's own order where it has one, else sorted.
    """

    codes: NDArray[np.int32]
    values: list[Any]

    def with_missing(self) -> "Levels":
        """Missing as a last level of its own, None, where there is any."""
        if not (self.codes < 0).any():
            return self
        codes = np.where(self.codes < 0, np.int32(len(self.values)), self.codes)
        return Levels(codes, [*self.values, None])


def read_columns(
    data: Any, quasi_identifiers: Any, sensitive: Any, owner: str
) -> tuple[Table, list[Hashable], list[Hashable]]:
    """The table, the names of its quasi-identifiers and of its sensitive columns, all checked.

    Raises
    ------
    DataError
        If a name is unknown or comes twice, there is no quasi-identifier, or a column is both.
    """
    table = Table.from_any(data)
    keys = _names(table, quasi_identifiers, "quasi_identifiers", owner)
    if not keys:
        raise DataError(f"{owner}: expected at least one column in quasi_identifiers, got none.")
    secrets = [] if sensitive is None else _names(table, sensitive, "sensitive", owner)
    both = [name for name in secrets if name in keys]
    if both:
        raise DataError(
            f"{owner}: {both!r} are both sensitive and quasi-identifiers. A column is one or the other: leave what an "
            "attacker knows in quasi_identifiers, and what must not be learned in sensitive."
        )
    return table, keys, secrets


def _names(table: Table, given: Any, argument: str, owner: str) -> list[Hashable]:
    one = isinstance(given, (str, bytes)) or not isinstance(given, (Sequence, np.ndarray))
    if isinstance(given, tuple) and given in table.names:  # a name of a column index with levels
        one = True
    names: list[Hashable] = [given] if one else list(given)
    unknown = [name for name in names if name not in table.names]
    if unknown:
        raise SchemaError(f"{owner}: {argument} {unknown!r} are not columns; they are {table.names!r}.")
    repeated = [name for place, name in enumerate(names) if name in names[:place]]
    if repeated:
        raise DataError(f"{owner}: {argument} name {repeated!r} more than once.")
    return names


def is_numeric(data: ColumnData) -> bool:
    """Whether the column has a distance: numbers, dates, times and spans; booleans and levels have none."""
    return data.storage in _NUMERIC


def column_digits(data: ColumnData) -> Digits:
    """The column as whole numbers, equal where its values are; missing is a value of its own, below all others."""
    if data.storage == "null":
        return Digits(np.zeros(data.n_rows, dtype=np.int8), 0, 1)
    if data.storage in ("string", "category", "object"):
        codes, levels = data.factorize()
        return Digits(codes, -1, len(levels) + 1)
    if data.storage == "float":
        return _float_digits(data.array)
    values, missing = data.array, data.missing()
    if missing is None:
        return _span(values)
    plain = _span(values[~missing])
    if plain.width >= 2**63:
        return column_digits_of_codes(column_levels(data))
    shifted = np.zeros(data.n_rows, dtype=np.int64)
    shifted[~missing] = (plain.values.astype(np.uint64) - np.uint64(plain.low % 2**64)).astype(np.int64) + 1
    return Digits(shifted, 0, plain.width + 1)


def column_digits_of_codes(levels: Levels) -> Digits:
    """Digits of numbered levels."""
    return Digits(levels.codes, -1, len(levels.values) + 1)


def _span(values: NDArray[Any]) -> Digits:
    if values.dtype == bool:
        return Digits(values, 0, 2)
    if not len(values):
        return Digits(values, 0, 1)
    low = int(values.min())
    return Digits(values, low, int(values.max()) - low + 1)


def _float_digits(values: NDArray[Any]) -> Digits:
    """Whole numbers where all are whole and near each other, else the bits, which ascend with the value."""
    wide = np.asarray(values, dtype=np.float64)
    if len(wide) and np.isfinite(wide).all():
        low, high = float(wide.min()), float(wide.max())
        if -(2.0**53) < low and high < 2.0**53 and high - low < _WHOLE_RANGE:
            whole = wide.astype(np.int64)
            if (whole == wide).all():
                return Digits(whole, int(low), int(high) - int(low) + 1)
    bits = np.where(np.isnan(wide), -np.inf, wide + 0.0).view(np.int64)
    ordered = bits ^ ((bits >> 63) & np.int64(2**63 - 1))
    ordered[np.isnan(wide)] = np.iinfo(np.int64).min
    return Digits(ordered, -(2**63), _FLOAT_WIDTH)


def column_levels(data: ColumnData) -> Levels:
    """The column by its distinct values, sorted; categories keep their own order and lose what no row has."""
    if data.storage == "null":
        return Levels(np.full(data.n_rows, -1, dtype=np.int32), [])
    if data.storage in ("string", "category", "object"):
        return _sorted_levels(data)
    missing = data.missing()
    present = np.ones(data.n_rows, dtype=bool) if missing is None else ~missing
    values = data.array[present]
    digits = _float_digits(values) if data.storage == "float" else _span(values)
    classes = group_columns([digits], len(values))
    codes = np.full(data.n_rows, -1, dtype=np.int32)
    codes[present] = classes.ids
    return Levels(codes, values[classes.first_rows()].tolist())


def _sorted_levels(data: ColumnData) -> Levels:
    codes, found = data.factorize()
    levels = found.to_pylist() if isinstance(found, pa.Array) else list(found)
    used = np.bincount(codes[codes >= 0], minlength=len(levels)) > 0
    places = [int(place) for place in np.flatnonzero(used)]
    if data.storage != "category":
        places.sort(key=lambda place: (type(levels[place]).__name__, levels[place]))
    ranks = np.full(len(levels) + 1, -1, dtype=np.int32)
    ranks[places] = np.arange(len(places), dtype=np.int32)
    return Levels(ranks[codes], [levels[place] for place in places])


def column_numbers(data: ColumnData, owner: str) -> NDArray[np.float64]:
    """A numeric column as float64, in the column's own unit, NaN where missing.

    Raises
    ------
    DataError
        If a number is infinite.
    """
    if data.storage == "null":
        return np.full(data.n_rows, np.nan)
    values = data.array.astype(np.float64)
    missing = data.missing()
    if missing is not None:
        values[missing] = np.nan
    if data.storage == "decimal":
        values /= 10.0**data.scale
    if np.isinf(values).any():
        raise DataError(
            f"{owner}: column {data.name!r} is infinite in row {int(np.argmax(np.isinf(values)))}; expected finite "
            "numbers or missing ones."
        )
    return values
