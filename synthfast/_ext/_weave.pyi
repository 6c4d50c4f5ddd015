import numpy as np
from numpy.typing import NDArray

def weave_columns(columns: NDArray[np.float64], out: NDArray[np.float64], past: int, n_threads: int) -> None:
    """``out[i, j] = columns[j, i]``, bit by bit.

    past: whether to store past the caches, for an output that is larger than they are.
    columns: (n_columns, pitch) with a pitch of at least n_rows, the rest not looked at; out: (n_rows, n_columns). A
    pitch that is not a power of two keeps columns apart in the cache.
    """
