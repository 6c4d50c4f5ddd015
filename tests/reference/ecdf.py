"""Slow twins of the kernels in src_ext/_ecdf.pyx: one value at a time, by the definitions."""

import bisect
import math
from fractions import Fraction

import numpy as np
from scipy import special


def interpolate(x, knots, values):
    """Piecewise linear and continuous from the right; exact rational arithmetic between knots."""
    knots, values = list(map(float, knots)), list(map(float, values))
    return np.array([_interpolate_one(float(v), knots, values) for v in x])


def _interpolate_one(x, knots, values):
    if math.isnan(x):
        return x
    k = bisect.bisect_right(knots, x) - 1
    if k < 0:
        return values[0]
    if k == len(knots) - 1:
        return values[-1]
    share = (Fraction(x) - Fraction(knots[k])) / (Fraction(knots[k + 1]) - Fraction(knots[k]))
    return float(Fraction(values[k]) + share * (Fraction(values[k + 1]) - Fraction(values[k])))


def ndtr(x):
    return np.array([0.5 * math.erfc(-v / math.sqrt(2.0)) for v in x])


def ndtri(p):
    return special.ndtri(np.asarray(p, dtype=np.float64))
