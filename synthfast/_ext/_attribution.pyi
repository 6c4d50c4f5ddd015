import numpy as np
from numpy.typing import NDArray

def count_agreeing(
    codes: NDArray[np.int32],
    tiles: NDArray[np.int32],
    n_rows: int,
    is_key: NDArray[np.uint8],
    secrets: NDArray[np.int64],
    least: NDArray[np.int32],
    matching: NDArray[np.int64],
    agreeing: NDArray[np.int64],
    n_threads: int,
) -> None:
    """Fill in, for each person and secret, the rows that match in most keys, (n_people, n_secrets) each.

    ``least`` is the number of keys in which they do not match, ``matching`` how many such rows there are, ``agreeing``
    how many of them have the person's code in the secret. ``codes`` (n_people, n_columns) are compared with those of
    ``n_rows`` rows in ``tiles`` (n_tiles, n_columns, 64). Keys are the columns where ``is_key`` is 1, but for the
    secret itself; ``secrets`` (n_secrets,) numbers columns. Without rows nothing is written.
    """
