"""Single panels of pictures: each draws one thing on the axes it is given."""

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from synthfast.quality.histograms import ColumnHistogram
from synthfast.reporting.units import duration_unit, time_origin

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import SubFigure

__all__ = [
    "INK",
    "QUIET",
    "REAL",
    "SYNTHETIC",
    "column_legend",
    "draw_column",
    "draw_matrices",
    "draw_scores",
    "place_edges",
    "short",
]

REAL = "#9db8d2"  # light fill; told apart in grey from the dark line of the synthetic table
SYNTHETIC = "#b8430f"
INK = "#22303c"
QUIET = "#6b7780"
BAR = "#3f6f9f"
FAILED = "#b3261e"

MAX_LABELS = 24  # columns of a matrix whose names are written
MAX_CELLS = 9  # columns of a matrix whose numbers are written
MAX_DASHES = 100  # columns of a matrix whose negative cells are marked
LEAST_DASHED = 0.1  # of the scale
MAX_BARS = 8
LEAST_LIMIT = 0.1  # smallest scale of a difference of correlations: noise should not look like structure
LEAST_BARS = 5  # room for as many, so that two levels are not drawn as slabs
PART_LABELS = {
    "columns": "columns alone",
    "associations": "pairs of columns",
    "marginals": "2- and 3-way tables",
    "detection": "detection",
    "utility": "utility",
    "privacy": "privacy",
}


def short(name: Hashable, width: int) -> str:
    """The name on one line, cut with an ellipsis; dollar signs are no formulas."""
    text = " ".join(str(name).split())
    text = text if len(text) <= width else text[: width - 1] + "…"
    return text.replace("$", r"\$")


def draw_scores(axes: "Axes", components: Mapping[str, float], weights: Mapping[str, float]) -> None:
    """One bar a part of the score, with its value and its weight."""
    names = list(components)
    places = np.arange(len(names))[::-1]
    scores = np.array([100.0 * components[name] for name in names])
    axes.barh(places, np.full(len(names), 100.0), height=0.62, color="#eef1f4", zorder=1)
    axes.barh(places, scores, height=0.62, color=BAR, zorder=2)
    for place, score, name in zip(places, scores, names, strict=True):
        inside = score > 18.0
        axes.text(
            score - 1.5 if inside else score + 1.5,
            place,
            f"{score:.1f}",
            ha="right" if inside else "left",
            va="center",
            color="white" if inside else INK,
            fontsize=10,
            fontweight="bold",
            zorder=3,
        )
        axes.text(101.5, place, f"weight {100 * weights[name]:.0f} %", va="center", color=QUIET, fontsize=8.5)
    axes.set_yticks(places, [PART_LABELS.get(name, name) for name in names], color=INK, fontsize=10)
    axes.set_xlim(0.0, 100.0)
    axes.set_xticks([])
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)


def draw_matrix(
    axes: "Axes",
    matrix: np.ndarray,
    names: Sequence[Hashable],
    title: str,
    limit: float,
    map_: str,
    max_labels: int = MAX_LABELS,
) -> Any:
    """A square matrix as a heat map from -limit to limit; returns the image, for a colour bar."""
    image = axes.imshow(matrix, vmin=-limit, vmax=limit, cmap=map_, interpolation="nearest", aspect="equal")
    axes.set_title(title, color=INK, fontsize=11, loc="left")
    n = len(names)
    if n <= max_labels:
        size = 8.0 if n <= 12 else 6.5 if n <= MAX_LABELS else 4.5
        labels = [short(name, 16) for name in names]
        axes.set_xticks(np.arange(n), labels, rotation=90, fontsize=size)
        axes.set_yticks(np.arange(n), labels, fontsize=size)
    else:
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_xlabel(f"{n} columns, in the table's order", fontsize=8, color=QUIET)
    axes.tick_params(length=0, colors=INK)
    if n <= MAX_CELLS:
        for i in range(n):
            for j in range(n):
                dark = abs(matrix[i, j]) > 0.6 * limit
                axes.text(
                    j,
                    i,
                    f"{round(matrix[i, j], 2) + 0.0:.2f}",
                    ha="center",
                    va="center",
                    fontsize=7.5 if n <= 6 else 6.5,
                    color="white" if dark else INK,
                )
    elif n <= MAX_DASHES:
        _dash_negatives(axes, matrix, limit)
    for side in axes.spines.values():
        side.set_visible(False)
    return image


def _dash_negatives(axes: "Axes", matrix: np.ndarray, limit: float) -> None:
    """A dash in every cell that is clearly below 0, so that the sign is seen without colour."""
    rows, columns = np.nonzero(matrix < -LEAST_DASHED * limit)
    dark = np.abs(matrix[rows, columns]) > 0.6 * limit
    shades = np.where(dark, "white", INK)
    axes.scatter(columns, rows, marker="_", s=(110.0 / len(matrix)) ** 2, c=shades, linewidths=0.6)


def draw_matrices(strip: "SubFigure", detail: Mapping[str, Any], max_labels: int = MAX_LABELS) -> None:
    """Associations of the real table, of the synthetic one, and their difference on a scale of its own."""
    axes = strip.subplots(1, 3)
    names = detail["columns"]
    limit = max(LEAST_LIMIT, float(np.abs(detail["difference"]).max()))
    title = f"Difference (root mean square {detail['rmse']:.3f})"
    draw_matrix(axes[0], detail["real"], names, "Associations, real", 1.0, "RdBu_r", max_labels)
    image = draw_matrix(axes[1], detail["synthetic"], names, "Associations, synthetic", 1.0, "RdBu_r", max_labels)
    gap = draw_matrix(axes[2], detail["difference"], names, title, limit, "PuOr_r", max_labels)
    for picture, beside in ((image, list(axes[:2])), (gap, [axes[2]])):
        bar = strip.colorbar(picture, ax=beside, shrink=0.75, aspect=25, pad=0.02)
        bar.outline.set_visible(False)
        bar.ax.tick_params(labelsize=7.5, colors=QUIET, length=2)


def column_legend(strip: Any, **place: Any) -> None:
    """What the fill and the line of a column's panel mean."""
    from matplotlib.patches import Patch

    handles = [
        Patch(facecolor=REAL, label="real"),
        Patch(facecolor="none", edgecolor=SYNTHETIC, linewidth=1.4, label="synthetic"),
    ]
    strip.legend(handles=handles, **{"loc": "upper right", "ncols": 2, "frameon": False, "fontsize": 9, **place})


def draw_column(axes: "Axes", histogram: ColumnHistogram, part: Mapping[str, Any] | None) -> None:
    """Both tables' shares of one column, its distance and its verdict."""
    if histogram.edges is None:
        _draw_levels(axes, histogram)
    else:
        _draw_numbers(axes, histogram)
    axes.set_title(short(histogram.name, 26), color=INK, fontsize=10, fontweight="bold", loc="left", pad=16)
    remark, color = "", QUIET
    if part is not None:
        measure = "TV" if histogram.kind == "categorical" else "KS"
        remark = f"{measure} {part['statistic']:.3f} (fresh real {part['reference']:.3f})"
        if not part["passed"]:
            remark, color = f"{remark}  FAIL", FAILED
    if max(histogram.missing) > 0.0:
        remark += f"  missing {histogram.missing[0]:.1%} / {histogram.missing[1]:.1%}"
    axes.text(0.0, 1.03, remark.strip(), transform=axes.transAxes, fontsize=7.5, color=color, va="bottom")
    axes.tick_params(labelsize=7.5, colors=QUIET, length=2)
    for name, side in axes.spines.items():
        side.set_visible(name == "bottom" or (name == "left" and histogram.edges is None))
        side.set_color("#c4ccd3")


def _draw_numbers(axes: "Axes", histogram: ColumnHistogram) -> None:
    edges, label = place_edges(axes.xaxis, histogram, 5)
    axes.stairs(histogram.real, edges, fill=True, color=REAL)
    axes.stairs(histogram.synthetic, edges, color=SYNTHETIC, linewidth=1.4)
    axes.set_yticks([])
    axes.set_ylim(0.0, 1.08 * max(histogram.real.max(), histogram.synthetic.max(), 1e-12))
    axes.margins(x=0.01)
    if label:
        axes.set_xlabel(label, fontsize=7.5, color=QUIET)


def place_edges(axis: "Axis", histogram: ColumnHistogram, most: int) -> tuple[np.ndarray, str]:
    """A number's edges in what the axis counts, with at most so many ticks, and the unit to write beside it."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num

    edges = np.asarray(histogram.edges)
    if histogram.kind == "time":
        origin = time_origin(histogram.unit)
        locator = AutoDateLocator(minticks=2, maxticks=most)
        axis.set_major_locator(locator)
        axis.set_major_formatter(ConciseDateFormatter(locator))
        return np.asarray(date2num(origin + (edges * 1e6).astype("timedelta64[us]"))), ""
    if histogram.kind == "duration":
        size, unit = duration_unit(edges)
        return edges / size, unit
    return edges, ""


def _draw_levels(axes: "Axes", histogram: ColumnHistogram) -> None:
    levels = list(histogram.levels or ())
    real, synthetic = histogram.real, histogram.synthetic
    if len(levels) > MAX_BARS:
        real, synthetic = (np.append(share[: MAX_BARS - 1], share[MAX_BARS - 1 :].sum()) for share in (real, synthetic))
        levels = [*levels[: MAX_BARS - 1], "all others"]
    places = np.arange(len(levels))[::-1]
    axes.barh(places + 0.2, real, height=0.4, color=REAL)
    axes.barh(places - 0.2, synthetic, height=0.4, facecolor="none", edgecolor=SYNTHETIC, linewidth=1.3)
    axes.set_yticks(places, [short(level, 14) for level in levels])
    axes.set_ylim(min(-0.6, len(levels) - LEAST_BARS - 0.6), len(levels) - 0.4)
    axes.set_xticks([])
    axes.set_xlim(0.0, 1.05 * max(float(real.max(initial=0.0)), float(synthetic.max(initial=0.0)), 1e-12))
