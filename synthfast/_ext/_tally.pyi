import numpy as np
from numpy.typing import NDArray

N_FIGURES: int

def find_worst(
    starts: NDArray[np.int64],
    values: NDArray[np.int64],
    counts: NDArray[np.int64],
    sizes: NDArray[np.int64],
    overall: NDArray[np.float64],
    law: NDArray[np.float64],
    area: NDArray[np.float64],
    n_used: int,
    l: int,
    top: NDArray[np.int64],
    worst: NDArray[np.float64],
    minority: NDArray[np.int64],
    n_threads: int,
) -> None:
    """Fill worst[chunk]: of a stretch of the classes the largest share, fewest values, least exp(entropy), largest
    r_1 / (r_l + ...), largest distance from the overall law with values equally far apart and in a row, largest
    |ln(q / p)|, largest (q - p) / p, and that once more, infinite beyond -ln p.

    Entries start[c] .. start[c + 1] - 1 are those of class c: values ascending, counts of at least one row, which sum
    to ``sizes[c]``. ``law`` is the running sum of ``overall``, ``area`` that of ``law``, from 0 on. ``n_used`` values
    come in the table. ``minority[chunk]``: rows outside the most frequent value of their class.
    """
