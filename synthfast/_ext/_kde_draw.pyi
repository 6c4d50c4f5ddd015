from typing import Any

import numpy as np
from numpy.typing import NDArray

def fill_noise(kind: int, values: NDArray[np.float64], n_threads: int) -> None:
    """Turn uniforms ``values`` (n,) into draws from a kernel of bandwidth 1, in place."""

def place_rows(
    rows: NDArray[np.float64],
    fixed: NDArray[np.uint8],
    local: NDArray[np.float64],
    factor: NDArray[np.float64],
    bandwidth: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    index: NDArray[np.int64],
    noise: NDArray[Any],
    out: NDArray[np.float64],
    n_threads: int,
) -> int:
    """Fill ``out`` (n_dims, n) with rows ``index`` (n,) of ``rows`` (n_rows, n_dims) with noise on them.

    ``noise`` (n_dims, n), float32 or float64, is mapped by ``factor`` (n_dims, n_dims), taken times ``bandwidth``
    (n_dims,) and the row's ``local`` (n_rows,), and the result folded between ``low`` and ``high`` (n_dims,); cells
    that are ``fixed`` (n_rows, n_dims) stay. ``factor``, ``local`` and ``fixed`` may be empty. 0 is returned, or a
    number of chunks without memory.
    """

def weigh_rows(
    kind: int,
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    center: NDArray[np.float64],
    bandwidth: NDArray[np.float64],
    out: NDArray[np.float64],
    n_threads: int,
) -> None:
    """Fill ``out`` (n,) with the probability of intervals ``lower`` to ``upper`` (n_segments,) under each kernel."""

def cut_noise(
    kind: int,
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    center: NDArray[np.float64],
    bandwidth: NDArray[np.float64],
    noise: NDArray[np.float64],
    n_threads: int,
) -> None:
    """Turn uniforms ``noise`` (n,) into draws in the intervals, in bandwidths from each kernel's ``center`` (n,)."""

def weigh_boxes(
    factor: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    step: NDArray[np.float64],
    n_points: int,
    out: NDArray[np.float64],
    n_threads: int,
) -> None:
    """Fill ``out`` (n,) with the probability of boxes under a normal with Cholesky ``factor`` (n_bounded, n_bounded).

    ``lower`` and ``upper`` are (n_bounded, n_segments, n), at most 64 columns; column k takes its places from the
    multiples of ``step`` (n_bounded,) at ``n_points`` lattice points.
    """

def draw_boxes(
    factor: NDArray[np.float64],
    precision: NDArray[np.float64],
    shift: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    key: int,
    n_candidates: int,
    n_sweeps: int,
    out: NDArray[np.float64],
    n_threads: int,
) -> int:
    """Fill ``out`` (n_bounded, n) with normals of Cholesky ``factor`` (n_bounded, n_bounded) within each row's box.

    ``lower`` and ``upper`` are (n_bounded, n_segments, n), ``shift`` (n_bounded, n) zeros, ``precision`` the inverse of
    the covariance. Draws are exact up to 32 refusals, then resampled of ``n_candidates`` and refreshed by ``n_sweeps``.
    Rows depend on ``key`` and their place alone. 0 is returned, or a number of chunks without memory.
    """

def draw_levels(
    ordered: bool,
    leave: float,
    allowed: NDArray[np.int32],
    rank: NDArray[np.int32],
    mass: NDArray[np.float64],
    own: NDArray[np.int32],
    u: NDArray[np.float64],
    out: NDArray[np.int32],
    n_threads: int,
) -> None:
    """Fill ``out`` (n,) with levels drawn from the kernels of ``own`` (n,), at the fractions ``u`` (n,); -1 stays.

    ``allowed`` (n_allowed,) are the codes that may come, ``rank`` (n_levels,) their places or -1, ``mass`` (n_levels,)
    the total of each own level's kernel over them. ``leave`` is the probability of another level than the own, or with
    an order the factor of each step.
    """
