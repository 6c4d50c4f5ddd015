import numpy as np
from numpy.typing import NDArray

def accumulate_crossprod(scores: NDArray[np.int32], out: NDArray[np.int64], n_threads: int) -> None:
    """Add the sums of products of all pairs of columns to ``out``; exact.

    scores: (n_columns, n_rows), |scores| < 2**20; out: (n_columns, n_columns), symmetric. A sum of n_rows products is
    below n_rows * 2**40, so what is added up in one ``out`` cannot overflow within 2**23 rows, whatever they hold;
    columns whose mean square is M hold within 2**63 / M rows (2**31 for scores of unit variance scaled by 2**16).
    """
