import numpy as np
from numpy.typing import NDArray

def count_pairs(
    codes: NDArray[np.int32],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    n_second: NDArray[np.int64],
    offset: NDArray[np.int64],
    out: NDArray[np.int64],
    n_threads: int,
) -> None:
    """Add the two-way counts of column pairs to ``out``.

    ``codes`` is (n_columns, n_rows) with -1 for missing. Pair p counts column ``first[p]`` against ``second[p]`` into a
    row-major table with ``n_second[p]`` columns that starts at ``out[offset[p]]``.
    """
