"""Synthetic series beside the real one on a page."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from synthfast.quality.series_memory import autocorrelation, default_lags, partial_autocorrelation
from synthfast.quality.series_spectrum import log_spectrum
from synthfast.reporting import panels
from synthfast.reporting.canvas import new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_series"]

Floats = NDArray[np.float64]
REAL, DRAWN = "#1b1b1b", "#c8553d"
SHOWN = 3  # draws in the overlay
MOST = 500  # draws behind bands
SHORTEST = 16  # steps whose autocorrelations and spectrum say anything


def plot_series(
    real: Floats,
    synthetic: Floats,
    seasonal_period: int = 1,
    *,
    name: str | None = None,
    times: Any = None,
    drawn_times: Any = None,
    against: Floats | None = None,
    title: str | None = None,
) -> "Figure":
    """Draw synthetic series beside the real one.

    Parameters
    ----------
    real : ndarray, shape (n_times,)
    synthetic : ndarray, shape (n_series, n_steps)
    seasonal_period : int, default 1
        Lags of the season are marked.
    name : str, optional
        Of the variable.
    times, drawn_times : array_like, optional
        Stamps of the real series and of the draws; step numbers by default.
    against : ndarray, shape (n,), optional
        Stretch of the real series that the lower panels compare the draws with; all of it by default.
    title : str, optional

    Returns
    -------
    matplotlib.figure.Figure
        Overlay of the real series and three draws; fan of all draws (median, and bands of half and nine tenths of
        them); autocorrelations and partial ones; spectrum; quantiles against quantiles. Of draws of fewer than 16
        steps the upper two alone.
    """
    real_part = real if against is None else against
    whole = min(len(real_part), synthetic.shape[1]) >= SHORTEST
    figure = new_figure(12, 9 if whole else 3.6)
    grid = figure.add_gridspec(3, 2, height_ratios=[1.15, 1, 1]) if whole else figure.add_gridspec(1, 2)
    at = np.arange(len(real)) if times is None else times
    drawn_at = np.arange(synthetic.shape[1]) if drawn_times is None else drawn_times
    draws = synthetic[:MOST]
    _overlay(figure.add_subplot(grid[0, 0]), at, real, drawn_at, draws, name)
    _fan(figure.add_subplot(grid[0, 1]), at, real, drawn_at, draws)
    if whole:
        _compare(figure, grid, real_part, draws, seasonal_period)
    for panel in figure.axes:
        _quiet(panel)
    words = title or f"{len(synthetic)} synthetic series beside the real one"
    figure.suptitle(words, x=0.01, ha="left", fontsize=14, fontweight="bold", color=panels.INK)
    return figure


def _quiet(axes: "Axes") -> None:
    """Title at the left, thin lines at the left and below only: as in all other figures."""
    axes.set_title(axes.get_title(), loc="left", fontsize=11, color=panels.INK)
    axes.set_title("")
    axes.tick_params(labelsize=8.5, colors=panels.QUIET, length=2)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set(color=panels.QUIET, fontsize=9)
    for name, side in axes.spines.items():
        side.set_visible(name in ("left", "bottom"))
        side.set_color("#c4ccd3")


def _compare(figure: "Figure", grid: Any, real: Floats, draws: Floats, period: int) -> None:
    """The lower panels."""
    n_lags = max(1, min(default_lags(min(len(real), draws.shape[1]), period), draws.shape[1] - 2))
    rho, drawn_rho = (autocorrelation(x, n_lags)[..., 1:] for x in (real, draws))
    _lags(figure.add_subplot(grid[1, 0]), rho, drawn_rho, period, "Autocorrelation", len(real))
    rho, drawn_rho = (partial_autocorrelation(x, n_lags) for x in (real, draws))
    _lags(figure.add_subplot(grid[1, 1]), rho, drawn_rho, period, "Partial autocorrelation", len(real))
    _spectrum(figure.add_subplot(grid[2, 0]), real, draws, period)
    _quantiles(figure.add_subplot(grid[2, 1]), real, draws)


def _band(axes: "Axes", at: Any, draws: Floats, label: str = "synthetic") -> None:
    """Median of the draws, and bands of half and nine tenths of them."""
    low, lower, middle, upper, high = np.quantile(draws, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0)
    axes.fill_between(at, low, high, color=DRAWN, alpha=0.15, lw=0, label="9 of 10 draws")
    axes.fill_between(at, lower, upper, color=DRAWN, alpha=0.3, lw=0, label="half of the draws")
    axes.plot(at, middle, color=DRAWN, lw=1.2, label=f"{label}, median")


def _overlay(axes: "Axes", at: Any, real: Floats, drawn_at: Any, draws: Floats, name: str | None) -> None:
    for s, one in enumerate(draws[:SHOWN]):
        axes.plot(drawn_at, one, color=DRAWN, alpha=0.75 - 0.2 * s, lw=0.9, label="synthetic" if s == 0 else None)
    axes.plot(at, real, color=REAL, lw=1.2, label="real")
    axes.set(title=f"Real series and {min(SHOWN, len(draws))} draws", ylabel=name or "value")
    axes.legend(loc="best", fontsize=8, frameon=False)


def _fan(axes: "Axes", at: Any, real: Floats, drawn_at: Any, draws: Floats) -> None:
    _band(axes, drawn_at, draws)
    axes.plot(at, real, color=REAL, lw=1.0, label="real")
    axes.set(title="Fan of all draws")
    axes.legend(loc="best", fontsize=8, frameon=False)


def _lags(axes: "Axes", real: Floats, draws: Floats, period: int, title: str, n_times: int) -> None:
    lags = np.arange(1, len(real) + 1)
    _band(axes, lags, draws)
    axes.plot(lags, real, color=REAL, lw=1.2, marker="o", ms=2.5, label="real")
    bound = 1.96 / np.sqrt(n_times)
    axes.axhspan(-bound, bound, color="0.9", zorder=0, lw=0)
    for lag in range(period, len(real) + 1, period) if period > 1 else ():
        axes.axvline(lag, color="0.8", lw=0.8, zorder=0)
    axes.axhline(0, color="0.6", lw=0.8)
    axes.set(title=title, xlabel="lag", xlim=(0.5, len(real) + 0.5))


def _spectrum(axes: "Axes", real: Floats, draws: Floats, period: int) -> None:
    length = min(256, len(real) // 2, draws.shape[1])
    frequency, power = log_spectrum(real, length)
    _band(axes, frequency, log_spectrum(draws, length)[1])
    axes.plot(frequency, power, color=REAL, lw=1.2, label="real")
    for k in range(1, period // 2 + 1) if 1 < period <= 60 else ():
        axes.axvline(k / period, color="0.8", lw=0.8, zorder=0)
    axes.set(title="Spectrum", xlabel="cycles a step", ylabel="log10 power, standard units", xlim=(0, 0.5))


def _quantiles(axes: "Axes", real: Floats, draws: Floats) -> None:
    share = (np.arange(99) + 1) / 100
    expected = np.quantile(real, share)
    _band(axes, expected, np.quantile(draws, share, axis=1).T)
    axes.axline((expected[50], expected[50]), slope=1, color=REAL, lw=1.0)
    axes.set(title="Quantiles against quantiles", xlabel="real", ylabel="synthetic")
