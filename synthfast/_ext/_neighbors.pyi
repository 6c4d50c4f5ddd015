import numpy as np
from numpy.typing import NDArray

def has_byte_products() -> bool:
    """Whether this build and this processor have an instruction for products of bytes."""

def round_blocks(
    places: NDArray[np.float32],
    fineness: float,
    cells: NDArray[np.uint8],
    halves: NDArray[np.int32],
    errors: NDArray[np.float32],
    n_threads: int,
) -> None:
    """Round ``places`` (n_blocks, n_columns, 64) to whole steps of ``1 / fineness``, 127 to either side at most.

    ``cells`` (n_blocks, n_fours, 64, 4) are the steps plus 128, coordinates in fours, 128 beyond the last; ``halves``
    (n_blocks, 64) half the squared norms in steps, rounded down; ``errors`` (n_blocks, 64) bounds from above on the
    distance of a place from its steps.
    """

def halve_segments(
    places: NDArray[np.float32],
    marks: NDArray[np.uint8],
    unequal: float,
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    keys: NDArray[np.float64],
    order: NDArray[np.int64],
    lefts: NDArray[np.int64],
    n_threads: int,
) -> None:
    """Permute ``order[starts[s]:stops[s]]`` so that its first ``lefts[s]`` rows are the lower in its widest column.

    Segments are disjoint and hold more than 64 rows. ``places`` is (n_rows, n_numbers), ``marks`` (n_rows, n_codes), of
    which unequal ones are ``unequal`` apart; ``keys`` (n_rows,) is scratch, ``starts``, ``stops`` and ``lefts`` are
    (n_segments,). A first half is whole blocks of 64 rows, whole runs of 64 blocks where there are more, and so on.
    """

def find_neighbors(
    rows: NDArray[np.float32] | NDArray[np.float64],
    codes: NDArray[np.int32],
    row_of: NDArray[np.int64],
    places: NDArray[np.float32],
    halves: NDArray[np.float32],
    marks: NDArray[np.uint8],
    low: NDArray[np.float32],
    high: NDArray[np.float32],
    radius: NDArray[np.float32],
    starts: NDArray[np.int64],
    query_rows: NDArray[np.float32] | NDArray[np.float64],
    query_codes: NDArray[np.int32],
    query_row_of: NDArray[np.int64],
    query_slot_of: NDArray[np.int64],
    query_places: NDArray[np.float32],
    query_halves: NDArray[np.float32],
    query_marks: NDArray[np.uint8],
    cells: NDArray[np.uint8],
    cell_halves: NDArray[np.int32],
    errors: NDArray[np.float32],
    query_cells: NDArray[np.uint8],
    query_cell_halves: NDArray[np.int32],
    query_errors: NDArray[np.float32],
    fineness: float,
    own: bool,
    n_lead: int,
    mismatch: float,
    unit: float,
    slack: float,
    haste: float,
    scratch: NDArray[np.float32],
    byte_scratch: NDArray[np.int8],
    found: NDArray[np.float64],
    nearest: NDArray[np.int64],
    n_threads: int,
) -> None:
    """Fill in distances to the k nearest rows and their numbers, (n_queries, k), ascending, equal ones by number.

    The squared distance is summed over ``rows`` (n_rows, n_numbers) in order, then ``mismatch`` times the number of
    unequal ``codes`` (n_rows, n_codes) is added. ``places`` (n_blocks, n_numbers, 64) hold the rows that ``row_of``
    (n_blocks, 64) names, in single precision, rotated and scaled: a squared distance of rows is ``unit`` times as large
    there, within ``slack`` times the squared sum of both norms. ``halves`` (2, n_blocks, 64): half the squared norms of
    the first ``n_lead`` coordinates and of the rest; ``marks`` (n_blocks, n_codes, 64): last bytes of the codes.
    ``low``, ``high`` (n_box_blocks, n_numbers + n_codes, 64) and ``radius`` (n_box_blocks, 64): blocks ``starts[l]`` to
    ``starts[l + 1]`` bound, lane by lane, the blocks of level l - 1, or of rows for l = 0; the last level is one block.
    The queries are given alike, 64 to a group: ``query_row_of`` names rows of ``query_rows``, -1 past the last, and
    ``query_slot_of`` the rows of the output; with ``own`` a row is not its own neighbour. ``cells`` and ``cell_halves``
    are what `round_blocks` gives, or have no blocks; ``errors`` (n_blocks,) are the largest of each block,
    ``query_errors`` (n_groups, 64) those of all. Boxes are given up beyond ``haste`` times the squared distance found.
    ``scratch`` is (n_threads, 64 n_numbers + 2 (n_numbers + n_codes)), ``byte_scratch`` (n_threads, 256 n_fours).
    """
