"""A column as few leaves: numbers in cells of their quantile table, levels one by one, missing as the first leaf."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast.synthesizers._tree.large_numbers import quantile_table
from synthfast.synthesizers._tree.level_values import LevelValues
from synthfast.synthesizers._tree.number_values import NumberValues
from synthfast.synthesizers._tree.wanted import Wanted

__all__ = ["MAX_CODES", "MAX_LEAVES", "N_GROUPS", "Allowed", "Bins", "group_by_mass"]

Floats = NDArray[np.float64]
Leaves = NDArray[np.uint16]

MAX_CODES = 256  # codes by which a column is seen as a feature
MAX_LEAVES = 65_535
N_GROUPS = 32  # in which chosen rows are spread as they should be


def group_by_mass(grade: Floats, most: int, first_alone: bool) -> NDArray[np.int64]:
    """Group of each of some neighbours: its own number, or where they are more than ``most``, neighbours together.

    Parameters
    ----------
    grade : ndarray of float64, shape (n + 1,)
        Cumulative share of rows before each, from 0 to 1.
    most : int
        Groups at most, about equal in rows and numbered from 0 on without a gap.
    first_alone : bool
        Whether the first has a group to itself, as missing has.
    """
    n = len(grade) - 1
    if n <= most:
        return np.arange(n)
    first = int(first_alone)
    middle = 0.5 * (grade[first + 1 :] + grade[first:-1]) - grade[first]
    place = middle / max(1.0 - grade[first], 1e-300)
    group = np.minimum((place * (most - first)).astype(np.int64), most - first - 1)
    return np.r_[np.zeros(first, np.int64), np.unique(group, return_inverse=True)[1] + first]


@dataclass(frozen=True)
class Allowed:
    """What is wanted of a column, in its leaves.

    Parameters
    ----------
    share : ndarray of float64, shape (n_leaves,)
        Part of each leaf's mass that is wanted; where that is nothing but points without mass, their density.
    segments : ndarray of float64, shape (n_segments, 2), or None
        Numbers: probability intervals among the values that are not missing; a point has equal ends. None for levels.
    wanted : Wanted, optional
        What that was.
    """

    share: Floats
    segments: Floats | None = None
    wanted: Wanted | None = None


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
        """Feature code of each leaf: its own number, or where leaves are too many, a group of neighbours.

        Where missing is a leaf, it is code 0 and nothing else is.
        """
        return group_by_mass(self.grade, MAX_CODES, self.missing).astype(np.uint8)

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
        return group_by_mass(self.code_grade, N_GROUPS, self.missing).astype(np.uint8)

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

    def allowed(self, wanted: Wanted) -> Allowed:
        """The leaves that are wanted. Beside missing, which has mass, points without mass have no share."""
        share, first = np.zeros(self.n_leaves), int(self.missing)
        share[first:], segments = self.values.allowed(wanted)
        if wanted.missing and self.missing:
            if segments is not None and not (segments[:, 1] > segments[:, 0]).any():
                share[first:] = 0.0
            share[0] = 1.0
        return Allowed(share, segments, wanted)

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
            table = quantile_table(arrays["probabilities"], arrays["values"], document["step"])
            values = NumberValues(table, arrays["edges"])
        else:
            values = LevelValues(arrays["order"])
        return cls(values, document["missing"], document["ordered"], arrays["counts"])
