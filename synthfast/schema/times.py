"""Facts about a column of dates or spans: resolution and range."""

from typing import Any

import numpy as np
import numpy.typing as npt

from synthfast._core.frames import ColumnData
from synthfast.schema.numbers import spread_sample
from synthfast.schema.ranges import round_times_outward
from synthfast.schema.zones import to_local

__all__ = ["RESOLUTIONS", "describe_times", "find_resolution", "per_day", "tell_times"]

RESOLUTIONS = {"day": 1, "hour": 24, "minute": 1_440, "second": 86_400, "ms": 86_400_000, "us": 86_400_000_000,
               "ns": 86_400_000_000_000}  # fmt: skip
_NUMPY = {"day": "D", "hour": "h", "minute": "m", "second": "s", "ms": "ms", "us": "us", "ns": "ns"}
_STORED = {"D": "day", "s": "second", "ms": "ms", "us": "us", "ns": "ns"}


def per_day(unit: str) -> int:
    """How many of a NumPy time unit (``D s ms us ns``) make a day."""
    return RESOLUTIONS[_STORED[unit]]


def find_resolution(values: npt.NDArray[np.int64], unit: str) -> str:
    """The coarsest resolution that all integer times obey."""
    sample = spread_sample(values)
    stored = per_day(unit)
    for resolution, count in RESOLUTIONS.items():
        factor = stored // count
        if factor <= 1:
            return resolution
        if not (sample % factor).any() and not (values % factor).any():
            return resolution
    return _STORED[unit]


def _coarser_locally(values: npt.NDArray[np.int64], unit: str, zone: str, resolution: str) -> bool:
    """Whether times are whole days (hours, ...) on the zone's clock but not in UTC."""
    ranks = list(RESOLUTIONS)
    sample = to_local(spread_sample(values), unit, zone)
    if ranks.index(find_resolution(sample, unit)) >= ranks.index(resolution):
        return False
    return ranks.index(find_resolution(to_local(values, unit, zone), unit)) < ranks.index(resolution)


def describe_times(data: ColumnData, min_level_count: int) -> dict[str, Any]:
    """Facts of a datetime, duration or time column: ``minimum``, ``maximum``, ``unit``, ``timezone``.

    Datetimes tell their range as ISO text in UTC (or without a zone), spans as a count of ``unit``.
    """
    values = data.present()
    unit = str(data.unit)
    resolution = find_resolution(values, unit)
    local = data.timezone is not None and _coarser_locally(values, unit, data.timezone, resolution)
    if local:
        values = to_local(values, unit, str(data.timezone))
        resolution = find_resolution(values, unit)
    low, high = int(values.min()), int(values.max())
    keep = [int(np.count_nonzero(values == extreme)) >= min_level_count for extreme in (low, high)]
    return tell_times(low, high, keep, data, resolution, local=local)


def tell_times(
    low: int, high: int, keep: list[bool], data: ColumnData, resolution: str, *, local: bool
) -> dict[str, Any]:
    """Facts of times of a known exact range, in the unit of ``data``, of which no value is read."""
    unit = str(data.unit)
    rounded = round_times_outward(low, high, unit, datetimes=data.storage == "datetime")
    low, high = (extreme if kept else outer for extreme, kept, outer in zip((low, high), keep, rounded, strict=True))
    facts: dict[str, Any] = {"unit": resolution, "timezone": data.timezone, "local": local}
    if data.storage == "datetime":
        texts = [str(np.array(count).view(f"M8[{unit}]").astype(f"M8[{_NUMPY[resolution]}]")) for count in (low, high)]
        return {**facts, "minimum": texts[0], "maximum": texts[1]}
    if data.storage == "time":
        low, high = max(low, 0), min(high, per_day(unit) - 1)
    factor = per_day(unit) // RESOLUTIONS[resolution]
    return {**facts, "minimum": low // factor, "maximum": high // factor}
