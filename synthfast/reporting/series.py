"""The report on synthetic series: how close they are to the real one, and what they give away."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import SeedLike
from synthfast._core.validation import check_choice, describe_value
from synthfast.base.seasonal_period import check_period, find_period
from synthfast.base.series_layout import SeriesLayout, interpolate
from synthfast.exceptions import DataError
from synthfast.quality import series_disclosure, series_memory, series_scores
from synthfast.quality.result import MetricResult, not_applicable
from synthfast.quality.series_features import feature_distance
from synthfast.quality.series_spectrum import log_spectrum_distance
from synthfast.quality.series_values import series_kolmogorov_smirnov, series_wasserstein

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["SeriesReport", "evaluate_series", "read_draws"]

Floats = NDArray[np.float64]
GROUPS = ("values", "memory", "spectrum", "features", "scores", "disclosure")
SHORTEST = 16


@dataclass(frozen=True)
class SeriesReport:
    """What `evaluate_series` found.

    Parameters
    ----------
    results : dict of str to MetricResult
        Every figure, with that of the real series against itself as its ``reference``.
    real : ndarray, shape (n_variables, n_times)
    synthetic : ndarray, shape (n_series, n_variables, n_steps)
    names : list of str
        Of the variables.
    seasonal_period : int
        Season in force, 1 for none.
    """

    results: dict[str, MetricResult]
    real: Floats
    synthetic: Floats
    names: list[str]
    seasonal_period: int

    def __getitem__(self, name: str) -> MetricResult:
        return self.results[name]

    def to_dict(self) -> dict[str, Any]:
        """The figures as plain Python objects that JSON can hold."""
        return {name: result.to_dict() for name, result in self.results.items()}

    def plot(self, variable: int = 0) -> "Figure":
        """Overlay, autocorrelations, spectrum, quantiles and a fan of the draws; see `plot_series`."""
        from synthfast.reporting.series_plot import plot_series

        draws = self.synthetic[:, variable]
        return plot_series(self.real[variable], draws, self.seasonal_period, name=self.names[variable])

    def __str__(self) -> str:
        n_series, n_variables, n_steps = self.synthetic.shape
        lines = [
            f"{n_series} synthetic series of {n_steps} steps against a real one of {self.real.shape[1]},"
            f" {n_variables} variable{'s' * (n_variables > 1)}, season {self.seasonal_period}",
            f"{'':34}{'synthetic':>11}{'real-real':>11}{'goal':>7}",
        ]
        for name, result in self.results.items():
            if result.value is None:
                lines.append(f"{name:34}{'-':>11}  {result.detail['reason']}")
            else:
                reference = "-" if result.reference is None else f"{result.reference:.3f}"
                lines.append(f"{name:34}{result.value:>11.3f}{reference:>11}{result.goal:>7.3g}")
        lines.append("Disclosure: best_lag_correlation, nearest_window_ratio, longest_verbatim_run, warping_distance.")
        return "\n".join(lines)


def evaluate_series(
    real: Any,
    synthetic: Any,
    *,
    seasonal_period: int | None = None,
    metrics: Sequence[str] = GROUPS,
    window_length: int | None = None,
    random_state: SeedLike = 0,
) -> SeriesReport:
    """Say how close synthetic series are to a real one, and what they give away of it.

    Parameters
    ----------
    real : array_like, pandas or polars Series or DataFrame, shape (n_times,) or (n_times, n_variables)
        As every generator takes it. Missing values are interpolated.
    synthetic : as a generator's ``sample`` gives it
        Or an array, shape (n_series, n_steps) or (n_series, n_steps, n_variables), or one series shaped like ``real``.
    seasonal_period : int, optional
        Steps of the season, 1 for none. None takes what the time index and the data say.
    metrics : sequence of {"values", "memory", "spectrum", "features", "scores", "disclosure"}, default all
        Groups of figures; ``"scores"`` (classifiers and forecasters) take seconds.
    window_length : int, optional
        Of the windows that are told apart and looked for; by default 24, or a sixth of a short series.
    random_state : None, int, numpy SeedSequence or Generator, default 0
        Seed of the classifiers and forecasters.

    Returns
    -------
    SeriesReport
        Each figure beside the same figure of the real series against itself, which is no better than the real thing:
        draws need not beat it. ``print`` it, ``plot()`` it, or take ``to_dict()``.

    Raises
    ------
    DataError
        If the series are too short (fewer than 16 times), or differ in their variables.

    Notes
    -----
    Draws that go on from the end of a series (forecasts) belong beside a hold-out, not beside their history: the values
    of a trending series differ there by design. Correlation with the original and warping distance measure copying as
    much as quality.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast import IAAFTSynthesizer, evaluate_series
    >>> series = np.convolve(np.random.default_rng(0).normal(size=310), np.ones(11) / 11, mode="valid")
    >>> draws = IAAFTSynthesizer().fit(series).sample(20, random_state=0)
    >>> report = evaluate_series(series, draws, metrics=["values", "memory"])
    >>> report["autocorrelation_distance"].value < report["autocorrelation_distance"].reference
    True
    """
    for group in metrics:
        check_choice("metrics", group, GROUPS)
    layout, values = SeriesLayout.read(real, "real")
    own, drawn = interpolate(values).T, read_draws(synthetic, layout)
    if min(own.shape[1], drawn.shape[2]) < SHORTEST:
        raise DataError(
            f"evaluate_series: expected at least {SHORTEST} times, got {own.shape[1]} real and {drawn.shape[2]} drawn."
        )
    if seasonal_period is None:
        period = find_period(own.T, layout.axis.frequency)
    else:
        period = check_period("evaluate_series", seasonal_period, own.shape[1])
    length = window_length or min(24, own.shape[1] // 6, drawn.shape[2] // 2)
    found: list[MetricResult] = []
    for group in GROUPS:
        if group in metrics:
            found += _group(group, own, drawn, period, length, random_state)
    names = [str(name) for name in layout.names]
    return SeriesReport({result.name: result for result in found}, own, drawn, names, period)


def _group(group: str, real: Floats, drawn: Floats, period: int, length: int, seed: SeedLike) -> list[MetricResult]:
    lags = series_memory.default_lags(min(real.shape[1], drawn.shape[2]), period)
    if group == "values":
        return [series_kolmogorov_smirnov(real, drawn), series_wasserstein(real, drawn)]
    if group == "memory":
        memory = (
            series_memory.autocorrelation_distance,
            series_memory.partial_autocorrelation_distance,
            series_memory.volatility_memory_distance,
            series_memory.cross_correlation_distance,
        )
        return [metric(real, drawn, lags) for metric in memory]
    if group == "spectrum":
        return [log_spectrum_distance(real, drawn)]
    if group == "features":
        return [feature_distance(real, drawn, period), series_scores.refit_distance(real, drawn)]
    if group == "scores":
        if real.shape[1] < 10 * length or drawn.shape[2] < 2 * length:
            names = ("discriminative_weak", "discriminative_strong")
            short = [not_applicable(n, "the series is too short", goal=0.5, range=(0.0, 1.0)) for n in names]
        else:
            short = list(series_scores.discriminative_scores(real, drawn, length, random_state=seed))
        return [*short, series_scores.predictive_score(real, drawn, period, random_state=seed)]
    return [
        series_disclosure.best_lag_correlation(real, drawn, period),
        series_disclosure.nearest_window_ratio(real, drawn, length),
        series_disclosure.longest_verbatim_run(real, drawn),
        series_disclosure.warping_distance(real, drawn),
    ]


def read_draws(synthetic: Any, layout: SeriesLayout) -> Floats:
    """Draws as numbers, shape (n_series, n_variables, n_steps).

    Raises
    ------
    DataError
        If they do not have the variables of the real series, or are not finite.
    """
    n_variables = len(layout.names)
    values = _stacked(synthetic, layout, n_variables)
    if values.shape[1] != n_variables or not values.size:
        raise DataError(
            f"synthetic: expected series of {n_variables} variable{'s' * (n_variables > 1)}, got"
            f" {describe_value(synthetic)}."
        )
    if not np.isfinite(values).all():
        raise DataError("synthetic: expected finite values; some are missing or infinite.")
    return np.ascontiguousarray(values)


def _stacked(synthetic: Any, layout: SeriesLayout, n_variables: int) -> Floats:
    module = type(synthetic).__module__.partition(".")[0]
    if module == "polars":
        return _of_polars(synthetic, layout, n_variables)
    values = np.asarray(synthetic, dtype=np.float64)
    if module == "pandas":  # a column is a variable of a series
        values = values.reshape(len(values), -1)
        if values.shape[1] % n_variables:
            raise DataError(f"synthetic: expected columns of {n_variables} variables, got {values.shape[1]}.")
        return values.reshape(len(values), -1, n_variables).transpose(1, 2, 0)
    if values.ndim == 1:
        return values[None, None]
    if values.ndim == 2:
        return values[:, None] if layout.single or n_variables == 1 else values.T[None]
    if values.ndim == 3:
        return values.transpose(0, 2, 1)
    raise DataError(f"synthetic: expected (n_series, n_steps[, n_variables]), got {describe_value(synthetic)}.")


def _of_polars(synthetic: Any, layout: SeriesLayout, n_variables: int) -> Floats:
    import polars as pl

    frame = synthetic.to_frame() if isinstance(synthetic, pl.Series) else synthetic
    if layout.single:
        return frame.to_numpy().astype(np.float64).T[:, None]
    values = frame.select([str(name) for name in layout.names]).to_numpy().astype(np.float64)
    n_series = frame["series"].n_unique() if "series" in frame.columns else 1
    return values.reshape(n_series, -1, n_variables).transpose(0, 2, 1)
