"""A column that has a value only where another holds certain levels."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from synthfast._core.json_values import from_json_value, to_json_value
from synthfast.encoding.conditions import EncodedCondition
from synthfast.encoding.constraints.step import Conditions, Limits, Values, Workbench
from synthfast.encoding.missing import missing_of
from synthfast.encoding.table_codec import TableCodec
from synthfast.exceptions import ConditionError
from synthfast.schema.constraints import Presence

__all__ = ["PresenceStep"]


@dataclass
class PresenceStep:
    """A column whose cells another one's level makes missing, or present.

    Parameters
    ----------
    column, by : column names
    levels : ndarray of int64
        Codes of ``by`` where there may be a value.
    others : ndarray of int64
        The other codes of ``by``; empty where ``by`` may be missing too, so that codes alone do not tell them.
    required : bool
    default : float or int
        What stands in while no drawn row has a value.

    Notes
    -----
    Models see the column as it is, and learn when it is missing. A cell that is to have a value but was drawn missing
    takes that of the row before it that has one, so it depends on the row's other cells through ``by`` only.
    """

    column: Hashable
    by: Hashable
    levels: NDArray[np.int64]
    others: NDArray[np.int64]
    required: bool
    default: float | int

    @classmethod
    def fit(cls, constraint: Presence, bench: Workbench) -> Self:
        """Look at the column; it stays on the bench as it is."""
        by = bench.user.column(constraint.by)
        chosen = np.array([level in constraint.levels for level in by.levels], dtype=bool)
        values = bench.values[constraint.column]
        present = np.sort(values[~missing_of(values)])
        default = present[len(present) // 2].item() if len(present) else (np.nan if values.dtype.kind == "f" else -1)
        others = np.flatnonzero(~chosen) if not by.nullable else np.empty(0, dtype=np.int64)
        return cls(constraint.column, constraint.by, np.flatnonzero(chosen), others, constraint.required, default)

    def forward(self, values: Values, *, partial: bool = False) -> Values:
        """Columns as the next step, or a model, sees them."""
        return dict(values)

    def inverse(self, values: Values) -> Values:
        """Columns as users see them, of any values whatever."""
        own = np.array(values[self.column])
        allowed = np.isin(values[self.by], self.levels)
        own[~allowed] = np.nan if own.dtype.kind == "f" else -1
        if self.required:
            gone = allowed & missing_of(own)
            if gone.any():
                last = np.maximum.accumulate(np.where(allowed & ~gone, np.arange(len(own)), -1))[gone]
                own[gone] = np.where(last >= 0, own[last], self.default)
        return {**values, self.column: own}

    def imply(self, conditions: Conditions) -> Conditions:
        """Conditions on what models see that those on what users see need."""
        wanted = conditions.get(self.column)
        if wanted is None or (wanted.missing and not (self.required and len(self.others))):
            return conditions
        levels = self.others if wanted.missing else self.levels
        own = conditions.get(self.by)
        if own is not None:
            levels = np.intersect1d(levels, own.levels)
        if not len(levels):
            raise ConditionError(
                f"conditions: column {self.column!r} cannot be what was asked for, for column {self.by!r} decides "
                "whether it has a value."
            )
        return {**conditions, self.by: EncodedCondition(levels=levels)}

    def move(self, values: Values, limits: Limits) -> None:
        """Missing cells are not moved."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return {
            "step": "presence",
            "column": to_json_value(self.column),
            "by": to_json_value(self.by),
            "levels": self.levels.tolist(),
            "others": self.others.tolist(),
            "required": self.required,
            "default": to_json_value(self.default),
        }

    @classmethod
    def from_dict(cls, document: dict[str, Any], user: TableCodec) -> Self:
        """Undo ``to_dict``."""
        return cls(
            from_json_value(document["column"]),
            from_json_value(document["by"]),
            np.array(document["levels"], dtype=np.int64),
            np.array(document["others"], dtype=np.int64),
            document["required"],
            from_json_value(document["default"]),
        )
