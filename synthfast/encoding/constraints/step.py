"""What a step of the constraint layer is: columns that keep a constraint, written so that any values of them do."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from synthfast.encoding.conditions import EncodedCondition
from synthfast.encoding.table_codec import TableCodec
from synthfast.schema import Column, Schema

__all__ = ["ANY", "NOT_SET", "Conditions", "Limits", "Step", "Values", "Workbench", "met_by"]

Values = dict[Hashable, NDArray[Any]]
Limits = dict[Hashable, tuple[NDArray[np.float64], NDArray[np.float64]]]  # least and greatest code of each row
Conditions = dict[Hashable, EncodedCondition]

NOT_SET = EncodedCondition(levels=np.array([0]))  # of a flag
ANY = EncodedCondition(lower=np.array([-np.inf]), upper=np.array([np.inf]))  # of numbers: whatever is not missing


@dataclass
class Workbench:
    """The table on its way from what users see to what models see.

    Attributes
    ----------
    user : TableCodec
        Codec of the table as users see it.
    values : dict of name to ndarray
        Encoded columns as they are now.
    facts : dict of name to Column
        What they are, in the order in which models see them; generated columns too.
    """

    user: TableCodec
    values: Values
    facts: dict[Hashable, Column]

    def replace_facts(self, facts: dict[Hashable, Column]) -> None:
        """Give the columns that users see other facts."""
        self.user = TableCodec(Schema(facts, self.user.schema.constraints), self.user.template)

    def fresh_name(self, *parts: Any) -> Hashable:
        """A name for a column that users do not see."""
        name: Hashable = tuple(parts)
        while name in self.facts or name in self.user.names:
            name = (*name, "") if isinstance(name, tuple) else (name,)
        return name

    def add_flag(self, values: NDArray[np.bool_], *parts: Any) -> Hashable:
        """Add a column of yes and no; its name."""
        name = self.fresh_name(*parts)
        share = float(np.mean(values))
        self.facts[name] = Column(
            name, "boolean", "bool", "boolean", levels=(False, True), shares=(1.0 - share, share), ordered=True
        )
        self.values[name] = values.astype(np.int32)
        return name


class Step(Protocol):
    """One constraint, kept by construction."""

    def forward(self, values: Values, *, partial: bool = False) -> Values:
        """Columns as the next step, or a model, sees them; ``partial``: of some of the columns, as far as they tell."""

    def inverse(self, values: Values) -> Values:
        """Undo `forward`, of any values whatever."""

    def imply(self, conditions: Conditions) -> Conditions:
        """What conditions on the columns before `forward` mean for those after it; at least what must hold."""

    def move(self, values: Values, limits: Limits) -> None:
        """Move values within limits so that the constraint is kept, where that can be done; in place."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form."""


def met_by(values: NDArray[Any], condition: EncodedCondition) -> NDArray[np.bool_]:
    """Which values meet a condition."""
    if condition.missing:
        return np.isnan(values) if values.dtype.kind == "f" else values < 0
    if values.dtype.kind != "f":
        return np.isin(values, condition.levels)
    met = np.zeros(len(values), dtype=bool)
    for lower, upper in zip(condition.lower, condition.upper, strict=True):
        met |= (values >= lower) & (values <= upper)
    return met
