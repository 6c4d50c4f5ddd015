"""Ends of a declared range as values that rows can have."""

import dataclasses
import math
from typing import Any

import numpy as np

from synthfast.encoding.constraints.axis import Axis
from synthfast.encoding.numeric import NumericCodec
from synthfast.exceptions import ConditionError, ConstraintError
from synthfast.schema.constraints import Range

__all__ = ["range_ends"]


def range_ends(constraint: Range, axis: Axis) -> tuple[float, float]:
    """Least and greatest value of a column, on its scale, that a range allows; infinite where an end is open.

    Raises
    ------
    ConstraintError
        If an end cannot be read as a value of the column.
    """
    low, high = -math.inf, math.inf
    try:
        if constraint.low is not None:
            low = _end(axis, constraint.low, constraint.inclusive in ("both", "left"), 1)
        if constraint.high is not None:
            high = _end(axis, constraint.high, constraint.inclusive in ("both", "right"), -1)
    except ConditionError as error:
        raise ConstraintError(f"{constraint!r}: {error}") from error
    return low, high


def _end(axis: Axis, given: Any, included: bool, way: int) -> float:
    """A declared end moved into the range to the next value that rows can have."""
    codec = axis.codec
    if isinstance(codec, NumericCodec):
        codec = NumericCodec(dataclasses.replace(codec.column, minimum=None, maximum=None))
    end = axis.values(np.array([codec.encode_end(given, upward=way > 0)], dtype=np.float64))
    try:
        held = axis.values(np.array([codec.encode_value(given)], dtype=np.float64))
    except ConditionError:  # no row can have the end itself, so that leaving it out changes nothing
        held = np.array([math.nan])
    strict = not included and bool(end[0] == held[0])
    return float((axis.above(end, strict=strict) if way > 0 else axis.below(end, strict=strict))[0])
