import numpy as np
from numpy.typing import NDArray

def cut_rows(
    columns: NDArray[np.float64],
    rows: NDArray[np.int32],
    scale: NDArray[np.float64],
    tables: NDArray[np.int64],
    n_leaves: NDArray[np.int64],
    nodes: NDArray[np.int32],
    spans: NDArray[np.float64],
    n_children: int,
    secrets: NDArray[np.int32],
    laws_at: NDArray[np.int64],
    laws: NDArray[np.float64],
    ordered: NDArray[np.uint8],
    heights: NDArray[np.int64],
    trees_at: NDArray[np.int64],
    trees: NDArray[np.int32],
    k: int,
    cut: int,
    diversity: int,
    l: float,
    c: float,
    alpha: float,
    t: float,
    starts: NDArray[np.uint8],
    n_threads: int,
) -> None:
    """Permute the rows into parts of at least k, each cut as long as both sides hold, and mark where parts start.

    ``columns`` is (n_columns, n): numbers, -DBL_MAX if missing, or, where ``scale`` is 0, positions of leaves, whose
    nodes stand in ``nodes[tables[c] + level * n_leaves[c] + position]``, numbered upward along the positions.
    ``trees`` holds, from ``trees_at[s]`` on, the ``heights[s]`` levels of the hierarchy of secret s, each as its number
    of nodes and then the node above each one of the level below; where ``heights[s]`` is 0 values are as far apart as
    ``ordered`` says.
    ``nodes``, ``spans``, ``laws``, ``ordered``, ``heights``, ``trees_at``, ``trees`` and ``secrets`` have at least one
    element, also where none is used: the first ``len(laws_at) - 1`` rows of ``secrets`` count. ``cut``: 0 balanced,
    1 below the median, 2 relaxed; ``diversity``: 0 none, 1 distinct, 2 entropy, 3 recursive.
    """
