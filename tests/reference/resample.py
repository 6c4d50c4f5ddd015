"""Slow, obvious twin of systematic resampling."""

import numpy as np


def expected_counts(log_weight, n_out, once):
    """How often each row is to be taken: by weight, with ``once`` no more than one where enough rows have weight."""
    log_weight = np.asarray(log_weight) - np.max(log_weight)
    weight = np.where(log_weight < -700, 0.0, np.exp(log_weight))
    if not once or (weight > 0).sum() <= n_out:
        return n_out * weight / weight.sum()
    order = np.argsort(-weight, kind="stable")
    for n_full in range(n_out):  # the fewest rows at one that leave no other above it
        rest = weight[order[n_full:]]
        scale = (n_out - n_full) / rest[::-1].sum()
        if rest[0] * scale <= 1.0:
            break
    counts = weight * scale
    counts[order[:n_full]] = 1.0
    return counts


def resample(log_weight, n_out, place, once):
    """The rows that the teeth of a comb fall on."""
    reach = np.cumsum(expected_counts(log_weight, n_out, once))
    teeth = (np.arange(n_out) + place) * reach[-1] / n_out
    return np.searchsorted(reach, teeth, side="right")
