import numpy as np
from numpy.typing import NDArray

def order_rows(
    points: NDArray[np.float64],
    n_numbers: int,
    squared: bool,
    keys: NDArray[np.float64],
    order: NDArray[np.int64],
) -> None:
    """Permute ``order`` (n_rows,), which holds each row once, so that runs of 64 rows, of 64 such runs, ... are near.

    ``points`` is (n_rows, n_columns), finite; ``keys`` (n_rows,) is scratch. Costs are those of `find_nearest`.
    """

def find_nearest(
    queries: NDArray[np.float64],
    order: NDArray[np.int64],
    rows: NDArray[np.float64],
    row_of: NDArray[np.int64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    starts: NDArray[np.int64],
    n_numbers: int,
    squared: bool,
    exclude_own: bool,
    costs: NDArray[np.float64],
    nearest: NDArray[np.int64],
    n_threads: int,
) -> None:
    """Fill in the k least costs of each query, (n_queries, k), ascending, and the numbers of the rows that have them.

    The cost of two rows is summed over the columns: of the first ``n_numbers`` the squared gap (``squared``) or the gap
    up to 1, of the others 1 where they differ. ``queries`` is (n_queries, n_columns), finite, answered in ``order``.
    ``rows`` is (n_blocks, n_columns, 64), n_blocks >= 1; ``row_of`` (n_blocks, 64) numbers them, ascending within a
    block, spare lanes repeat a row. ``low`` and ``high`` are (n_box_blocks, n_columns, 64): blocks ``starts[k]`` to
    ``starts[k + 1]`` box, lane by lane, the blocks of level k - 1, or of rows for k = 0; the last level is one block,
    and there is none where n_blocks is 1. With ``exclude_own`` row i does not count for query i. Of rows at one cost
    the lower number comes first; where no row is left the cost is infinite.
    """

def count_within(
    queries: NDArray[np.float64],
    order: NDArray[np.int64],
    rows: NDArray[np.float64],
    row_of: NDArray[np.int64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    starts: NDArray[np.int64],
    n_numbers: int,
    squared: bool,
    exclude_own: bool,
    most: NDArray[np.float64],
    counts: NDArray[np.int64],
    n_threads: int,
) -> None:
    """Fill in how many rows cost each query at most ``most``, (n_queries,); the rest as in `find_nearest`."""
