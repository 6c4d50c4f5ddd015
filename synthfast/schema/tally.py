"""Exact facts of a column counted batch by batch: those of parts merge to those of all rows, in any order.

What a column is (its kind, its spelling, its pattern) is judged on a sample of rows; what can be counted is then told
from all of them.
"""

import math
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from synthfast._core.frames import ColumnData
from synthfast.schema.columns import GENERATED_KINDS, LEVEL_KINDS, NUMERIC_KINDS, TIME_KINDS, Column
from synthfast.schema.levels import count_levels, tell_levels
from synthfast.schema.numbers import check_finite, find_decimals, tell_range
from synthfast.schema.patterns import learn_ends, without_gaps
from synthfast.schema.times import RESOLUTIONS, find_resolution, tell_times
from synthfast.schema.zones import to_local

__all__ = ["ColumnTally"]

MAX_LEVELS = 131_072  # that are counted; a column of more is told from the sample
_EXACT = 2.0**53
_TEXTS = ("string", "category", "object", "boolean")
_NUMBERS = ("float", "integer", "decimal")
_TIMES = ("datetime", "duration", "time")


@dataclass(frozen=True)
class ColumnTally:
    """What was counted of one column.

    Parameters
    ----------
    like : ColumnData
        The column without its values.
    n_missing : int
        Rows without a value.
    low, high : int or float, optional
        Extremes of numbers and times, with ``n_low`` and ``n_high`` rows that hold them.
    decimals : int, optional
        Fewest decimals that write all numbers; None where none do.
    divisor : int, optional
        Greatest common divisor of the numbers in units of the last decimal; 0 where they are all zero, None where they
        are not counted in units.
    resolution, local_resolution : str, optional
        Coarsest resolution of all times, in UTC and on the zone's clock.
    local_range : tuple of int, optional
        ``low, n_low, high, n_high`` on the zone's clock.
    levels : Counter, optional
        Rows of each level by its type and value; None where there are more than ``MAX_LEVELS``.
    """

    like: ColumnData
    n_missing: int = 0
    low: Any = None
    n_low: int = 0
    high: Any = None
    n_high: int = 0
    decimals: int | None = 0
    divisor: int | None = 0
    resolution: str = "day"
    local_resolution: str = "day"
    local_range: tuple[int, int, int, int] | None = None
    levels: "Counter[tuple[str, Any]] | None" = field(default_factory=Counter)

    @classmethod
    def of(cls, data: ColumnData) -> "ColumnTally":
        """Count a column of a batch.

        Raises
        ------
        SchemaError
            If a number is infinite.
        """
        missing = data.missing()
        n_missing = 0 if missing is None else int(np.count_nonzero(missing))
        blank = ColumnData(
            data.name, data.storage, 0, data.dtype, unit=data.unit, timezone=data.timezone, scale=data.scale,
            ordered=data.ordered, categories=data.categories, values=None if data.values is None else data.values[:0],
        )  # fmt: skip
        empty = cls(blank, n_missing)
        if n_missing == data.n_rows:
            return empty
        if data.storage in _TEXTS:
            return replace(empty, levels=_count(data))
        if data.storage in _NUMBERS:
            return replace(empty, **_count_numbers(data))
        return replace(empty, **_count_times(data))

    @property
    def empty(self) -> bool:
        """Whether no value was seen."""
        return self.low is None and self.levels is not None and not self.levels

    def merge(self, other: "ColumnTally") -> "ColumnTally":
        """Tally of the rows of both."""
        n_missing = self.n_missing + other.n_missing
        if self.empty or other.empty:
            kept = other if self.empty else self
            return replace(kept, n_missing=n_missing)
        if self.low is None:
            if self.levels is None or other.levels is None:
                return replace(self, n_missing=n_missing, levels=None)
            levels = self.levels + other.levels
            return replace(self, n_missing=n_missing, levels=levels if len(levels) <= MAX_LEVELS else None)
        low, n_low, high, n_high = _merge_ranges(
            (self.low, self.n_low, self.high, self.n_high), (other.low, other.n_low, other.high, other.n_high)
        )
        decimals = None if self.decimals is None or other.decimals is None else max(self.decimals, other.decimals)
        local = self.local_range
        if local is not None and other.local_range is not None:
            local = _merge_ranges(local, other.local_range)
        return replace(
            self, n_missing=n_missing, low=low, n_low=n_low, high=high, n_high=n_high, decimals=decimals,
            divisor=_merge_divisors(self, other, decimals), local_range=local,
            resolution=_finer(self.resolution, other.resolution),
            local_resolution=_finer(self.local_resolution, other.local_resolution),
        )  # fmt: skip

    # -- the column that it tells --------------------------------------------------------------------------------------

    def correct(self, column: Column, n_rows: int, min_level_count: int) -> Column:
        """The column, as a sample showed it, with everything that was counted; kind and spelling stay.

        A constant that is none in all rows becomes what its values are, and integers with decimals continuous. Numbers
        between the identifiers of a sample are not free, so new ones come from beyond all of them.
        """
        if column.format is not None:  # what its texts stand for was not counted
            return column
        column = replace(column, missing_rate=self.n_missing / n_rows)
        if column.kind in GENERATED_KINDS and column.pattern is not None:
            return replace(column, pattern=self._correct_pattern(dict(column.pattern), n_rows))
        if self.low is not None and column.kind in (*NUMERIC_KINDS, "constant") and self.like.storage in _NUMBERS:
            return self._correct_numbers(column, min_level_count)
        if self.low is not None and column.kind in TIME_KINDS:
            return self._correct_times(column, min_level_count)
        if column.kind in LEVEL_KINDS and self.levels:
            return self._correct_levels(column, min_level_count)
        return column

    def _correct_pattern(self, pattern: dict[str, Any], n_rows: int) -> dict[str, Any]:
        if pattern.get("type") == "integer" and self.low is not None:
            return {**pattern, **learn_ends(int(self.low), int(self.high), n_rows, limit=pattern["limit"])}
        return without_gaps(pattern)

    def _correct_numbers(self, column: Column, min_level_count: int) -> Column:
        if self.low == self.high:
            return column
        unit = 10**self.like.scale if self.like.storage == "decimal" else 1
        low, high = (self.low / unit, self.high / unit) if unit > 1 else (self.low, self.high)
        step: int | float | None = None
        if column.step is not None and self.decimals is not None and self.divisor:
            step = self.divisor if self.decimals == 0 else self.divisor / 10**self.decimals
            if self.divisor == 1 or (self.decimals > 0 and self.divisor < 5):
                step = None
        limits = np.iinfo(self.like.array.dtype) if self.like.storage == "integer" else None
        keep = [count >= min_level_count for count in (self.n_low, self.n_high)]
        facts = tell_range(low, high, keep, limits, decimals=self.decimals, step=step)
        kind = "integer" if self.decimals == 0 else "continuous"
        return replace(column, kind=kind, levels=(), shares=(), note="", **facts)

    def _correct_times(self, column: Column, min_level_count: int) -> Column:
        ranks = list(RESOLUTIONS)
        local = self.local_range is not None and ranks.index(self.local_resolution) < ranks.index(self.resolution)
        ends = self.local_range if local else (self.low, self.n_low, self.high, self.n_high)
        assert ends is not None
        keep = [count >= min_level_count for count in (ends[1], ends[3])]
        resolution = self.local_resolution if local else self.resolution
        return replace(column, **tell_times(ends[0], ends[2], keep, self.like, resolution, local=local))

    def _correct_levels(self, column: Column, min_level_count: int) -> Column:
        assert self.levels is not None
        known = list(column.levels) if self.like.storage != "category" else list(self.like.categories or ())
        order = {(type(level).__name__, level): place for place, level in enumerate(known)}
        found = sorted(self.levels.items(), key=lambda item: (order.get(item[0], len(order)), str(item[0])))
        counts = np.array([count for _, count in found], dtype=np.int64)
        facts = tell_levels([level for (_, level), _ in found], counts, self.like, min_level_count)
        kind = column.kind
        if kind == "constant" and len(facts["levels"]) > 1:
            kind = "boolean" if self.like.storage == "boolean" else "ordinal" if facts["ordered"] else "categorical"
        return replace(column, kind=kind, **{**facts, "ordered": facts["ordered"] or column.ordered})


def _count(data: ColumnData) -> "Counter[tuple[str, Any]] | None":
    found, counts = count_levels(data)
    if len(counts) > MAX_LEVELS:
        return None
    levels = found.to_pylist() if isinstance(found, pa.Array) else found
    return Counter({(type(v).__name__, v): n for v, n in zip(levels, counts.tolist(), strict=True) if n})


def _count_numbers(data: ColumnData) -> dict[str, Any]:
    if data.storage == "float":
        check_finite(data.name, data.array)
    values = data.present()
    low, high = values.min().item(), values.max().item()
    decimals: int | None = 0
    if data.storage == "float":
        decimals = find_decimals(values)
    elif data.storage == "decimal":
        divisor = int(np.gcd.reduce(values))
        decimals = next((d for d in range(data.scale) if divisor % 10 ** (data.scale - d) == 0), data.scale)
    return {
        **_ends(values, low, high),
        "decimals": decimals,
        "divisor": _divisor(values, decimals, max(abs(low), abs(high)), data),
    }


def _divisor(values: Any, decimals: int | None, largest: float, data: ColumnData) -> int | None:
    if decimals is None or largest * 10.0**decimals >= (_EXACT if data.storage == "float" else 2.0**63):
        return None
    if data.storage == "decimal":
        return int(np.gcd.reduce(values)) // 10 ** (data.scale - decimals)
    units = np.rint(values.astype(np.float64) * 10.0**decimals) if data.storage == "float" else values
    return int(np.gcd.reduce(units.astype(np.int64)))


def _merge_divisors(left: ColumnTally, right: ColumnTally, decimals: int | None) -> int | None:
    if decimals is None or left.divisor is None or right.divisor is None:
        return None
    scaled = (tally.divisor * 10 ** (decimals - tally.decimals) for tally in (left, right))  # type: ignore[operator]
    return math.gcd(*scaled)


def _count_times(data: ColumnData) -> dict[str, Any]:
    values, unit = data.present(), str(data.unit)
    out = {**_ends(values, int(values.min()), int(values.max())), "resolution": find_resolution(values, unit)}
    if data.timezone is not None:
        local = to_local(values, unit, data.timezone)
        ends = _ends(local, int(local.min()), int(local.max()))
        out |= {"local_range": tuple(ends.values()), "local_resolution": find_resolution(local, unit)}
    return out


def _ends(values: Any, low: Any, high: Any) -> dict[str, Any]:
    n_low, n_high = (int(np.count_nonzero(values == extreme)) for extreme in (low, high))
    return {"low": low, "n_low": n_low, "high": high, "n_high": n_high}


def _merge_ranges(left: tuple[Any, int, Any, int], right: tuple[Any, int, Any, int]) -> tuple[Any, int, Any, int]:
    low, high = min(left[0], right[0]), max(left[2], right[2])
    n_low = sum(part[1] for part in (left, right) if part[0] == low)
    return low, n_low, high, sum(part[3] for part in (left, right) if part[2] == high)


def _finer(left: str, right: str) -> str:
    ranks = list(RESOLUTIONS)
    return max(left, right, key=ranks.index)
