import numpy as np
from numpy.typing import NDArray

def fill_tiles(
    points: NDArray[np.float64], shift: NDArray[np.float64], tiles: NDArray[np.float64], n_threads: int
) -> None:
    """Fill ``tiles`` (n_tiles, n_columns, 64) with ``points`` (n_rows, n_columns) less ``shift`` (n_columns,).

    Row r is lane r % 64 of tile r // 64; lanes past the last row become 0.
    """

def assign_points(
    tiles: NDArray[np.float64],
    centers: NDArray[np.float64],
    half_norms: NDArray[np.float64],
    labels: NDArray[np.int64],
    sums: NDArray[np.float64],
    counts: NDArray[np.int64],
    n_threads: int,
) -> int:
    """Set ``labels`` (n_rows,) to the nearest of ``centers`` (n_centers, n_columns), the first of several.

    n_centers is a multiple of 4; ``half_norms`` (n_centers,) are half the squared norms, infinite for centres that only
    fill up. ``sums`` (n_parts, n_centers, n_columns) and ``counts`` (n_parts, n_centers) of the rows of each centre
    within each of n_parts runs of tiles follow the rows whose label changes; a label is -1 before the first time.
    Returns how many changed.
    """

def measure_points(
    tiles: NDArray[np.float64],
    centers: NDArray[np.float64],
    labels: NDArray[np.int64],
    distances: NDArray[np.float64],
    n_threads: int,
) -> None:
    """Fill ``distances`` (n_rows,) with the squared distance of each row to the centre of its label."""

def lower_distances(
    tiles: NDArray[np.float64],
    points: NDArray[np.float64],
    nearest: NDArray[np.float64],
    lowered: NDArray[np.float64],
    sums: NDArray[np.float64],
    n_threads: int,
) -> None:
    """Fill ``lowered`` (n_points, 64 n_tiles) with ``nearest`` or the squared distance to a point, whichever is less.

    ``nearest`` (64 n_tiles,) is 0 past the last row. ``sums`` (n_parts, n_points) get the sums within runs of tiles.
    """

def pick_rows(
    weights: NDArray[np.float64], sums: NDArray[np.float64], aims: NDArray[np.float64], rows: NDArray[np.int64]
) -> None:
    """Fill ``rows`` (n_picks,) with the row at which the running sum of ``weights`` (64 n_tiles,) passes each aim.

    ``sums`` (n_parts,) are the sums of the weights within runs of tiles, as `lower_distances` cuts them.
    """
