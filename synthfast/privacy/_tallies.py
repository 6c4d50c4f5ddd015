"""Sensitive values counted class by class, and what privacy models ask of those counts."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.threads import effective_n_threads
from synthfast._ext import _tally
from synthfast.privacy._keys import Digits, count_columns, group_columns

__all__ = ["Tally", "tally"]

Floats = NDArray[np.float64]

_STRETCHES = 16  # of classes, looked through side by side
_LARGEST = ("alpha", "", "", "recursive_c", "t_equal", "t_ordered", "delta", "beta", "enhanced_beta")


@dataclass(frozen=True)
class Tally:
    """How often each value comes in each class; pairs that do not come are left out.

    Attributes
    ----------
    starts : ndarray of int64, shape (n_classes,)
        First entry of each class; every class has one.
    class_of, values : ndarray of int64, shape (n_entries,)
        Class and value of each entry, ascending.
    counts : ndarray of int64, shape (n_entries,)
        Rows of each entry.
    sizes : ndarray of int64, shape (n_classes,)
        Rows of each class.
    totals : ndarray of int64, shape (n_values,)
        Rows of each value.
    """

    starts: NDArray[np.int64]
    class_of: NDArray[np.int64]
    values: NDArray[np.int64]
    counts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    totals: NDArray[np.int64]

    @property
    def shares(self) -> Floats:
        """Share of each entry in its class."""
        return self.counts / self.sizes[self.class_of]

    @property
    def overall(self) -> Floats:
        """Share of each value in the table."""
        return self.totals / max(1, self.totals.sum())

    def distinct(self) -> NDArray[np.int64]:
        """Distinct values of each class."""
        return np.diff(self.starts, append=len(self.counts))

    def alpha(self) -> Floats:
        """Share of each class's most frequent value."""
        return self._largest(self.counts) / self.sizes

    def entropy(self) -> Floats:
        """Exp of the entropy of each class: the number of equally frequent values that would be as diverse."""
        shares = self.shares
        spread = np.exp(-np.add.reduceat(shares * np.log(shares), self.starts))
        even = self._largest(self.counts) == np.minimum.reduceat(self.counts, self.starts)
        return np.where(even, self.distinct(), spread)  # exact where all values are equally frequent

    def recursive(self, l: int) -> Floats:  # noqa: E741
        """The bound r_1 / (r_l + ... + r_m) of each class, r descending: (c, l) holds for every c above it."""
        order = np.lexsort((-self.counts, self.class_of))
        counts = self.counts[order]
        place = np.arange(len(counts)) - self.starts[self.class_of]
        tail = np.add.reduceat(np.where(place >= l - 1, counts, 0), self.starts)
        with np.errstate(divide="ignore"):
            return counts[self.starts] / tail

    def closeness(self) -> Floats:
        """Distance of each class's law from the table's, all values equally far apart: half the sum of |p - q|."""
        excess = np.maximum(self.shares - self.overall[self.values], 0.0)
        return np.add.reduceat(excess, self.starts)

    def ordered_closeness(self) -> Floats:
        """Distance with values in a row, neighbours 1 / (n_values - 1) apart: the mean of |P - Q| over the steps."""
        n_values = len(self.totals)
        if n_values < 2:
            return np.zeros(len(self.starts))
        law = np.cumsum(self.totals) / self.totals.sum()
        area = np.concatenate([[0.0], np.cumsum(law)])
        steps = np.cumsum(self.counts)
        before = steps[self.starts] - self.counts[self.starts]
        level = (steps - before[self.class_of]) / self.sizes[self.class_of]
        # From one entry's value to the next one's the class's law is level; the table's crosses it once at most.
        ends = np.append(self.values[1:], 0)
        ends[np.append(self.starts[1:] - 1, len(ends) - 1)] = n_values - 1
        gaps = _area_between(area, law, level, self.values, ends)
        first = _area_between(area, law, np.zeros(len(self.starts)), 0 * self.starts, self.values[self.starts])
        return (np.add.reduceat(gaps, self.starts) + first) / (n_values - 1)

    def hierarchical_closeness(self, nodes: NDArray[np.int32]) -> Floats:
        """Distance by a hierarchy: values are as far apart as their lowest common node is high.

        Parameters
        ----------
        nodes : ndarray of int32, shape (n_levels, n_values)
            Node of each value; level 0 is the values themselves, the last one is one node.

        Notes
        -----
        What moves within a node at height h costs h / (n_levels - 1): the smaller of its children's surplus and lack.
        """
        height = len(nodes) - 1
        distance = np.zeros(len(self.starts))
        if height == 0:
            return distance
        for level in range(1, height + 1):
            child_of_value, parent_of_value = nodes[level - 1], nodes[level]
            parent_of = np.zeros(int(child_of_value.max()) + 1, dtype=np.int64)
            parent_of[child_of_value] = parent_of_value
            children = self._merged(child_of_value)
            n_parents = int(parent_of_value.max()) + 1
            surplus = children.shares - children.overall[children.values]
            within = Digits(parent_of[children.values], 0, n_parents)
            groups = group_columns([Digits(children.class_of, 0, len(self.starts)), within], len(surplus))
            owner, parent = np.divmod(groups.keys.astype(np.int64), n_parents)
            up = np.bincount(groups.ids, np.maximum(surplus, 0.0), len(groups))
            held = np.bincount(groups.ids, children.shares, len(groups))
            law = np.bincount(parent_of_value, self.overall, n_parents)
            down = up - (held - law[parent])  # children that the class has not lack all they have in the table
            distance += level / height * np.bincount(owner, np.minimum(up, np.maximum(down, 0.0)), len(self.starts))
        return distance

    def minority(self) -> int:
        """Rows that have another value than their class's most frequent one."""
        return int((self.sizes - self._largest(self.counts)).sum())

    def worst(self, l: int, n_threads: int | None = None) -> dict[str, Any]:  # noqa: E741
        """The worst of every figure over the classes.

        Returns
        -------
        dict
            Largest ``alpha``, ``recursive_c`` (r_1 / (r_l + ... + r_m) of counts in descending order), ``t_equal``,
            ``t_ordered``, ``delta`` (|ln(q / p)|; infinite where a class lacks a value), ``beta`` ((q - p) / p),
            ``enhanced_beta`` (infinite where a gain passes -ln p), least ``distinct_l`` and ``entropy_l``, and
            ``classification_metric``, the share of rows outside their class's most frequent value.
        """
        threads, overall = effective_n_threads(n_threads), self.overall
        law = np.cumsum(self.totals) / self.totals.sum()
        worst, minority = np.empty((_STRETCHES, _tally.N_FIGURES)), np.empty(_STRETCHES, dtype=np.int64)
        n_top = min(l, len(self.totals) + 1)  # beyond that no row is left, as of one more value than there are
        _tally.find_worst(
            self.starts, self.values, self.counts, self.sizes, overall, law, np.concatenate([[0.0], np.cumsum(law)]),
            int((self.totals > 0).sum()), n_top, np.empty((_STRETCHES, max(1, n_top - 1)), dtype=np.int64), worst,
            minority, threads,
        )  # fmt: skip
        figures = {name: float(worst[:, k].max()) for k, name in enumerate(_LARGEST) if name}
        figures |= {"distinct_l": int(worst[:, 1].min()), "entropy_l": float(worst[:, 2].min())}
        return figures | {"classification_metric": int(minority.sum()) / int(self.sizes.sum())}

    def of_classes(self, places: NDArray[np.int64]) -> "Tally":
        """The tally of some of the classes, in their order; shares of the table stay those of the whole."""
        n_entries = self.distinct()[places]
        starts = np.cumsum(n_entries) - n_entries
        entries = np.repeat(self.starts[places] - starts, n_entries) + np.arange(n_entries.sum())
        class_of = np.repeat(np.arange(len(places)), n_entries)
        return Tally(starts, class_of, self.values[entries], self.counts[entries], self.sizes[places], self.totals)

    def _largest(self, figures: NDArray[Any]) -> NDArray[Any]:
        return np.maximum.reduceat(figures, self.starts)

    def _merged(self, group_of_value: NDArray[np.int32]) -> "Tally":
        """The tally of groups of values."""
        n_groups = int(group_of_value.max()) + 1
        pairs = group_columns(
            [Digits(self.class_of, 0, len(self.starts)), Digits(group_of_value[self.values], 0, n_groups)],
            len(self.counts),
        )
        counts = np.bincount(pairs.ids, self.counts, len(pairs)).astype(np.int64)
        totals = np.bincount(group_of_value, self.totals, n_groups).astype(np.int64)
        return _from_keys(pairs.keys, counts, self.sizes, totals)


def tally(
    ids: NDArray[np.int32],
    sizes: NDArray[np.int64],
    codes: NDArray[np.int32],
    n_values: int,
    n_threads: int | None = None,
) -> Tally:
    """Count values, ``codes`` of 0 .. n_values - 1, within classes; there is at least one row."""
    columns = [Digits(ids, 0, len(sizes)), Digits(codes, 0, max(1, n_values))]
    keys, counts = count_columns(columns, len(ids), n_threads)
    return _from_keys(keys, counts, sizes, np.bincount(codes, minlength=n_values))


def _from_keys(
    keys: NDArray[np.uint64], counts: NDArray[np.int64], sizes: NDArray[np.int64], totals: NDArray[np.int64]
) -> Tally:
    class_of, values = np.divmod(keys.astype(np.int64), max(1, len(totals)))
    starts = np.flatnonzero(np.diff(class_of, prepend=-1))
    return Tally(starts, class_of, values, counts, sizes, totals)


def _area_between(
    area: Floats, law: Floats, level: Floats, start: NDArray[np.int64], stop: NDArray[np.int64]
) -> Floats:
    """Sum of |law - level| over start .. stop - 1; the law ascends."""
    turn = np.clip(np.searchsorted(law, level), start, stop)
    below = level * (turn - start) - (area[turn] - area[start])
    above = (area[stop] - area[turn]) - level * (stop - turn)
    return np.maximum(below, 0.0) + np.maximum(above, 0.0)
