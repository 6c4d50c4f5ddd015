"""What users hand over besides the table: bounds and weights."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.validation import describe_value
from synthfast.encoding import EncodedColumn, TableCodec
from synthfast.exceptions import DataError, SchemaError

__all__ = ["read_bounds", "read_weights"]

Floats = NDArray[np.float64]


def read_bounds(bounds: Any, codec: TableCodec) -> dict[Hashable, tuple[float, float]]:
    """Bounds that a mapping tells, encoded; empty where they are to be found, or none are wanted.

    Raises
    ------
    ValueError
        If it is neither a mapping, "auto" nor None, or a pair is not one.
    SchemaError
        If a column is not one of numbers.
    """
    if bounds is None or (isinstance(bounds, str) and bounds == "auto"):
        return {}
    if not isinstance(bounds, Mapping):
        raise ValueError(f"bounds: expected 'auto', None or a mapping to (low, high), got {describe_value(bounds)}.")
    out = {}
    for name, pair in bounds.items():
        if name not in codec.modelled or codec.kind(name) != "numeric":
            numeric = [known for known in codec.modelled if codec.kind(known) == "numeric"]
            raise SchemaError(f"bounds: {name!r} is not a column of numbers; these are {numeric!r}.")
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise ValueError(f"bounds[{name!r}]: expected (low, high), got {describe_value(pair)}.")
        ends = [codec.encode_end(name, end, upward=upward) for end, upward in zip(pair, (True, False), strict=True)]
        low, high = -np.inf if ends[0] is None else float(ends[0]), np.inf if ends[1] is None else float(ends[1])
        if not low < high:
            raise ValueError(f"bounds[{name!r}]: expected low below high, got {pair!r}.")
        out[name] = (low, high)
    return out


def read_weights(weights: Any, columns: Mapping[Hashable, EncodedColumn], codec: TableCodec) -> Floats | None:
    """Weights of the rows, shape (n_rows,); None where all are alike.

    Raises
    ------
    SchemaError
        If the column that is named is not one of numbers.
    DataError
        If weights are negative, missing, infinite, all 0, or not one a row.
    """
    if weights is None or not columns:
        return None
    n_rows = len(next(iter(columns.values())).values)
    if np.ndim(weights) == 0 or isinstance(weights, tuple):
        own = {name: name for name in codec.names}
        if not isinstance(weights, Hashable) or weights not in own:
            raise SchemaError(f"weights: {weights!r} is not a column; these are {codec.names!r}.")
        if codec.kind(weights) != "numeric":
            raise SchemaError(f"weights: column {weights!r} does not hold numbers that vary; give an array, or none.")
        values = columns[weights].values
    else:
        values = np.asarray(weights)
        if values.dtype.kind not in "fiub" or values.ndim != 1:
            raise DataError(f"weights: expected one number a row, got {describe_value(weights)}.")
        values = values.astype(np.float64)
    if len(values) != n_rows:
        raise DataError(f"weights: expected {n_rows}, one for each row, got {len(values)}.")
    bad = np.flatnonzero(~(values >= 0.0) | np.isinf(values))
    if len(bad):
        raise DataError(
            f"weights: expected finite numbers that are not negative, got {values[bad[0]]} in row {int(bad[0])}."
        )
    if not values.any():
        raise DataError("weights: expected at least one above 0, got none.")
    return np.ascontiguousarray(values, dtype=np.float64)
