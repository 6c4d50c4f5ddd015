"""Checks of arguments, and the wording of what goes wrong: what was expected, what came."""

import numbers
from collections.abc import Iterable
from typing import Any

import numpy as np

__all__ = ["check_choice", "check_integer", "check_number", "describe_value"]

_SHOWN = 80


def describe_value(value: Any) -> str:
    """A short text of any value: type and shape for arrays and tables, else a cut ``repr``."""
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and shape:
        return f"{type(value).__name__} of shape {shape}"
    text = repr(value)
    if len(text) > _SHOWN:
        text = text[: _SHOWN - 3] + "..."
    return text


def check_integer(name: str, value: Any, *, minimum: int | None = None, maximum: int | None = None) -> int:
    """Return ``value`` as an int.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : object
        What came. Booleans are not integers; NumPy integers are.
    minimum, maximum : int, optional
        Inclusive bounds.

    Raises
    ------
    TypeError
        If ``value`` is not an integer.
    ValueError
        If it is out of bounds.
    """
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (numbers.Integral, np.integer)):
        raise TypeError(f"{name}: expected an integer{_range(minimum, maximum)}, got {describe_value(value)}.")
    whole = int(value)
    if (minimum is not None and whole < minimum) or (maximum is not None and whole > maximum):
        raise ValueError(f"{name}: expected an integer{_range(minimum, maximum)}, got {whole}.")
    return whole


def check_number(name: str, value: Any, *, minimum: float | None = None, maximum: float | None = None) -> float:
    """Return ``value`` as a finite float; bounds are inclusive.

    Raises
    ------
    TypeError
        If ``value`` is not a number.
    ValueError
        If it is not finite, or out of bounds.
    """
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (numbers.Real, np.floating, np.integer)):
        raise TypeError(f"{name}: expected a number{_range(minimum, maximum)}, got {describe_value(value)}.")
    number = float(value)
    if (
        not np.isfinite(number)
        or (minimum is not None and number < minimum)
        or (maximum is not None and number > maximum)
    ):
        raise ValueError(f"{name}: expected a finite number{_range(minimum, maximum)}, got {number}.")
    return number


def check_choice(name: str, value: Any, choices: Iterable[Any]) -> Any:
    """Return ``value`` if it is one of the choices.

    Raises
    ------
    ValueError
        If it is not; the message lists the choices.
    """
    allowed = list(choices)
    if value not in allowed:
        listed = ", ".join(repr(choice) for choice in allowed)
        raise ValueError(f"{name}: expected one of {listed}; got {describe_value(value)}.")
    return value


def _range(minimum: float | None, maximum: float | None) -> str:
    if minimum is not None and maximum is not None:
        return f" from {minimum} to {maximum}"
    if minimum is not None:
        return f" of at least {minimum}"
    return "" if maximum is None else f" of at most {maximum}"
