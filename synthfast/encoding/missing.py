"""What counts as missing: in a value that a user gives, and among encoded values."""

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["is_missing", "missing_of"]


def is_missing(value: Any) -> bool:
    """Whether a scalar is None, NaN, NaT or ``pandas.NA``."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    try:
        return bool(value != value)
    except (TypeError, ValueError):
        return False


def missing_of(values: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Mask of the missing among encoded values: NaN, or the code -1."""
    return np.isnan(values) if values.dtype.kind == "f" else values < 0
