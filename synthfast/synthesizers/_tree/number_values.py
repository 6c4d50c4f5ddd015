"""Numbers in cells of their quantile table.

What happens inside a cell does not depend on other columns: a uniform place in it is looked up in the column's quantile
table, so values are new, while spikes, decimals and the range stay.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthfast.marginals.quantile_table import QuantileTable
from synthfast.synthesizers._tree.grid import Grid
from synthfast.synthesizers._tree.wanted import Wanted

__all__ = ["NumberValues"]

Floats = NDArray[np.float64]

FINE = 1e-9
TAIL_ROWS = 10  # the outermost cells of a column hold as many rows


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

    def allowed(self, wanted: Wanted) -> tuple[Floats, Floats]:
        """Share of each cell, and segments, that are wanted."""
        table = self.table
        inside = (wanted.upper >= table.values[0]) & (wanted.lower <= table.values[-1])
        start, stop = table.interval(wanted.lower[inside], wanted.upper[inside])
        segments = np.column_stack([start, stop])
        width = np.diff(self.edges)
        if not len(segments):
            return np.zeros(self.n_cells), segments
        if not (stop > start).any():
            cells = np.clip(np.searchsorted(self.edges, start, side="right") - 1, 0, self.n_cells - 1)
            density = self._slope(wanted.lower[inside]) / width[cells]
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
            length = high - low if (high > low).any() else self._slope(self.table.ppf(low))
            length = length if length.sum() > 0.0 else np.ones(len(low))
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
            slope = 0.5 * np.diff(p)[k] / np.diff(0.5 * x)[k]  # halves: the distance of large numbers may be no float
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
