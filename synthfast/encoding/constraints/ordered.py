"""``a <= b <= c``: one column stays, of the others models see the distance to the one before."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames import ColumnData
from synthfast._core.json_values import from_json_value, to_json_value
from synthfast.encoding.conditions import EncodedCondition
from synthfast.encoding.constraints.axis import Axis, axes_of
from synthfast.encoding.constraints.step import ANY, NOT_SET, Conditions, Limits, Values, Workbench
from synthfast.encoding.numeric import NumericCodec
from synthfast.encoding.table_codec import TableCodec
from synthfast.schema import Column
from synthfast.schema.constraints import Ordered
from synthfast.schema.inference import infer_column

__all__ = ["OrderedStep"]

Floats = NDArray[np.float64]


@dataclass
class OrderedStep:
    """A chain of columns none of which is above the next.

    Parameters
    ----------
    names : list of column names
        In the order in which they are restored; the first one stays as it is.
    sign : {1, -1}
        1 where they ascend, -1 where they descend.
    strict : bool
    axes : list of Axis
    gaps : list of Column
        Facts of the distances, one less than columns.
    flags : dict of column name to name
        Columns that were filled where they are missing before one that is not, and the flag that says where.

    Notes
    -----
    A value beyond its column's range is mirrored at the range's end, so that none are heaped there.
    """

    names: list[Hashable]
    sign: int
    strict: bool
    axes: list[Axis]
    gaps: list[Column]
    flags: dict[Hashable, Hashable]

    @classmethod
    def fit(cls, constraint: Ordered, bench: Workbench, *, upward: bool) -> Self:
        """Take the columns' places on the bench."""
        names = list(constraint.names) if upward else list(constraint.names)[::-1]
        axes = axes_of([bench.user.codec(name) for name in names], repr(constraint))
        step = cls(names, 1 if upward else -1, constraint.strict, axes, [], {})
        filled, blank = step._filled(bench.values)
        for k, name in enumerate(names):
            if blank[k].any():
                step.flags[name] = bench.add_flag(blank[k], name, "hole")
        out = step._distances(filled)
        for name, own in zip(names[1:], out[1:], strict=True):
            fact = _gap_facts(name, own, step.axes)
            step.gaps.append(fact)
            bench.values[name], bench.facts[name] = own, fact
        bench.values[names[0]] = axes[0].codes(filled[0])
        return step

    def _filled(self, values: Values) -> tuple[list[Floats], list[NDArray[np.bool_]]]:
        """Values along the chain, ascending, without holes before the last that is there; and where holes were."""
        own = [self.sign * axis.values(values[name]) for axis, name in zip(self.axes, self.names, strict=True)]
        gone = [np.isnan(column) for column in own]
        later = np.full(len(own[0]), np.nan)  # the next one that is there
        holes = []
        for k in range(len(own) - 1, -1, -1):
            hole = gone[k] & ~np.isnan(later)
            holes.append(hole)
            own[k] = np.where(hole, later, own[k])
            later = own[k]
        holes.reverse()
        before = own[0]
        for k in range(1, len(own)):  # where one before is there, a hole takes that one's value
            use = holes[k] & ~np.isnan(before) & ~holes[k - 1]
            own[k] = np.where(use, before, own[k])
            before = own[k]
        return own, holes

    def _distances(self, filled: list[Floats]) -> list[Floats]:
        decimals = [_decimals(axis) for axis in self.axes]
        out = [filled[0]]
        for k in range(1, len(filled)):
            gap = filled[k] - filled[k - 1]
            known = [decimals[k], decimals[k - 1]]
            out.append(gap if None in known else np.round(gap, max(int(d or 0) for d in known)))
        return out

    def forward(self, values: Values, *, partial: bool = False) -> Values:
        """Columns as the next step, or a model, sees them."""
        out = dict(values)
        if partial and not all(name in values for name in self.names):
            for name in self.names[1:]:
                out.pop(name, None)
            if self.names[0] in self.flags:
                out.pop(self.names[0], None)
            return out
        filled, holes = self._filled(values)
        gaps = self._distances(filled)
        out[self.names[0]] = self.axes[0].codes(self.sign * filled[0])
        out |= dict(zip(self.names[1:], gaps[1:], strict=True))
        for name, flag in self.flags.items():
            out[flag] = holes[self.names.index(name)].astype(np.int32)
        return out

    def inverse(self, values: Values) -> Values:
        """Columns as users see them, of any values whatever."""
        out = dict(values)
        axis = self.axes[0]
        low, high = axis.limits
        before = self.sign * np.clip(axis.nearest(axis.values(values[self.names[0]])), low, high)
        found = [before]
        for axis, name, gap in zip(self.axes[1:], self.names[1:], self.gaps, strict=True):
            before = self._next(axis, before, _on_grid(gap, values[name]))
            found.append(before)
        for axis, name, own in zip(self.axes, self.names, found, strict=True):
            codes = axis.codes(self.sign * own)
            if name in self.flags:
                codes = np.where(out.pop(self.flags[name]) == 1, np.nan, codes)
            out[name] = codes
        return out

    def _next(self, axis: Axis, before: Floats, gap: Floats) -> Floats:
        """Values of the next column, ascending: at least those before, on its grid, in its range."""
        low, high = axis.limits if self.sign > 0 else (-axis.limits[1], -axis.limits[0])
        raw = before + gap
        raw = np.where(raw > high, 2.0 * high - raw, raw)
        near = self.sign * axis.nearest(self.sign * raw)
        least = self._least(axis, before)
        return np.minimum(np.maximum(np.maximum(near, least), low), high)

    def _least(self, axis: Axis, before: Floats) -> Floats:
        if self.sign > 0:
            return axis.above(before, strict=self.strict)
        return -axis.below(-before, strict=self.strict)

    def imply(self, conditions: Conditions) -> Conditions:
        """Conditions on what models see that those on what users see need."""
        out = dict(conditions)
        first = self.names[0]
        low, high = -np.inf, np.inf  # what the others leave of the first, ascending
        for k, name in enumerate(self.names):
            wanted = out.pop(name, None)
            if wanted is None:
                continue
            if wanted.missing:
                if name not in self.flags:
                    out[name] = wanted
                continue
            if name in self.flags:
                out[self.flags[name]] = NOT_SET
            lower, upper = self._ends(k, wanted)
            if k:
                high = min(high, float(upper.max()))
                out[name] = ANY
            else:
                out[first] = wanted
        if np.isfinite(high) and first not in out:
            out[first] = self._codes_between(low, high)
        elif np.isfinite(high) and len(out[first].lower):
            lower, upper = self._ends(0, out[first])
            kept = lower <= high
            if kept.any():
                ends = (lower[kept], np.minimum(upper[kept], high))
                out[first] = self._condition(*ends)
        return out

    def _ends(self, k: int, wanted: EncodedCondition) -> tuple[Floats, Floats]:
        ends = [self.sign * self._plain(k, own) for own in (wanted.lower, wanted.upper)]
        return (ends[0], ends[1]) if self.sign > 0 else (ends[1][::-1], ends[0][::-1])

    def _plain(self, k: int, codes: Floats) -> Floats:
        """Values of codes, infinite ones too."""
        axis = self.axes[k]
        finite = np.isfinite(codes)
        return np.where(finite, axis.values(np.where(finite, codes, 0.0)), codes)

    def _codes_between(self, low: float, high: float) -> EncodedCondition:
        return self._condition(np.array([low]), np.array([high]))

    def _condition(self, lower: Floats, upper: Floats) -> EncodedCondition:
        ends = (lower, upper) if self.sign > 0 else (-upper[::-1], -lower[::-1])
        codes = [
            np.where(np.isfinite(own), self.axes[0].codes(np.where(np.isfinite(own), own, 0.0)), own) for own in ends
        ]
        return EncodedCondition(lower=codes[0], upper=codes[1])

    def move(self, values: Values, limits: Limits) -> None:
        """Shift a row by what its asked columns lack, then cut it to limits and order."""
        own = [self.sign * axis.values(values[name]) for axis, name in zip(self.axes, self.names, strict=True)]
        lows, highs, shift = [], [], np.zeros(len(own[0]))
        for k, (axis, name) in enumerate(zip(self.axes, self.names, strict=True)):
            ends = [self.sign * np.full(len(own[k]), end) for end in axis.limits]
            if name in limits:
                ends = [self.sign * self._plain(k, np.asarray(end, dtype=np.float64)) for end in limits[name]]
            low, high = ends if self.sign > 0 else ends[::-1]
            lows.append(low)
            highs.append(high)
            if name in limits:
                lack = np.clip(own[k], low, high) - own[k]
                shift = np.where(np.abs(lack) > np.abs(shift), lack, shift)
        for k in range(len(own) - 2, -1, -1):
            ahead = np.where(np.isnan(own[k + 1]), np.inf, highs[k + 1])
            highs[k] = np.minimum(highs[k], self._greatest(self.axes[k], ahead))
        before = np.full(len(own[0]), -np.inf)
        for axis, name, value, low, high in zip(self.axes, self.names, own, lows, highs, strict=True):
            moved = self.sign * axis.nearest(self.sign * (value + shift))
            finite = np.isfinite(before)
            least = np.where(finite, self._least(axis, np.where(finite, before, 0.0)), before)
            moved = np.minimum(np.maximum(moved, np.maximum(low, least)), high)
            before = np.where(np.isnan(moved), before, moved)
            values[name] = axis.codes(self.sign * moved)

    def _greatest(self, axis: Axis, ahead: Floats) -> Floats:
        finite = np.isfinite(ahead)
        some = np.where(finite, ahead, 0.0)
        if self.sign > 0:
            own = axis.below(some, strict=self.strict)
        else:
            own = -axis.above(-some, strict=self.strict)
        return np.where(finite, own, ahead)

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return {
            "step": "ordered",
            "names": [to_json_value(name) for name in self.names],
            "sign": self.sign,
            "strict": self.strict,
            "gaps": [gap.to_dict() for gap in self.gaps],
            "flags": [[to_json_value(name), to_json_value(flag)] for name, flag in self.flags.items()],
        }

    @classmethod
    def from_dict(cls, document: dict[str, Any], user: TableCodec) -> Self:
        """Undo ``to_dict``."""
        names = [from_json_value(name) for name in document["names"]]
        axes = axes_of([user.codec(name) for name in names], "Ordered")
        gaps = [Column.from_dict(gap) for gap in document["gaps"]]
        flags = {from_json_value(name): from_json_value(flag) for name, flag in document["flags"]}
        return cls(names, document["sign"], document["strict"], axes, gaps, flags)


def _decimals(axis: Axis) -> int | None:
    if not isinstance(axis.codec, NumericCodec):
        return 0
    return 0 if axis.codec.column.kind == "integer" else axis.codec.column.decimals


def _gap_facts(name: Hashable, gaps: Floats, axes: list[Axis]) -> Column:
    """Facts of a column of distances, none below 0."""
    data = ColumnData(name, "float", len(gaps), "float64", gaps)
    found = infer_column(data, {}, 5) if np.isnan(gaps).all() else None
    if found is not None:
        return Column(name, "continuous", "float64", "float", missing_rate=1.0, minimum=0.0, maximum=0.0)
    whole = all(_decimals(axis) == 0 for axis in axes)
    found = infer_column(data, {"kind": "integer" if whole else "continuous"}, 5)
    zero = 0 if whole else 0.0
    return Column(
        name, found.kind, "float64", "float", found.missing_rate, max(found.minimum, zero), found.maximum,
        found.decimals, found.step, found.heavy_values,
    )  # fmt: skip


def _on_grid(gap: Column, codes: Floats) -> Floats:
    codec = NumericCodec(gap)
    return np.clip(codec.on_grid(codes), gap.minimum, gap.maximum)
