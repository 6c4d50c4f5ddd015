"""How the columns of both tables hang together, and the pairs in which they differ most."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from synthfast.exceptions import DataError
from synthfast.reporting import panels
from synthfast.reporting.canvas import new_figure, split_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from synthfast.reporting.report import QualityReport

__all__ = ["plot_correlations"]

WIDTH, HEADER, MATRICES = 15.0, 0.7, 4.6
LISTED, LINE = 10, 0.27
MAX_LABELS = 48


def plot_correlations(report: "QualityReport") -> "Figure":
    """Draw the associations of both tables and their difference.

    Parameters
    ----------
    report : QualityReport
        What :func:`synthfast.evaluate` gives, with the family ``correlation``.

    Returns
    -------
    matplotlib.figure.Figure
        Heat maps of the real table, of the synthetic one and of their difference, and below them the pairs that differ
        most, each as a way from the real value to the synthetic one.

    Raises
    ------
    DataError
        If no pair of columns was compared.
    """
    found = report.results.get("associations")
    if found is None or found.value is None:
        why = "the family 'correlation' was not measured" if found is None else found.detail["reason"]
        raise DataError(f"plot_correlations: there is no pair of columns to draw: {why}.")
    n_listed = min(LISTED, found.detail["compared"])
    listed = 0.9 + LINE * n_listed
    figure = new_figure(WIDTH, HEADER + MATRICES + listed)
    top, middle, bottom = split_rows(figure, [HEADER, MATRICES, listed])
    top.text(0.01, 0.55, "Correlations, real and synthetic", fontsize=15, fontweight="bold", color=panels.INK)
    measures = "Pearson's correlation of two numbers, Cramér's V of two categories, correlation ratio of one of each"
    if len(found.detail["columns"]) > panels.MAX_CELLS:
        measures += "; cells with a dash are negative"
    fresh = "" if found.reference is None else f"; fresh real rows differ by {found.reference:.3f}"
    top.text(0.01, 0.1, f"{measures}{fresh}", fontsize=9.5, color=panels.QUIET)
    panels.draw_matrices(middle, found.detail, MAX_LABELS)
    _draw_largest(bottom.subplots(), found.detail, n_listed)
    return figure


def _draw_largest(axes: "Axes", detail: Mapping[str, Any], n_listed: int) -> None:
    """The pairs that differ most: from the real value, a dot, to the synthetic one, a ring."""
    names = detail["columns"]
    rows, columns = np.tril_indices(len(names), -1)
    real, synthetic = (np.asarray(detail[key])[rows, columns] for key in ("real", "synthetic"))
    chosen = np.argsort(-np.abs(np.asarray(detail["difference"])[rows, columns]), kind="stable")[:n_listed]
    places = np.arange(n_listed)[::-1]
    axes.hlines(places, real[chosen], synthetic[chosen], color=panels.SYNTHETIC, linewidth=1.4)
    axes.plot(real[chosen], places, "o", color=panels.BAR, markersize=6, label="real")
    hollow: dict[str, Any] = {"markerfacecolor": "white", "markeredgecolor": panels.SYNTHETIC, "markeredgewidth": 1.5}
    axes.plot(synthetic[chosen], places, "o", markersize=6, label="synthetic", **hollow)
    pairs = [f"{panels.short(names[rows[k]], 24)} with {panels.short(names[columns[k]], 24)}" for k in chosen]
    axes.set_yticks(places, pairs, fontsize=9, color=panels.INK)
    low = min(0.0, float(real[chosen].min()), float(synthetic[chosen].min()))
    high = max(0.0, float(real[chosen].max()), float(synthetic[chosen].max()))
    margin = 0.06 * max(high - low, 0.1)
    axes.set(xlim=(low - margin, high + margin), ylim=(-0.7, n_listed - 0.3))
    axes.axvline(0.0, color="#c4ccd3", linewidth=0.8, zorder=0)
    axes.grid(axis="x", color="#e6eaed", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, colors=panels.QUIET, labelsize=8.5)
    axes.tick_params(axis="y", labelcolor=panels.INK)
    axes.set_title(f"The {n_listed} pairs that differ most", loc="left", fontsize=11, color=panels.INK)
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False, fontsize=9)
    for side in axes.spines.values():
        side.set_visible(False)
