"""How the columns of mixed tables become coordinates: numbers and times to scale, levels by their codes."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames import ColumnData, Table
from synthfast.exceptions import DataError

__all__ = ["MISSING", "Metric", "NumberAxis", "fit_number", "level_codes", "settle_kind"]

Floats = NDArray[np.float64]
Metric = Literal["euclidean", "gower"]

FARTHEST: Final = float(np.finfo(np.float64).max)
MISSING: Final = {"euclidean": -5.0, "gower": FARTHEST}  # where a missing number lies on its column's scale
_TICKS: Final = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}  # per second
_KINDS: Final = {
    "float": "numbers",
    "integer": "numbers",
    "decimal": "numbers",
    "datetime": "dates",
    "duration": "durations",
    "time": "durations",
}  # all else holds levels


def settle_kind(name: Hashable, given: Mapping[str, Table]) -> str:
    """What a column holds, in all tables that have values in it."""
    kinds: dict[str, str] = {}
    for role, table in given.items():
        column = table.column(name)
        missing = column.missing()
        if column.n_rows and (missing is None or not missing.all()):
            kinds.setdefault(_KINDS.get(column.storage, "levels"), f"{column.dtype} in {role}")
    if len(kinds) > 1:
        raise DataError(
            f"column {name!r}: expected numbers, dates, durations or levels in all tables alike, got "
            f"{' but '.join(kinds.values())}. Cast it to one of them."
        )
    return next(iter(kinds), "levels")


@dataclass(frozen=True)
class NumberAxis:
    """How a column of numbers becomes a coordinate."""

    name: Hashable
    origin: int  # second since 1970 that dates are counted from
    center: float
    scale: float
    missing: float

    def place(self, column: ColumnData, role: str) -> Floats:
        """Coordinates of a column, (n_rows,), all finite."""
        with np.errstate(over="ignore"):
            place = (_numbers(column, self.origin, role) - self.center) / self.scale
        place = np.clip(place, -0.5 * FARTHEST, 0.5 * FARTHEST)
        place[np.isnan(place)] = self.missing
        return place


def fit_number(column: ColumnData, metric: Metric, role: str) -> tuple[NumberAxis, bool]:
    """The coordinate of a column of numbers, and whether it varies."""
    dates = column.present() if column.storage == "datetime" else np.empty(0)
    origin = int(_whole_seconds(dates.min(), column.unit)) if len(dates) else 0
    values = _numbers(column, origin, role)
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return NumberAxis(column.name, origin, 0.0, 1.0, MISSING[metric]), False
    exponent = int(np.frexp(np.abs(known).max())[1])
    known = np.ldexp(known, -exponent)  # exact, and squares do not overflow
    low, high = known.min(), known.max()
    center, scale = (known.mean(), known.std()) if metric == "euclidean" else (low, high - low)
    with np.errstate(over="ignore"):
        center, scale = np.ldexp(center, exponent), min(np.ldexp(scale, exponent), FARTHEST)
    varies = bool(high > low and scale > 0.0)
    return NumberAxis(column.name, origin, float(center), float(scale) if varies else 1.0, MISSING[metric]), varies


def _numbers(column: ColumnData, origin: int, role: str) -> Floats:
    """The column as float64, times in seconds, NaN where missing."""
    if column.storage not in _KINDS:  # a column without values
        return np.full(column.n_rows, np.nan)
    if column.storage == "decimal":
        values = column.array / 10.0**column.scale
    elif column.unit is not None:
        whole = _whole_seconds(column.array, column.unit)
        rest = 0 if column.unit == "D" else column.array % _TICKS[column.unit] / _TICKS[column.unit]
        values = (whole - origin).astype(np.float64) + rest
    else:
        values = column.array.astype(np.float64)
    infinite = np.flatnonzero(np.isinf(values))
    if len(infinite):
        raise DataError(
            f"{role}: column {column.name!r}: expected finite numbers, got {values[infinite[0]]} in row {infinite[0]}. "
            "Replace infinite values by missing ones or by a large number."
        )
    missing = column.missing()
    if missing is not None:
        values[missing] = np.nan
    return values


def _whole_seconds(ticks: Any, unit: str | None) -> Any:
    return ticks * 86_400 if unit == "D" else ticks // _TICKS[str(unit)]


def level_codes(column: ColumnData, known: dict[str, int]) -> NDArray[np.int64]:
    """Codes of the column's levels, (n_rows,), -1 where missing; new levels join the known ones."""
    codes, levels = column.factorize()
    names = levels if isinstance(levels, list) else levels.to_pylist()
    shared = [known.setdefault(_level_text(name), len(known)) for name in names]
    return np.array([*shared, -1], dtype=np.int64)[codes]


def _level_text(level: Any) -> str:
    return str(int(level)) if isinstance(level, float) and level.is_integer() else str(level)
