"""Pairs of columns of both tables as densities: the real table below the diagonal, the synthetic one above it."""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from synthfast.exceptions import DataError
from synthfast.quality import associations, pair_histograms, share_columns
from synthfast.quality.columns import Tables
from synthfast.quality.histograms import ColumnHistogram
from synthfast.quality.pair_histograms import PairHistograms
from synthfast.reporting import panels
from synthfast.reporting.canvas import new_figure, split_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

__all__ = ["plot_pairs"]

MAX_COLUMNS = 6
CELL, HEADER = 2.05, 0.8  # inches
DEEP_REAL, DEEP_SYNTHETIC = "#12395f", "#7a2a06"
TICKS = 3


def plot_pairs(real: Any, synthetic: Any, columns: Sequence[Hashable] | None = None) -> "Figure":
    """Draw the joint distributions of pairs of columns.

    Parameters
    ----------
    real, synthetic : table, shape (n_rows, n_columns)
        What :func:`synthfast.evaluate` takes.
    columns : sequence of hashable or None, default None
        Two columns or more; by default all of at most six, of more the six whose associations differ most.

    Returns
    -------
    matplotlib.figure.Figure
        Shares of rows per cell of two columns, real below the diagonal and synthetic above it on one scale, with the
        association in the corner; on the diagonal each column alone.

    Raises
    ------
    DataError
        If there are fewer than two columns to compare.
    KeyError
        If a column is not one whose values are compared.

    Notes
    -----
    O(n_rows) time a pair; all rows count, none is drawn by itself.
    """
    tables = share_columns(real, synthetic)
    chosen, words = _choose(tables, columns)
    if len(chosen) < 2:
        raise DataError(f"plot_pairs: expected at least two columns to compare, got {len(chosen)}.")
    found = pair_histograms(tables.real, tables.synthetic, chosen)
    detail = associations(tables.real, tables.synthetic).detail
    n = len(chosen)
    figure = new_figure(CELL * n + 0.4, CELL * n + HEADER, w_pad=0.03, h_pad=0.03)
    top, body = split_rows(figure, [HEADER, CELL * n])
    top.text(0.01, 0.5, "Pairs of columns", fontsize=15, fontweight="bold", color=panels.INK)
    told = f"{words}. Below the diagonal real rows, above it synthetic ones; darker cells hold more rows."
    top.text(0.01, 0.12, told, fontsize=9 if n > 3 else 7.5, color=panels.QUIET)
    axes = body.subplots(n, n, squeeze=False)
    for i, row in enumerate(found.columns):
        for j, column in enumerate(found.columns):
            panel = axes[i, j]
            if not (len(row.real) and len(column.real)):
                panel.text(0.5, 0.5, "no known value", ha="center", va="center", fontsize=8, color=panels.QUIET)
            elif i == j:
                _draw_alone(panel, row)
            else:
                _draw_pair(panel, found, row, column, below=i > j)
                _tell(panel, detail, row.name, column.name, "real" if i > j else "synthetic")
            _dress(panel, row, column, left=j == 0, bottom=i == n - 1)
    return figure


def _choose(tables: Tables, columns: Sequence[Hashable] | None) -> tuple[list[Hashable], str]:
    """Columns to draw, and words on which they are."""
    known = tables.real.coding.compared
    if columns is not None:
        return list(columns), f"{len(columns)} columns, as asked for"
    if len(known) <= MAX_COLUMNS:
        return list(known), f"All {len(known)} columns"
    difference = associations(tables.real, tables.synthetic).detail.get("difference")
    if difference is None:
        return list(known[:MAX_COLUMNS]), f"The first {MAX_COLUMNS} of {len(known)} columns"
    worst = np.argsort(-np.abs(np.asarray(difference)).max(axis=1), kind="stable")[:MAX_COLUMNS]
    return [known[k] for k in sorted(worst)], f"{MAX_COLUMNS} of {len(known)} columns, whose associations differ most"


def _shades(deep: str) -> "Colormap":
    """White to a deep colour; in grey the two maps fall together, which the diagonal tells apart."""
    from matplotlib.colors import LinearSegmentedColormap

    middle = panels.BAR if deep == DEEP_REAL else panels.SYNTHETIC
    return LinearSegmentedColormap.from_list(deep, ["#ffffff", middle, deep])


def _draw_pair(
    panel: "Axes", found: PairHistograms, row: ColumnHistogram, column: ColumnHistogram, *, below: bool
) -> None:
    from matplotlib.colors import PowerNorm

    pair = (column.name, row.name) if below else (row.name, column.name)
    own, other = found.real[pair], found.synthetic[pair]
    shares = own.T if below else other  # rows of the picture are the panel's row
    top = max(float(own.max(initial=0.0)), float(other.max(initial=0.0)), 1e-12)
    x, y = _edges(panel.xaxis, column), _edges(panel.yaxis, row)
    norm = PowerNorm(0.6, vmin=0.0, vmax=top)  # so that thin parts show
    panel.pcolormesh(x, y, shares, cmap=_shades(DEEP_REAL if below else DEEP_SYNTHETIC), norm=norm, rasterized=True)


def _edges(axis: "Axis", histogram: ColumnHistogram) -> np.ndarray:
    if histogram.edges is None:
        return np.arange(len(histogram.real) + 1) - 0.5
    return panels.place_edges(axis, histogram, TICKS + 1)[0]


def _draw_alone(panel: "Axes", histogram: ColumnHistogram) -> None:
    edges = _edges(panel.xaxis, histogram)
    panel.stairs(histogram.real, edges, fill=True, color=panels.REAL)
    panel.stairs(histogram.synthetic, edges, color=panels.SYNTHETIC, linewidth=1.4)
    top = max(float(histogram.real.max(initial=0.0)), float(histogram.synthetic.max(initial=0.0)), 1e-12)
    panel.set(xlim=(edges[0], edges[-1]), ylim=(0.0, 1.25 * top))
    panel.set_yticks([])


def _tell(panel: "Axes", detail: dict[str, Any], row: Hashable, column: Hashable, role: str) -> None:
    """The association of the pair in the corner."""
    names = detail.get("columns", [])
    if role not in detail:
        return
    value = round(float(np.asarray(detail[role])[names.index(row), names.index(column)]), 2) + 0.0
    box = {"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 1.2}
    text = f"{value:.2f}".replace("-", "−")
    panel.text(
        0.96, 0.95, text, transform=panel.transAxes, ha="right", va="top", fontsize=8, color=panels.INK, bbox=box
    )


def _dress(panel: "Axes", row: ColumnHistogram, column: ColumnHistogram, *, left: bool, bottom: bool) -> None:
    """Names and ticks on the outer panels only."""
    panel.tick_params(labelsize=7, colors=panels.QUIET, length=2)
    for side in panel.spines.values():
        side.set_color("#d5dbe0")
    _ticks(panel.xaxis, column, shown=bottom, turned=90.0)
    if left:
        panel.set_ylabel(panels.short(row.name, 20), fontsize=9, color=panels.INK)
    if bottom:
        panel.set_xlabel(panels.short(column.name, 20), fontsize=9, color=panels.INK)
    if row is not column:
        _ticks(panel.yaxis, row, shown=left)


def _ticks(axis: "Axis", histogram: ColumnHistogram, *, shown: bool, turned: float = 0.0) -> None:
    from matplotlib.ticker import MaxNLocator, NullFormatter, NullLocator

    if not shown:
        axis.set_major_locator(NullLocator())
        axis.set_major_formatter(NullFormatter())  # that of dates cannot do without a tick
    elif histogram.levels is not None:
        labels = [panels.short(level, 9) for level in histogram.levels]
        axis.set_ticks(range(len(labels)), labels, rotation=turned)
    elif histogram.kind != "time":
        axis.set_major_locator(MaxNLocator(TICKS))
