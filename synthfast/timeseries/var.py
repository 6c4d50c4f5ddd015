"""Vector autoregression: several series that move each other."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import SeedLike, Stream
from synthfast._core.validation import check_choice, check_integer
from synthfast.base import BaseSeriesSynthesizer
from synthfast.exceptions import DataError
from synthfast.timeseries._arima.regression import fourier_rows
from synthfast.timeseries._arima.stationarity import count_differences
from synthfast.timeseries._arima.transforms import Transform, choose_power

__all__ = ["VARSynthesizer"]

Floats = NDArray[np.float64]

RUN_IN = 200  # steps before the first; of a root of 1.02, 2 % of the past is left
MOST_PERSISTENT = 0.98  # largest eigenvalue of a fitted autoregression
MOST_WAVES = 6


class VARSynthesizer(BaseSeriesSynthesizer):
    """Several series from a vector autoregression with a season, in levels or differences.

    Parameters
    ----------
    n_lags : int, optional
        Order; by AIC up to ``max_lags`` if not given.
    max_lags : int, default 8
    seasonal_period : int, optional
        Steps of a season, 1 for none; found in the data if not given. The season is a fixed one, of up to six
        harmonics.
    transform : {"auto", "none"}, default "auto"
        Whether each positive variable is modelled on the likeliest scale of itself, its root and its logarithm.
    innovations : {"bootstrap", "gaussian"}, default "bootstrap"
        Joint residuals drawn anew, or normals with their covariance.
    anchor : {"start", "end"}, default "start"
        ``"end"`` continues the series, conditional on its last values. ``"start"`` covers its span anew, from near the
        stationary law; variables that were differenced begin one fresh change away from their first values.
    random_state : None, int, numpy SeedSequence or Generator, default None
        Seeds the draws that get no seed of their own. The fit uses no randomness.

    Attributes
    ----------
    n_lags_ : int
    coefs_ : ndarray, shape (n_lags, n_variables, n_variables)
        ``coefs_[l, i, j]``: what variable j adds to variable i, l + 1 steps later; constant variables left out.
    differenced_ : ndarray of bool, shape (n_variables,)
        Variables modelled by their changes, by a KPSS test at 5 %.

    Notes
    -----
    Least squares, O(n_times (n_lags n_variables)^2). Common trends of differenced variables (cointegration) are not
    kept. A fit whose largest eigenvalue passes .98 is shrunk to it. Draws run 200 steps before their first.

    References
    ----------
    Luetkepohl (2005), New Introduction to Multiple Time Series Analysis.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast import VARSynthesizer
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(300, 2))
    >>> x[1:, 1] += 0.8 * x[:-1, 0]
    >>> VARSynthesizer(seasonal_period=1).fit(x).sample(5, random_state=0).shape
    (5, 300, 2)
    """

    min_length: ClassVar[int] = 24

    def __init__(
        self,
        *,
        n_lags: int | None = None,
        max_lags: int = 8,
        seasonal_period: int | None = None,
        transform: str = "auto",
        innovations: str = "bootstrap",
        anchor: str = "start",
        random_state: SeedLike = None,
    ) -> None:
        self.n_lags = n_lags
        self.max_lags = max_lags
        self.seasonal_period = seasonal_period
        self.transform = transform
        self.innovations = innovations
        self.anchor = anchor
        self.random_state = random_state

    # -- fit -----------------------------------------------------------------------------------------------------------

    def _fit(self, values: Floats, stream: Stream) -> None:
        check_choice("innovations", self.innovations, ("bootstrap", "gaussian"))
        check_choice("anchor", self.anchor, ("start", "end"))
        check_choice("transform", self.transform, ("auto", "none"))
        check_integer("max_lags", self.max_lags, minimum=1)
        self.seasonal_period_ = self._period(self.seasonal_period, values)
        self._transforms = [self._scale(column) for column in values.T]
        x = np.stack([t.forward(column) for t, column in zip(self._transforms, values.T, strict=True)], axis=1)
        self.differenced_ = np.array([count_differences(column, 1) == 1 for column in x.T])
        self._first_values, self._last_values = x[0].copy(), x[-1].copy()
        changed = np.where(self.differenced_, np.diff(x, axis=0), x[1:])
        center, size = changed.mean(axis=0), changed.std(axis=0)
        self._center, self._size = center, np.where(size > 1e-12 * (1 + np.abs(center)), size, 1.0)
        w = (changed - self._center) / self._size
        self._n_waves = min(self.seasonal_period_ // 2, MOST_WAVES) if self.seasonal_period_ > 1 else 0
        self._fit_autoregression(w)

    def _scale(self, column: Floats) -> Transform:
        if self.transform == "none" or column.min() <= 0:
            return Transform()
        return Transform(choose_power(column, np.empty((0, len(column))), count_differences(column, 1), 0, 1))

    def _fit_autoregression(self, w: Floats) -> None:
        n, k = w.shape
        season = self._season_rows(1, n).T
        most = (n - len(season.T) - 8) // (k + 1) // 2
        if self.n_lags is not None:
            candidates = [check_integer("n_lags", self.n_lags, minimum=1)]
            if candidates[0] > most:
                raise DataError(
                    f"{type(self).__name__}: n_lags={candidates[0]} is too many for {n + 1} times of {k} variables; at"
                    f" most {max(most, 0)}."
                )
        else:
            candidates = list(range(1, max(min(self.max_lags, most), 1) + 1))
        longest = max(candidates)
        scores = {}
        for n_lags in candidates:  # all over the same times
            rest, coefs = _least_squares(w, season, n_lags, longest)
            sign, log_determinant = np.linalg.slogdet(rest.T @ rest / len(rest) + 1e-12 * np.eye(k))
            scores[n_lags] = log_determinant + 2 * coefs.size / len(rest) if sign > 0 else np.inf
        self.n_lags_ = min(scores, key=lambda n_lags: scores[n_lags])
        rest, coefs = _least_squares(w, season, self.n_lags_, self.n_lags_)
        self.coefs_ = _stable(coefs[: self.n_lags_ * k].reshape(self.n_lags_, k, k).transpose(0, 2, 1))
        self._season = coefs[self.n_lags_ * k :]
        self._residuals = rest - rest.mean(axis=0)
        covariance = self._residuals.T @ self._residuals / len(rest)
        self._factor = np.linalg.cholesky(covariance + 1e-12 * np.eye(k))
        self._last = w[n - self.n_lags_ :].copy()

    def _season_rows(self, first: int, n: int) -> Floats:
        """Constant and waves at steps of the time axis, shape (n_rows, n)."""
        waves = fourier_rows(self.seasonal_period_, self._n_waves, first, n) if self._n_waves else np.empty((0, n))
        return np.vstack([np.ones((1, n)), waves])

    # -- draw ----------------------------------------------------------------------------------------------------------

    def _first_step(self) -> int:
        return self.n_times_ if self.anchor == "end" else 0

    def _sample_block(self, first: int, n_series: int, n_steps: int, stream: Stream) -> Floats:
        ahead = self.anchor == "end"
        lead = 0 if ahead else RUN_IN
        e = self._draw(first, n_series, lead + n_steps, stream)
        drive = np.zeros((lead + n_steps, e.shape[2]))
        for row, weights in zip(self._drive_rows(lead, n_steps), self._season, strict=True):
            drive += row[:, None] * weights
        past = self._last if ahead else np.zeros_like(self._last)
        w = _walk(self.coefs_, drive, e, past)[:, lead:]
        return self._levels(w)

    def _drive_rows(self, lead: int, n_steps: int) -> Floats:
        """Constant and waves at the steps of a draw and at those it runs in."""
        first = self._first_step() - lead
        period = self.seasonal_period_
        return self._season_rows(first % period if period > 1 else 0, lead + n_steps)

    def _draw(self, first: int, n_series: int, n_steps: int, stream: Stream) -> Floats:
        n, start, k = n_series * n_steps, first * n_steps, len(self._factor)
        if self.innovations == "bootstrap":
            return self._residuals[stream.integers(len(self._residuals), n, start=start)].reshape(n_series, n_steps, k)
        z = np.stack([stream.child("normal", j).normal(n, start=start) for j in range(k)], axis=1)
        e = np.zeros_like(z)
        for j in range(k):  # in a fixed order
            e += z[:, j : j + 1] * self._factor[:, j]
        return e.reshape(n_series, n_steps, k)

    def _levels(self, w: Floats) -> Floats:
        x = self._center + self._size * w
        base = self._last_values if self.anchor == "end" else self._first_values
        x = np.where(self.differenced_, base + np.cumsum(x, axis=1), x)
        return np.stack([t.back(x[:, :, j]) for j, t in enumerate(self._transforms)], axis=2)

    # -- state ---------------------------------------------------------------------------------------------------------

    def _to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        document = {name: getattr(self, name) for name in _PLAIN}
        document["transforms"] = [t.to_state() for t in self._transforms]
        return document, {name.strip("_"): getattr(self, name) for name in _ARRAYS}

    def _from_state(self, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        self._transforms = [Transform.from_state(own) for own in document["transforms"]]
        for name in _PLAIN:
            setattr(self, name, document[name])
        for name in _ARRAYS:
            setattr(self, name, arrays[name.strip("_")])


_PLAIN = ("n_lags_", "seasonal_period_", "_n_waves")
_ARRAYS = (
    "coefs_",
    "differenced_",
    "_season",
    "_residuals",
    "_factor",
    "_last",
    "_center",
    "_size",
    "_first_values",
    "_last_values",
)


def _least_squares(w: Floats, season: Floats, n_lags: int, skipped: int) -> tuple[Floats, Floats]:
    """Residuals of the times after the first ``skipped``, and coefficients: lags, then season."""
    lags = [w[skipped - lag : len(w) - lag] for lag in range(1, n_lags + 1)]
    x = np.hstack([*lags, season[skipped:]])
    coefs = np.asarray(np.linalg.lstsq(x, w[skipped:], rcond=None)[0], np.float64)
    return w[skipped:] - x @ coefs, coefs


def _stable(coefs: Floats) -> Floats:
    """Coefficients shrunk, lag by lag, until the largest eigenvalue is at most .98."""
    n_lags, k, _ = coefs.shape
    companion = np.eye(n_lags * k, k=-k)
    companion[:k] = np.hstack(list(coefs))
    largest = float(np.abs(np.linalg.eigvals(companion)).max())
    factor = min(1.0, MOST_PERSISTENT / largest) if largest > 0 else 1.0
    return np.ascontiguousarray(coefs * factor ** np.arange(1, n_lags + 1)[:, None, None])


def _walk(coefs: Floats, drive: Floats, e: Floats, past: Floats) -> Floats:
    """w_t = drive_t + e_t + sum over lags of coefs w_{t - lag}, in a fixed order of operations.

    Shapes: coefs (n_lags, k, k), drive (n_steps, k), e (n_series, n_steps, k), past (n_lags, k).
    """
    n_lags, k = len(coefs), e.shape[2]
    w = np.empty((n_lags + e.shape[1], len(e), k))
    w[:n_lags] = past[:, None]
    for t in range(e.shape[1]):
        now = e[:, t] + drive[t]
        for lag in range(1, n_lags + 1):
            before = w[n_lags + t - lag]
            for j in range(k):
                now += before[:, j : j + 1] * coefs[lag - 1, :, j]
        w[n_lags + t] = now
    return w[n_lags:].transpose(1, 0, 2)
