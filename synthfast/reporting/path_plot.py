"""A way through latent space on a page."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_path"]

Floats = NDArray[np.float64]
WAY = "#c8553d"


def plot_path(path: Floats) -> "Figure":
    """Draw a way through latent space: each latent along it, and the whole in the plane in which it varies most.

    Parameters
    ----------
    path : ndarray of float64, shape (steps, n_latent)

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = _figure()
    left = figure.add_subplot(1, 2, 1)
    places = _plane(path)
    left.plot(places[:, 0], places[:, 1], color=WAY, marker="o", ms=4, lw=1.2)
    left.annotate("start", places[0], fontsize=9)
    left.annotate("end", places[-1], fontsize=9)
    left.set(title="The way, in its plane", xlabel="first direction", ylabel="second direction")
    right = figure.add_subplot(1, 2, 2)
    right.plot(np.arange(len(path)), path, lw=1.0, alpha=0.8)
    right.set(title="Latents along the way", xlabel="step", ylabel="latent")
    return figure


def _figure() -> "Figure":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), dpi=100, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def _plane(points: Floats) -> Floats:
    """Points in the plane in which they vary most, shape (n, 2)."""
    centered = points - points.mean(axis=0)
    found = centered @ np.linalg.svd(centered, full_matrices=False)[2][:2].T
    return np.pad(found, ((0, 0), (0, 2 - found.shape[1])))
