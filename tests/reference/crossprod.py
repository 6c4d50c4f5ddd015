"""Slow, obvious twin of the cross-products: Python's own integers, which cannot overflow."""

import numpy as np


def crossprod(scores):
    columns = [[int(v) for v in column] for column in scores]
    sums = [[sum(x * y for x, y in zip(a, b, strict=True)) for b in columns] for a in columns]
    return np.array(sums, dtype=np.int64).reshape(len(columns), len(columns))
