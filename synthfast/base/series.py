"""What every generator of series is: concrete public methods around one hook to fit and one to draw a block.

A subclass writes ``_fit`` and ``_sample_block`` (and ``_to_state`` / ``_from_state``). The law of draws: series number
s of a draw is a pure function of the model, the seed and s, so a short draw is a prefix of a long one.
"""

import warnings
from abc import abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import SeedLike, Stream
from synthfast._core.validation import check_integer
from synthfast.base.model import Model
from synthfast.base.saved import with_prefix, without_prefix
from synthfast.base.seasonal_period import check_period, find_period
from synthfast.base.series_layout import SeriesLayout, interpolate
from synthfast.engines import map_blocks
from synthfast.exceptions import DataError, SeriesWarning

__all__ = ["SERIES_BLOCK", "BaseSeriesSynthesizer"]

SERIES_BLOCK = 64  # series that one call of the hook draws
MOST_MISSING = 0.5  # share of a variable that may be filled in


class BaseSeriesSynthesizer(Model):
    """Base of the generators that learn from one series, of one variable or several.

    Subclasses take keyword-only constructor arguments, among them ``random_state``, and store them untouched.

    Attributes
    ----------
    n_times_ : int
        Length of the series that was fitted, gaps in its time axis counted.
    n_variables_ : int
    """

    multivariate: ClassVar[bool] = True  # whether several variables can be learned together
    allows_missing: ClassVar[bool] = False  # whether ``_fit`` takes NaN; it gets interpolated values otherwise
    min_length: ClassVar[int] = 8
    block_size: ClassVar[int] = SERIES_BLOCK  # series that one call of ``_sample_block`` draws

    n_times_: int
    n_variables_: int
    _layout: SeriesLayout
    _varying: NDArray[np.bool_]  # (n_variables,) variables that are not constant: the hooks see only these
    _constants: NDArray[np.float64]  # (n_variables,)
    _floor: NDArray[np.float64]  # (n_variables,) 0 for what never is negative, else -inf

    # -- hooks ---------------------------------------------------------------------------------------------------------

    @abstractmethod
    def _fit(self, values: NDArray[np.float64], stream: Stream) -> None:
        """Learn from ``values``, shape (n_times, n_variables): finite, or NaN if ``allows_missing``; none constant."""

    @abstractmethod
    def _sample_block(self, first: int, n_series: int, n_steps: int, stream: Stream) -> NDArray[np.float64]:
        """Series ``first`` to ``first + n_series`` of a draw, shape (n_series, n_steps, n_variables).

        Series s takes its randomness from ``stream.child(s)``, or from its own stretch of one of the stream's laws.
        """

    @abstractmethod
    def _to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Fitted state as a JSON-able document and arrays."""

    @abstractmethod
    def _from_state(self, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        """Take up what ``_to_state`` gave."""

    def _first_step(self) -> int:
        """Step of the fitted time axis at which draws begin: 0 for the same span, ``n_times_`` for what follows it."""
        return 0

    # -- public --------------------------------------------------------------------------------------------------------

    def fit(self, series: Any) -> Self:
        """Learn a series.

        Parameters
        ----------
        series : array_like, pandas or polars Series or DataFrame, shape (n_times,) or (n_times, n_variables)
            Values in order of time. A pandas index holds the times (stamps, periods or whole numbers, of one
            frequency); of a polars frame the first column of dates does. It is not changed.

        Returns
        -------
        self

        Raises
        ------
        DataError
            If the series is too short, constant, all missing or infinite somewhere, or if its times repeat or mix
            frequencies.
        TypeError
            If it does not hold numbers, or its index no times.

        Warns
        -----
        SeriesWarning
            If rows were put in order of time, or missing values or times were filled by interpolation in time.

        Notes
        -----
        Variables that are constant beside others that are not stay so in every draw. The same series, parameters and
        ``random_state`` give the same model.
        """
        label = type(self).__name__
        layout, values = SeriesLayout.read(series, label)
        if values.shape[1] > 1 and not self.multivariate:
            raise DataError(f"{label}: expected a series of one variable, got {values.shape[1]}; fit one at a time.")
        if len(values) < self.min_length:
            raise DataError(f"{label}: expected at least {self.min_length} times, got {len(values)}.")
        low, high = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
        if not (varying := low < high).any():
            raise DataError(f"{label}: every value is {low[0]:g}; there is nothing to learn from a constant series.")
        if not self.allows_missing:
            values = self._filled(values, layout.names)
        self._layout, self.n_times_, self.n_variables_ = layout, *values.shape
        self._varying, self._constants = varying, np.where(varying, 0.0, low)
        self._floor = np.where(low >= 0, 0.0, -np.inf)
        self._fit(np.ascontiguousarray(values[:, varying]), Stream.from_seed(self.random_state).child("fit"))
        self._n_draws = 0
        return self

    def sample(self, n_series: int = 1, *, n_steps: int | None = None, random_state: SeedLike = None) -> Any:
        """Draw synthetic series.

        Parameters
        ----------
        n_series : int, default 1
            Series wanted, 0 or more.
        n_steps : int, optional
            Length of each; that of the fitted series by default.
        random_state : None, int, numpy SeedSequence or Generator
            Seed of the draw. With None the next stream of the constructor's seed is taken, or fresh entropy.

        Returns
        -------
        ndarray or frame
            For an array, shape (n_series, n_steps), or (n_series, n_steps, n_variables) if two-dimensional. For pandas
            a frame of which each row is a time and ``frame[s]`` is series s, of the kind that was fitted. For a polars
            series one column for each; for a polars frame a long one with a column ``series``. Whole numbers stay
            whole, and what never was negative does not become so.

        Raises
        ------
        NotFittedError
            Before ``fit``.

        Notes
        -----
        Series s depends on the model, the seed, ``n_steps`` and s alone: ``sample(10)`` is a prefix of
        ``sample(1000)``, on any number of threads.
        """
        self._check_fitted("sample")
        n_series = check_integer("n_series", n_series, minimum=0)
        n_steps = self._n_steps(n_steps)
        stream = self._draw_stream(random_state)

        def draw(first: int) -> NDArray[np.float64]:
            return self._sample_block(first, min(self.block_size, n_series - first), n_steps, stream)

        values = np.empty((n_series, n_steps, self.n_variables_))
        varying = slice(None) if self._varying.all() else self._varying
        firsts = range(0, n_series, self.block_size)
        for first, part in zip(firsts, map_blocks(draw, firsts), strict=True):
            rows = values[first : first + len(part)]
            if not self._varying.all():
                rows[...] = self._constants
            rows[:, :, varying] = part
            np.maximum(rows, self._floor, out=rows)
        return self._layout.build(values, self._first_step())

    def _n_steps(self, n_steps: int | None) -> int:
        """Length of the series to draw."""
        return self.n_times_ if n_steps is None else check_integer("n_steps", n_steps, minimum=1)

    def _period(self, seasonal_period: int | None, values: NDArray[np.float64]) -> int:
        """Steps of a season: as asked for, else as the frequency and the data say; 1 for none."""
        if seasonal_period is not None:
            return check_period(type(self).__name__, seasonal_period, len(values))
        return find_period(values, self._layout.axis.frequency)

    def _filled(self, values: NDArray[np.float64], names: list[Any]) -> NDArray[np.float64]:
        """Values with every gap filled by interpolation in time."""
        missing = np.isnan(values)
        if not missing.any():
            return values
        worst = int(missing.mean(axis=0).argmax())
        if missing[:, worst].mean() > MOST_MISSING:
            raise DataError(
                f"{type(self).__name__}: variable {names[worst]!r} misses {missing[:, worst].mean():.0%} of"
                f" its values; at most {MOST_MISSING:.0%} are filled in. Cut the series to where it is known."
            )
        warnings.warn(
            f"{type(self).__name__}: {missing.sum()} of {missing.size} values are missing; they were filled by linear"
            " interpolation in time.",
            SeriesWarning,
            stacklevel=3,
        )
        return interpolate(values)

    # -- the file ------------------------------------------------------------------------------------------------------

    def _to_document(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        state, arrays = self._to_state()
        document = {"n_times": self.n_times_, "layout": self._layout.to_dict(), "state": state}
        own = {"varying": self._varying, "constants": self._constants, "floor": self._floor}
        return document, with_prefix(own, "series/") | with_prefix(arrays, "model/")

    def _from_document(self, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        own = without_prefix(arrays, "series/")
        self._layout = SeriesLayout.from_dict(document["layout"])
        self._varying, self._constants, self._floor = own["varying"], own["constants"], own["floor"]
        self.n_times_, self.n_variables_ = document["n_times"], len(self._varying)
        self._from_state(document["state"], without_prefix(arrays, "model/"))
        self._n_draws = 0

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_n_draws")
