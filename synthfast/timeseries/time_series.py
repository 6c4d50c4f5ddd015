"""The generator that suits a series, and why."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import SeedLike, Stream
from synthfast._core.validation import check_choice
from synthfast._registry import entries, load_object, name_of_key
from synthfast.base import BaseSeriesSynthesizer
from synthfast.base.saved import registry_key, with_prefix, without_prefix
from synthfast.base.seasonal_period import seasonal_share

__all__ = ["TimeSeriesSynthesizer"]

AUTO, OWN_KEY = "auto", "time_series"
TREND_SHARE = 0.5  # of the variance that a straight line has to explain for a series to count as trending


class TimeSeriesSynthesizer(BaseSeriesSynthesizer):
    """Synthetic series by the generator that suits the data.

    Parameters
    ----------
    method : str, default "auto"
        ``"auto"``, or the key of a generator: ``"arima"``, ``"structural"``, ``"iaaft"``, ``"block_bootstrap"``,
        ``"window_mixture"`` and so on.
    seasonal_period : int, optional
        Steps of a season, 1 for none. None takes what the time index and the data say.
    options : mapping, optional
        Further arguments of the generator; they need a ``method``.
    random_state : None, int, numpy SeedSequence or Generator, default None
        Seeds the fit, and the draws that get no seed of their own.

    Attributes
    ----------
    method_ : str
        Key of the generator taken.
    reason_ : str
        Why, in a sentence.
    model_ : generator
        The fitted generator itself.
    seasonal_period_ : int
        Season in force, 1 for none.

    Notes
    -----
    ``"auto"`` takes windows, shape (n_windows, length, n_variables), to the window mixture; a series with a trend (a
    straight line explains half of its variance) or a season (three tenths of what a moving average leaves) to the
    structural generator; and any other to surrogates, which keep the values and the spectrum. These were the best of
    all generators, by autocorrelation and spectrum, on the series that ship with statsmodels. Forecasts, that is paths
    that go on from the end of the series, are ARIMA's: ``method="arima"``.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast import TimeSeriesSynthesizer
    >>> noise = np.random.default_rng(0).normal(size=300)
    >>> model = TimeSeriesSynthesizer().fit(np.convolve(noise, [1, 0.5], mode="valid"))
    >>> model.method_, model.sample(4, random_state=0).shape
    ('iaaft', (4, 299))
    """

    def __init__(
        self,
        *,
        method: str = AUTO,
        seasonal_period: int | None = None,
        options: Mapping[str, Any] | None = None,
        random_state: SeedLike = None,
    ) -> None:
        self.method = method
        self.seasonal_period = seasonal_period
        self.options = options
        self.random_state = random_state

    def fit(self, series: Any) -> Self:
        """Learn a series, or many windows.

        Parameters
        ----------
        series : array_like, pandas or polars Series or DataFrame
            As every generator takes it; or windows, shape (n_windows, length, n_variables).

        Returns
        -------
        self

        Raises
        ------
        DataError, TypeError
            If it cannot be learned.
        ValueError
            If ``method`` is no generator's key.
        """
        if not (isinstance(series, np.ndarray) and series.ndim == 3):
            return super().fit(series)
        self._check_method()
        self.method_ = check_choice("method", self.method, [AUTO, "window_mixture"]).replace(AUTO, "window_mixture")
        self.reason_ = f"{len(series)} windows of {np.shape(series)[1]} steps are learned as windows."
        self.seasonal_period_ = 1
        self.model_ = self._make().fit(series)
        for name in ("_layout", "n_times_", "n_variables_", "_varying", "_constants", "_floor"):
            setattr(self, name, getattr(self.model_, name))
        self._n_draws = 0
        return self

    def _fit(self, values: NDArray[np.float64], stream: Stream) -> None:
        self._check_method()
        self.seasonal_period_ = self._period(self.seasonal_period, values)
        if self.method == AUTO:
            self.method_, self.reason_ = _choose(values, self.seasonal_period_)
        else:
            self.method_, self.reason_ = self.method, "It was asked for."
        self.model_ = self._make(random_state=np.random.SeedSequence(stream.key))
        self.model_.fit(values if values.shape[1] > 1 else values[:, 0])

    def _check_method(self) -> None:
        keys = [entry.key for entry in entries("series").values() if entry.key != OWN_KEY]
        check_choice("method", self.method, [AUTO, *keys])
        if self.method == AUTO and self.options:
            raise ValueError(
                f"{type(self).__name__}: options={self.options!r} belong to one generator; name its method."
            )

    def _make(self, **params: Any) -> Any:
        cls = load_object(str(name_of_key(self.method_)))
        if "seasonal_period" in cls().get_params():
            params["seasonal_period"] = self.seasonal_period_
        return cls(**{**params, **(self.options or {})})

    @property
    def block_size(self) -> int:  # type: ignore[override]
        """Series that the generator draws at a time."""
        return int(self.model_.block_size)

    def _n_steps(self, n_steps: int | None) -> int:
        return int(self.model_._n_steps(n_steps))

    def _first_step(self) -> int:
        return int(self.model_._first_step())

    def _sample_block(self, first: int, n_series: int, n_steps: int, stream: Stream) -> NDArray[np.float64]:
        return np.asarray(self.model_._sample_block(first, n_series, n_steps, stream))

    def _to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        inner, arrays = self.model_._to_document()
        document = {
            "method": registry_key(type(self.model_)),
            "reason": self.reason_,
            "period": self.seasonal_period_,
            "model": inner,
        }
        return document, with_prefix(arrays, "inner/")

    def _from_state(self, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        self.method_, self.reason_, self.seasonal_period_ = (document[name] for name in ("method", "reason", "period"))
        self.model_ = self._make()
        self.model_._from_document(document["model"], without_prefix(arrays, "inner/"))


def _choose(values: NDArray[np.float64], period: int) -> tuple[str, str]:
    """Key of the generator for a series, and the reason."""
    trend = max(_line_share(column) for column in values.T)
    season = max(seasonal_share(column, period) for column in values.T) if period > 1 else 0.0
    facts = f"a straight line explains {trend:.0%} of its variance"
    if period > 1:
        facts += f" and a season of {period} steps {season:.0%} of what a moving average leaves"
    if trend >= TREND_SHARE or period > 1:
        return "structural", f"The series has a trend or a season: {facts}."
    return "iaaft", f"The series has no trend and no season to speak of: {facts}."


def _line_share(values: NDArray[np.float64]) -> float:
    """Share of the variance that a straight line explains."""
    times = np.arange(len(values)) - (len(values) - 1) / 2
    centred = values - values.mean()
    return float((times @ centred) ** 2 / ((times @ times) * (centred @ centred)))
