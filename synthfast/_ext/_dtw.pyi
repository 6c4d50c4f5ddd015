"""Dynamic time warping: matrices of distances, nearest series, one pair's path, and the soft minimum."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_Real = TypeVar("_Real", np.float32, np.float64)
_Index = NDArray[np.int64]

def fill_distances(
    x: NDArray[_Real],
    x_length: _Index,
    y: NDArray[_Real],
    y_length: _Index,
    low: _Index,
    high: _Index,
    symmetric: bool,
    out: NDArray[np.float64],
    n_threads: int,
) -> bool:
    """Sums of squares along the best path of each series (n_x, n, d) to each other one (n_y, m, d); False: no memory.

    Row i of a path keeps to columns ``low[i] .. high[i] - 1``, neither ever falling. If ``symmetric``, the others are
    the same series, and the diagonal of ``out`` is left as it is.
    """

def find_nearest(
    x: NDArray[_Real],
    y: NDArray[_Real],
    low: _Index,
    high: _Index,
    first: _Index,
    last: _Index,
    apart: bool,
    lower: NDArray[_Real],
    upper: NDArray[_Real],
    queue: _Index,
    best: NDArray[_Real],
    nearest: _Index,
    n_threads: int,
) -> bool:
    """The k others with the smallest sums for each series, ties by index; False: no memory.

    ``first``, ``last`` (m,) are the rows that each column may meet. If ``apart``, ``y`` is ``x`` and no series is its
    own neighbour. ``lower``, ``upper`` (n_y, n, d) and ``queue`` (max(n, m),) are scratch.
    """

def trace_path(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    low: _Index,
    high: _Index,
    total: NDArray[np.float64],
    rows: _Index,
    columns: _Index,
) -> int:
    """Length of the best path; its cells, last first, in ``rows``, ``columns`` (n + m - 1,); ``total`` (n, m) sums."""

def sum_softly(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    low: _Index,
    high: _Index,
    gamma: float,
    above: NDArray[np.float64],
    row: NDArray[np.float64],
) -> float:
    """Soft minimum of the sums of all paths; ``above``, ``row`` (m + 1,) are scratch."""
