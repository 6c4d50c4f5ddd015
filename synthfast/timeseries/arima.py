"""Seasonal ARIMA: its order found by search, its paths conditional on the history or over the same span."""

import warnings
from collections.abc import Sequence
from copy import copy
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import SeedLike, Stream
from synthfast._core.validation import check_choice, check_integer, check_number
from synthfast.base import BaseSeriesSynthesizer
from synthfast.exceptions import DataError, SeriesWarning
from synthfast.timeseries._arima.fitting import Fit, Fitter, level_regressors
from synthfast.timeseries._arima.missing import fit_around
from synthfast.timeseries._arima.orders import Order, difference
from synthfast.timeseries._arima.paths import PathLaw
from synthfast.timeseries._arima.regression import choose_waves, fourier_rows, read_exog
from synthfast.timeseries._arima.search import Limits, search_order
from synthfast.timeseries._arima.stationarity import count_differences, count_seasonal_differences
from synthfast.timeseries._arima.transforms import Transform, choose_power
from synthfast.timeseries._innovations import LAWS

__all__ = ["ARIMASynthesizer"]

Floats = NDArray[np.float64]

ANCHORS = ("start", "end", "stationary")
LONGEST_STATE = 24  # longer seasons become waves


class ARIMASynthesizer(BaseSeriesSynthesizer):
    """Series from a seasonal ARIMA model with regressors, whose order is searched for.

    Parameters
    ----------
    seasonal_period : int, optional
        Steps of a season, 1 for none; found in the data if not given. Seasons of more than 24 steps enter as sines and
        cosines, of which AICc says how many, and not into the state.
    order : tuple of three int, optional
        (p, d, q); searched for if not given.
    seasonal_order : tuple of three int, optional
        (P, D, Q), given together with ``order``; none by default.
    transform : {"auto", "none", "log"} or float, default "auto"
        Scale of the model: Box and Cox's power. ``"auto"`` takes the likeliest of 1, 1/2 and 0 for positive values.
    bounds : tuple of two float, optional
        The series stays between them, by way of a logit; excludes ``transform``.
    innovations : {"bootstrap", "gaussian", "student_t", "garch"}, default "bootstrap"
        Law of the innovations, each of them with the fitted variance. ``"garch"`` is a GARCH(1,1) whose shocks are
        bootstrapped.
    anchor : {"start", "end", "stationary"}, default "start"
        Where draws begin. ``"end"`` continues the series (multi-step ahead, conditional on the history). ``"start"``
        covers its span anew: values before the first are drawn from the model run backwards, so that level and season
        begin near the real ones and none is copied. ``"stationary"`` asks for the unconditional law, which exists only
        where nothing is differenced.
    max_p, max_q, max_P, max_Q : int, default 5, 5, 2, 2
        Bounds of the search.
    criterion : {"aicc", "aic", "bic"}, default "aicc"
    stepwise : bool, default True
        Whether to walk from order to neighbour; otherwise all with p + q + P + Q <= 5 are tried.
    random_state : None, int, numpy SeedSequence or Generator, default None
        Seeds the draws that get no seed of their own. The fit uses no randomness.

    Attributes
    ----------
    order_, seasonal_order_ : tuple
        (p, d, q) and (P, D, Q, m).
    coefs_ : dict of str to ndarray
        ``ar, ma, seasonal_ar, seasonal_ma, regression``; the last begins with the constant, if there is one, then come
        the regressors given, then sines and cosines.
    sigma2_ : float
        Variance of the innovations, on the scale of the model.
    aic_, aicc_, bic_, log_likelihood_ : float
        Of the exact likelihood of the differenced series on the scale of the model.
    residuals_ : ndarray, shape (n_times - d - m D,)
        Exact innovations over their standard deviations.
    seasonal_period_ : int
    power_ : float
        Box and Cox's lambda.

    Notes
    -----
    Differences are counted by KPSS tests and by the strength of the season, orders found by the stepwise search of
    Hyndman and Khandakar. Candidates are fitted by conditional least squares with an analytic gradient; the close ones
    by exact maximum likelihood, whose cost is O(n r) for a state of r entries. The order is searched with missing
    values interpolated; then they take their expected values under the model, in turn with its fit, and their
    innovations do not count.
    Draws cost O(n_steps) a series. The model holds its residuals and the last values of the series.

    References
    ----------
    Hyndman and Khandakar (2008), doi:10.18637/jss.v027.i03. Pearlman (1980), doi:10.1093/biomet/67.1.232.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast import ARIMASynthesizer
    >>> rng = np.random.default_rng(0)
    >>> series = 10 + np.cumsum(rng.normal(size=200))
    >>> model = ARIMASynthesizer(seasonal_period=1).fit(series)
    >>> model.order_[1]
    1
    >>> model.sample(100, n_steps=30, anchor="end", random_state=0).shape
    (100, 30)
    """

    multivariate: ClassVar[bool] = False
    allows_missing: ClassVar[bool] = True

    order_: tuple[int, int, int]
    seasonal_order_: tuple[int, int, int, int]
    coefs_: dict[str, Floats]
    sigma2_: float
    log_likelihood_: float
    aic_: float
    aicc_: float
    bic_: float
    _mean: Floats  # of a draw, step by step

    def __init__(
        self,
        *,
        seasonal_period: int | None = None,
        order: Sequence[int] | None = None,
        seasonal_order: Sequence[int] | None = None,
        transform: str | float = "auto",
        bounds: tuple[float, float] | None = None,
        innovations: str = "bootstrap",
        anchor: str = "start",
        max_p: int = 5,
        max_q: int = 5,
        max_P: int = 2,
        max_Q: int = 2,
        criterion: str = "aicc",
        stepwise: bool = True,
        random_state: SeedLike = None,
    ) -> None:
        self.seasonal_period = seasonal_period
        self.order = order
        self.seasonal_order = seasonal_order
        self.transform = transform
        self.bounds = bounds
        self.innovations = innovations
        self.anchor = anchor
        self.max_p = max_p
        self.max_q = max_q
        self.max_P = max_P
        self.max_Q = max_Q
        self.criterion = criterion
        self.stepwise = stepwise
        self.random_state = random_state

    # -- fit -----------------------------------------------------------------------------------------------------------

    def fit(self, series: Any, *, exog: Any = None) -> Self:
        """Learn a series.

        Parameters
        ----------
        series : array_like, pandas or polars Series, shape (n_times,)
            Values in order of time; a pandas index holds the times. It is not changed.
        exog : array_like, shape (n_times,) or (n_times, n_regressors), optional
            Regressors at the times of the series, gaps in its time axis counted.

        Returns
        -------
        self

        Raises
        ------
        DataError
            If the series is too short, constant, all missing or infinite somewhere, if its times repeat or mix
            frequencies, if it holds fewer than two seasons, or if ``exog`` does not fit.
        TypeError, ValueError
            If a parameter is unfit.

        Warns
        -----
        SeriesWarning
            If rows were put in order of time, or values or times are missing.
        """
        self._check_parameters()
        self._exog_given = exog
        try:
            return super().fit(series)
        finally:
            del self._exog_given

    def _check_parameters(self) -> None:
        check_choice("innovations", self.innovations, LAWS)
        check_choice("anchor", self.anchor, ANCHORS)
        check_choice("criterion", self.criterion, ("aicc", "aic", "bic"))
        for name in ("max_p", "max_q", "max_P", "max_Q"):
            check_integer(name, getattr(self, name), minimum=0, maximum=12)
        if isinstance(self.transform, str):
            check_choice("transform", self.transform, ("auto", "none", "log"))
        else:
            check_number("transform", self.transform, minimum=-2, maximum=2)
        if self.seasonal_order is not None and self.order is None:
            raise ValueError("seasonal_order: give order=(p, d, q) with it, or neither for the search.")
        for name in ("order", "seasonal_order"):
            if (given := getattr(self, name)) is not None:
                _check_order(name, given)

    def _fit(self, values: Floats, stream: Stream) -> None:
        missing = np.isnan(values[:, 0])
        values = self._interpolated(values)
        y = values[:, 0]
        self.seasonal_period_ = self._period(self.seasonal_period, values)
        self._exog = read_exog(self._exog_given, len(y), type(self).__name__)
        waves = self.seasonal_period_ > LONGEST_STATE
        m = 1 if waves else self.seasonal_period_
        self._transform = self._choose_scale(y, m)
        x = self._transform.forward(y)
        self._n_waves = 0
        if waves:
            self._n_waves = choose_waves(x, self._exog, self.seasonal_period_, self._differences(x, m)[0])
        rows = self._rows(0, len(y), self._exog)
        fit = self._fit_order(x, rows, m)
        if missing.any():
            fit, x = fit_around(fit, x, rows, missing)
        disturbance = x - fit.beta @ level_regressors(len(x), fit.order, rows)
        self._law = PathLaw.of(fit, disturbance, self.innovations, missing)
        self._keep(fit)

    def _interpolated(self, values: Floats) -> Floats:
        """Values with every gap filled in a first, straight way."""
        if not (missing := np.isnan(values)).any():
            return values
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SeriesWarning)
            filled = self._filled(values, self._layout.names)
        warnings.warn(
            f"{type(self).__name__}: {missing.sum()} of {values.size} values are missing; what the model expects there"
            " takes their place.",
            SeriesWarning,
            stacklevel=4,
        )
        return filled

    def _choose_scale(self, y: Floats, m: int) -> Transform:
        label = type(self).__name__
        if self.bounds is not None:
            low, high = (check_number("bounds", bound) for bound in self.bounds)
            if not low < high or y.min() < low or y.max() > high:
                raise DataError(
                    f"{label}: bounds=({low:g}, {high:g}) do not hold the values, {y.min():g} to {y.max():g}."
                )
            return Transform(bounds=(low, high))
        if self.transform == "none":
            return Transform()
        positive = y.min() > 0
        if self.transform == "auto":
            return Transform(choose_power(y, self._exog, *self._differences(y, m), m)) if positive else Transform()
        power = 0.0 if self.transform == "log" else float(self.transform)
        if power != 1 and not positive:
            raise DataError(f"{label}: transform={self.transform!r} needs positive values, found {y.min():g}.")
        return Transform(power)

    def _differences(self, x: Floats, m: int) -> tuple[int, int]:
        """(d, D): those asked for, else those that tests ask for."""
        if self.order is not None:
            return int(self.order[1]), int(self.seasonal_order[1]) if self.seasonal_order is not None and m > 1 else 0
        D = count_seasonal_differences(x, m)
        return count_differences(difference(x, Order(D=D, m=m))), D

    def _fit_order(self, x: Floats, rows: Floats, m: int) -> Fit:
        label = type(self).__name__
        if self.order is None:
            limits = Limits(self.max_p, self.max_q, self.max_P, self.max_Q, self.criterion, self.stepwise)
            try:
                return search_order(x, m, rows, limits=limits)
            except ValueError as error:
                raise DataError(f"{label}: {error}; the series may be too short or exog collinear.") from error
        p, d, q, P, D, Q = (
            int(x) for x in (*self.order, *((0, 0, 0) if self.seasonal_order is None else self.seasonal_order))
        )
        if m == 1 and P + D + Q:
            raise DataError(
                f"{label}: seasonal_order={(P, D, Q)} needs a season of 2 to {LONGEST_STATE} steps, seasonal_period is"
                f" {self.seasonal_period_}."
            )
        order = Order(p, d, q, P, D, Q, m, constant=d + D < 2)
        needed = order.n_lost + order.state_size + order.n_coefs + len(rows) + 3
        if len(x) < needed:
            raise DataError(f"{label}: {order} needs at least {needed} values, got {len(x)}.")
        fit = Fitter(x, rows, order).fit(order)
        if fit is None:
            raise DataError(f"{label}: {order} could not be fitted; exog may be collinear.")
        return fit

    def _rows(self, first: int, n: int, exog: Floats) -> Floats:
        """Regressors but the constant at steps ``first`` to ``first + n``."""
        if not self._n_waves:
            return exog
        return np.vstack([exog, fourier_rows(self.seasonal_period_, self._n_waves, first, n)])

    def _keep(self, fit: Fit) -> None:
        order = fit.order
        self.order_, self.seasonal_order_ = (order.p, order.d, order.q), (order.P, order.D, order.Q, order.m)
        names = ("ar", "ma", "seasonal_ar", "seasonal_ma")
        self.coefs_ = dict(zip(names, order.split(fit.coefs), strict=True)) | {"regression": fit.beta}
        self.sigma2_, self.log_likelihood_ = fit.variance, fit.log_likelihood
        self.aic_, self.aicc_, self.bic_ = fit.aic, fit.aicc, fit.bic

    @property
    def power_(self) -> float:
        """Box and Cox's power of the scale of the model."""
        return self._transform.power

    @property
    def residuals_(self) -> Floats:
        """Exact innovations of the fitted series over their standard deviations."""
        return self._law.residuals

    # -- draw ----------------------------------------------------------------------------------------------------------

    def sample(
        self,
        n_series: int = 1,
        *,
        n_steps: int | None = None,
        anchor: str | None = None,
        exog: Any = None,
        random_state: SeedLike = None,
    ) -> Any:
        """Draw synthetic series.

        Parameters
        ----------
        n_series : int, default 1
            Series wanted, 0 or more.
        n_steps : int, optional
            Length of each; that of the fitted series by default.
        anchor : {"start", "end", "stationary"}, optional
            Where draws begin, as in the constructor, whose choice is the default.
        exog : array_like, shape (n_steps,) or (n_steps, n_regressors), optional
            Regressors at the steps drawn. Needed after the end and beyond the span of the fitted series, if the model
            has any; within the span those of the fit are the default.
        random_state : None, int, numpy SeedSequence or Generator
            Seed of the draw. With None the next stream of the constructor's seed is taken, or fresh entropy.

        Returns
        -------
        ndarray or frame
            As the other generators of series: shape (n_series, n_steps) for an array; for pandas a frame of which each
            row is a time and ``frame[s]`` is series s.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        DataError
            If regressors are missing or unfit, or a stationary law is asked of a model with differences.
        """
        self._check_fitted("sample")
        anchor = check_choice("anchor", self.anchor if anchor is None else anchor, ANCHORS)
        if anchor == "stationary" and self.order_[1] + self.seasonal_order_[1]:
            raise DataError(
                f"{type(self).__name__}: anchor='stationary' needs a model without differences, this one is"
                f" {self._law.order}: it has no unconditional law. Use anchor='start' or anchor='end'."
            )
        draw = copy(self)
        draw.anchor = anchor
        draw._mean = draw._regression_at(self._n_steps(n_steps), exog)
        drawn = super(ARIMASynthesizer, draw).sample(n_series, n_steps=n_steps, random_state=random_state)
        self._n_draws = draw._n_draws
        return drawn

    def _first_step(self) -> int:
        return self.n_times_ if self.anchor == "end" else 0

    def _regression_at(self, n_steps: int, exog: Any) -> Floats:
        """What constant and regressors add at each step of a draw, shape (n_steps,)."""
        first, n_given = self._first_step(), len(self._exog)
        if exog is None and self.anchor != "end" and n_steps <= self.n_times_:
            given = self._exog[:, :n_steps]
        else:
            given = read_exog(exog, n_steps, type(self).__name__, n_given)
        rows = self._rows(first, n_steps, given)
        beta, order = self.coefs_["regression"], self._law.order
        mean = np.zeros(n_steps)
        if order.constant:
            mean += beta[0] * (np.arange(first, first + n_steps) if order.d + order.D else 1.0)
        for b, row in zip(beta[int(order.constant) :], rows, strict=True):
            mean += b * row
        return mean

    def _sample_block(self, first: int, n_series: int, n_steps: int, stream: Stream) -> Floats:
        walk = self._law.continued if self.anchor == "end" else self._law.replayed
        paths = walk(first, n_series, n_steps, stream) + self._mean
        return self._transform.back(paths)[:, :, None]

    # -- state ---------------------------------------------------------------------------------------------------------

    def _to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        law, arrays = self._law.to_state()
        document = {name: getattr(self, name) for name in _FIGURES} | {
            "law": law,
            "transform": self._transform.to_state(),
            "n_waves": self._n_waves,
        }
        return document, arrays | {"exog": self._exog, "regression": self.coefs_["regression"]}

    def _from_state(self, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        self._law = PathLaw.from_state(document["law"], arrays)
        self._transform, self._n_waves = Transform.from_state(document["transform"]), document["n_waves"]
        self._exog = arrays["exog"]
        for name in _FIGURES:
            setattr(self, name, document[name])
        order = self._law.order
        self.order_, self.seasonal_order_ = (order.p, order.d, order.q), (order.P, order.D, order.Q, order.m)
        names = ("ar", "ma", "seasonal_ar", "seasonal_ma")
        self.coefs_ = dict(zip(names, order.split(self._law.coefs), strict=True))
        self.coefs_["regression"] = arrays["regression"]


_FIGURES = ("seasonal_period_", "sigma2_", "log_likelihood_", "aic_", "aicc_", "bic_")


def _check_order(name: str, given: Sequence[int]) -> None:
    letters = ("p", "d", "q") if name == "order" else ("P", "D", "Q")
    if isinstance(given, str) or not hasattr(given, "__len__") or len(given) != 3:
        raise ValueError(f"{name}: expected three integers ({', '.join(letters)}), got {given!r}.")
    for letter, value, most in zip(letters, given, (12, 2, 12), strict=True):
        check_integer(f"{name}, {letter}", value, minimum=0, maximum=most)
