"""Every column as a few states: levels, bins of equal mass, heavy values by themselves, and missing.

A network with one softmax a column then has nothing to assume about the shape of a distribution. Within its bin a
number is drawn by the column's empirical quantile function, so that binning loses no more than how a column depends on
the others within one bin.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast.encoding import EncodedColumn, EncodedCondition, TableCodec
from synthfast.encoding.missing import missing_of
from synthfast.engines import map_blocks
from synthfast.exceptions import ConditionError
from synthfast.marginals.histogram import BitPrefixHistogram
from synthfast.marginals.quantile_table import QuantileTable

__all__ = ["LevelStates", "NumberStates", "StateTable"]

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

LEAST_ATOM = 1e-3  # share of the rows that a value must hold to be a state of its own
MIDDLE = 0.5


@dataclass(frozen=True)
class NumberStates:
    """A column of numbers.

    Parameters
    ----------
    name : hashable
    table : QuantileTable or None
        None where every row is missing.
    edges : ndarray of float64, shape (n_bins + 1,)
        Probabilities at which states begin and end, from 0 to 1.
    missing : bool
        Whether rows miss the column: the last state.
    """

    name: Hashable
    table: QuantileTable | None
    edges: Floats
    missing: bool

    @classmethod
    def fit(cls, column: EncodedColumn, codec: TableCodec, *, n_bins: int, min_count: int) -> "NumberStates":
        """Cut the quantile function into states; everything rests on counts of values."""
        missing = missing_of(column.values)
        if missing.all():
            return cls(column.name, None, np.zeros(1), True)
        histogram, bounds = BitPrefixHistogram.from_values(column.values), codec.bounds(column.name)
        table = QuantileTable.from_counts(
            histogram.values(),
            histogram.counts(),
            minimum=bounds.minimum,
            maximum=bounds.maximum,
            step=bounds.step,
            min_count=min_count,
        )
        return cls(column.name, table, _cut(table, n_bins), bool(missing.any()))

    @property
    def n_bins(self) -> int:
        """States that are not missing."""
        return len(self.edges) - 1

    @property
    def n_states(self) -> int:
        """Number of states, that of missing included."""
        return self.n_bins + self.missing

    @property
    def places(self) -> Floats:
        """Where each state lies in the column's order, 0 to 1, shape (n_states,); NaN for missing."""
        return np.append(0.5 * (self.edges[1:] + self.edges[:-1]), [np.nan] * self.missing)

    def states(self, values: NDArray[Any]) -> Codes:
        """State of each encoded value."""
        blank = np.isnan(values)
        if self.table is None:
            return np.zeros(len(values), dtype=np.int64)
        inside = np.clip(np.where(blank, self.table.values[0], values), self.table.values[0], self.table.values[-1])
        start, stop = self.table.interval(inside, inside)
        found = np.searchsorted(self.edges, 0.5 * (start + stop), side="right") - 1
        return np.where(blank & self.missing, self.n_bins, np.clip(found, 0, self.n_bins - 1))

    def values(self, states: Codes, u: Floats) -> Floats:
        """Encoded values of states; ``u`` says where within the bin, 0 to 1."""
        if self.table is None:
            return np.full(len(states), np.nan)
        bins = np.minimum(states, self.n_bins - 1)
        low, high = self.edges[bins], self.edges[bins + 1]
        return np.where(states == self.n_bins, np.nan, self.table.ppf(low + u * (high - low)))

    def allowed(self, condition: EncodedCondition) -> tuple[Floats, Floats]:
        """Shares of each state that meet a condition, shape (n_states,), and probability segments, (n_segments, 2)."""
        share = np.zeros(self.n_states)
        if condition.missing:
            share[self.n_bins :] = 1.0
            return share, np.empty((0, 2))
        if self.table is None:
            return share, np.empty((0, 2))
        start, stop = self.table.interval(condition.lower, condition.upper)
        inside = (condition.upper >= self.table.values[0]) & (condition.lower <= self.table.values[-1])
        segments = np.column_stack([start, stop])[inside]
        for low, high in segments:
            if low == high:  # a point has no mass: it is met by its state as a whole
                share[min(int(np.searchsorted(self.edges, low, side="right")) - 1, self.n_bins - 1)] = 1.0
                continue
            covered = np.minimum(high, self.edges[1:]) - np.maximum(low, self.edges[:-1])
            share[: self.n_bins] += np.maximum(covered, 0.0) / np.diff(self.edges)
        return np.minimum(share, 1.0), segments

    def values_within(self, states: Codes, u: Floats, condition: EncodedCondition, segments: Floats) -> Floats:
        """Encoded values of states, each within the condition's segments."""
        if condition.missing or self.table is None:
            return np.full(len(states), np.nan)
        out = np.empty(len(states))
        for state in np.unique(states):
            rows = np.flatnonzero(states == state)
            out[rows] = self._within(int(state), u[rows], condition, segments)
        return out

    def _within(self, state: int, u: Floats, condition: EncodedCondition, segments: Floats) -> Floats:
        assert self.table is not None
        low = np.clip(segments[:, 0], self.edges[state], self.edges[state + 1])
        high = np.clip(segments[:, 1], self.edges[state], self.edges[state + 1])
        here = (high > low) | ((segments[:, 0] == segments[:, 1]) & (low == segments[:, 0]))
        low, high, ends = low[here], high[here], np.flatnonzero(here)
        width = np.where(high > low, high - low, 1e-12)
        reach = np.cumsum(width) / width.sum()
        piece = np.minimum(np.searchsorted(reach, u, side="right"), len(reach) - 1)
        begun = np.append(0.0, reach)[piece]
        along = (u - begun) / np.maximum(reach[piece] - begun, 1e-300)
        drawn = self.table.ppf(np.clip(low[piece] + along * (high - low)[piece], 0.0, 1.0))
        order = np.flatnonzero(_inside(self.table, condition))[ends[piece]]
        return np.clip(drawn, condition.lower[order], condition.upper[order])


def _inside(table: QuantileTable, condition: EncodedCondition) -> NDArray[np.bool_]:
    return (condition.upper >= table.values[0]) & (condition.lower <= table.values[-1])


def _cut(table: QuantileTable, n_bins: int) -> Floats:
    """Ends of states: around the heaviest values, and between those bins of about the same mass."""
    p, x = table.probabilities, table.values
    mass = np.where(x[1:] == x[:-1], np.diff(p), 0.0)
    heavy = np.flatnonzero(mass >= LEAST_ATOM)
    heavy = np.sort(heavy[np.argsort(-mass[heavy], kind="stable")[:n_bins]])
    borders = np.unique(np.concatenate([[0.0, 1.0], p[heavy], p[heavy + 1]]))
    atoms = set(p[heavy].tolist())
    edges = [borders]
    for low, high in pairwise(borders):
        if low in atoms:
            continue
        wanted = np.linspace(low, high, max(1, round((high - low) * n_bins)) + 1)[1:-1]
        knots = p[(p > low) & (p < high)]  # none lies within a value that many rows hold
        if len(knots) and len(wanted):
            edges.append(knots[np.abs(knots[:, None] - wanted).argmin(axis=0)])
    return np.unique(np.concatenate(edges))


@dataclass(frozen=True)
class LevelStates:
    """A column of levels; ``missing`` says whether rows miss it: the last state."""

    name: Hashable
    n_levels: int
    missing: bool

    @property
    def n_states(self) -> int:
        """Number of states, that of missing included."""
        return self.n_levels + self.missing

    @property
    def places(self) -> Floats:
        """NaN: levels have no place in an order, shape (n_states,)."""
        return np.full(self.n_states, np.nan)

    def states(self, values: NDArray[Any]) -> Codes:
        """State of each encoded value."""
        codes = np.asarray(values, dtype=np.int64)
        return np.where(codes < 0, self.n_levels if self.missing else 0, codes)

    def values(self, states: Codes, u: Floats) -> NDArray[np.int32]:
        """Encoded values of states."""
        return np.where(states == self.n_levels, -1, states).astype(np.int32)

    def allowed(self, condition: EncodedCondition) -> tuple[Floats, Floats]:
        """Shares of each state that meet a condition, 0 or 1, shape (n_states,); no segments."""
        share = np.zeros(self.n_states)
        share[np.arange(self.n_levels, self.n_states) if condition.missing else condition.levels] = 1.0
        return share, np.empty((0, 2))

    def values_within(
        self, states: Codes, u: Floats, condition: EncodedCondition, segments: Floats
    ) -> NDArray[np.int32]:
        """Encoded values of states that meet the condition."""
        return self.values(states, u)


@dataclass(frozen=True)
class StateTable:
    """All columns of a table.

    Parameters
    ----------
    columns : list of NumberStates or LevelStates
        In the order of the codec.
    counts : list of ndarray of int64, each of shape (n_states,)
        Training rows in each state.
    """

    columns: list[NumberStates | LevelStates]
    counts: list[NDArray[np.int64]]

    @classmethod
    def fit(
        cls, columns: Mapping[Hashable, EncodedColumn], codec: TableCodec, *, n_bins: int, min_count: int
    ) -> tuple["StateTable", Codes]:
        """The columns, and the states of the training rows, shape (n_rows, n_columns)."""

        def one(column: EncodedColumn) -> tuple[NumberStates | LevelStates, Codes]:
            own: NumberStates | LevelStates
            if column.kind == "numeric":
                own = NumberStates.fit(column, codec, n_bins=n_bins, min_count=min_count)
            else:
                own = LevelStates(column.name, column.n_levels, bool(missing_of(column.values).any()))
            return own, own.states(column.values)

        found = list(map_blocks(one, columns.values()))
        n_rows = len(next(iter(columns.values())).values) if columns else 0
        states = np.column_stack([s for _, s in found]) if found else np.empty((n_rows, 0), dtype=np.int64)
        counts = [np.bincount(s, minlength=own.n_states) for own, s in found]
        return cls([own for own, _ in found], counts), states

    @cached_property
    def sizes(self) -> list[int]:
        """States of each column."""
        return [column.n_states for column in self.columns]

    @cached_property
    def names(self) -> list[Hashable]:
        """Names of the columns."""
        return [column.name for column in self.columns]

    def encode(self, columns: Mapping[Hashable, NDArray[Any]], n_rows: int) -> Codes:
        """States of rows, shape (n_rows, n_columns); -1 for columns that are not given, or a state no row ever had."""
        out = np.full((n_rows, len(self.columns)), -1, dtype=np.int64)
        for j, column in enumerate(self.columns):
            if column.name in columns:
                out[:, j] = column.states(columns[column.name])
        return out

    def decode(self, states: Codes, u: Floats) -> dict[Hashable, NDArray[Any]]:
        """Encoded columns of states, both arguments of shape (n_columns, n_rows)."""
        return {c.name: c.values(s, part) for c, s, part in zip(self.columns, states, u, strict=True)}

    def shares(self, conditions: Mapping[Hashable, EncodedCondition]) -> dict[int, Floats]:
        """Share of each state of a column that meets its condition.

        Raises
        ------
        ConditionError
            If no training row was in a state that meets one.
        """
        out = {}
        for j, column in enumerate(self.columns):
            if column.name not in conditions:
                continue
            share = column.allowed(conditions[column.name])[0]
            if not (share * (self.counts[j] > 0)).any():
                raise ConditionError(
                    f"conditions: column {column.name!r} cannot be what was asked for: no training row comes near it."
                )
            out[j] = share
        return out

    def to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """A JSON-able document and arrays; columns are named by their place among the codec's."""
        entries: list[dict[str, Any]] = []
        arrays: dict[str, NDArray[Any]] = {f"{j}/counts": counts for j, counts in enumerate(self.counts)}
        for j, c in enumerate(self.columns):
            if isinstance(c, LevelStates):
                entries.append({"kind": "levels", "n_levels": c.n_levels, "missing": c.missing})
                continue
            arrays[f"{j}/edges"] = c.edges
            entries.append({"kind": "numbers", "missing": c.missing, "step": None if c.table is None else c.table.step})
            if c.table is not None:
                arrays[f"{j}/probabilities"], arrays[f"{j}/values"] = c.table.probabilities, c.table.values
        return {"columns": entries}, arrays

    @classmethod
    def from_state(
        cls, document: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], names: list[Hashable]
    ) -> "StateTable":
        """Undo `to_state` for the columns ``names``."""
        columns: list[NumberStates | LevelStates] = []
        for j, (name, entry) in enumerate(zip(names, document["columns"], strict=True)):
            if entry["kind"] == "levels":
                columns.append(LevelStates(name, entry["n_levels"], entry["missing"]))
                continue
            table = None
            if f"{j}/values" in arrays:
                table = QuantileTable(arrays[f"{j}/probabilities"], arrays[f"{j}/values"], entry["step"])
            columns.append(NumberStates(name, table, arrays[f"{j}/edges"], entry["missing"]))
        return cls(columns, [arrays[f"{j}/counts"] for j in range(len(names))])
