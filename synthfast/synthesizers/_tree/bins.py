"""A column as few leaves: numbers in cells of their quantile table, levels one by one, missing as the first leaf.

What happens inside a leaf of numbers does not depend on other columns: a uniform place in it is looked up in the
column's quantile table, so values are new, while spikes, decimals and the range stay.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast.encoding import EncodedColumn, EncodedCondition
from synthfast.encoding.satisfaction import rows_that_meet
from synthfast.marginals.quantile_table import QuantileTable
from synthfast.synthesizers._tree.rules import Grid

__all__ = ["MAX_CODES", "N_GROUPS", "Allowed", "Bins", "LevelValues", "NumberValues"]

Floats = NDArray[np.float64]
Leaves = NDArray[np.uint16]

MAX_CODES = 256  # codes by which a column is seen as a feature
MAX_LEAVES = 65_535
N_GROUPS = 32  # in which chosen rows are spread as they should be
FINE = 1e-9
TAIL_ROWS = 10  # the outermost cells of a column hold as many rows


@dataclass(frozen=True)
class Allowed:
    """Where a condition holds in a column.

    Parameters
    ----------
    share : ndarray of float64, shape (n_leaves,)
        Part of each leaf's mass where it holds; where only points without mass were asked for, their density.
    segments : ndarray of float64, shape (n_segments, 2), or None
        Numbers: probability intervals among the values that are not missing; a point has equal ends. None for levels
        and for missing.
    condition : EncodedCondition, optional
        What was asked.
    """

    share: Floats
    segments: Floats | None = None
    condition: EncodedCondition | None = None

    def met(self, column: EncodedColumn) -> NDArray[np.bool_]:
        """Rows of a column in which the condition holds, told by their values."""
        assert self.condition is not None
        return rows_that_meet(column, self.condition)


@dataclass(frozen=True)
class NumberValues:
    """Cells of a quantile table.

    Parameters
    ----------
    table : QuantileTable
        Distribution of the values that are not missing.
    edges : ndarray of float64, shape (n_cells + 1,)
        Probabilities at which cells begin and end, from 0 to 1.
    """

    table: QuantileTable
    edges: Floats

    @classmethod
    def cut(cls, table: QuantileTable, n_rows: int, n_cells: int) -> "NumberValues":
        """Cells of about equal mass; heavy values alone, and ever smaller cells towards both ends."""
        p, x = table.probabilities, table.values
        starts = np.unique(np.r_[0.0, p[:-1][p[1:] == p[:-1]], 1.0])
        mass = np.diff(starts)
        flat = np.unique(p[:-1][(x[1:] == x[:-1]) & (p[1:] > p[:-1])])
        heavy = np.isin(starts[:-1], flat) & (mass >= 0.5 / n_cells)
        least = min(TAIL_ROWS / max(n_rows, 1), 0.5)
        edges, since = [0.0], 0.0
        for k, alone in enumerate(heavy.tolist()):
            if alone and since > 0.0:
                edges.append(starts[k])
                since = 0.0
            since += mass[k]
            wanted = min(1.0 / n_cells, max(least, 0.5 * (1.0 - edges[-1])), max(least, edges[-1]))
            if alone or since >= 0.999 * wanted:
                edges.append(starts[k + 1])
                since = 0.0
        if edges[-1] < 1.0:
            edges.append(1.0)
        return cls(table, np.array(edges))

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return len(self.edges) - 1

    def place(self, values: Floats) -> Floats:
        """Probability in the middle of each value's own interval."""
        inside = np.clip(values, self.table.values[0], self.table.values[-1])
        start, stop = self.table.interval(inside, inside)
        return 0.5 * (start + stop)

    def encode(self, values: Floats) -> NDArray[np.int64]:
        """Cell of each value, none of them missing."""
        cell = np.searchsorted(self.edges, self.place(values), side="right") - 1
        return np.clip(cell, 0, self.n_cells - 1)

    def decode(self, cells: NDArray[np.int64], rest: Floats) -> Floats:
        """Values at places ``rest`` in [0, 1) within cells."""
        low = self.edges[cells]
        return self._on_grid(self.table.ppf(low + rest * (self.edges[cells + 1] - low)))

    def _on_grid(self, values: Floats) -> Floats:
        """Values as they will be written, so that rules hold of them and not of what they were before rounding."""
        return Grid(self.table.step).nearest(values)

    def allowed(self, condition: EncodedCondition) -> tuple[Floats, Floats]:
        """Share of each cell, and segments, where the condition holds."""
        table = self.table
        inside = (condition.upper >= table.values[0]) & (condition.lower <= table.values[-1])
        start, stop = table.interval(condition.lower[inside], condition.upper[inside])
        segments = np.column_stack([start, stop])
        width = np.diff(self.edges)
        if not len(segments):
            return np.zeros(self.n_cells), segments
        if not (stop > start).any():
            cells = np.clip(np.searchsorted(self.edges, start, side="right") - 1, 0, self.n_cells - 1)
            density = self._slope(condition.lower[inside]) / width[cells]
            return np.bincount(cells, density, self.n_cells).astype(np.float64), segments
        overlap = np.minimum(stop[:, None], self.edges[1:]) - np.maximum(start[:, None], self.edges[:-1])
        return np.maximum(overlap, 0.0).sum(axis=0) / width, segments[stop > start]

    def decode_within(self, cells: NDArray[np.int64], rest: Floats, segments: Floats) -> Floats:
        """Values of cells at places ``rest`` among the parts of the cell that lie in the segments."""
        out = np.empty(len(cells))
        for cell in np.unique(cells):
            rows = np.flatnonzero(cells == cell)
            low = np.maximum(segments[:, 0], self.edges[cell])
            high = np.minimum(segments[:, 1], self.edges[cell + 1])
            here = (high > low) | ((high == low) & (segments[:, 0] == segments[:, 1]))
            low, high = low[here], high[here]
            length = high - low if (high > low).any() else np.ones(len(low))
            reach = np.cumsum(length)
            aim = rest[rows] * reach[-1]
            k = np.minimum(np.searchsorted(reach, aim, side="right"), len(reach) - 1)
            out[rows] = np.minimum(low[k] + (aim - (reach - length)[k]), high[k])
        return self._on_grid(self.table.ppf(out))

    def _slope(self, values: Floats) -> Floats:
        """Density of values at which nothing is heaped; 0 outside the range."""
        p, x = self.table.probabilities, self.table.values
        k = np.clip(np.searchsorted(x, values, side="right") - 1, 0, len(x) - 2)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.diff(p)[k] / np.diff(x)[k]
        return np.where((values >= x[0]) & (values <= x[-1]) & np.isfinite(slope), slope, 0.0)

    def log_density(self, values: Floats) -> Floats:
        """Log probability of values within their cell: of a spike or a value on the grid, else a density."""
        start, stop = self.table.interval(values, values)
        mass, slope = stop - start, self._slope(values)
        if self.table.step is None:
            mass = np.where(mass > 0.0, mass, slope)
        else:  # on a grid so fine that a value's mass is rounded to nothing
            fine = slope * self.table.step
            mass = np.where((mass <= 0.0) & (fine < FINE), fine, mass)
        with np.errstate(divide="ignore"):
            return np.log(mass / np.diff(self.edges)[self.encode(values)])


@dataclass(frozen=True)
class LevelValues:
    """Levels in an order, one leaf each.

    Parameters
    ----------
    order : ndarray of int64, shape (n_levels,)
        Level code of each leaf.
    """

    order: NDArray[np.int64]

    @property
    def n_cells(self) -> int:
        """Number of levels."""
        return len(self.order)

    @cached_property
    def _position(self) -> NDArray[np.int64]:
        position = np.empty(len(self.order), dtype=np.int64)
        position[self.order] = np.arange(len(self.order))
        return position

    def encode(self, values: NDArray[Any]) -> NDArray[np.int64]:
        """Leaf of each level code, none of them missing."""
        return self._position[values]

    def decode(self, cells: NDArray[np.int64], rest: Floats) -> NDArray[np.int32]:
        """Level codes."""
        return self.order[cells].astype(np.int32)

    def allowed(self, condition: EncodedCondition) -> tuple[Floats, None]:
        """1 for the leaves that are asked for."""
        share = np.zeros(len(self.order))
        share[self._position[condition.levels]] = 1.0
        return share, None


@dataclass(frozen=True)
class Bins:
    """One column's leaves.

    Parameters
    ----------
    values : NumberValues or LevelValues
        The leaves of values that are not missing.
    missing : bool
        Whether leaf 0 stands for missing.
    ordered : bool
        Whether the order of the leaves means something.
    counts : ndarray of int64, shape (n_leaves,)
        Training rows in each leaf.
    """

    values: NumberValues | LevelValues
    missing: bool
    ordered: bool
    counts: NDArray[np.int64]

    @property
    def numeric(self) -> bool:
        """Whether the column holds numbers."""
        return isinstance(self.values, NumberValues)

    @property
    def n_leaves(self) -> int:
        """Number of leaves, missing included."""
        return self.values.n_cells + int(self.missing)

    @cached_property
    def grade(self) -> Floats:
        """Cumulative share of rows before each leaf, shape (n_leaves + 1,)."""
        return np.r_[0, np.cumsum(self.counts)] / max(int(self.counts.sum()), 1)

    @cached_property
    def codes(self) -> NDArray[np.uint8]:
        """Feature code of each leaf: its own number, or where leaves are too many, a group of neighbours."""
        if self.n_leaves <= MAX_CODES:
            return np.arange(self.n_leaves, dtype=np.uint8)
        middle = 0.5 * (self.grade[1:] + self.grade[:-1])
        group = np.minimum((middle * MAX_CODES).astype(np.int64), MAX_CODES - 1)
        return np.unique(group, return_inverse=True)[1].astype(np.uint8)

    @property
    def n_codes(self) -> int:
        """Number of feature codes."""
        return int(self.codes[-1]) + 1

    @cached_property
    def code_grade(self) -> Floats:
        """Cumulative share of rows before each feature code, shape (n_codes + 1,)."""
        first = np.flatnonzero(np.r_[True, np.diff(self.codes.astype(np.int64)) > 0])
        return np.r_[self.grade[first], 1.0]

    @cached_property
    def groups(self) -> NDArray[np.uint8]:
        """One of 32 groups for each feature code: the codes themselves, or neighbours of about equal mass."""
        middle = 0.5 * (self.code_grade[1:] + self.code_grade[:-1])
        group = np.minimum((middle * N_GROUPS).astype(np.int64), N_GROUPS - 1)
        return (np.arange(self.n_codes) if self.n_codes <= N_GROUPS else group).astype(np.uint8)

    def encode(self, values: NDArray[Any]) -> Leaves:
        """Leaf of each encoded value."""
        blank = np.isnan(values) if self.numeric else values < 0
        if not blank.any():
            return (self.values.encode(values) + int(self.missing)).astype(np.uint16)
        leaves = np.zeros(len(values), dtype=np.uint16)
        leaves[~blank] = self.values.encode(values[~blank]) + int(self.missing)
        return leaves

    def decode(self, leaves: Leaves, rest: Floats, segments: Floats | None = None) -> NDArray[Any]:
        """Encoded values of leaves, at places ``rest`` in [0, 1); numbers within ``segments`` where given."""
        cells = leaves.astype(np.int64) - int(self.missing)
        known = cells >= 0
        if known.all():
            return self._decode_known(cells, rest, segments)
        out = np.full(len(leaves), np.nan) if self.numeric else np.full(len(leaves), -1, dtype=np.int32)
        out[known] = self._decode_known(cells[known], rest[known], segments)
        return out

    def _decode_known(self, cells: NDArray[np.int64], rest: Floats, segments: Floats | None) -> NDArray[Any]:
        if segments is not None and isinstance(self.values, NumberValues):
            return self.values.decode_within(cells, rest, segments)
        return self.values.decode(cells, rest)

    def allowed(self, condition: EncodedCondition) -> Allowed:
        """Where a condition holds."""
        share = np.zeros(self.n_leaves)
        if condition.missing:
            share[0] = float(self.missing)
            return Allowed(share, None, condition)
        part, segments = self.values.allowed(condition)
        share[int(self.missing) :] = part
        return Allowed(share, segments, condition)

    def log_density(self, values: NDArray[Any]) -> Floats:
        """Log probability (or density) of encoded values within their leaf; 0 for levels and for missing.

        ``-inf`` for missing where no training row was.
        """
        out = np.zeros(len(values))
        if not self.missing:
            out[np.isnan(values) if self.numeric else values < 0] = -np.inf
        if isinstance(self.values, NumberValues):
            known = ~np.isnan(values)
            out[known] = self.values.log_density(values[known])
        return out

    def to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """A JSON-able document and arrays."""
        document = {"missing": self.missing, "ordered": self.ordered}
        if isinstance(self.values, NumberValues):
            table = self.values.table
            arrays = {"probabilities": table.probabilities, "values": table.values, "edges": self.values.edges}
            return document | {"kind": "numbers", "step": table.step}, arrays | {"counts": self.counts}
        return document | {"kind": "levels"}, {"order": self.values.order, "counts": self.counts}

    @classmethod
    def from_state(cls, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> "Bins":
        """Undo `to_state`."""
        values: NumberValues | LevelValues
        if document["kind"] == "numbers":
            table = QuantileTable(arrays["probabilities"], arrays["values"], document["step"])
            values = NumberValues(table, arrays["edges"])
        else:
            values = LevelValues(arrays["order"])
        return cls(values, document["missing"], document["ordered"], arrays["counts"])
