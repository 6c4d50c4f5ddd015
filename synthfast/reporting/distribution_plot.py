"""Every column of both tables beside its distance, page by page, those that differ most first."""

import math
from typing import TYPE_CHECKING

from synthfast.quality.distribution import worst_first
from synthfast.quality.histograms import ColumnHistogram
from synthfast.reporting import panels
from synthfast.reporting.canvas import new_figure, split_rows

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from synthfast.reporting.report import QualityReport

__all__ = ["count_pages", "ordered_histograms", "plot_distributions"]

PER_ROW, PER_PAGE = 4, 24
WIDTH, HEIGHT, HEADER = 13.0, 2.5, 0.7  # inches: of the page, of a row, of the heading


def plot_distributions(report: "QualityReport", page: int = 1) -> "Figure":
    """Draw the distributions of the columns of both tables.

    Parameters
    ----------
    report : QualityReport
        What :func:`synthfast.evaluate` gives.
    page : int, default 1
        Of 24 columns each, those that differ most on the first; `count_pages` tells how many there are.

    Returns
    -------
    matplotlib.figure.Figure
        A panel a column: shares of the real rows as a fill, of the synthetic ones as a line, with the distance, that of
        fresh real rows, and the missing rates where there are any.

    Raises
    ------
    ValueError
        If there is no such page.
    """
    ordered = ordered_histograms(report)
    n_pages = count_pages(report)
    if not 1 <= page <= n_pages:
        raise ValueError(f"page={page!r}: expected a page from 1 to {n_pages}.")
    chosen = ordered[PER_PAGE * (page - 1) : PER_PAGE * page]
    n_rows = max(1, math.ceil(len(chosen) / PER_ROW))
    figure = new_figure(WIDTH, HEADER + HEIGHT * n_rows)
    top, body = split_rows(figure, [HEADER, HEIGHT * n_rows])
    top.text(0.01, 0.55, "Distributions, real and synthetic", fontsize=15, fontweight="bold", color=panels.INK)
    top.text(0.01, 0.1, _subtitle(report, len(chosen), len(ordered), page, n_pages), fontsize=9.5, color=panels.QUIET)
    panels.column_legend(top, loc="center right", fontsize=10)
    shapes = report.results.get("column_shapes")
    parts = {} if shapes is None else shapes.detail["columns"]
    axes = body.subplots(n_rows, PER_ROW, squeeze=False).ravel()
    for panel, histogram in zip(axes, chosen, strict=False):
        panels.draw_column(panel, histogram, parts.get(histogram.name))
    for panel in axes[len(chosen) :]:
        panel.axis("off")
    return figure


def count_pages(report: "QualityReport") -> int:
    """How many pages of 24 columns there are, at least 1."""
    return max(1, math.ceil(len(report.histograms) / PER_PAGE))


def ordered_histograms(report: "QualityReport") -> list[ColumnHistogram]:
    """The columns that have a shape, those that differ most first."""
    shapes = report.results.get("column_shapes")
    if shapes is None:
        return sorted(report.histograms, key=lambda histogram: histogram.distance, reverse=True)
    place = {name: position for position, name in enumerate(worst_first(shapes.detail["columns"]))}
    return sorted(report.histograms, key=lambda histogram: place[histogram.name])


def _subtitle(report: "QualityReport", shown: int, total: int, page: int, n_pages: int) -> str:
    rows = f"{report.facts.n_real:,} real rows, {report.facts.n_synthetic:,} synthetic"
    if n_pages == 1:
        return f"{rows}; {total} columns, those that differ most first"
    return f"{rows}; {shown} of {total} columns, page {page} of {n_pages}, those that differ most first"
