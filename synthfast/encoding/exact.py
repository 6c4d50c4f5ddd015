"""Codes of the values that conditions ask for: none is rounded on the way to one that was not asked for."""

import math
from collections.abc import Callable, Hashable
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

import numpy as np

from synthfast.encoding.encoded import Bounds
from synthfast.exceptions import ConditionError

__all__ = ["Held", "code_of_end", "code_of_value", "held_by_no_row", "nearest_code", "read_number"]

Held = Callable[[float], Fraction]  # the value of rows that have a code
_SMALLEST = -400  # decimal exponent below which a number is no different from zero


def read_number(value: Any) -> Fraction:
    """The number that a user gives, exactly; a float with a fraction is what its shortest text says.

    Raises
    ------
    TypeError, ValueError
        If it is no number.
    OverflowError
        If it is infinite, or beyond the largest float.
    """
    if isinstance(value, (int, np.integer)):
        return Fraction(int(value))
    if isinstance(value, Fraction):
        return value
    if not isinstance(value, (str, Decimal)):
        number = float(value)
        if number.is_integer():
            return Fraction(number)
        value = repr(number)
    try:
        exact = Decimal(value)
    except InvalidOperation as error:
        raise ValueError(f"{value!r} is no number") from error
    if not math.isfinite(float(exact)):
        raise OverflowError(f"{value!r} is not finite")
    return Fraction(exact) if exact and exact.adjusted() > _SMALLEST else Fraction(0)


def nearest_code(exact: Fraction, origin: int) -> float:
    """The float nearest to a value's distance from the origin."""
    return float(exact - origin)


def code_of_value(exact: Fraction, origin: int, held: Held, bounds: Bounds) -> float | None:
    """The code of a value; None where rows of that code have another value. A code that no row has is let pass."""
    code = nearest_code(exact, origin)
    return code if _is_outside(code, bounds) or held(code) == exact else None


def code_of_end(exact: Fraction, origin: int, held: Held, bounds: Bounds, *, upward: bool) -> float:
    """The code of an end of a range; moved into it, ``upward`` or down, to the next value that rows can have."""
    code = nearest_code(exact, origin)
    value = held(code)
    if _is_outside(code, bounds) or value == exact:
        return code
    code = nearest_code(value, origin)
    if (value < exact) != upward:
        return code
    code = _next_code(code, bounds, upward)
    return code if _is_outside(code, bounds) else nearest_code(held(code), origin)


def held_by_no_row(name: Hashable, value: Any, nearest: Any) -> ConditionError:
    """The error about a value that is asked for and that no row can have."""
    return ConditionError(
        f"column {name!r}: no row can have exactly the value {value!r}; the nearest that one can have is {nearest}. "
        "Ask for that, or for a range around it."
    )


def _is_outside(code: float, bounds: Bounds) -> bool:
    low = -math.inf if bounds.minimum is None else bounds.minimum
    high = math.inf if bounds.maximum is None else bounds.maximum
    return not low <= code <= high


def _next_code(code: float, bounds: Bounds, upward: bool) -> float:
    """The code of the next value that rows can have; the range's own end, which may lie between steps, is one."""
    step = bounds.step or 0.0
    if upward:
        following = max(code + step, math.nextafter(code, math.inf))
        return following if bounds.maximum is None else min(following, bounds.maximum)
    following = min(code - step, math.nextafter(code, -math.inf))
    return following if bounds.minimum is None else max(following, bounds.minimum)
