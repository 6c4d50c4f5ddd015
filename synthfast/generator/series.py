"""Time series learned and drawn, with the figures and the picture that a result tells beside them."""

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import SeedLike
from synthfast._core.validation import check_choice, check_integer
from synthfast._registry import entries, load_object, name_of_key

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from synthfast.base.series_layout import SeriesLayout

__all__ = ["SeriesMethods"]

Floats = NDArray[np.float64]


class SeriesMethods:
    """What fits a generator to a series and draws from it."""

    random_state: SeedLike

    def generate_time_series(
        self,
        series: Any,
        n_samples: int = 100,
        method: str = "arima",
        seasonal_period: int | None = None,
        *,
        steps: int | None = None,
        **parameters: Any,
    ) -> dict[str, Any]:
        """Learn a time series and draw synthetic ones: over the same span, or ahead of its end.

        Parameters
        ----------
        series : array_like, pandas or polars Series or DataFrame, shape (n_times,) or (n_times, n_variables)
            Values in order of time; a pandas index holds the times.
        n_samples : int, default 100
            Synthetic series.
        method : str, default "arima"
            ``"auto"``, ``"arima"``, ``"structural"``, ``"iaaft"``, ``"block_bootstrap"``, or the key of another
            generator of series.
        seasonal_period : int, optional
            Steps of a season, 1 for none. None takes what the time index and the data say.
        steps : int, optional
            So many steps ahead of the end of the series, conditional on it, instead of its span anew.
        **parameters : object
            Of the generator, such as ``order=(1, 1, 1)`` or ``innovations="student_t"`` of ARIMA.

        Returns
        -------
        dict
            - ``synthetic_series``: the draws, shape (n_samples, n_steps) or (n_samples, n_steps, n_variables) for
              arrays; for pandas a frame with the times as index, of which ``frame[s]`` is draw s;
            - ``series_length``: steps of each;
            - ``arima_order`` (p, d, q), ``seasonal_order`` (P, D, Q, m) and ``aic``: of the ARIMA model, else None;
            - ``mean_correlation``: mean correlation of the draws with the series itself, a measure of copying as much
              as of quality; of paths ahead, with its last ``steps`` values;
            - ``mean_dtw_distance``: mean distance under dynamic time warping, likewise;
            - ``comparison_plot``: matplotlib figure of the first variable: overlay, fan, autocorrelations, spectrum,
              quantiles;
            - ``method``, ``reason``, ``seasonal_period``: the generator in force, why, and its season;
            - ``model``: the fitted generator.

        Raises
        ------
        DataError, TypeError
            If the series cannot be learned.
        ValueError
            If ``method`` is unknown, or cannot go on from the end of a series.

        Notes
        -----
        The order search of ARIMA costs most; the figures O(n_samples n_steps**2) for the warping.

        Examples
        --------
        >>> import numpy as np
        >>> from synthfast import SyntheticDataGenerator
        >>> t = np.arange(120)
        >>> sales = 50 + t / 4 + 8 * np.sin(2 * np.pi * t / 12) + np.random.default_rng(0).normal(size=120)
        >>> result = SyntheticDataGenerator(random_state=0).generate_time_series(sales, 20, seasonal_period=12)
        >>> result["synthetic_series"].shape, result["series_length"], result["seasonal_order"][3]
        ((20, 120), 120, 12)
        """
        n_samples = check_integer("n_samples", n_samples, minimum=1)
        model = _fitted(series, method, seasonal_period, parameters, self.random_state)
        drawn = _drawn(model, n_samples, steps, self.random_state)
        inner = getattr(model, "model_", model)
        own, numbers, layout = _numbers(series, drawn)
        compared = own if steps is None else own[:, -min(numbers.shape[2], own.shape[1]) :]
        order = getattr(inner, "order_", None)
        return {
            "synthetic_series": drawn,
            "series_length": numbers.shape[2],
            "arima_order": order,
            "seasonal_order": None if order is None else inner.seasonal_order_,
            "aic": None if order is None else float(inner.aic_),
            "mean_correlation": _mean_correlation(compared, numbers),
            "mean_dtw_distance": _mean_distance(compared, numbers),
            "comparison_plot": _picture(own, numbers, layout, model, steps),
            "method": getattr(model, "method_", method),
            "reason": getattr(model, "reason_", "It was asked for."),
            "seasonal_period": _season(model),
            "model": model,
        }


def _fitted(series: Any, method: str, period: int | None, parameters: dict[str, Any], seed: SeedLike) -> Any:
    """The generator itself, or the one that chooses."""
    keys = {entry.key for entry in entries("series").values()} - {"time_series"}
    check_choice("method", method, ["auto", *sorted(keys)])
    cls = load_object("TimeSeriesSynthesizer" if method == "auto" else str(name_of_key(method)))
    known = cls().get_params()
    if "seasonal_period" in known:
        parameters = {"seasonal_period": period, **parameters}
    for name in parameters:
        if name not in known:
            raise TypeError(f"method={method!r} takes no parameter {name!r}; it takes {', '.join(known)}.")
    return cls(**{"random_state": seed, **parameters}).fit(series)


def _drawn(model: Any, n_samples: int, steps: int | None, seed: SeedLike) -> Any:
    if steps is None:
        return model.sample(n_samples, random_state=seed)
    steps = check_integer("steps", steps, minimum=1)
    if "anchor" not in inspect.signature(model.sample).parameters:
        raise ValueError(
            f"steps={steps}: {type(model).__name__} draws the span of a series anew and cannot go on from its end; use"
            " method='arima'."
        )
    return model.sample(n_samples, n_steps=steps, anchor="end", random_state=seed)


def _numbers(series: Any, drawn: Any) -> tuple[Floats, Floats, "SeriesLayout"]:
    """Real series (n_variables, n_times), draws (n_series, n_variables, n_steps), and what is known beside them."""
    import warnings

    from synthfast.base.series_layout import SeriesLayout, interpolate
    from synthfast.exceptions import SeriesWarning
    from synthfast.reporting.series import read_draws

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeriesWarning)  # it was said when the series was fitted
        layout, values = SeriesLayout.read(series, "series")
    return interpolate(values).T, read_draws(drawn, layout), layout


def _mean_correlation(real: Floats, draws: Floats) -> float:
    n = min(real.shape[1], draws.shape[2])
    a, b = real[:, :n], draws[:, :, :n]
    a, b = a - a.mean(axis=-1, keepdims=True), b - b.mean(axis=-1, keepdims=True)
    size = np.sqrt(np.sum(a**2, axis=-1) * np.sum(b**2, axis=-1))
    product = np.sum(a * b, axis=-1)
    return float(np.mean(np.divide(product, size, out=np.zeros_like(product), where=size > 0)))


def _mean_distance(real: Floats, draws: Floats) -> float:
    from synthfast.timeseries import dtw_distance_matrix

    return float(dtw_distance_matrix(real.T[None], np.ascontiguousarray(draws.transpose(0, 2, 1))).mean())


def _season(model: Any) -> int | None:
    periods = getattr(model, "seasonal_periods_", None)
    if periods is not None:
        return periods[0] if periods else 1
    return getattr(model, "seasonal_period_", None)


def _picture(real: Floats, draws: Floats, layout: "SeriesLayout", model: Any, steps: int | None) -> "Figure":
    from synthfast.reporting.series_plot import plot_series

    name = None if layout.container == "array" or layout.names[0] is None else str(layout.names[0])
    n_times, n_steps = real.shape[1], draws.shape[2]
    first = 0 if steps is None else n_times
    times = drawn_times = None
    if layout.axis.kind != "none":
        times, drawn_times = (_plottable(layout.axis.stamps(at, n)) for at, n in ((0, n_times), (first, n_steps)))
    elif first:
        drawn_times = np.arange(first, first + n_steps)
    against = None if steps is None else real[0, -min(n_steps, n_times) :]
    what = "the same span anew" if steps is None else f"{steps} steps ahead (below: beside the last {len(against)})"  # type: ignore[arg-type]
    title = f"{type(getattr(model, 'model_', model)).__name__}: {len(draws)} series, {what}"
    return plot_series(
        real[0],
        draws[:, 0],
        _season(model) or 1,
        name=name,
        times=times,
        drawn_times=drawn_times,
        against=against,
        title=title,
    )


def _plottable(stamps: Any) -> Any:
    import pandas as pd

    return (stamps.to_timestamp() if isinstance(stamps, pd.PeriodIndex) else stamps).to_numpy()
