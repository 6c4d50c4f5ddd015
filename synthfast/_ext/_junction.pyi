import numpy as np
from numpy.typing import NDArray

def sum_groups(cells: NDArray[np.float64], group: NDArray[np.int32], out: NDArray[np.float64]) -> None:
    """Add each cell (n_cells,) to ``out[group]``."""

def add_groups(addend: NDArray[np.float64], group: NDArray[np.int32], cells: NDArray[np.float64]) -> None:
    """Add ``addend[group]`` to each cell (n_cells,)."""

def scale_groups(factor: NDArray[np.float64], group: NDArray[np.int32], cells: NDArray[np.float64]) -> None:
    """Multiply each cell (n_cells,) by ``factor[group]``."""

def draw_levels(
    cumulated: NDArray[np.float64], key: NDArray[np.int64], place: NDArray[np.float64], out: NDArray[np.int32]
) -> None:
    """Draw a level for each row by inverting row ``key`` of ``cumulated`` (n_keys, n_levels) at ``place`` in [0, 1).

    ``place`` becomes the place within the level that was drawn, again uniform in [0, 1).
    """

def scramble_points(seed: NDArray[np.uint32], points: NDArray[np.uint32]) -> None:
    """Scramble digital points (n_dimensions, n_points) in place: nested, so that their balance is kept."""
