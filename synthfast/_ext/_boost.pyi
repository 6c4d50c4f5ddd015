import numpy as np
from numpy.typing import NDArray

def grow_forest(
    codes: NDArray[np.uint8],
    n_codes: NDArray[np.int32],
    target: NDArray[np.uint8],
    score: NDArray[np.float32],
    patience: int,
    n_trial: int,
    n_tried: int,
    n_bag: int,
    rate: float,
    ridge: float,
    key: int,
    feature: NDArray[np.int32],
    threshold: NDArray[np.uint8],
    leaf: NDArray[np.float32],
    gain: NDArray[np.float64],
) -> int:
    """Boost oblivious trees for a binary target in one thread; the number of trees kept.

    ``codes`` is (n_features, n_rows) with ``n_codes[f]`` of at most 256 codes, rows in random order. Row i goes right
    at a level of tree t where ``codes[feature[t, level], i] > threshold[t, level]``; its node is the sides taken, first
    the highest bit, and ``leaf[t, node]`` is added to ``score``, the log odds. Each tree is grown on ``n_bag`` of 32
    stretches of rows, of at most 131,072 rows together, and kept if it lowers the loss of at most as many others, the
    mean fall being ``gain[t]``. After ``patience`` in a row that did not, trees ask at most two questions, and after
    half as many of those growing ends. The first ``n_trial`` trees, kept or not, must on average lower that loss, or
    all are dropped and it begins anew with trees of two questions; where those fail too no tree is kept. MemoryError
    if there is no memory.
    """

def add_forest(
    codes: NDArray[np.uint8],
    feature: NDArray[np.int32],
    threshold: NDArray[np.uint8],
    leaf: NDArray[np.float32],
    score: NDArray[np.float32],
    n_threads: int,
) -> None:
    """Add the leaves of all trees, first to last, to ``score``; arrays as in `grow_forest`."""

def take_steps(
    score: NDArray[np.float32],
    child: NDArray[np.int32],
    u: NDArray[np.float64],
    rows: NDArray[np.int32],
    node: NDArray[np.uint16],
    leaf: NDArray[np.uint16],
) -> int:
    """Move rows one depth down; the number of rows that are still on the way.

    A row goes right where its ``u`` is at least the probability of the left, 1 / (1 + exp(score)); ``u`` becomes its
    place within the side taken, again in [0, 1). ``child`` is (n_nodes, 2): the node of the next depth, or -1 - leaf,
    which is written to ``leaf``. The rows that go on, and their nodes, come first in ``rows`` and ``node``.
    """

def split_shares(
    score: NDArray[np.float32], share: NDArray[np.float64], left: NDArray[np.float64], right: NDArray[np.float64]
) -> None:
    """Part the shares of rows that reach a node: ``right`` is ``share`` / (1 + exp(-``score``)), ``left`` the rest."""

def log_sides(score: NDArray[np.float32], right: NDArray[np.uint8], log_share: NDArray[np.float64]) -> None:
    """Log probability of the side taken, ``right`` being 0 or 1."""
