"""``a + b = c``: models see the parts, the total is their sum."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from synthfast._core.json_values import from_json_value, to_json_value
from synthfast.encoding.conditions import EncodedCondition
from synthfast.encoding.constraints.axis import Axis, axes_of
from synthfast.encoding.constraints.step import ANY, NOT_SET, Conditions, Limits, Values, Workbench
from synthfast.encoding.table_codec import TableCodec
from synthfast.schema.constraints import Total

__all__ = ["TotalStep"]

Floats = NDArray[np.float64]


@dataclass
class TotalStep:
    """A column that is the sum of others.

    Parameters
    ----------
    total : column name
    parts : list of column names
    axes : list of Axis
        Of the total, then of the parts.
    flags : dict of column name to name
        Columns that are missing where the others say what they would be, and the flag that says where.
    """

    total: Hashable
    parts: list[Hashable]
    axes: list[Axis]
    flags: dict[Hashable, Hashable]

    @classmethod
    def fit(cls, constraint: Total, bench: Workbench) -> Self:
        """Take the total off the bench."""
        axes = axes_of([bench.user.codec(name) for name in constraint.columns], repr(constraint))
        step = cls(constraint.total, list(constraint.parts), axes, {})
        for name, holes in step._holes(bench.values).items():
            if holes.any():
                step.flags[name] = bench.add_flag(holes, name, "hole")
        bench.values |= step._filled(bench.values)
        del bench.values[step.total], bench.facts[step.total]
        return step

    def _holes(self, values: Values) -> dict[Hashable, NDArray[np.bool_]]:
        """Where a part is missing beside a total, and a total beside all its parts."""
        gone = {name: np.isnan(values[name]) for name in (self.total, *self.parts)}
        any_part = np.logical_or.reduce([gone[name] for name in self.parts])
        holes = {name: gone[name] & ~gone[self.total] for name in self.parts}
        return holes | {self.total: gone[self.total] & ~any_part}

    def _filled(self, values: Values) -> Values:
        """The parts, with what is left of a total shared among those that are missing."""
        parts = np.array([values[name] for name in self.parts])
        gone = np.isnan(parts) & ~np.isnan(values[self.total])
        left = values[self.total] - np.where(np.isnan(parts), 0.0, parts).sum(axis=0)
        share = left / np.maximum(gone.sum(axis=0), 1)
        return {
            name: np.where(hole, axis.nearest(share), own)
            for name, axis, own, hole in zip(self.parts, self.axes[1:], parts, gone, strict=True)
        }

    def forward(self, values: Values, *, partial: bool = False) -> Values:
        """Columns as the next step, or a model, sees them."""
        out = dict(values)
        if partial and not all(name in values for name in (self.total, *self.parts)):
            for name in (self.total, *self.flags):
                out.pop(name, None)
            return out
        for name, holes in self._holes(values).items():
            if name in self.flags:
                out[self.flags[name]] = holes.astype(np.int32)
        out |= self._filled(values)
        del out[self.total]
        return out

    def inverse(self, values: Values) -> Values:
        """Columns as users see them, of any values whatever."""
        out = dict(values)
        for name, axis in zip(self.parts, self.axes[1:], strict=True):
            out[name] = np.clip(axis.nearest(values[name]), *axis.limits)
        out[self.total] = self._sum(out)
        for name, flag in self.flags.items():
            out[name] = np.where(out.pop(flag) == 1, np.nan, out[name])
        return out

    def _sum(self, values: Values) -> Floats:
        added = values[self.parts[0]].copy()
        for name in self.parts[1:]:
            added += values[name]
        return self.axes[0].nearest(added)

    def imply(self, conditions: Conditions) -> Conditions:
        """Conditions on what models see that those on what users see need."""
        out = dict(conditions)
        wanted = out.pop(self.total, None)
        for name in self.parts:
            if name in self.flags and name in out:
                if out[name].missing:
                    del out[name]
                else:
                    out[self.flags[name]] = NOT_SET
        if wanted is None or wanted.missing:
            return out
        if self.total in self.flags:
            out[self.flags[self.total]] = NOT_SET
        low, high = float(wanted.lower.min()), float(wanted.upper.max())
        lows, highs = (np.array(ends) for ends in zip(*(axis.limits for axis in self.axes[1:]), strict=True))
        for k, name in enumerate(self.parts):
            if name in out or name in self.flags:
                continue
            least, most = low - np.delete(highs, k).sum(), high - np.delete(lows, k).sum()
            narrower = EncodedCondition(lower=np.array([max(least, lows[k])]), upper=np.array([min(most, highs[k])]))
            binds = (least > lows[k] or most < highs[k]) and narrower.lower[0] <= narrower.upper[0]
            out[name] = narrower if binds else ANY
        return out

    def move(self, values: Values, limits: Limits) -> None:
        """Bring the total within its limits, the parts in proportion to their size as far as theirs allow."""
        ends = [limits.get(name, axis.limits) for name, axis in zip((self.total, *self.parts), self.axes, strict=True)]
        aim = np.clip(values[self.total], *ends[0])
        parts = [np.clip(values[name], *own) for name, own in zip(self.parts, ends[1:], strict=True)]
        size = sum(np.abs(own) for own in parts)
        lack = aim - sum(parts)
        even = np.where(size > 0, lack / np.where(size > 0, size, 1.0), 0.0)
        for k, axis in enumerate(self.axes[1:]):
            parts[k] = np.clip(axis.nearest(parts[k] + even * np.abs(parts[k])), *ends[k + 1])
        for k, axis in enumerate(self.axes[1:]):  # what rounding and limits left over
            lack = aim - sum(parts)
            parts[k] = np.clip(axis.nearest(parts[k] + lack), *ends[k + 1])
        known = ~np.isnan(aim)
        for name, own in zip(self.parts, parts, strict=True):
            values[name] = np.where(known & ~np.isnan(own), own, values[name])
        whole = self._sum(values)
        values[self.total] = np.where(known & ~np.isnan(whole), whole, values[self.total])

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return {
            "step": "total",
            "total": to_json_value(self.total),
            "parts": [to_json_value(name) for name in self.parts],
            "flags": [[to_json_value(name), to_json_value(flag)] for name, flag in self.flags.items()],
        }

    @classmethod
    def from_dict(cls, document: dict[str, Any], user: TableCodec) -> Self:
        """Undo ``to_dict``."""
        total, parts = from_json_value(document["total"]), [from_json_value(name) for name in document["parts"]]
        axes = axes_of([user.codec(name) for name in (total, *parts)], "Total")
        flags = {from_json_value(name): from_json_value(flag) for name, flag in document["flags"]}
        return cls(total, parts, axes, flags)
