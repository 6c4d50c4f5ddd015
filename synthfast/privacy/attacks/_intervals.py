"""Confidence intervals of shares and of what is made of two shares, which stay within bounds and never are NaN."""

from collections.abc import Callable
from functools import partial
from math import inf, isfinite, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

__all__ = [
    "Bounds",
    "Interval",
    "clustered_bounds",
    "clustered_size",
    "combine",
    "linked_variance",
    "n_clusters",
    "quantile",
    "size_of",
    "wilson",
    "wilson_bounds",
]

Interval = tuple[float, float]
Bounds = Callable[[float], Interval]  # of a confidence, such as 0.95

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def quantile(confidence: float, freedom: float = inf) -> float:
    """Standard deviations to either side that hold so much of a normal law, or of Student's with so much freedom."""
    if freedom == inf:
        return NormalDist().inv_cdf(0.5 * (1.0 + confidence))
    return float(stdtrit(freedom, 0.5 * (1.0 + confidence)))


def wilson(share: float, n: float, confidence: float, freedom: float = inf) -> Interval:
    """Wilson's score interval of a share among n independent rows; n may be a fractional effective size.

    ``freedom`` are the degrees of freedom that n was estimated with; without any the interval is (0, 1).

    References
    ----------
    E. B. Wilson (1927), doi:10.1080/01621459.1927.10502953.
    """
    if n <= 0.0 or freedom <= 0.0 or not isfinite(z := quantile(confidence, freedom)):
        return 0.0, 1.0
    z2 = z**2
    middle = (share + 0.5 * z2 / n) / (1.0 + z2 / n)
    reach = sqrt(z2 / n * (share * (1.0 - share) + 0.25 * z2 / n)) / (1.0 + z2 / n)
    low, high = max(0.0, middle - reach), min(1.0, middle + reach)
    return min(low, share), max(high, share)  # rounding at shares of 0 and 1


def wilson_bounds(share: float, n: float) -> Bounds:
    """Wilson's interval as a function of the confidence."""
    return partial(wilson, share, n)


def combine(f: Callable[[float, float], float], one: float, other: float, bounds: tuple[Bounds, Bounds]) -> Bounds:
    """Interval of f(one, other), where f rises with the first and falls with the second of two independent figures.

    The square-and-add rule: how far f moves when one figure goes to its end, squared and added.

    References
    ----------
    R. G. Newcombe (1998), doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.
    G. Y. Zou and A. Donner (2008), doi:10.1002/sim.3095.
    """

    def at(confidence: float) -> Interval:
        (low, high), (other_low, other_high) = (bound(confidence) for bound in bounds)
        value = f(one, other)
        down = sqrt((value - f(low, other)) ** 2 + (value - f(one, other_high)) ** 2)
        up = sqrt((f(high, other) - value) ** 2 + (f(one, other_low) - value) ** 2)
        return value - down, value + up

    return at


def size_of(share: float, variance: float, most: float) -> float:
    """How many independent rows would leave a share as uncertain as a variance says; at most `most`."""
    spread = share * (1.0 - share)
    return most if variance * most <= spread else spread / variance


def clustered_size(scores: Floats, *owners: Integers) -> float:
    """Effective number of rows behind a mean of scores that depend on each other where they share an owner.

    It is at most the effective number of owners: scores that are all alike say nothing of how owners differ.

    Parameters
    ----------
    scores : ndarray of float64, shape (n_rows,)
        From 0 to 1.
    *owners : ndarray of int64, shape (n_rows,)
        One or two numberings from 0, such as the nearest row in each of two tables.

    Notes
    -----
    Two-way clustered variance: the sum of those of either numbering less that of both.

    References
    ----------
    A. C. Cameron, J. B. Gelbach, D. L. Miller (2011), doi:10.1198/jbes.2010.07136.
    """
    share = float(scores.mean())
    rest = scores - share
    total = sum(float(np.square(np.bincount(owner, weights=rest)).sum()) for owner in owners)
    if len(owners) == 2:
        both = np.unique(owners[0] * (int(owners[1].max()) + 1) + owners[1], return_inverse=True)[1]
        total -= float(np.square(np.bincount(both.ravel(), weights=rest)).sum())
    variance = max(total, float(np.square(rest).sum())) / len(scores) ** 2
    return size_of(share, variance, min(float(len(scores)), *map(n_clusters, owners)))


def n_clusters(owner: Integers) -> float:
    """Effective number of clusters: as many of one size would weigh on a mean as these do.

    References
    ----------
    A. V. Carter, K. T. Schnepel, D. G. Steigerwald (2017), doi:10.1162/REST_a_00639, of clusters that are alike inside.
    """
    sizes = np.bincount(owner).astype(np.float64)
    return float(sizes.sum() ** 2 / np.square(sizes).sum())


def clustered_bounds(scores: Floats, *owners: Integers) -> Bounds:
    """Interval of a mean of clustered scores: Wilson's with the effective size, and Student's law for few owners.

    Parameters
    ----------
    scores, *owners
        As in `clustered_size`.

    Notes
    -----
    With G effective owners (the fewer of two numberings) there are G - 1 degrees of freedom, and the variance is
    enlarged by G / (G - 1). One owner gives (0, 1).

    References
    ----------
    A. C. Cameron, D. L. Miller (2015), doi:10.3368/jhr.50.2.317, section VI: few clusters.
    """
    freedom = min(map(n_clusters, owners)) - 1.0
    size = clustered_size(scores, *owners) * freedom / (freedom + 1.0)
    return partial(wilson, float(scores.mean()), size, freedom=freedom)


def linked_variance(scores: Floats, owner: Integers) -> float:
    """Variance of the sum of scores of rows that are each other's nearest: rows are linked to their owner too.

    Parameters
    ----------
    scores : ndarray of float64, shape (n_rows,)
        Less their mean.
    owner : ndarray of int64, shape (n_rows,)
        The nearest other row of each row, among the rows themselves.

    References
    ----------
    M. F. Schilling (1986), doi:10.1080/01621459.1986.10478337, whose pairs are the ones summed here.
    """
    shared = float(np.square(np.bincount(owner, weights=scores, minlength=len(scores))).sum())
    to_owner = scores * scores[owner]
    mutual = owner[owner] == np.arange(len(owner))
    total = shared + 2.0 * float(to_owner.sum()) - float(to_owner[mutual].sum())
    return max(total, float(np.square(scores).sum()))
