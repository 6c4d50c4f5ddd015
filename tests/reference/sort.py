"""Slow, obvious twins of the sorting kernels: NumPy's stable sort by comparisons, and counting."""

import numpy as np


def sort_values(values):
    return np.sort(values) + 0.0  # -0.0 becomes 0.0


def argsort_values(values):
    return np.argsort(values, kind="stable")


def rank_values(values, method):
    ranks = np.full(len(values), np.nan)
    present = values[~np.isnan(values)]
    ordered = np.sort(present)
    first = np.searchsorted(ordered, present, side="left") + 1
    last = np.searchsorted(ordered, present, side="right")
    own = np.empty(len(present))
    own[np.argsort(present, kind="stable")] = np.arange(1, len(present) + 1)
    ranks[~np.isnan(values)] = {"average": (first + last) / 2, "min": first, "max": last, "ordinal": own}[method]
    return ranks


def count_runs(values):
    return np.unique(values, return_counts=True)
