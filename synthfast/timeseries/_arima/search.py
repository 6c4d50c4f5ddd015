"""The order of an ARIMA model: Hyndman and Khandakar's stepwise search over exact likelihoods."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from synthfast.timeseries._arima.fitting import CLEAR_LIMIT, Fit, Fitter, roots_are_clear
from synthfast.timeseries._arima.orders import Order, difference
from synthfast.timeseries._arima.stationarity import count_differences, count_seasonal_differences

__all__ = ["Limits", "search_order"]

Floats = NDArray[np.float64]

MARGIN = 10.0  # units of the criterion by which a conditional fit may lie behind the best and still be refined
N_LEADERS = 3  # models whose neighbours are tried, and that are fitted to the end


@dataclass(frozen=True)
class Limits:
    """Bounds of the search.

    Parameters
    ----------
    p, q, P, Q : int
        Largest orders tried.
    criterion : {"aicc", "aic", "bic"}
    stepwise : bool
        Whether to walk from order to neighbouring order; otherwise all with p + q + P + Q <= 5 are tried.
    """

    p: int = 5
    q: int = 5
    P: int = 2
    Q: int = 2
    criterion: str = "aicc"
    stepwise: bool = True

    def allow(self, order: Order) -> bool:
        """Whether an order lies within the bounds."""
        seasonal = order.m > 1 or order.P + order.Q == 0
        return 0 <= order.p <= self.p and 0 <= order.q <= self.q and seasonal and self._allow_season(order)

    def _allow_season(self, order: Order) -> bool:
        return 0 <= order.P <= self.P and 0 <= order.Q <= self.Q


class _Tried:
    """Every order fitted so far, with the best one."""

    def __init__(self, values: Floats, regressors: Floats, base: Order, limits: Limits) -> None:
        self.fitter, self.limits = Fitter(values, regressors, base, limit=CLEAR_LIMIT), limits
        self.n_used = len(values) - base.n_lost
        self.fits: dict[Order, Fit | None] = {}
        self.best: Fit | None = None

    def score(self, fit: Fit | None) -> float:
        if fit is None or not roots_are_clear(fit):
            return np.inf
        return float(getattr(fit, self.limits.criterion))

    def add(self, orders: Iterable[Order]) -> bool:
        """Fit the new ones among the orders; whether one of them is the new best."""
        fresh = [order for order in orders if order not in self.fits and self._fits_in(order)]
        if not fresh:
            return False
        starts = [[np.zeros(order.n_coefs), *self._from_best(order)] for order in fresh]
        scored = self.fitter.score(fresh, starts)
        self.fits.update(zip(fresh, scored, strict=True))
        bound = min(map(self.score, [self.best, *scored])) + MARGIN
        close = [fit for fit in scored if fit is not None and getattr(fit, self.limits.criterion) < bound]
        for fit in self.fitter.refine(close, coarse=True):
            if fit is not None:
                self.fits[fit.order] = fit
        best = min((self.fits[order] for order in fresh), key=self.score)
        if self.score(best) >= self.score(self.best):
            return False
        self.best = best
        return True

    def leaders(self) -> list[Fit]:
        """The best few, best first."""
        fits = (fit for fit in self.fits.values() if fit is not None and self.score(fit) < np.inf)
        return sorted(fits, key=self.score)[:N_LEADERS]

    def settled(self) -> Fit | None:
        """The best of the leaders once they are fitted to the end."""
        return min(self.fitter.refine(self.leaders()), key=self.score, default=None)

    def _fits_in(self, order: Order) -> bool:
        longest = order.p + order.q + order.m * (order.P + order.Q)
        return self.limits.allow(order) and longest + order.n_coefs < self.n_used

    def _from_best(self, order: Order) -> list[Floats]:
        """The best order's coefficients, cut or filled up with zeros to this one."""
        if self.best is None:
            return []
        pairs = zip((order.p, order.q, order.P, order.Q), self.best.order.split(self.best.free), strict=True)
        return [np.concatenate([np.r_[part, np.zeros(size)][:size] for size, part in pairs])]


def search_order(
    values: Floats,
    period: int,
    regressors: Floats,
    *,
    d: int | None = None,
    D: int | None = None,
    limits: Limits | None = None,
) -> Fit:
    """The model with the best criterion that the search meets.

    Parameters
    ----------
    values : ndarray, shape (n,)
    period : int
        1 for no season.
    regressors : ndarray, shape (k, n)
        In levels.
    d, D : int, optional
        Differences; by KPSS tests and by the strength of the season where not given.
    limits : Limits, optional

    Returns
    -------
    Fit

    Raises
    ------
    ValueError
        If no model could be fitted.

    Notes
    -----
    Each candidate is fitted by conditional least squares, from zeros and from the best model so far, and scored by its
    exact likelihood; those within 10 units of the best are refined by exact maximum likelihood, and the best three of
    all to the end. All neighbours of the best are fitted together, and the best of them is next; where none is better,
    the neighbours of the second and the third are tried before the walk ends. Some 30 to 80 fits of
    O(n (p + q + m (P + Q))) a step.

    References
    ----------
    Hyndman and Khandakar (2008), doi:10.18637/jss.v027.i03.
    """
    limits = limits or Limits()
    rest = values - _trend_of(regressors, values)
    D = count_seasonal_differences(rest, period) if D is None else D
    seasonal = Order(D=D, m=period)
    d = count_differences(difference(rest, seasonal)) if d is None else d
    base = Order(d=d, D=D, m=period, constant=d + D < 2)
    tried = _Tried(values, regressors, base, limits)
    if limits.stepwise:
        _walk(tried, base)
    else:
        sizes = product(range(limits.p + 1), range(limits.q + 1), range(limits.P + 1), range(limits.Q + 1))
        grid = [replace(base, p=p, q=q, P=P, Q=Q) for p, q, P, Q in sizes if p + q + P + Q <= 5]
        tried.add([*grid, *(replace(order, constant=False) for order in grid)])
    best = tried.settled()
    if best is None:
        raise ValueError(f"no ARIMA model with d={d}, D={D} could be fitted to {len(values)} values")
    return best


def _walk(tried: _Tried, base: Order) -> None:
    season = int(base.m > 1)
    tried.add(
        [
            replace(base, p=2, q=2, P=season, Q=season),
            base,
            replace(base, p=1, P=season),
            replace(base, q=1, Q=season),
            replace(base, constant=False),
        ]
    )
    while any(tried.add(_neighbours(fit.order)) for fit in tried.leaders()):
        pass


def _neighbours(order: Order) -> list[Order]:
    """Orders one step away: one or two of a kind up or down, and the constant the other way."""
    moves = [
        {name: getattr(order, name) + sign for name in names}
        for names in (("p",), ("q",), ("P",), ("Q",), ("p", "q"), ("P", "Q"))
        for sign in (1, -1)
    ]
    moves += [{"p": order.p + s, "q": order.q - s} for s in (1, -1)]
    moves += [{"P": order.P + s, "Q": order.Q - s} for s in (1, -1)]
    if order.d + order.D < 2:
        moves.append({"constant": not order.constant})
    return [replace(order, **move) for move in moves]


def _trend_of(regressors: Floats, values: Floats) -> Floats:
    """What the regressors and a constant explain by least squares, its mean left out."""
    if not len(regressors):
        return np.zeros(len(values))
    x = regressors.T - regressors.mean(axis=1)
    return np.asarray(x @ np.linalg.lstsq(x, values - values.mean(), rcond=None)[0])
