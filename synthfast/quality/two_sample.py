"""Distances between two samples of one column, and how large chance alone makes them.

Plain functions of arrays: the metric files put names, columns and references around them.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from synthfast._core.random import Stream

__all__ = [
    "ChiSquare",
    "anderson_darling",
    "anderson_darling_p_value",
    "chi_square_test",
    "energy",
    "expected_energy",
    "expected_ks",
    "expected_total_variation",
    "expected_wasserstein",
    "ks_interval",
    "ks_limit",
    "ks_p_value",
    "ks_statistic",
    "merged_ecdfs",
    "share_interval",
    "total_variation",
    "total_variation_interval",
    "total_variation_limit",
    "wasserstein",
]

FloatArray = np.ndarray[Any, np.dtype[np.float64]]

MEAN_KOLMOGOROV = math.sqrt(math.pi / 2) * math.log(2)  # mean of the limit law of sqrt(n) * D
NORMAL_95 = 1.959964
KOLMOGOROV_95 = 1.358099  # quantiles of the limit law of sqrt(n) * D
FRESH_LEVEL = 0.001  # a fresh real sample exceeds a `..._limit` with about this probability
FRESH_DEVIATIONS = 3.0902  # normal quantile of 1 - FRESH_LEVEL
BRIDGES = Stream.from_seed(0).child("quality", "bridges")  # always the same: an expectation, not a draw
BRIDGE_DRAWS = 200
BRIDGE_POINTS = 512
DENSE_SHARE = 0.01  # no value more frequent than this: the closed form for continuous columns holds
RARE_EXPECTED = 5.0  # chi-square pools levels that are expected less often than this in either table


def merged_ecdfs(a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Distinct values of two sorted samples together, and both empirical distribution functions there.

    Parameters
    ----------
    a, b : ndarray of shape (n_a,), (n_b,)
        Sorted, without NaN, at least one value each.

    Returns
    -------
    points, cdf_a, cdf_b : ndarray of shape (n_distinct,)
        Right-continuous: the share of the sample that is at most the point.
    """
    both = np.concatenate([a, b])
    order = np.argsort(both, kind="stable")  # merges the two sorted runs in linear time
    points = both[order]
    last = np.flatnonzero(np.append(points[1:] != points[:-1], True))
    from_a = np.cumsum(order < len(a))[last]
    from_b = last + 1 - from_a
    return points[last], from_a / len(a), from_b / len(b)


def ks_statistic(cdf_a: FloatArray, cdf_b: FloatArray) -> float:
    """Largest distance between two distribution functions given at all their jumps."""
    return float(np.abs(cdf_a - cdf_b).max())


def wasserstein(points: FloatArray, cdf_a: FloatArray, cdf_b: FloatArray) -> float:
    """Area between two distribution functions: how far the values have to move on average, in their unit."""
    return float(np.sum(np.abs(cdf_a - cdf_b)[:-1] * np.diff(points)))


def energy(points: FloatArray, cdf_a: FloatArray, cdf_b: FloatArray) -> float:
    """Energy distance: the root of twice the area under the squared difference of two distribution functions."""
    return math.sqrt(2.0 * float(np.sum((cdf_a - cdf_b)[:-1] ** 2 * np.diff(points))))


def anderson_darling(cdf_a: FloatArray, cdf_b: FloatArray, n_a: int, n_b: int) -> float:
    """Mean squared difference of the distribution functions, each over the variance H (1 - H) of the pooled law H.

    Times ``n_a n_b / (n_a + n_b)`` it is the two-sample statistic of Anderson and Darling (Scholz and Stephens 1987,
    equation 3), whose mean is 1 for two samples of one law.
    """
    pooled = (n_a * cdf_a + n_b * cdf_b) / (n_a + n_b)
    mass = np.diff(pooled, prepend=0.0)[:-1]
    variance = pooled[:-1] * (1.0 - pooled[:-1])
    return float(np.sum(mass * (cdf_a - cdf_b)[:-1] ** 2 / variance))


def anderson_darling_p_value(statistic: float) -> float:
    """Probability that two samples of one continuous law have at least this statistic; within 2e-6 of the limit law.

    References
    ----------
    G. Marsaglia, J. Marsaglia (2004), Evaluating the Anderson-Darling distribution, doi:10.18637/jss.v009.i02.
    """
    z = statistic
    if z <= 0.0:
        return 1.0
    if z < 2.0:
        terms = (2.00012, 0.247105, -0.0649821, 0.0347962, -0.011672, 0.00168691)
        below = math.exp(-1.2337141 / z) / math.sqrt(z) * sum(term * z**power for power, term in enumerate(terms))
        return min(1.0, max(0.0, 1.0 - below))
    terms = (1.0776, -2.30695, 0.43424, -0.082433, 0.008056, -0.0003146)
    power = sum(term * min(z, 12.0) ** k for k, term in enumerate(terms))  # the polynomial turns round beyond
    return float(-math.expm1(-math.exp(power - 1.0 * max(0.0, z - 12.0))))


def _spread_between(a: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Gaps of the sorted values, and F (1 - F) of their distribution function on each."""
    share = np.arange(1, len(a)) / len(a)
    return np.diff(a), share * (1.0 - share)


def expected_wasserstein(a: FloatArray, n_b: int) -> float:
    """Mean Wasserstein distance between the sorted sample `a` and a fresh sample of `n_b` values of its law."""
    gaps, variance = _spread_between(a)
    area = float(np.sum(gaps * np.sqrt(variance)))
    return math.sqrt(2.0 / math.pi / _effective_size(len(a), n_b)) * area


def expected_energy(a: FloatArray, n_b: int) -> float:
    """Root mean square energy distance between the sorted sample `a` and a fresh sample of `n_b` values of its law."""
    gaps, variance = _spread_between(a)
    return math.sqrt(2.0 * float(np.sum(gaps * variance)) / _effective_size(len(a), n_b))


def _effective_size(n_a: int, n_b: int) -> float:
    return n_a * n_b / (n_a + n_b)


def ks_p_value(statistic: float, n_a: int, n_b: int) -> float:
    """Probability that two samples of one continuous distribution lie at least this far apart.

    SciPy's ``ks_2samp(method="asymp")``; conservative (too large) where values are tied.
    """
    from scipy.stats import kstwo

    size = max(1, round(_effective_size(n_a, n_b)))
    return float(min(1.0, max(0.0, kstwo.sf(statistic, size))))


def ks_limit(n_a: int, n_b: int) -> float:
    """The distance that two samples of one distribution exceed once in a thousand times."""
    from scipy.stats import kstwo

    return float(min(1.0, kstwo.isf(FRESH_LEVEL, max(1, round(_effective_size(n_a, n_b))))))


def ks_interval(statistic: float, n_a: int, n_b: int) -> tuple[float, float]:
    """Interval that holds the distance of the two laws in at least 95 % of cases.

    The distance of the samples is off by no more than the largest error of the difference of their distribution
    functions. For any two laws that error stays within a bound at least as often as for equal ones: the covariance of
    equal laws is larger by a matrix of rank one, and Anderson's inequality does the rest.
    """
    reach = KOLMOGOROV_95 / math.sqrt(_effective_size(n_a, n_b))
    return max(0.0, statistic - reach), min(1.0, statistic + reach)


def expected_ks(a: FloatArray, n_b: int) -> float:
    """Mean distance between the sorted sample `a` and a fresh sample of `n_b` values of its law.

    The large-sample law: the largest absolute value of a Brownian bridge at the sample's distinct values, in closed
    form where they lie densely, otherwise the mean of simulated bridges (ties make the distance smaller).
    """
    jumps = np.flatnonzero(np.append(a[1:] != a[:-1], True))
    shares = np.diff(np.append(0, jumps + 1)) / len(a)
    scale = 1.0 / math.sqrt(_effective_size(len(a), n_b))
    if len(shares) > BRIDGE_POINTS and shares.max() < DENSE_SHARE:
        return min(1.0, MEAN_KOLMOGOROV * scale)
    if len(shares) > BRIDGE_POINTS:
        thinned = np.linspace(0, len(jumps) - 1, BRIDGE_POINTS).astype(np.int64)
        shares = np.diff(np.append(0, jumps[thinned] + 1)) / len(a)
    steps = BRIDGES.normal(BRIDGE_DRAWS * len(shares)).reshape(BRIDGE_DRAWS, -1) * np.sqrt(shares)
    walk = np.cumsum(steps, axis=1)
    bridge = walk - walk[:, -1:] * np.cumsum(shares)
    return min(1.0, float(np.abs(bridge).max(axis=1).mean()) * scale)


def total_variation(counts_a: np.ndarray, counts_b: np.ndarray) -> float:
    """Half the sum of the absolute differences of the shares."""
    return float(0.5 * np.abs(counts_a / counts_a.sum() - counts_b / counts_b.sum()).sum())


def expected_total_variation(counts: np.ndarray, n_b: int) -> float:
    """Mean total variation distance between a table with these counts and a fresh sample of `n_b` rows of its law.

    Normal approximation level by level, capped at twice the share for levels too rare for it; levels that the counts
    never show are left out.
    """
    n_a = round(float(counts.sum()))
    share = counts[counts > 0] / n_a
    deviation = np.sqrt(share * (1.0 - share) * (1.0 / n_a + 1.0 / n_b))
    return float(0.5 * np.minimum(math.sqrt(2.0 / math.pi) * deviation, 2.0 * share).sum())


def total_variation_limit(counts: np.ndarray, n_b: int) -> float:
    """The distance that a fresh sample of `n_b` rows exceeds at most about once in a thousand times.

    The distance is the largest difference of the probabilities of any set of levels; by Gaussian isoperimetry it
    exceeds its median by t no more often than a normal variable with the deviation of the widest set exceeds t.
    """
    n_a = int(counts.sum())
    heaviest = max(0.5, float(counts.max()) / n_a)
    widest = math.sqrt(heaviest * (1.0 - heaviest) * (1.0 / n_a + 1.0 / n_b))
    return min(1.0, expected_total_variation(counts, n_b) + FRESH_DEVIATIONS * widest)


def total_variation_interval(statistic: float, counts_a: np.ndarray, counts_b: np.ndarray) -> tuple[float, float]:
    """Interval that holds the distance of the two laws in about 95 % of cases or more.

    The distance of the samples is too large on average, by no more than what equal laws show, and varies around its
    mean by no more than the widest set of levels does.
    """
    n_a, n_b = int(counts_a.sum()), int(counts_b.sum())
    pooled = (counts_a / n_a + counts_b / n_b) * 0.5 * n_a
    reach = NORMAL_95 * 0.5 / math.sqrt(_effective_size(n_a, n_b))
    bias = expected_total_variation(pooled, n_b)
    return max(0.0, statistic - bias - reach), min(1.0, statistic + reach)


def share_interval(share_a: float, share_b: float, n_a: int, n_b: int) -> tuple[float, float]:
    """95 % interval of the absolute difference of two shares, by Wilson's intervals squared and added (Newcombe)."""
    from synthfast.privacy.attacks._intervals import combine, wilson_bounds

    bounds = wilson_bounds(share_a, n_a), wilson_bounds(share_b, n_b)
    low, high = combine(lambda one, other: one - other, share_a, share_b, bounds)(0.95)
    least = 0.0 if low <= 0.0 <= high else min(abs(low), abs(high))
    return least, min(1.0, max(abs(low), abs(high)))


class ChiSquare(NamedTuple):
    """A test of whether two tables have the same shares."""

    statistic: float
    p_value: float
    degrees_of_freedom: int


def chi_square_test(counts_a: np.ndarray, counts_b: np.ndarray) -> ChiSquare:
    """Chi-square test of homogeneity of two rows of counts, the levels expected less than five times pooled in one.

    With fewer than two levels left there is nothing to test: statistic 0, p-value 1.
    """
    from scipy.special import chdtrc

    observed = np.stack([counts_a, counts_b]).astype(np.float64)
    observed = observed[:, observed.sum(axis=0) > 0]
    sizes = observed.sum(axis=1, keepdims=True)
    expected = sizes * observed.sum(axis=0) / sizes.sum()
    rare = (expected < RARE_EXPECTED).any(axis=0)
    if rare.sum() > 1:
        pooled = observed[:, rare].sum(axis=1, keepdims=True)
        observed = np.hstack([observed[:, ~rare], pooled])
        expected = sizes * observed.sum(axis=0) / sizes.sum()
    freedom = observed.shape[1] - 1
    if freedom < 1:
        return ChiSquare(0.0, 1.0, 0)
    statistic = float(((observed - expected) ** 2 / expected).sum())
    return ChiSquare(statistic, float(chdtrc(freedom, statistic)), freedom)
