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
        """Cells of about equal mass; heavy values alone, and ever smaller cells towards both ends.

        A value is heavy where it has half a cell's mass, so there may be twice ``n_cells`` cells and those of the ends.
        """
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
        return cls(table, _between_values(table, np.array(edges)))

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
        return self._cell_at(self.place(values))

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
            segments = segments[self.table.density(wanted.lower[inside]) > 0.0]
            points = segments[:, 0]
            cells = self._cell_at(points)
            density = self._slope_at(points) / width[cells]
            return np.bincount(cells, density, self.n_cells).astype(np.float64), segments
        overlap = np.minimum(stop[:, None], self.edges[1:]) - np.maximum(start[:, None], self.edges[:-1])
        return np.maximum(overlap, 0.0).sum(axis=0) / width, segments[stop > start]

    def decode_within(self, cells: NDArray[np.int64], rest: Floats, segments: Floats) -> Floats:
        """Values of cells at places ``rest`` among the parts of the cell that lie in the segments.

        Among points, which have no mass, by their density.
        """
        if len(segments) and not (segments[:, 1] > segments[:, 0]).any():
            return self._on_grid(self._choose_points(cells, rest, segments[:, 0]))
        out = np.empty(len(cells))
        for cell in np.unique(cells):
            rows = np.flatnonzero(cells == cell)
            low = np.maximum(segments[:, 0], self.edges[cell])
            high = np.minimum(segments[:, 1], self.edges[cell + 1])
            here = high > low
            low, high = low[here], high[here]
            reach = np.cumsum(high - low)
            aim = rest[rows] * reach[-1]
            k = np.minimum(np.searchsorted(reach, aim, side="right"), len(reach) - 1)
            out[rows] = np.minimum(low[k] + (aim - (reach - (high - low))[k]), high[k])
        return self._on_grid(self.table.ppf(out))

    def _choose_points(self, cells: NDArray[np.int64], rest: Floats, points: Floats) -> Floats:
        """One of the points, given by their probabilities, that lie in each cell."""
        values, at, out = self.table.ppf(points), self._cell_at(points), np.empty(len(cells))
        density = self._slope_at(points)
        for cell in np.unique(cells):
            rows, here = np.flatnonzero(cells == cell), np.flatnonzero(at == cell)
            reach = np.cumsum(density[here])
            k = np.searchsorted(reach, rest[rows] * reach[-1], side="right")
            out[rows] = values[here[np.minimum(k, len(here) - 1)]]
        return out

    def _cell_at(self, probabilities: Floats) -> NDArray[np.int64]:
        """Cell of each of some probabilities."""
        return np.clip(np.searchsorted(self.edges, probabilities, side="right") - 1, 0, self.n_cells - 1)

    def _slope_at(self, probabilities: Floats) -> Floats:
        """Density of the values at some probabilities, at which nothing is heaped."""
        p = self.table.probabilities
        return self.table.slopes[np.clip(np.searchsorted(p, probabilities, side="right") - 1, 0, len(p) - 2)]

    def log_density(self, values: Floats) -> Floats:
        """Log probability of values within their cell: of a spike or a value on the grid, else a density.

        ``-inf`` where no value is drawn: outside the range, and beside a spike up to half the way to the next value of
        the training rows.
        """
        start, stop = self.table.interval(values, values)
        mass, slope = stop - start, self.table.density(values)
        if self.table.step is None:
            mass = np.where(mass > 0.0, mass, slope)
        else:  # on a grid so fine that a value's mass is rounded to nothing
            fine = slope * self.table.step
            mass = np.where((mass <= 0.0) & (fine < FINE), fine, mass)
        with np.errstate(divide="ignore"):
            return np.log(mass / np.diff(self.edges)[self.encode(values)])


def _between_values(table: QuantileTable, edges: Floats) -> Floats:
    """Edges moved from within the interval of a value on the grid to its end, so that no value lies in two cells."""
    if table.step is None or len(edges) < 3:
        return edges
    inner = edges[1:-1]
    values = Grid(table.step).nearest(table.ppf(inner))
    start, stop = table.interval(values, values)
    nearer = np.where(inner - start < stop - inner, start, stop)
    return np.unique(np.r_[0.0, np.where((start < inner) & (inner < stop), nearer, inner), 1.0])
