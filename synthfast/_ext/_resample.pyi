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
    where at least ``n_out`` rows have weight, what exceeds one row is spread over the others: none is taken twice.
    """

def balance_rows(
    group: NDArray[np.uint8],
    weight: NDArray[np.float64],
    key: NDArray[np.uint64],
    n_passes: int,
    deviation: NDArray[np.float64],
    out: NDArray[np.int32],
    n_threads: int,
) -> None:
    """Trade rows that `resample_rows` chose so that groups hold as many of them as their weights add up to.

    ``group`` is (n_columns, n_strata * n_in) of 0 .. 31, ``weight`` (n_strata, n_in) as `resample_rows` left it and
    ``deviation`` a scratch (n_strata, 32 * n_columns). Every pass proposes for each chosen row another one of its share
    of the weights, and trades them if the squared deviations of all groups together fall; ``key`` seeds the proposals.
    """
