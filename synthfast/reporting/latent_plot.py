"""The latent space of an autoencoder: where the rows lie, and how each of its dimensions spreads."""

from typing import TYPE_CHECKING, Any

import numpy as np

from synthfast.exceptions import DataError
from synthfast.reporting import panels
from synthfast.reporting.canvas import new_figure, split_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_latent"]

MAX_DIMENSIONS = 24
LIMIT = 2.3  # standard deviations of the prior that a view reaches at least
GRID = 34


def plot_latent(latent: Any, values: Any = None, *, name: str | None = None) -> "Figure":
    """Draw a latent space.

    Parameters
    ----------
    latent : array_like, shape (n_rows, n_dimensions)
        What an encoder gives.
    values : array_like of shape (n_rows,), optional
        Numbers to colour the space by, such as the target.
    name : str, optional
        Of the values.

    Returns
    -------
    matplotlib.figure.Figure
        Density of the rows over the two dimensions that spread most, with circles at one and two standard deviations of
        the prior; the mean of the values over the same cells, if there are any; and the spread of each dimension beside
        the prior's. A dimension far narrower than the prior carries next to nothing.

    Raises
    ------
    DataError
        If there are no rows or dimensions, or some are not finite.
    """
    points = np.asarray(latent, dtype=np.float64)
    if points.ndim != 2 or 0 in points.shape or not np.isfinite(points).all():
        raise DataError(
            f"plot_latent: expected finite numbers of shape (n_rows, n_dimensions), got shape {points.shape}."
        )
    colours = None if values is None else np.asarray(values, dtype=np.float64)
    if colours is not None and colours.shape != points.shape[:1]:
        raise DataError(f"plot_latent: expected one value a row, shape ({len(points)},), got shape {colours.shape}.")
    order = np.argsort(-points.std(axis=0), kind="stable")
    n_panels = 2 if colours is None else 3
    figure = new_figure(4.6 * n_panels, 5.2)
    top, body = split_rows(figure, [0.7, 4.5])
    top.text(0.01, 0.5, "Latent space", fontsize=15, fontweight="bold", color=panels.INK)
    told = f"{len(points):,} rows in {points.shape[1]} dimensions; rings at 1 and 2 standard deviations of the prior"
    top.text(0.01, 0.08, told, fontsize=9.5, color=panels.QUIET)
    axes = body.subplots(1, n_panels)
    first, second = (int(order[0]), int(order[min(1, len(order) - 1)]))
    flat = points[:, [first, second]] if len(order) > 1 else np.column_stack([points[:, 0], np.zeros(len(points))])
    _draw_cells(axes[0], flat, None, (first, second), "Where the rows lie", "rows")
    if colours is not None:
        _draw_cells(axes[1], flat, colours, (first, second), f"Mean of {panels.short(name or 'the values', 24)}", "")
    _draw_spreads(axes[-1], points, order)
    return figure


def _draw_cells(
    axes: "Axes", flat: np.ndarray, values: np.ndarray | None, dimensions: tuple[int, int], title: str, unit: str
) -> None:
    from matplotlib.patches import Circle

    low, high = np.minimum(flat.min(axis=0), -LIMIT), np.maximum(flat.max(axis=0), LIMIT)
    margin = 0.03 * (high - low)
    (left, bottom), (right, top) = low - margin, high + margin
    grid = (GRID, max(4, round(GRID * (top - bottom) / (right - left) / np.sqrt(3.0))))  # even hexagons
    more: dict[str, Any] = {"cmap": "Blues", "mincnt": 1} if values is None else {"C": values, "cmap": "cividis"}
    extent = (left, right, bottom, top)
    cells = axes.hexbin(flat[:, 0], flat[:, 1], gridsize=grid, extent=extent, linewidths=0.2, **more)
    for radius in (1.0, 2.0):
        axes.add_patch(
            Circle((0.0, 0.0), radius, fill=False, edgecolor=panels.SYNTHETIC, linewidth=1.1, linestyle="--")
        )
    axes.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
    axes.set_title(title, loc="left", fontsize=11, color=panels.INK)
    axes.set_xlabel(f"dimension {dimensions[0] + 1}", fontsize=9, color=panels.QUIET)
    axes.set_ylabel(f"dimension {dimensions[1] + 1}", fontsize=9, color=panels.QUIET)
    bar = axes.figure.colorbar(cells, ax=axes, shrink=0.7, aspect=25, pad=0.02)
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=7.5, colors=panels.QUIET, length=2)
    bar.ax.set_title(unit, fontsize=8, color=panels.QUIET)
    _quiet(axes)


def _draw_spreads(axes: "Axes", points: np.ndarray, order: np.ndarray) -> None:
    """Median, half and nine tenths of the rows in each dimension, over the same bands of the prior."""
    shown = order[:MAX_DIMENSIONS]
    places = np.arange(len(shown))[::-1]
    low, lower, middle, upper, high = np.quantile(points[:, shown], [0.05, 0.25, 0.5, 0.75, 0.95], axis=0)
    for reach, shade in ((1.645, "#eef1f4"), (0.674, "#dfe5ea")):
        axes.axvspan(-reach, reach, color=shade, linewidth=0, zorder=0)
    axes.hlines(places, low, high, color=panels.BAR, linewidth=1.2)
    axes.hlines(places, lower, upper, color=panels.BAR, linewidth=4.5)
    axes.plot(middle, places, "|", color="white", markersize=6, markeredgewidth=1.6)
    axes.set_yticks(places, [str(k + 1) for k in shown], fontsize=8)
    axes.set_ylim(-0.7, len(shown) - 0.3)
    of_all = "" if len(shown) == len(order) else f", the {len(shown)} of {len(order)} that spread most"
    axes.set_title(f"Spread by dimension{of_all}", loc="left", fontsize=11, color=panels.INK)
    axes.set_xlabel("half and nine tenths of the rows; shaded: of the prior", fontsize=9, color=panels.QUIET)
    _quiet(axes)


def _quiet(axes: "Axes") -> None:
    axes.tick_params(labelsize=8, colors=panels.QUIET, length=2)
    for name, side in axes.spines.items():
        side.set_visible(name in ("left", "bottom"))
        side.set_color("#c4ccd3")
