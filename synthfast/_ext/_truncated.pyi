import numpy as np
from numpy.typing import NDArray

def fill_truncated(
    factor: NDArray[np.float64],
    precision: NDArray[np.float64],
    shift: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    key: int,
    n_candidates: int,
    n_sweeps: int,
    out: NDArray[np.float64],
    weight: NDArray[np.float64],
    n_threads: int,
) -> None:
    """Fill ``out`` (n_bounded, n_rows) with normals truncated to unions of intervals.

    ``factor`` and ``precision`` are (n_bounded, n_bounded), ``shift`` the means (n_bounded, n_rows), ``lower`` and
    ``upper`` (n_bounded, n_segments, n_rows) on the normal scale, an empty segment having equal ends. ``weight``
    (n_rows,) gets an estimate of the probability of each row's box: 0 where it is impossible, -1 where memory
    ran out.
    """
