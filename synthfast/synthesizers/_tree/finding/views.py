"""A column, and what the search for rules asks of it more than once."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast.encoding import Bounds, EncodedColumn
from synthfast.encoding.missing import missing_of
from synthfast.synthesizers._tree.finding.stand_ins import count_own_rows
from synthfast.synthesizers._tree.grid import SLACK, Grid

__all__ = ["FINE", "FIRST_ROWS", "MIN_COUNT", "MIN_ROWS", "SAMPLE_ROWS", "Rows", "View", "spread_rows"]

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

SAMPLE_ROWS = 2_000
FIRST_ROWS = 256
MIN_ROWS = 30
MIN_COUNT = 5  # rows that a level, or all values but the commonest, must have to be evidence
FINE = 1e-9  # relative error of sums of floats
FINE_SINGLE = 1e-6  # of floats stored in single precision


def spread_rows(n_rows: int) -> Rows:
    """A fixed sample of rows, ascending, evenly spread but without a period that a table could share."""
    if n_rows <= SAMPLE_ROWS:
        return np.arange(n_rows)
    turns = np.arange(SAMPLE_ROWS) * 0.6180339887498949
    return np.unique(((turns - np.floor(turns)) * n_rows).astype(np.int64))


class View:
    """One column.

    Parameters
    ----------
    column : EncodedColumn
    bounds : Bounds or None
        Range and resolution of a numeric column; None for levels.
    shares : sequence of float
        Shares of the levels, as the schema tells.
    """

    def __init__(self, column: EncodedColumn, bounds: Bounds | None, shares: Sequence[float] = ()) -> None:
        self.name, self.values, self.numeric, self.bounds = column.name, column.values, bounds is not None, bounds
        self.n_levels, self._shares = column.n_levels, shares
        self.step = None if bounds is None else bounds.step
        self.grid = Grid(self.step)
        missing = missing_of(column.values)
        self.missing = missing if missing.any() else None
        self.n_present = len(missing) - int(np.count_nonzero(missing))

    @cached_property
    def pattern(self) -> bytes:
        """Which rows are missing, as a key."""
        return b"" if self.missing is None else np.packbits(self.missing).tobytes()

    @cached_property
    def fine(self) -> float:
        """Relative error within which floats without a step agree."""
        some = self.values[spread_rows(len(self.values))]
        with np.errstate(over="ignore"):
            single = some.astype(np.float32).astype(np.float64)
        return FINE_SINGLE if np.array_equal(single, some, equal_nan=True) else FINE

    @cached_property
    def tolerance(self) -> float:
        """How far a numeric value may lie from the unrounded formula."""
        size = float(np.nanmax(np.abs(self.values)))
        return self.fine * size if self.step is None else 0.5 * self.step

    @cached_property
    def comparable(self) -> NDArray[Any]:
        """The values with missing ones equal to each other."""
        if self.missing is None or not self.numeric:
            return self.values
        return np.where(self.missing, np.inf, self.values)

    @cached_property
    def coded(self) -> tuple[NDArray[np.int64], int, Floats]:
        """Keys as a source of lookups (the last one for missing), their number, and a numeric column's points."""
        if not self.numeric:
            keys = self.values.astype(np.int64)
            points, n_keys = np.empty(0), self.n_levels
        else:
            points, keys = np.unique(self.comparable, return_inverse=True)
            points = points[: len(points) - (self.missing is not None)]
            n_keys = len(points)
        if self.missing is not None:
            keys[self.missing] = n_keys
        return keys, n_keys + 1, points

    @cached_property
    def key_counts(self) -> NDArray[np.int64]:
        """Rows that hold each key."""
        return np.bincount(self.coded[0], minlength=self.coded[1])

    @cached_property
    def own_counts(self) -> NDArray[np.int64]:
        """Rows of each key that hold it themselves: not those of levels that are too rare to have a key."""
        if self.numeric:
            return self.key_counts
        return np.append(count_own_rows(self.key_counts[:-1], self._shares), self.key_counts[-1])

    @cached_property
    def stand_ins(self) -> NDArray[np.int64] | None:
        """Rows of each key that do not hold it themselves; None where there are none."""
        left = self.key_counts - self.own_counts
        return left if left.any() else None

    @property
    def n_held(self) -> int:
        """Number of keys that some row holds."""
        return int(np.count_nonzero(self.key_counts))

    @cached_property
    def first_rows(self) -> Rows:
        """The first row that holds each key."""
        keys, n_keys, _ = self.coded
        first = np.zeros(n_keys, dtype=np.int64)
        first[keys[::-1]] = np.arange(len(keys) - 1, -1, -1)
        return first

    @cached_property
    def common_row(self) -> int:
        """A row that holds the commonest value of the sample; missing ones count only if there are no others."""
        rows = np.arange(len(self.values)) if self.missing is None else np.flatnonzero(~self.missing)
        rows = rows[spread_rows(len(rows))]
        if not len(rows):
            return 0
        _, first, counts = np.unique(self.values[rows], return_index=True, return_counts=True)
        return int(rows[first[np.argmax(counts)]])

    @cached_property
    def unusual(self) -> Rows:
        """The rows that hold another value than the commonest of the sample, missing ones not counted."""
        other = self.values != self.values[self.common_row]
        return np.flatnonzero(other if self.missing is None else other & ~self.missing)

    def varies(self) -> bool:
        """Whether enough rows are present, and enough of them unusual, for a formula to be more than chance."""
        return self.n_present >= MIN_ROWS and len(self.unusual) >= MIN_COUNT

    def agrees(self, formula: Floats, size: Floats, rows: Rows | slice) -> bool:
        """Whether a formula gives the column's values in the rows; ``size`` is the sum of its terms' magnitudes."""
        allowed = self.fine * size if self.step is None else (0.5 + SLACK) * self.step
        return bool((np.abs(formula - self.values[rows]) <= allowed).all())

    def is_met(self, formula: Floats, rows: Rows | slice) -> bool:
        """Whether the formula, put on the grid, is the column's value even where it falls halfway between two."""
        return self.step is None or bool((np.abs(self.grid.nearest(formula) - self.values[rows]) < self.step / 4).all())
