"""How well scores tell members from outsiders: area under the curve, true positives at few false ones, accuracy."""

import numpy as np
from numpy.typing import NDArray

from synthfast.privacy.attacks._figures import Figure
from synthfast.privacy.attacks._intervals import Bounds, Interval, combine, size_of, wilson_bounds

__all__ = ["accuracy", "area_under_curve", "true_positives"]

Floats = NDArray[np.float64]


def area_under_curve(members: Floats, outsiders: Floats) -> Figure:
    """Chance that a member scores higher than an outsider, ties counted half.

    Notes
    -----
    DeLong's variance, put as the size of a sample of coin tosses, whose Wilson interval stays within 0 and 1 and is not
    empty where the scores part completely. O(n log n).

    References
    ----------
    E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson (1988), doi:10.2307/2531595.
    """
    of_members, of_outsiders = _share_below(members, outsiders), 1.0 - _share_below(outsiders, members)
    area = float(of_members.mean())
    variance = sum(float(part.var(ddof=1)) / len(part) for part in (of_members, of_outsiders) if len(part) > 1)
    few = min(len(members), len(outsiders))
    extreme = area in (0.0, 1.0) or few < 2
    size = few if extreme else size_of(area, variance, len(members) + len(outsiders))
    return Figure(area, len(members) + len(outsiders), wilson_bounds(area, size), 0.5)


def true_positives(members: Floats, outsiders: Floats, false_positives: float) -> Figure:
    """Share of the members found where this share of all outsiders is mistaken for one.

    Notes
    -----
    The threshold is the outsiders' order statistic of rank ``false_positives * (n + 1)``, between ranks and within ties
    in proportion: unbiased where members and outsiders score alike. The interval adds the error of the threshold, by
    the ranks between which the true one lies, to Wilson's of the share. O(n log n).
    """
    n = len(outsiders)
    curve = _member_shares(members, outsiders)
    value = _at_rank(curve, false_positives * (n + 1))

    def of_threshold(confidence: float) -> Interval:
        from scipy.stats import binom

        low, high = binom.ppf([0.5 - 0.5 * confidence, 0.5 + 0.5 * confidence], n, false_positives)
        return -_at_rank(curve, high + 1.0), -_at_rank(curve, low)

    # The share rises by sampling of members, and falls as the threshold's place (its sign turned) does.
    bounds = combine(
        lambda found, place: found - (place + value), value, -value, (wilson_bounds(value, len(members)), of_threshold)
    )
    return Figure(value, len(members) + n, _within(bounds), false_positives)


def accuracy(members: Floats, outsiders: Floats, generator: np.random.Generator) -> Figure:
    """Balanced accuracy of the best threshold, chosen on one half of the rows, tried on the other, and back."""
    halves = [np.array_split(generator.permutation(part), 2) for part in (members, outsiders)]
    rates = []
    for learn, test in ((0, 1), (1, 0)):
        threshold = _best_threshold(halves[0][learn], halves[1][learn])
        hits, alarms = (float(np.mean(part[test] >= threshold)) if len(part[test]) else 0.5 for part in halves)
        rates.append((hits, 1.0 - alarms))
    right = [float(np.mean(rate)) for rate in zip(*rates, strict=True)]
    value = float(np.mean(right))
    sizes = len(members), len(outsiders)
    variance = sum(0.25 * rate * (1.0 - rate) / size for rate, size in zip(right, sizes, strict=True))
    return Figure(value, sum(sizes), wilson_bounds(value, size_of(value, variance, sum(sizes))), 0.5)


def _share_below(scores: Floats, others: Floats) -> Floats:
    """For each score the share of the others below it, equal ones counted half."""
    ordered = np.sort(others)
    below, up_to = (np.searchsorted(ordered, scores, side=side) for side in ("left", "right"))
    return 0.5 * (below + up_to) / len(others)


def _member_shares(members: Floats, outsiders: Floats) -> Floats:
    """Share of the members above the outsider of each rank, (n_outsiders + 2,), 0 and 1 at the ends."""
    falling = -np.sort(-outsiders)
    rising = np.sort(members)
    above = len(rising) - np.searchsorted(rising, falling, side="right")
    tied = len(rising) - np.searchsorted(rising, falling, side="left") - above
    first = np.searchsorted(-falling, -falling, side="left")
    last = np.searchsorted(-falling, -falling, side="right")
    within = (np.arange(len(falling)) - first + 0.5) / (last - first)
    return np.concatenate([[0.0], (above + tied * within) / len(rising), [1.0]])


def _at_rank(curve: Floats, rank: float) -> float:
    return float(np.interp(rank, np.arange(len(curve)), curve))


def _within(bounds: Bounds) -> Bounds:
    """The same interval, cut at 0 and 1."""

    def at(confidence: float) -> Interval:
        low, high = bounds(confidence)
        return max(0.0, low), min(1.0, high)

    return at


def _best_threshold(members: Floats, outsiders: Floats) -> float:
    """The score from which on calling a row a member gives the best balanced accuracy."""
    if not len(members) or not len(outsiders):
        return -np.inf
    candidates = np.unique(np.concatenate([members, outsiders]))
    hits = 1.0 - np.searchsorted(np.sort(members), candidates, side="left") / len(members)
    alarms = 1.0 - np.searchsorted(np.sort(outsiders), candidates, side="left") / len(outsiders)
    return float(candidates[np.argmax(hits - alarms)])
