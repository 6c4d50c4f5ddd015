"""Latents on a page: where rows lie, and the way from one place to another."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_latents", "plot_path"]

Floats = NDArray[np.float64]
ROW, WAY = "#4a6fa5", "#c8553d"
SHOWN = 5_000  # rows of a scatter


def plot_latents(latents: Floats, divergences: Floats, *, path: Floats | None = None) -> "Figure":
    """Draw the latents of rows in the plane in which they vary most, and what each latent tells.

    Parameters
    ----------
    latents : ndarray of float64, shape (n_rows, n_latent)
        Of these at most 5,000 rows, evenly spaced, are drawn.
    divergences : ndarray of float64, shape (n_latent,)
        Of each latent from a standard normal, in nats.
    path : ndarray of float64, shape (steps, n_latent), optional
        A way to draw among them.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = _figure(2)
    places, place = _plane(latents)
    _scatter(figure.add_subplot(1, 2, 1), places, None if path is None else place(path))
    right = figure.add_subplot(1, 2, 2)
    right.bar(np.arange(len(divergences)), np.sort(divergences)[::-1], color=ROW)
    right.set(title="What each latent tells", xlabel="latent, by divergence", ylabel="nats a row")
    return figure


def plot_path(path: Floats) -> "Figure":
    """Draw a way through latent space: each latent along it, and the whole in the plane in which it varies most.

    Parameters
    ----------
    path : ndarray of float64, shape (steps, n_latent)

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = _figure(2)
    left = figure.add_subplot(1, 2, 1)
    places = _plane(path)[0]
    left.plot(places[:, 0], places[:, 1], color=WAY, marker="o", ms=4, lw=1.2)
    left.annotate("start", places[0], fontsize=9)
    left.annotate("end", places[-1], fontsize=9)
    left.set(title="The way, in its plane", xlabel="first direction", ylabel="second direction")
    right = figure.add_subplot(1, 2, 2)
    right.plot(np.arange(len(path)), path, lw=1.0, alpha=0.8)
    right.set(title="Latents along the way", xlabel="step", ylabel="latent")
    return figure


def _figure(n_panels: int) -> "Figure":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5 * n_panels, 4), dpi=100, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def _plane(points: Floats) -> tuple[Floats, Callable[[Floats], Floats]]:
    """Points in the plane in which they vary most, shape (n, 2), and the function that takes others there."""
    center = points.mean(axis=0)
    directions = np.linalg.svd(points - center, full_matrices=False)[2][:2]

    def place(others: Floats) -> Floats:
        found = (others - center) @ directions.T
        return np.pad(found, ((0, 0), (0, 2 - found.shape[1])))

    return place(points), place


def _scatter(axes: "Axes", places: Floats, path: Floats | None) -> None:
    shown = places[:: -(-len(places) // SHOWN)]
    axes.scatter(shown[:, 0], shown[:, 1], s=6, alpha=0.4, color=ROW, lw=0, label="rows")
    if path is not None:
        axes.plot(path[:, 0], path[:, 1], color=WAY, marker="o", ms=4, lw=1.2, label="way")
    axes.set(title="Latents of rows", xlabel="first direction", ylabel="second direction")
    axes.legend(loc="best", fontsize=8, frameon=False)
