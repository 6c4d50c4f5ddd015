"""Slow, obvious twins of the copula's loops."""

import numpy as np


def combine_rows(weights, rows):
    """Weighted sums, added in order of the weights."""
    out = np.zeros((len(weights), rows.shape[1]))
    for i, weight in enumerate(weights):
        for w, row in zip(weight, rows, strict=True):
            out[i] += w * row
    return out


def fill_stratified(z, jitter, stratum=1024):
    """Ranks within each stratum of z cut to 22 bits on [-8, 8), equal ones by position; then (rank + jitter) / 1024."""
    out = np.empty(len(z))
    for start in range(0, len(z), stratum):
        part = slice(start, start + stratum)
        key = np.clip((z[part] + 8) * 2**18, 0, 2**22 - 1).astype(np.int64)
        rank = np.empty(stratum)
        rank[np.argsort(key, kind="stable")] = np.arange(stratum)
        out[part] = (rank + jitter[part]) / stratum
    return out
