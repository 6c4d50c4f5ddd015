"""Combinations of levels that the data hold: models see one column of them."""

import dataclasses
import zlib
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from synthfast._core.json_values import from_json_value, to_json_value
from synthfast.encoding.conditions import EncodedCondition
from synthfast.encoding.constraints.step import Conditions, Limits, Values, Workbench, met_by
from synthfast.encoding.table_codec import TableCodec
from synthfast.exceptions import ConditionError, ConstraintError
from synthfast.schema import Column
from synthfast.schema.levels import MAX_RARE_SHARE

__all__ = ["CombinationsStep"]

MIN_COUNT = 5  # rows that hold a combination which is kept
Codes = NDArray[np.int32]


@dataclass
class CombinationsStep:
    """Columns of levels that are told by one column of combinations, under the name of the first.

    Parameters
    ----------
    names : list of column names
    codes : ndarray of int32, shape (n_combinations, n_columns)
        The code of each column in each combination, -1 missing.
    shares : ndarray of float64, shape (n_combinations,)
        Share of the training rows; a combination that is not kept counts as kept ones in proportion to these.
    """

    names: list[Hashable]
    codes: Codes
    shares: NDArray[np.float64]

    @classmethod
    def fit(cls, names: list[Hashable], bench: Workbench) -> Self:
        """Put one column of combinations on the bench in place of the first, and take the others off."""
        rows = np.stack([bench.values[name] for name in names], axis=1)
        found, counts = np.unique(rows, axis=0, return_counts=True)
        rare = counts < MIN_COUNT
        if counts[rare].sum() > MAX_RARE_SHARE * counts.sum():
            rare[:] = False
        found, counts = found[~rare].astype(np.int32), counts[~rare]
        kept = cls(names, found, counts / counts.sum())
        combined = kept._combined(rows)
        bench.values[names[0]] = combined
        bench.facts[names[0]] = Column(
            names[0], "categorical", "int64", "integer", levels=tuple(range(len(found))), shares=tuple(kept.shares)
        )
        for name in names[1:]:
            bench.values.pop(name, None)
            del bench.facts[name]
        kept._forget_rare_levels(bench)
        return kept

    def _forget_rare_levels(self, bench: Workbench) -> None:
        """Of each column keep the levels that are in a combination."""
        facts = dict(bench.user.schema.columns)
        for k, name in enumerate(self.names):
            used = np.unique(self.codes[self.codes[:, k] >= 0, k])
            column = facts[name]
            weights = np.array([self.shares[self.codes[:, k] == code].sum() for code in used])
            levels = tuple(column.levels[code] for code in used)
            shares = tuple((weights / weights.sum()).tolist())
            facts[name] = dataclasses.replace(column, levels=levels, shares=shares)
            place = np.full(column.n_levels + 1, -1, dtype=np.int32)
            place[used] = np.arange(len(used))
            self.codes[:, k] = place[self.codes[:, k]]
        bench.replace_facts(facts)

    def _combined(self, rows: Codes) -> Codes:
        """Which combination each row holds."""
        known = {row.tobytes(): k for k, row in enumerate(np.ascontiguousarray(self.codes, dtype=np.int32))}
        found, member = np.unique(np.ascontiguousarray(rows, dtype=np.int32), axis=0, return_inverse=True)
        reach = np.cumsum(self.shares)
        table = np.empty(len(found), dtype=np.int32)
        for k, row in enumerate(found):
            place = known.get(row.tobytes())
            if place is None:
                share = (zlib.crc32(row.tobytes()) + 0.5) / 2**32
                place = min(int(np.searchsorted(reach, share)), len(reach) - 1)
            table[k] = place
        return table[member.ravel()]

    def forward(self, values: Values, *, partial: bool = False) -> Values:
        """Columns as the next step, or a model, sees them."""
        out = dict(values)
        there = [name for name in self.names if name in values]
        if partial and len(there) < len(self.names):
            if there:
                raise ConditionError(
                    f"expected all of the columns {self.names!r} or none, for they are bound to fixed combinations; "
                    f"got {there!r}."
                )
            return out
        rows = np.stack([out.pop(name) for name in self.names], axis=1)
        return out | {self.names[0]: self._combined(rows)}

    def inverse(self, values: Values) -> Values:
        """Columns as users see them, of any values whatever."""
        out = dict(values)
        told = np.asarray(out.pop(self.names[0]))
        return out | {name: self.codes[told, k] for k, name in enumerate(self.names)}

    def imply(self, conditions: Conditions) -> Conditions:
        """Conditions on what models see that those on what users see need."""
        out = dict(conditions)
        met = np.ones(len(self.codes), dtype=bool)
        asked = [name for name in self.names if name in out]
        for name in asked:
            met &= met_by(self.codes[:, self.names.index(name)], out.pop(name))
        if not asked:
            return out
        if not met.any():
            raise ConditionError(
                f"conditions: the columns {asked!r} hold no combination that was asked for; {self.names!r} keep the "
                "combinations of the data that was fitted."
            )
        return out | {self.names[0]: EncodedCondition(levels=np.flatnonzero(met))}

    def move(self, values: Values, limits: Limits) -> None:
        """Levels are not moved."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return {
            "step": "combinations",
            "names": [to_json_value(name) for name in self.names],
            "codes": self.codes.tolist(),
            "shares": self.shares.tolist(),
        }

    @classmethod
    def from_dict(cls, document: dict[str, Any], user: TableCodec) -> Self:
        """Undo ``to_dict``."""
        names = [from_json_value(name) for name in document["names"]]
        codes = np.array(document["codes"], dtype=np.int32).reshape(-1, len(names))
        if len(codes) and any(codes[:, k].max() >= user.column(name).n_levels for k, name in enumerate(names)):
            raise ConstraintError("fixed combinations name levels that the schema does not have.")
        return cls(names, codes, np.array(document["shares"], dtype=np.float64))
