import numpy as np
from numpy.typing import NDArray

def take_codes(
    codes: NDArray[np.uint8],
    columns: NDArray[np.int32],
    tables: NDArray[np.uint8],
    rows: NDArray[np.int32],
    out: NDArray[np.uint8],
) -> None:
    """out[f, i] = tables[f, codes[columns[f], rows[i]]]; ``tables`` is (n_features, 256)."""

def fill_differences(
    codes: NDArray[np.uint8],
    rows: NDArray[np.int32],
    position: NDArray[np.uint16],
    boundary: NDArray[np.int16],
    sign: int,
    out: NDArray[np.uint8],
) -> None:
    """out[i] = 128 + sign * (codes[rows[i]] - boundary[position[i]]), cut off at 0 and 255."""

def fill_standardised(
    z: NDArray[np.float32],
    rows: NDArray[np.int32],
    position: NDArray[np.uint16],
    boundary: NDArray[np.float32],
    scale: float,
    out: NDArray[np.uint8],
) -> None:
    """out[i] = 128 + scale * (z[rows[i]] - boundary[position[i]]), rounded down and cut off at 0 and 255."""

def add_tables(
    codes: NDArray[np.uint8], columns: NDArray[np.int32], tables: NDArray[np.float32], z: NDArray[np.float32]
) -> None:
    """z[i] += tables[t, codes[columns[t], i]] for every term t in turn; ``tables`` is (n_terms, 256)."""

def fill_normal_odds(
    z: NDArray[np.float32],
    rows: NDArray[np.int32],
    node: NDArray[np.uint16],
    low: NDArray[np.float32],
    middle: NDArray[np.float32],
    high: NDArray[np.float32],
    precision: float,
    odds: NDArray[np.float32],
) -> None:
    """Log odds that a normal variable of mean z[rows[i]] within its node's interval lies above the node's middle.

    ``precision`` is the inverse of the standard deviation; ``low`` and ``high`` may be infinite. Means more than 6
    standard deviations from the middle count as 6.
    """
