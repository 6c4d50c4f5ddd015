import numpy as np
from numpy.typing import NDArray

def group_near(points: NDArray[np.float64], k: int, groups: NDArray[np.int32]) -> int:
    """Number of groups of k to 2 k - 1 near rows (one where rows are fewer); ``groups`` takes that of each row.

    ``points`` is (n_columns, n) with at least one column, and is used up. Groups are those of MDAV: around the row
    furthest from the mean, then around the row furthest from that one, ties to earlier rows.
    """
