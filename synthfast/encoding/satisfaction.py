"""Which rows of a table meet a condition, told in encoded values."""

import numpy as np
from numpy.typing import NDArray

from synthfast.encoding.conditions import EncodedCondition
from synthfast.encoding.encoded import EncodedColumn
from synthfast.encoding.missing import missing_of

__all__ = ["rows_that_meet"]


def rows_that_meet(column: EncodedColumn, condition: EncodedCondition) -> NDArray[np.bool_]:
    """Tell the rows whose value is one that the condition asks for.

    Parameters
    ----------
    column : EncodedColumn
        Values of shape (n_rows,).
    condition : EncodedCondition
        What is asked of this column.

    Returns
    -------
    ndarray of bool, shape (n_rows,)
        True where the row meets the condition.
    """
    values = column.values
    if condition.missing:
        return missing_of(values)
    if column.kind == "levels":
        return np.isin(values, condition.levels)
    met = np.zeros(len(values), dtype=bool)
    for lower, upper in zip(condition.lower, condition.upper, strict=True):
        met |= (values >= lower) & (values <= upper)
    return met
