import numpy as np
from numpy.typing import NDArray

def find_nearest(
    codes: NDArray[np.int32],
    shares: NDArray[np.float64],
    offsets: NDArray[np.int64],
    tiles: NDArray[np.float64],
    costs: NDArray[np.float64],
    nearest: NDArray[np.int64],
    n_threads: int,
) -> None:
    """Fill ``costs`` and ``nearest`` (n_rows, k): squared distances to the k nearest other rows, and which they are.

    The squared distance of two rows is the sum, over columns, of the squared sum, over classes, of the absolute
    difference of ``shares[offsets[column] + code]`` (n_classes,). Of equally near rows the lower comes first; where
    there are fewer than k others, infinity and -1 fill up. ``tiles`` (n_tiles, n_columns * n_classes * 16) is scratch.
    """
