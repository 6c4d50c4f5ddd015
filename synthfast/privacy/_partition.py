"""Rows put together in classes, and what one class of them looks like from outside: its label and what that loses."""

from abc import ABC, abstractmethod
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synthfast._core.frames import ColumnData
from synthfast.privacy._columns import Levels, column_levels, column_numbers, is_numeric
from synthfast.privacy._tallies import tally
from synthfast.privacy._texts import level_texts, number_texts, range_texts
from synthfast.privacy.hierarchies import Hierarchy

__all__ = ["LevelColumn", "NumberColumn", "Partition", "QuasiColumn", "TreeColumn", "natural_values", "quasi_column"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Partition:
    """Classes of rows; rows that are in none are suppressed.

    Attributes
    ----------
    rows : ndarray of int64, shape (n_kept,)
        Numbers of the rows, class after class.
    starts : ndarray of int64, shape (n_classes,)
        Where each class starts among them.
    n_rows : int
        Rows of the table, with the suppressed ones.
    """

    rows: NDArray[np.int64]
    starts: NDArray[np.int64]
    n_rows: int

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """Rows of each class."""
        return np.diff(self.starts, append=len(self.rows))

    @cached_property
    def ids(self) -> NDArray[np.int32]:
        """Class of each row of the table, -1 where suppressed."""
        ids = np.full(self.n_rows, -1, dtype=np.int32)
        ids[self.rows] = self.places
        return ids

    @cached_property
    def places(self) -> NDArray[np.int32]:
        """Class of each of ``rows``."""
        return np.repeat(np.arange(len(self.starts), dtype=np.int32), self.sizes)

    @property
    def n_suppressed(self) -> int:
        """Rows in no class."""
        return self.n_rows - len(self.rows)


class QuasiColumn(ABC):
    """A quasi-identifier: how it is cut, what a class of rows is labelled, and how much of it a label loses.

    Parameters
    ----------
    data : ColumnData
    """

    def __init__(self, data: ColumnData) -> None:
        self.data = data

    @property
    def name(self) -> Hashable:
        """The column's name."""
        return self.data.name

    @abstractmethod
    def numbers(self) -> Floats:
        """Values along which rows are cut, NaN where missing."""

    @abstractmethod
    def texts(self, partition: Partition) -> pa.Array:
        """Label of each class."""

    @abstractmethod
    def losses(self, partition: Partition) -> Floats:
        """Normalised certainty penalty of each class, 0 to 1."""


class NumberColumn(QuasiColumn):
    """Numbers, dates and spans: a class is an interval; the loss is its length as a share of the column's range."""

    @cached_property
    def _values(self) -> Floats:
        return column_numbers(self.data, "enforce_k_anonymity")

    def numbers(self) -> Floats:
        """Values along which rows are cut, NaN where missing."""
        return self._values

    def _ends(self, partition: Partition) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_], NDArray[np.bool_]]:
        """Least and greatest value of each class as stored, and which classes lack some values or all."""
        rows, starts = partition.rows, partition.starts
        values, missing = self.data.array, self.data.missing()
        if missing is None:
            values, none = values[rows], np.zeros(len(starts), dtype=bool)
            return np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts), none, none
        absent = missing[rows]
        least, most = _limits(values.dtype)
        low = np.minimum.reduceat(np.where(absent, most, values[rows]), starts)
        high = np.maximum.reduceat(np.where(absent, least, values[rows]), starts)
        some, every = np.logical_or.reduceat(absent, starts), np.logical_and.reduceat(absent, starts)
        present = values[~missing][0]
        return np.where(every, present, low), np.where(every, present, high), some, every

    def texts(self, partition: Partition) -> pa.Array:
        """``[low, high]``."""
        low, high, some, every = self._ends(partition)
        return range_texts(number_texts(self.data, low), number_texts(self.data, high), some, every)

    def losses(self, partition: Partition) -> Floats:
        """Length of each class's interval as a share of the range; 1 where values and missing ones are together."""
        low, high, some, every = self._ends(partition)
        span = float(np.nanmax(self._values)) - float(np.nanmin(self._values))
        length = high.astype(np.float64) - low.astype(np.float64)
        if self.data.storage == "decimal":
            length /= 10.0**self.data.scale
        shares = np.minimum(length / span, 1.0) if span > 0 else np.zeros(len(low))
        return np.where(some & ~every, 1.0, shares)


class LevelColumn(QuasiColumn):
    """Levels without a hierarchy: a class is a set of them, or a range where they have an order."""

    def __init__(self, data: ColumnData) -> None:
        super().__init__(data)
        self.ordered = data.storage == "category" and data.ordered
        self.levels: Levels = column_levels(data).with_missing()

    def numbers(self) -> Floats:
        """Numbers of the levels; missing is the last one, or lies below all where levels have an order."""
        numbers = self.levels.codes.astype(np.float64)
        if self.ordered and None in self.levels.values:
            numbers[self.levels.codes == len(self.levels.values) - 1] = np.nan
        return numbers

    def _counted(self, partition: Partition) -> Any:
        return tally(partition.places, partition.sizes, self.levels.codes[partition.rows], len(self.levels.values))

    def texts(self, partition: Partition) -> pa.Array:
        """The level, or ``{level, level, ...}``."""
        counted = self._counted(partition)
        texts = pa.array(level_texts(self.levels.values), pa.string())
        offsets = pa.array(np.append(counted.starts, len(counted.counts)).astype(np.int32))
        sets = pa.ListArray.from_arrays(offsets, texts.take(pa.array(counted.values)))
        joined = pc.binary_join(sets, ", ")
        single = pa.array(counted.distinct() == 1)
        return pc.if_else(single, joined, pc.binary_join_element_wise("{", joined, "}", ""))

    def losses(self, partition: Partition) -> Floats:
        """Share of the column's levels that each class's set has; 0 for one level."""
        distinct = self._counted(partition).distinct()
        return np.where(distinct == 1, 0.0, distinct / len(self.levels.values))


class TreeColumn(QuasiColumn):
    """A column with a hierarchy: a class is the lowest node that has all its values, or that at a fixed level.

    Attributes
    ----------
    level : int or None
        The level that all classes go to, None for the lowest that each can.
    """

    def __init__(self, data: ColumnData, hierarchy: Hierarchy) -> None:
        super().__init__(data)
        levels = column_levels(data).with_missing()
        values = natural_values(data, levels.values)
        self.hierarchy = hierarchy
        self.level: int | None = None
        order = hierarchy.order()
        place_of = np.empty(len(order), dtype=np.int64)
        place_of[order] = np.arange(len(order))
        self.leaf_of_place = order
        self.positions = place_of[hierarchy.places(values, data.name)][levels.codes]
        self.nodes = _ascending(hierarchy.numbered()[:, order])
        leaves = [np.bincount(row)[row] for row in self.nodes]
        self.spans = np.array(leaves) / self.nodes.shape[1]
        self.spans[0] = 0.0
        self.spans[np.array(leaves) == 1] = 0.0

    def numbers(self) -> Floats:
        """Positions of the leaves, in an order in which a node's stand together."""
        return self.positions.astype(np.float64)

    def _nodes_of(self, partition: Partition) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Lowest level at which each class has one node, and a position within it."""
        positions = self.positions[partition.rows]
        if self.level is not None:
            return np.full(len(partition.starts), self.level), positions[partition.starts]
        low = np.minimum.reduceat(positions, partition.starts)
        high = np.maximum.reduceat(positions, partition.starts)
        level = np.zeros(len(low), dtype=np.int64)
        for row in self.nodes[:-1]:
            level += row[low] != row[high]
        return level, low

    def texts(self, partition: Partition) -> pa.Array:
        """The node's label."""
        return self.node_texts(*self._nodes_of(partition))

    def node_texts(self, level: NDArray[np.int64], position: NDArray[np.int64]) -> pa.Array:
        """Labels of the nodes at these levels that these positions lie in."""
        known = [level_texts(self.hierarchy.values), *self.hierarchy.labels]
        table = pa.array([text for row in known for text in row], pa.string())
        return table.take(pa.array(level * len(self.hierarchy.values) + self.leaf_of_place[position]))

    def losses(self, partition: Partition) -> Floats:
        """Share of all leaves that the node has; 0 for a leaf."""
        level, low = self._nodes_of(partition)
        return self.spans[level, low]

    def level_losses(self) -> Floats:
        """Mean loss over the rows if the whole column goes to each level."""
        return np.array([row[self.positions].mean() for row in self.spans])


def quasi_column(data: ColumnData, hierarchy: Hierarchy | None) -> QuasiColumn:
    """The column as it is cut: by its hierarchy where it has one, else by its kind."""
    if hierarchy is not None:
        return TreeColumn(data, hierarchy)
    missing = data.missing()
    if missing is not None and missing.all():
        return LevelColumn(ColumnData(data.name, "null", data.n_rows))
    return NumberColumn(data) if is_numeric(data) else LevelColumn(data)


def natural_values(data: ColumnData, values: list[Any]) -> list[Any]:
    """Values of a column as its hierarchy spells them: dates as text, and so levels of several types."""
    if data.storage == "object" and len({str(value) for value in values}) < len(values):
        return [None if value is None else text for value, text in zip(values, level_texts(values), strict=True)]
    if not is_numeric(data) or data.storage in ("float", "integer"):
        return values
    present = [value for value in values if value is not None]
    texts = iter(number_texts(data, np.array(present, dtype=np.int64)).to_pylist() if present else [])
    return [None if value is None else next(texts) for value in values]


def _ascending(nodes: NDArray[np.int32]) -> NDArray[np.int32]:
    """Nodes numbered upward along the positions."""
    return np.cumsum(np.diff(nodes, axis=1, prepend=nodes[:, :1]) != 0, axis=1, dtype=np.int32)


def _limits(dtype: np.dtype[Any]) -> tuple[Any, Any]:
    if dtype.kind == "f":
        return -np.inf, np.inf
    return np.iinfo(dtype).min, np.iinfo(dtype).max
