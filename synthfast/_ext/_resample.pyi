import numpy as np
from numpy.typing import NDArray

def resample_rows(
    log_weight: NDArray[np.float64],
    place: NDArray[np.float64],
    once: bool,
    weight: NDArray[np.float64],
    out: NDArray[np.int32],
    n_threads: int,
) -> None:
    """Choose rows of each stratum by weight: out[s] are n_out of the n_in rows of stratum s, ascending.

    ``log_weight`` and the scratch ``weight`` are (n_strata, n_in), ``place`` holds one uniform in [0, 1) a stratum. The
    comb of systematic resampling gives each row its expected count, up or down to a whole number. With ``once``, and
    where more than ``n_out`` rows have weight, what exceeds one row is spread over the others: none is taken twice.
    """
