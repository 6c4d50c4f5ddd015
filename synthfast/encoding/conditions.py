"""What a user asks of a draw, in encoded values: a value, a list of values, a range, or missing."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.names import Names
from synthfast.exceptions import ConditionError

if TYPE_CHECKING:
    from synthfast.encoding.table_codec import TableCodec

__all__ = ["EncodedCondition", "check_possible", "encode_conditions"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class EncodedCondition:
    """One column's condition.

    Parameters
    ----------
    missing : bool
        Whether a missing value is asked for; the other fields are then empty.
    lower, upper : ndarray of float64, shape (n_intervals,)
        Numeric columns: disjoint intervals, ascending, both ends included; a single value has equal ends.
    levels : ndarray of int64, shape (n_levels,)
        Level columns: codes, ascending.
    """

    missing: bool = False
    lower: Floats = field(default_factory=lambda: np.empty(0))
    upper: Floats = field(default_factory=lambda: np.empty(0))
    levels: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def nearest(self, values: Floats) -> Floats:
        """Numbers moved to the nearest that meets the condition, which arithmetic on the way may have left."""
        k = np.searchsorted(self.lower, values, side="right")
        last = len(self.lower) - 1
        sides = (np.maximum(k - 1, 0), np.minimum(k, last))
        below, above = (np.clip(values, self.lower[side], self.upper[side]) for side in sides)
        with np.errstate(over="ignore"):  # distances of large numbers
            return np.where(np.abs(values - below) <= np.abs(above - values), below, above)


def encode_conditions(codec: "TableCodec", conditions: Mapping[Hashable, Any]) -> dict[Hashable, EncodedCondition]:
    """Encode a user's conditions on modelled columns.

    Raises
    ------
    ConditionError
        If a column is unknown or is not modelled, a list is empty or mixes missing with values, or a range is reversed.
    """
    own, wanted = Names(codec.names), {}
    for name, condition in conditions.items():
        if name not in own:
            known = ", ".join(map(str, codec.names))
            raise ConditionError(f"conditions: {name!r} is not a column of the model; the columns are {known}.")
        wanted[own[name]] = condition
    encoded = {}
    for name in codec.names:  # in the table's order, so that the order in which they were given changes nothing
        if name in codec.modelled and name in wanted:
            encoded[name] = _encode(codec, name, wanted[name])
        elif name in wanted:
            _check_generated(codec, name, wanted[name])
    return encoded


def check_possible(codec: "TableCodec", encoded: Mapping[Hashable, EncodedCondition]) -> None:
    """Refuse conditions that no row of the schema can meet, before any model is asked.

    Raises
    ------
    ConditionError
        If all that is asked of a column lies outside its range, or it is asked to be missing and never is.
    """
    for name, condition in encoded.items():
        if condition.missing:
            if not codec.column(name).nullable:
                raise ConditionError(f"conditions: column {name!r} is never missing.")
        elif codec.kind(name) == "numeric":
            bounds, column = codec.bounds(name), codec.column(name)
            low = -np.inf if bounds.minimum is None else bounds.minimum
            high = np.inf if bounds.maximum is None else bounds.maximum
            if not ((condition.upper >= low) & (condition.lower <= high)).any():
                raise ConditionError(
                    f"conditions: no row can meet that on column {name!r}, whose values run from {column.minimum} to "
                    f"{column.maximum}."
                )


def _check_generated(codec: "TableCodec", name: Hashable, wanted: Any) -> None:
    column = codec.column(name)
    if column.kind == "constant" and codec.encode_value(name, wanted) is not None:
        return
    raise ConditionError(
        f"conditions: column {name!r} is of kind {column.kind!r}, which is generated row by row and cannot be asked "
        "for. Set the column after drawing, or give it another kind in the schema."
    )


def _encode(codec: "TableCodec", name: Hashable, wanted: Any) -> EncodedCondition:
    if isinstance(wanted, tuple):
        return _encode_range(codec, name, wanted)
    values = list(wanted) if isinstance(wanted, list | set | frozenset | np.ndarray | range) else [wanted]
    if not values:
        raise ConditionError(f"conditions: column {name!r} was given an empty list; give at least one value.")
    codes = [codec.encode_value(name, value) for value in values]
    if any(code is None for code in codes):
        if len(codes) > 1:
            raise ConditionError(
                f"conditions: column {name!r} was given a list that mixes missing with values; ask for one of them."
            )
        return EncodedCondition(missing=True)
    if codec.kind(name) == "levels":
        return EncodedCondition(levels=np.unique(np.array(codes, dtype=np.int64)))
    points = np.unique(np.array(codes, dtype=np.float64))
    return EncodedCondition(lower=points, upper=points)


def _encode_range(codec: "TableCodec", name: Hashable, wanted: tuple[Any, ...]) -> EncodedCondition:
    if len(wanted) != 2:
        raise ConditionError(
            f"conditions: column {name!r} was given a tuple of {len(wanted)}; a range is (low, high), a choice a list."
        )
    if codec.kind(name) == "levels":
        return _encode_level_range(codec, name, wanted)
    low = codec.encode_end(name, wanted[0], upward=True)
    high = codec.encode_end(name, wanted[1], upward=False)
    low, high = -np.inf if low is None else low, np.inf if high is None else high
    if not low <= high:
        raise _no_range(name, wanted)
    return EncodedCondition(lower=np.array([low]), upper=np.array([high]))


def _encode_level_range(codec: "TableCodec", name: Hashable, wanted: tuple[Any, ...]) -> EncodedCondition:
    if not codec.column(name).ordered:
        raise ConditionError(
            f"conditions: column {name!r} has levels without an order and takes no range; give a list of levels."
        )
    codes = np.arange(codec.column(name).n_levels)
    low, high = (codec.encode_value(name, end) for end in wanted)
    levels = codes[(codes >= (0 if low is None else low)) & (codes <= (len(codes) if high is None else high))]
    if not len(levels):
        raise _no_range(name, wanted)
    return EncodedCondition(levels=levels)


def _no_range(name: Hashable, wanted: tuple[Any, ...]) -> ConditionError:
    return ConditionError(
        f"conditions: column {name!r} was given {wanted!r}, whose low end is above its high end, or which has no value "
        "that rows can have."
    )
