"""Numbers whose squares or distances are no floats, refused before anything is fitted."""

from collections.abc import Hashable, Mapping

import numpy as np

from synthfast.encoding import EncodedColumn
from synthfast.exceptions import DataError

__all__ = ["check_magnitudes"]


def check_magnitudes(columns: Mapping[Hashable, EncodedColumn], owner: str, most: float) -> None:
    """Refuse columns of numbers whose largest is beyond ``most`` in size, or below one over it.

    Raises
    ------
    DataError
        Naming the column.
    """
    for name, column in columns.items():
        if column.kind != "numeric":
            continue
        ends = np.fmax.reduce(column.values, initial=0.0), -np.fmin.reduce(column.values, initial=0.0)
        largest = float(max(ends))
        if largest > most or 0.0 < largest < 1.0 / most:
            raise DataError(
                f"{owner}: column {name!r}: expected the largest number to lie between {1.0 / most:.0e} and {most:.0e} "
                f"in size, got {largest:.3g}: its moments are no floats. Multiply the column by a power of ten, and "
                "divide what is drawn by it."
            )
