"""Classes by microaggregation: rows that lie near each other."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synthfast._ext._mdav import group_near
from synthfast.privacy._partition import LevelColumn, Partition, QuasiColumn

__all__ = ["mdav_partition"]


def mdav_partition(columns: Sequence[QuasiColumn], k: int) -> Partition:
    """Groups of k to 2 k - 1 rows by MDAV.

    Notes
    -----
    Numbers, positions in an order and places in a hierarchy are divided by their standard deviation, missing ones lie
    five below the mean; unordered levels are 1 apart. O(n_rows**2 / k) distances, 8 bytes a cell.
    """
    axes: list[NDArray[np.float64]] = []
    for column in columns:
        numbers = column.numbers()
        if isinstance(column, LevelColumn) and not column.ordered:
            levels = np.arange(len(column.levels.values))
            axes += [(numbers == level) / np.sqrt(2.0) for level in levels]
            continue
        present = numbers[~np.isnan(numbers)]
        mean, spread = (present.mean(), present.std()) if len(present) else (0.0, 0.0)
        scaled = (numbers - mean) / (spread if spread > 0 else 1.0)
        axes.append(np.where(np.isnan(numbers), -5.0, scaled))
    points = np.ascontiguousarray(axes, dtype=np.float64)
    groups = np.empty(points.shape[1], dtype=np.int32)
    n_groups = group_near(points, k, groups)
    sizes = np.bincount(groups, minlength=n_groups)
    return Partition(np.argsort(groups, kind="stable"), np.cumsum(sizes) - sizes, len(groups))
