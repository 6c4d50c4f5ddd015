"""Slow, obvious twins of the histogram kernels: Python integers and dictionaries."""

import struct
from fractions import Fraction
from itertools import pairwise

import numpy as np


def key(x):
    """Order-preserving integer of a float: magnitude bits added to or taken from 2^63."""
    bits = struct.unpack("<Q", struct.pack("<d", x))[0]
    magnitude = bits & (2**63 - 1)
    return 2**63 - magnitude if bits >> 63 else 2**63 + magnitude


def bins(values, shift):
    """Rows (smallest, largest, count) of the bins of finite values at ``shift``."""
    groups = {}
    for x in values:
        groups.setdefault(key(x) >> shift, []).append(float(x) + 0.0)
    return [(min(g), max(g), len(g)) for _, g in sorted(groups.items())]


def smallest_shift(values, max_bins):
    return next(s for s in range(64) if len({key(x) >> s for x in values}) <= max_bins)


def summary(values, max_bins):
    """(minima, maxima, sizes, shift, n_missing) of a column."""
    present = [float(x) for x in values if x == x]
    shift = smallest_shift(present, max_bins)
    rows = bins(present, shift)
    minima, maxima = (np.array([row[i] for row in rows], np.float64) for i in (0, 1))
    return minima, maxima, np.array([row[2] for row in rows], np.int64), shift, len(values) - len(present)


def scale(values):
    """By exact fractions: the smallest power of ten at which each value is the float next to a whole multiple."""
    for power in range(7):
        cells = [round(Fraction(float(x)) * 10**power) for x in values]
        if all(cell / 10**power == x and abs(cell) < 2**50 for cell, x in zip(cells, values, strict=True)):
            return 10**power
    return 0


def splits(values):
    out = np.zeros(65, np.int64)
    for a, b in pairwise(values):
        out[(key(a) ^ key(b)).bit_length()] += 1
    return out
