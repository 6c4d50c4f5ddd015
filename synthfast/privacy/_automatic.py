"""A hierarchy for a column that was given none."""

import numpy as np

from synthfast._core.frames import ColumnData
from synthfast.privacy._columns import column_levels, is_numeric
from synthfast.privacy._partition import natural_values
from synthfast.privacy.hierarchies import Hierarchy, frequency_ladder, prefix_hierarchy

__all__ = ["automatic_hierarchy"]

LEAVES = 32


def automatic_hierarchy(data: ColumnData) -> Hierarchy:
    """Intervals that hold about as many rows for numbers and ordered levels, masks for codes, else all at once.

    Notes
    -----
    Codes are texts of one length that are more than 32.
    """
    levels = column_levels(data).with_missing()
    values = natural_values(data, levels.values)
    present = [value for value in values if value is not None]
    if is_numeric(data) or (data.storage == "category" and data.ordered):
        counts = np.bincount(levels.codes, minlength=len(values))[: len(present)]
        return frequency_ladder(present, counts, len(present) < len(values), LEAVES)
    if len(present) > LEAVES and all(isinstance(v, str) for v in present) and len({len(v) for v in present}) == 1:
        return prefix_hierarchy(values)
    return Hierarchy([values])
