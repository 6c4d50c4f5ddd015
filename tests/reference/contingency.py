"""Slow, obvious twin of the two-way counts."""

import numpy as np


def count_pairs(codes, first, second, n_first, n_second):
    """One table for each pair, by counting row after row."""
    tables = []
    for a, b, rows, columns in zip(first, second, n_first, n_second, strict=True):
        table = np.zeros((rows, columns), dtype=np.int64)
        for x, y in zip(codes[a], codes[b], strict=True):
            if x >= 0 and y >= 0:
                table[x, y] += 1
        tables.append(table)
    return tables
