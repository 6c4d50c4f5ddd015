"""Where rows lie for the search in single precision: a rotated and scaled frame, tiles of 64 rows, boxes of those."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from synthfast._ext import _neighbors
from synthfast.neighbors._bytes import ByteTiles, aligned_empty

__all__ = ["Frame", "Tiles", "box_levels", "near_order"]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Integers = NDArray[np.int64]
Marks = NDArray[np.uint8]
Boxes = tuple[Singles, Singles, Singles, Integers]

LANES: Final = 64  # as compiled
SAMPLE_ROWS: Final = 16_384  # from which axes are learned
CHUNK_ROWS: Final = 65_536
LEAD: Final = 16  # coordinates after which rows may be given up ...
MIN_TAIL: Final = 8  # ... where so many follow ...
LEAD_SHARE: Final = 0.8  # ... and the first ones hold so much of the variance
MAX_ROTATED: Final = 512  # columns; more are only put in order
MOST_STEPS: Final = 127  # of a byte to either side
SHORTEST: Final = 1e-3  # reach of places that bytes are made for; those of equal rows are all 0
FAR: Final = 400  # powers of two beyond which squares would leave the range of float64


@dataclass(frozen=True, eq=False)
class Frame:
    """Axes that rows are put on: any are right, the principal ones are fast.

    Parameters
    ----------
    center : ndarray of float64, shape (n_columns,)
    axes : ndarray of float64, shape (n_columns, n_columns), or of int64, shape (n_columns,)
        Orthogonal, or a mere order of the columns; the widest first.
    exponent : int
        Places are rows times ``2 ** -exponent``, so that they reach to about 1.
    shift : int
        Rows are searched as ``2 ** -shift`` times what came; 0 unless squares could not be held.
    mismatch : float
        What unequal codes add to the squared distance of rows.
    n_lead : int
        Coordinates after which rows may be given up.
    fineness : float
        Steps per unit of places that are rounded to bytes.
    """

    center: Floats
    axes: Floats | Integers
    exponent: int
    shift: int
    mismatch: float
    n_lead: int
    fineness: float

    @classmethod
    def fit(cls, points: NDArray[Any], mismatch: float, others: NDArray[Any] | None = None) -> "Frame":
        """Axes of points; ``others`` have to find room as well."""
        n_rows, n_columns = points.shape
        some = points[:: -(-n_rows // SAMPLE_ROWS)].astype(np.float64)
        largest = max(_largest(part) for part in (points, points if others is None else others))
        exponent = int(np.frexp(max(2.0 * largest, np.sqrt(mismatch)))[1])
        shift = exponent if abs(exponent) > FAR else 0
        some = np.ldexp(some, -exponent)
        center = some.mean(axis=0)
        strength, axes = _widest_axes(some - center)
        leading = strength[:LEAD].sum() >= LEAD_SHARE * strength.sum()
        n_lead = LEAD if n_columns >= LEAD + MIN_TAIL and leading else n_columns
        held = np.ldexp(mismatch, -2 * shift)
        fineness = MOST_STEPS / max(_largest(_put_on(axes, some - center)), SHORTEST)
        return cls(np.ldexp(center, exponent - shift), axes, exponent - shift, shift, float(held), n_lead, fineness)

    @property
    def unit(self) -> float:
        """Squared distance of places per squared distance of rows."""
        return float(np.ldexp(1.0, -2 * self.exponent))

    @property
    def unequal(self) -> float:
        """Distance of places that unequal codes stand for."""
        return float(np.sqrt(self.mismatch * self.unit))

    @property
    def slack(self) -> float:
        """Bound on the error of a squared distance of places, per squared sum of norms.

        Half the squared norm, what is asked for, and n products are summed, each rounded once or twice, from places
        that were rounded themselves: n + 8 roundings at most, of sums below twice the squared norms; the rotation in
        double precision adds far less than one more.
        """
        return float(2 * (len(self.center) + 16) * 2.0**-24)

    def reach(self, points: NDArray[Any]) -> int:
        """Power of two by which points lie farther out than those of the frame."""
        return int(np.frexp(_largest(points))[1]) - self.exponent - self.shift

    def scaled(self, points: NDArray[Any]) -> NDArray[Any]:
        """Rows as they are searched."""
        return np.ldexp(points, -self.shift) if self.shift else points

    def places(self, rows: NDArray[Any]) -> Singles:
        """Places of rows, shape (n_rows, n_columns)."""
        out = np.empty(rows.shape, dtype=np.float32)
        for first in range(0, len(rows), CHUNK_ROWS):
            part = slice(first, first + CHUNK_ROWS)
            centered = np.ldexp(rows[part].astype(np.float64) - self.center, -self.exponent)
            out[part] = _put_on(self.axes, centered)
        return out


def _widest_axes(centered: Floats) -> tuple[Floats, Floats | Integers]:
    """Sums of squares along axes, descending, and the axes: principal ones, or columns where there are very many."""
    if centered.shape[1] > MAX_ROTATED:
        strength = np.einsum("ij,ij->j", centered, centered)
        widest = np.argsort(-strength, kind="stable")
        return strength[widest], widest
    strength, axes = np.linalg.eigh(centered.T @ centered)
    return strength[::-1], np.ascontiguousarray(axes[:, ::-1])


def _put_on(axes: Floats | Integers, centered: Floats) -> Floats:
    return centered @ axes if axes.ndim == 2 else centered[:, axes]


def _largest(points: NDArray[Any]) -> float:
    return max(abs(float(points.max())), abs(float(points.min()))) if points.size else 0.0


def near_order(places: Singles, marks: Marks, unequal: float, n_threads: int) -> Integers:
    """An order of rows in which runs of 64, of 64 such runs, ... are near each other."""
    n_rows = len(places)
    order, keys = np.arange(n_rows, dtype=np.int64), np.empty(n_rows)
    starts, stops = np.array([0]), np.array([n_rows])
    while True:
        wide = stops - starts > LANES
        starts, stops = starts[wide], stops[wide]
        if not len(starts):
            return order
        lefts = np.empty(len(starts), dtype=np.int64)
        _neighbors.halve_segments(places, marks, unequal, starts, stops, keys, order, lefts, n_threads)
        middles = starts + lefts
        starts, stops = np.concatenate([starts, middles]), np.concatenate([middles, stops])


@dataclass(frozen=True, eq=False)
class Tiles:
    """Rows in blocks of 64, coordinate by coordinate, the last row repeated to fill up.

    Parameters
    ----------
    places : ndarray of float32, shape (n_blocks, n_columns, 64)
    halves : ndarray of float32, shape (2, n_blocks, 64)
        Half the squared norm of the leading coordinates, and of the others.
    marks : ndarray of uint8, shape (n_blocks, n_codes, 64)
    row_of : ndarray of int64, shape (n_blocks, 64)
        Row numbers, -1 past the last.
    bytes : ByteTiles
        The places once more; none beside codes.
    """

    places: Singles
    halves: Singles
    marks: Marks
    row_of: Integers
    bytes: ByteTiles

    @classmethod
    def of(cls, places: Singles, marks: Marks, rows: Integers, frame: Frame, n_threads: int) -> "Tiles":
        """Tiles of places and marks that are in order, of the rows of these numbers."""
        row_of = np.pad(rows, (0, -len(rows) % LANES), constant_values=-1).reshape(-1, LANES)
        tiles = _in_blocks(places)
        halves = np.empty((2, len(tiles), LANES), dtype=np.float32)
        for k, part in enumerate((tiles[:, : frame.n_lead], tiles[:, frame.n_lead :])):
            halves[k] = 0.5 * np.einsum("bci,bci->bi", part, part, dtype=np.float64)
        known = tiles[: 0 if marks.shape[1] else None]  # unequal codes are not counted in bytes
        return cls(tiles, halves, _in_blocks(marks), row_of, ByteTiles.of(known, frame.fineness, n_threads))

    @cached_property
    def position_of(self) -> Integers:
        """Where each row is, block after block."""
        rows = self.row_of.ravel()
        position = np.empty(int(rows.max(initial=-1)) + 1, dtype=np.int64)
        held = np.flatnonzero(rows >= 0)
        position[rows[held]] = held
        return position

    def of_rows(self, rows: Integers, frame: Frame, n_threads: int) -> "Tiles":
        """Tiles of some of the rows, in the order given."""
        block, lane = np.divmod(self.position_of[rows], LANES)
        return Tiles.of(self.places[block, :, lane], self.marks[block, :, lane], rows, frame, n_threads)


def box_levels(tiles: Tiles) -> Boxes:
    """Boxes around blocks, in blocks of 64, and so on up to one block: both ends, largest norms, starts of levels."""
    norms = np.sqrt(2.0 * (tiles.halves[0].astype(np.float64) + tiles.halves[1])) * (1.0 + 1e-6)
    cells = (tiles.places, tiles.marks.astype(np.float32))
    low, high = (np.concatenate([end(part, axis=2) for part in cells], axis=1) for end in (np.min, np.max))
    radius = norms.max(axis=1).astype(np.float32)
    lows, highs, radii = [], [], []
    while True:
        lows.append(_in_blocks(low))
        highs.append(_in_blocks(high))
        radii.append(_in_blocks(radius))
        if len(lows[-1]) == 1:
            break
        low, high, radius = lows[-1].min(axis=2), highs[-1].max(axis=2), radii[-1].max(axis=1)
    starts = np.cumsum([0, *(len(level) for level in lows)], dtype=np.int64)
    return np.concatenate(lows), np.concatenate(highs), np.concatenate(radii), starts


def _in_blocks(rows: NDArray[Any]) -> NDArray[Any]:
    """(n, ...) as (n_blocks, ..., 64), the last row repeated to fill up; 64 bytes lie in one line of the cache."""
    padded = np.pad(rows, [(0, -len(rows) % LANES)] + [(0, 0)] * (rows.ndim - 1), mode="edge") if len(rows) else rows
    blocks = np.moveaxis(padded.reshape(len(padded) // LANES, LANES, *rows.shape[1:]), 1, -1)
    out = aligned_empty(blocks.shape, rows.dtype)
    out[...] = blocks
    return out
