"""What the entities of a panel have in common: lives, gaps, spread and shocks."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import Stream
from synthfast.timeseries._panel.reading import Panel

__all__ = ["life_of", "mean_gap", "pooled_shocks", "spread_grows"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MOST_POOLED = 100_000  # rows of innovations that a model keeps
GROWING_SPREAD = 0.5  # slope of log deviation on log mean, over entities, from which logarithms are modelled


def life_of(panel: Panel) -> dict[str, Any]:
    """Begin, length and share of gaps of each entity."""
    rows = np.add.reduceat(panel.present.astype(np.int64), panel.offsets[:-1])
    return {"start": panel.starts - panel.starts.min(), "length": panel.lengths, "gaps": 1 - rows / panel.lengths}


def mean_gap(panel: Panel) -> float:
    """Mean length of a run of steps without a row."""
    gone = ~panel.present
    runs = int(np.sum(gone & np.r_[True, ~gone[:-1]]))
    return float(gone.sum() / runs) if runs else 1.0


def spread_grows(values: Floats, offsets: Integers) -> bool:
    """Whether values are positive and their deviation grows with their mean from entity to entity."""
    if np.nanmin(values) <= 0:
        return False
    known = np.where(np.isnan(values), 0.0, values)
    begins = offsets[:-1]
    n = np.maximum(np.add.reduceat((~np.isnan(values)).astype(float), begins), 1)
    mean = np.add.reduceat(known, begins) / n
    variance = np.maximum(np.add.reduceat(known**2, begins) / n - mean**2, 0)
    use = (variance > 1e-12 * mean**2) & (mean > 0)
    if use.sum() < 3 or np.ptp(np.log(mean[use])) < 1e-6:
        return False
    x, y = np.log(mean[use]), np.log(variance[use]) / 2
    return float(np.polyfit(x, y, 1)[0]) > GROWING_SPREAD


def pooled_shocks(shocks: Floats, stream: Stream) -> Floats:
    """At most 100,000 joint rows of innovations, centred and scaled, shape (n_variables, n_pooled)."""
    whole = np.flatnonzero(np.isfinite(shocks).all(axis=0))
    if not len(whole):
        return stream.normal(len(shocks) * 1_000).reshape(len(shocks), 1_000)
    if len(whole) > MOST_POOLED:
        whole = whole[np.sort(stream.permutation(len(whole))[:MOST_POOLED])]
    pool = shocks[:, whole]
    pool = pool - pool.mean(axis=1, keepdims=True)
    size = np.sqrt(np.mean(pool**2, axis=1, keepdims=True))
    return pool / np.where(size > 0, size, 1.0)
