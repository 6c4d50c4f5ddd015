"""Ranges rounded outward, so that a schema does not disclose the one row that holds an extreme."""

import sys
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext

import numpy as np

__all__ = ["round_numbers_outward", "round_times_outward"]

_STEPS_PER_RANGE = 20
_LARGEST = sys.float_info.max
_SECOND = {"D": 1 / 86_400, "s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def round_numbers_outward(
    minimum: int | float,
    maximum: int | float,
    *,
    keep_minimum: bool,
    keep_maximum: bool,
    decimals: int | None,
    step: int | float | None = None,
) -> tuple[int | float, int | float]:
    """Round a range outward to a 1-2-5 grid of about a twentieth of its width.

    Parameters
    ----------
    minimum, maximum : int or float
        The exact extremes. Integers stay integers, of any size.
    keep_minimum, keep_maximum : bool
        Whether enough rows hold the extreme for it to be told as it is.
    decimals : int or None
        Decimal places of the values; the grid is never finer.
    step : int or float, optional
        Common step of the values; the rounded range begins and ends on it.
    """
    finest = None if decimals is None else _exact(step or 0) or Decimal(1).scaleb(-decimals)
    low, high = _exact(minimum), _exact(maximum)
    with localcontext(prec=400):  # a float's exact value and its grid both fit
        grid = _grid(high - low, finest)
        below = _whole(low / grid, ROUND_FLOOR) * grid
        above = _whole(high / grid, ROUND_CEILING) * grid
        if finest is not None:
            below = _whole(below / finest, ROUND_CEILING) * finest
            above = _whole(above / finest, ROUND_FLOOR) * finest
    return (
        minimum if keep_minimum else min(_like(minimum, below), minimum),
        maximum if keep_maximum else max(_like(maximum, above), maximum),
    )


def _like(value: int | float, rounded: Decimal) -> int | float:
    return int(rounded) if isinstance(value, int) else min(max(float(rounded), -_LARGEST), _LARGEST)


def _exact(value: int | float) -> Decimal:
    return Decimal(value) if isinstance(value, int) else Decimal(repr(value))


def _grid(width: Decimal, finest: Decimal | None) -> Decimal:
    if width <= 0:
        return finest or Decimal(1)
    target = width / _STEPS_PER_RANGE
    power = Decimal(1).scaleb(target.adjusted())
    grid = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= target)
    return grid if finest is None else max(grid, finest)


def _whole(value: Decimal, rounding: str) -> Decimal:
    return value.to_integral_value(rounding)


def round_times_outward(minimum: int, maximum: int, unit: str, *, datetimes: bool) -> tuple[int, int]:
    """Round a range of integer times outward to whole months, days, hours, minutes or seconds by its width.

    Parameters
    ----------
    minimum, maximum : int
        Exact extremes in ``unit``.
    unit : {"D", "s", "ms", "us", "ns"}
        Their unit.
    datetimes : bool
        Whether they are dates (months are calendar months) or spans.
    """
    seconds = _SECOND[unit]
    width = (maximum - minimum) / seconds
    if datetimes and width > 180 * 86_400:
        return _round_to_months(minimum, maximum, unit)
    for grid in (86_400, 3_600, 60, 1):
        if width > 2 * grid and grid * seconds >= 1:
            count = round(grid * seconds)
            return minimum // count * count, -(-maximum // count) * count
    return minimum, maximum


def _round_to_months(minimum: int, maximum: int, unit: str) -> tuple[int, int]:
    low = np.array(minimum).view(f"M8[{unit}]").astype("M8[M]")
    high = np.array(maximum).view(f"M8[{unit}]").astype("M8[M]") + 1
    last = high.astype(f"M8[{unit}]").astype(np.int64) - round(max(86_400 * _SECOND[unit], 1))
    first = low.astype(f"M8[{unit}]").astype(np.int64)
    return int(first), max(int(last), -(-maximum // _day(unit)) * _day(unit))


def _day(unit: str) -> int:
    return round(86_400 * _SECOND[unit])
