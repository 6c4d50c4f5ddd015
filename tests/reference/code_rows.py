"""Slow, obvious twins of what boosted trees see of rows."""

import math

import numpy as np

LEAST_HALF = 1e-30


def take_codes(codes, columns, tables, rows):
    return [[tables[f][codes[column, row]] for row in rows] for f, column in enumerate(columns)]


def clip_byte(value):
    return int(min(max(value, 0), 255))


def fill_differences(codes, rows, position, boundary, sign):
    return [clip_byte(128 + sign * (int(codes[i]) - int(boundary[p]))) for i, p in zip(rows, position, strict=True)]


def fill_standardised(z, rows, position, boundary, scale):
    """Single precision up to the product, then exact."""
    found = [np.float32(scale) * (z[i] - boundary[p]) for i, p in zip(rows, position, strict=True)]
    return [clip_byte(np.floor(128.0 + float(x))) for x in found]


def add_tables(codes, columns, tables, z):
    z = z.copy()
    for column, table in zip(columns, tables, strict=True):
        for i in range(len(z)):
            z[i] += table[codes[column, i]]
    return z


def normal_between(low, high):
    """Probability of a standard normal, from the tail that is nearer."""
    if low > 0:
        low, high = -high, -low
    below, above = 0.5 * math.erfc(-low / math.sqrt(2)), 0.5 * math.erfc(high / math.sqrt(2))
    return 1.0 - below - above if high > 0 else 0.5 * math.erfc(-high / math.sqrt(2)) - below


def fill_normal_odds(z, rows, node, low, middle, high, precision):
    """Single precision up to the distances in standard deviations, then double.

    The middle is held within 6 of the mean and both halves above 1e-30.
    """
    out, precision = [], np.float32(precision)
    for i, p in zip(rows, node, strict=True):
        m, left, right = (
            (middle[p] - z[i]) * precision,
            (middle[p] - low[p]) * precision,
            (high[p] - middle[p]) * precision,
        )
        m, left, right = min(max(float(m), -6.0), 6.0), float(left), float(right)
        above, below = normal_between(m, m + right), normal_between(m - left, m)
        out.append(math.log(max(above, LEAST_HALF)) - math.log(max(below, LEAST_HALF)))
    return out
