import numpy as np
from numpy.typing import NDArray

def accumulate_mixture(
    values: NDArray[np.float64],
    codes: NDArray[np.int32],
    run_starts: NDArray[np.int64],
    seen: NDArray[np.uint8],
    log_weights: NDArray[np.float64],
    means: NDArray[np.float64],
    covariances: NDArray[np.float64],
    level_logs: NDArray[np.float64],
    moments: NDArray[np.float64],
    level_sums: NDArray[np.float64],
    log_likelihood: NDArray[np.float64],
    n_threads: int,
) -> int:
    """Fill sums over rows, weighed by the shares of the components, for each of n_parts runs of rows.

    ``values`` (n_columns, n_rows) of rows sorted into runs that begin at ``run_starts`` (n_runs + 1,) and have the
    numbers ``seen`` (n_runs, n_columns); ``codes`` (n_rows, n_code_columns) are rows of ``level_logs`` (n_levels,
    n_padded), n_padded being the components filled up to a multiple of 8. ``means`` (n_components, n_columns);
    ``covariances`` (n_components, n_columns, n_columns), or variances (n_components, 1, n_columns). ``moments``
    (n_parts, n_components, 1 + n_columns + size of a covariance): sums of shares, of numbers and, on and below the
    diagonal, of products, about the means; missing numbers enter with their mean and covariance given the others.
    ``level_sums`` (n_parts, n_levels, n_padded) and ``log_likelihood`` (n_parts,).
    Returns 0, or 1 where a covariance is not positive definite, 2 where memory ran out, 3 for both.
    """

def score_mixture(
    values: NDArray[np.float64],
    codes: NDArray[np.int32],
    run_starts: NDArray[np.int64],
    seen: NDArray[np.uint8],
    log_weights: NDArray[np.float64],
    means: NDArray[np.float64],
    covariances: NDArray[np.float64],
    level_logs: NDArray[np.float64],
    log_density: NDArray[np.float64],
    shares: NDArray[np.float64],
    n_threads: int,
) -> int:
    """Fill ``log_density`` (n_rows,) and ``shares`` (n_rows, n_components); arguments as in `accumulate_mixture`.

    A row that no component can have given has -inf and shares of 0. Returns what `accumulate_mixture` does.
    """

def draw_gaussians(
    component: NDArray[np.int32],
    means: NDArray[np.float64],
    factors: NDArray[np.float64],
    z: NDArray[np.float64],
    n_threads: int,
) -> None:
    """Turn standard normals ``z`` (d, n) into rows of their ``component`` (n,), in place: mean + factor z.

    ``means`` (n_components, n_filled) and ``factors`` (n_components, d, n_filled), the columns of lower triangular
    factors; both are filled up with zeros from d to n_filled.
    """

def draw_independent(
    component: NDArray[np.int32],
    means: NDArray[np.float64],
    deviations: NDArray[np.float64],
    z: NDArray[np.float64],
    n_threads: int,
) -> None:
    """Turn standard normals ``z`` (d, n) into mean + deviation z, in place.

    ``means`` and ``deviations`` are (n_components, d).
    """

def draw_levels(
    component: NDArray[np.int32],
    cumulated: NDArray[np.float64],
    u: NDArray[np.float64],
    out: NDArray[np.int32],
    n_threads: int,
) -> None:
    """Fill ``out`` (n,) with the first level whose running sum passes ``u`` (n,).

    ``cumulated`` (n_components, n_levels) are running sums of probabilities.
    """
