import numpy as np
from numpy.typing import NDArray

# codes: (n_features, n_rows), column after column. Nodes are numbered in order of a walk that goes left first: the
# root is 0, feature -1 marks a leaf, and a node's rows are order[start:stop], ascending. All is the same for any
# number of threads, and the GIL is released throughout.

def grow_tree(
    codes: NDArray[np.uint8],
    n_codes: NDArray[np.int32],
    target: NDArray[np.uint16],
    label: NDArray[np.int32],
    n_classes: int,
    min_leaf: int,
    max_depth: int,
    feature: NDArray[np.int32],
    threshold: NDArray[np.uint16],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    start: NDArray[np.int32],
    stop: NDArray[np.int32],
    order: NDArray[np.int32],
    n_threads: int,
) -> int:
    """Grow one tree; returns the number of nodes, at most ``2 * (n_rows // min_leaf) + 1``. n_rows < 2**24.

    ``codes[f] < n_codes[f]``. With n_classes == 0 the criterion is the variance of ``label[target]``, scores of at most
    2**15 in magnitude; else Gini of ``label[target]``, classes in [0, n_classes), n_classes <= 32. Rows with a code up
    to ``threshold`` go left. Of equal gains the lowest feature wins, then the lowest threshold; a split that gains
    nothing is not made. min_leaf >= 1 rows in each leaf, max_depth splits on the way to it.
    """

def route_rows(
    codes: NDArray[np.uint8],
    feature: NDArray[np.int32],
    threshold: NDArray[np.uint16],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    node: NDArray[np.int32],
    n_threads: int,
) -> None:
    """Leaf of each row; the four that describe the tree are cut to its n_nodes."""

def draw_leaves(
    node: NDArray[np.int32],
    start: NDArray[np.int32],
    stop: NDArray[np.int32],
    donors: NDArray[np.uint16],
    u: NDArray[np.float64],
    out: NDArray[np.uint16],
    rest: NDArray[np.float64],
    n_threads: int,
) -> None:
    """out = the donor at u * size of the sorted leaf; rest = where u lies within that code's run, uniform in [0, 1).

    ``donors`` are target codes in the order of the tree, sorted within each leaf; ``rest`` may be ``u`` itself.
    """

def sort_leaves(
    donors: NDArray[np.uint16],
    start: NDArray[np.int32],
    stop: NDArray[np.int32],
    n_threads: int,
) -> None:
    """Sort each slice ``donors[start[i]:stop[i]]`` in place; slices do not overlap."""
