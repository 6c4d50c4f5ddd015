"""Slow, obvious twins of what boosted trees see of rows."""

import numpy as np


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
