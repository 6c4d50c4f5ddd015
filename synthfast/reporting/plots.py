"""The report on one page."""

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from synthfast.quality.histograms import ColumnHistogram
from synthfast.reporting import panels
from synthfast.reporting.canvas import new_figure, split_rows
from synthfast.reporting.distribution_plot import ordered_histograms

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

    from synthfast.reporting.report import QualityReport

__all__ = ["plot_quality"]

PER_ROW = 4
SHOWN = 2 * PER_ROW  # columns drawn: the worst in the first row, the best in the second
HEADER, MATRICES, COLUMNS = 2.7, 4.3, 2.6  # heights in inches
WIDTH = 13.0


def plot_quality(report: "QualityReport") -> "Figure":
    """The report on one page.

    Parameters
    ----------
    report : QualityReport
        What :func:`synthfast.evaluate` gives.

    Returns
    -------
    matplotlib.figure.Figure
        From the top: the score and its parts; the associations of the real table, of the synthetic one, and their
        difference, where they were measured; the columns that differ most, then those that differ least.

    Notes
    -----
    Without a canvas of a window toolkit; ``figure.savefig(path, dpi=300)`` writes it.
    """
    rows = _rows_of_columns(report)
    associations = report.results.get("associations")
    has_matrices = associations is not None and associations.applicable
    heights = [HEADER, *([MATRICES] if has_matrices else []), *([COLUMNS] * len(rows))]
    figure = new_figure(WIDTH, sum(heights))
    strips = iter(split_rows(figure, heights))
    _draw_header(next(strips), report)
    if associations is not None and has_matrices:
        panels.draw_matrices(next(strips), associations.detail)
    for strip, (title, histograms) in zip(strips, rows, strict=True):
        _draw_columns(strip, report, title, histograms)
    return figure


def _rows_of_columns(report: "QualityReport") -> list[tuple[str, list[ColumnHistogram]]]:
    """Titles and columns of the lower rows: all columns, or the worst and the best."""
    ordered = ordered_histograms(report)
    if len(ordered) <= SHOWN:
        titles = ("Columns, from the largest difference to the smallest", "")
        chunks = [ordered[start : start + PER_ROW] for start in range(0, len(ordered), PER_ROW)]
        return list(zip(titles, chunks, strict=False))
    return [
        (f"The {PER_ROW} columns that differ most", ordered[:PER_ROW]),
        (f"The {PER_ROW} columns that differ least", ordered[-PER_ROW:]),
    ]


def _column_parts(report: "QualityReport") -> dict[Hashable, dict[str, Any]]:
    shapes = report.results.get("column_shapes")
    return {} if shapes is None else shapes.detail["columns"]


def _draw_header(strip: "SubFigure", report: "QualityReport") -> None:
    left, right = strip.subplots(1, 2, width_ratios=(1.0, 1.9))
    left.axis("off")
    score = "–" if report.score is None else f"{report.score:.1f}"
    left.text(0.0, 0.98, "Quality of a synthetic table", fontsize=15, fontweight="bold", color=panels.INK, va="top")
    left.text(0.0, 0.80, score, fontsize=40, fontweight="bold", color=panels.BAR, va="top")
    left.text(0.0, 0.44, f"of 100: {report.grade}", fontsize=13, color=panels.INK, va="top")
    facts = report.facts
    held = "" if facts.n_holdout is None else f", {facts.n_holdout:,} held out"
    rows = f"{facts.n_real:,} real rows{held}\n{facts.n_synthetic:,} synthetic rows, {len(facts.kinds)} columns"
    left.text(0.0, 0.26, rows, fontsize=9.5, color=panels.QUIET, va="top", linespacing=1.4)
    left.set_xlim(0.0, 1.0)
    left.set_ylim(0.0, 1.0)
    if report.score is None:
        right.axis("off")
    else:
        panels.draw_scores(right, report.overall.detail["components"], report.overall.detail["weights"])


def _draw_columns(strip: "SubFigure", report: "QualityReport", title: str, histograms: list[ColumnHistogram]) -> None:
    parts = _column_parts(report)
    strip.suptitle(title, x=0.01, ha="left", fontsize=11, color=panels.INK)
    axes = strip.subplots(1, PER_ROW, squeeze=False)[0]
    for panel, histogram in zip(axes, histograms, strict=False):
        panels.draw_column(panel, histogram, parts.get(histogram.name))
    for panel in axes[len(histograms) :]:
        panel.axis("off")
    if title:
        panels.column_legend(strip)
