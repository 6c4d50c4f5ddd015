import numpy as np
from numpy.typing import NDArray

def combine_rows(
    weights: NDArray[np.float64], rows: NDArray[np.float64], out: NDArray[np.float64], n_threads: int
) -> None:
    """Fill ``out`` (n_out, n) with ``weights`` (n_out, n_in) times ``rows`` (n_in, n), summed in a fixed order."""

def fill_stratified(
    z: NDArray[np.float64], jitter: NDArray[np.float64], out: NDArray[np.float64], n_threads: int
) -> None:
    """Fill ``out`` (n,) with (rank of ``z`` within its 1,024 rows + ``jitter``) / 1,024; n a multiple of 1,024."""
