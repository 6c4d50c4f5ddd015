"""Series put together anew from their parts: a trend, seasons and what is left."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import SeedLike, Stream
from synthfast._core.validation import check_choice, check_integer
from synthfast.base import BaseSeriesSynthesizer
from synthfast.base.seasonal_period import check_period
from synthfast.timeseries._decomposition import Parts, decompose, grows_with_level
from synthfast.timeseries._surrogates import draw_surrogates

__all__ = ["StructuralSynthesizer"]


class StructuralSynthesizer(BaseSeriesSynthesizer):
    """Series with the trend's direction, the seasons' shapes and the memory of the original, and new movements.

    The series (or its logarithm) is taken apart: a straight line between its ends, seasons by STL, and the rest, which
    moves slowly and fast about them. A draw keeps the line, takes each season's cycles from ones near it in time, and
    draws the rest anew, with the same values and the same spectrum (jointly, if there are several variables), so that
    the stochastic part of the trend goes other ways.

    Parameters
    ----------
    seasonal_period : int, list of int or None, default None
        Steps of a season, or of several (as 24 and 168 of hourly data); 1 for none. None takes what the frequency of
        the time index and the data say.
    transform : {"auto", "log", "none"}, default "auto"
        Whether logarithms are taken apart. ``"auto"``: where all values are positive and the movements of the series
        grow with its level.
    cycle_reach : int, default 2
        How many cycles away, at most, a season is taken from.
    max_iter : int, default 200
        Most rounds of the surrogates of the rest.
    random_state : None, int, numpy SeedSequence or Generator, default None
        Seeds the draws that get no seed of their own.

    Attributes
    ----------
    seasonal_periods_ : list of int
        Seasons in force, shortest first.
    transform_ : list of {"log", "none"}
        Of each variable that is not constant.

    Notes
    -----
    Fit: O(n_times) a variable and season, times STL's rounds. Draws: O(n_steps log n_steps) a round of the surrogates.
    In a draw longer than the series the line goes on, the last cycles repeat, and the rest is interpolated in its
    spectrum. The parts themselves are kept in the model: values of the rest recur in draws, in another order.

    References
    ----------
    R. B. Cleveland, W. S. Cleveland, J. E. McRae and I. Terpenning (1990), "STL: a seasonal-trend decomposition
    procedure based on loess". K. Bandara, R. J. Hyndman and C. Bergmeir (2021), "MSTL".
    T. Schreiber and A. Schmitz (2000), "Surrogate time series".

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from synthfast import StructuralSynthesizer
    >>> t = np.arange(144)
    >>> noise = np.random.default_rng(0).normal(size=144)
    >>> series = pd.Series(np.exp(0.01 * t + np.sin(2 * np.pi * t / 12) / 5 + noise / 20),
    ...                    index=pd.date_range("2012", periods=144, freq="MS"))
    >>> model = StructuralSynthesizer().fit(series)
    >>> model.seasonal_periods_, model.transform_, model.sample(3, random_state=0).shape
    ([12], ['log'], (144, 3))
    """

    def __init__(
        self,
        *,
        seasonal_period: int | Sequence[int] | None = None,
        transform: str = "auto",
        cycle_reach: int = 2,
        max_iter: int = 200,
        random_state: SeedLike = None,
    ) -> None:
        self.seasonal_period = seasonal_period
        self.transform = transform
        self.cycle_reach = cycle_reach
        self.max_iter = max_iter
        self.random_state = random_state

    def _fit(self, values: NDArray[np.float64], stream: Stream) -> None:
        check_choice("transform", self.transform, ["auto", "log", "none"])
        check_integer("cycle_reach", self.cycle_reach, minimum=0)
        check_integer("max_iter", self.max_iter, minimum=1)
        periods = self._periods(values)
        logs = np.array([self._takes_logs(column, periods) for column in values.T])
        worked = values.copy()
        worked[:, logs] = np.log(values[:, logs])
        self.seasonal_periods_, self.transform_ = periods, ["log" if log else "none" for log in logs]
        self._parts = decompose(worked, periods)

    def _periods(self, values: NDArray[np.float64]) -> list[int]:
        if isinstance(self.seasonal_period, Sequence | np.ndarray) and not isinstance(self.seasonal_period, str):
            asked = {check_period(type(self).__name__, period, len(values)) for period in self.seasonal_period}
        else:
            asked = {self._period(self.seasonal_period, values)}
        return sorted(asked - {1})

    def _takes_logs(self, values: NDArray[np.float64], periods: list[int]) -> bool:
        if self.transform == "log" and values.min() <= 0:
            raise ValueError(
                f"{type(self).__name__}: transform='log' needs positive values, found {values.min():g};"
                " use transform='none'."
            )
        if self.transform == "auto":
            return bool(values.min() > 0) and grows_with_level(values, periods[0] if periods else 1)
        return self.transform == "log"

    def _sample_block(self, first: int, n_series: int, n_steps: int, stream: Stream) -> NDArray[np.float64]:
        parts = self._parts
        rest = draw_surrogates(parts.rest, first, n_series, n_steps, self.max_iter, stream.child("rest"))
        rest += parts.line(n_steps)
        for period, season in zip(self.seasonal_periods_, parts.seasons, strict=True):
            for i in range(n_series):
                steps = self._season_steps(period, n_steps, stream.child("season", period, first + i))
                rest[i] += season[steps]
        logs = np.array([name == "log" for name in self.transform_])
        rest[:, :, logs] = np.exp(rest[:, :, logs])
        return rest

    def _season_steps(self, period: int, n_steps: int, stream: Stream) -> NDArray[np.int64]:
        """Step of the original season that stands at each step of a draw: the same phase, some cycles away."""
        n_times, n_cycles = len(self._parts.rest), -(-n_steps // period)
        whole = n_times // period  # cycles of which every phase is there
        shift = stream.integers(2 * self.cycle_reach + 1, n_cycles) - self.cycle_reach
        cycle = np.arange(n_cycles) + shift
        cycle = np.where(cycle < 0, -cycle - 1, cycle)
        last = whole - 1
        cycle = np.where(cycle > last, np.maximum(last - (cycle - last - 1) % whole, 0), cycle)
        return (cycle[:, None] * period + np.arange(period)).reshape(-1)[:n_steps]

    def _to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        document = {"periods": self.seasonal_periods_, "transform": self.transform_}
        return document, self._parts.to_arrays()

    def _from_state(self, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        self.seasonal_periods_, self.transform_ = document["periods"], document["transform"]
        self._parts = Parts.from_arrays(arrays)
