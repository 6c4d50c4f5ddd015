"""Figures of their own: no window, no pyplot, no global style is touched; and how they become files."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

__all__ = ["DPI", "new_figure", "save_figure", "split_rows"]

DPI = 300


def new_figure(width: float, height: float, *, w_pad: float = 0.12, h_pad: float = 0.08) -> "Figure":
    """An empty white figure of that many inches whose parts make room for each other."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=w_pad, h_pad=h_pad)
    figure = Figure(figsize=(width, height), dpi=100, layout=layout, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def split_rows(figure: "Figure", heights: Sequence[float]) -> "list[SubFigure]":
    """The figure as parts below one another, of these heights in proportion."""
    return list(figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0])


def save_figure(figure: "Figure", path: str | os.PathLike[str], *, dpi: int = DPI) -> None:
    """Write a figure as a file of the kind that the path's ending names, whole or not at all.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    path : str or path
        Such as ``quality_assessment.png``.
    dpi : int, default 300
        Points an inch.
    """
    from pathlib import Path

    from synthfast.io.atomic import atomic_path

    kind = Path(path).suffix.removeprefix(".") or "png"
    metadata = {"Software": None} if kind == "png" else None
    with atomic_path(path) as hidden:
        figure.savefig(hidden, dpi=dpi, format=kind, metadata=metadata)
