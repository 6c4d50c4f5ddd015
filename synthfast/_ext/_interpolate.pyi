import numpy as np
from numpy.typing import NDArray

def interpolate_rows64(
    points: NDArray[np.float64],
    links: NDArray[np.uint32],
    pairs: NDArray[np.int64],
    steps: NDArray[np.float64],
    out: NDArray[np.float64],
    n_threads: int,
) -> None:
    """Fill ``out`` (n, n_columns): row i lies ``steps[i]`` of the way along link ``pairs[i]``.

    ``links`` (n_links, 2) leads from one row of ``points`` to another. A step of 0 to 1 gives a row inside the box of
    the two, another one extrapolates.
    """

def interpolate_rows32(
    points: NDArray[np.float32],
    links: NDArray[np.uint32],
    pairs: NDArray[np.int64],
    steps: NDArray[np.float64],
    out: NDArray[np.float32],
    n_threads: int,
) -> None:
    """`interpolate_rows64` in single precision; a step is rounded once it is at most a half."""

def vote_levels(
    codes: NDArray[np.int32],
    neighbors: NDArray[np.int64],
    bases: NDArray[np.int64],
    ranks: NDArray[np.int32],
    offsets: NDArray[np.int64],
    key: int,
    start: int,
    out: NDArray[np.int32],
    n_threads: int,
) -> None:
    """Fill ``out`` (n, n_columns) with the codes that most of the rows ``neighbors[bases[i]]`` hold, column by column.

    Of codes held by equally many those of the highest rank stay, which for code v of column c is
    ``ranks[offsets[c] + v]``, 0 or more; each of them has the same chance, decided by ``key`` and the row's place
    ``start + i``.
    """
