from typing import Any

import numpy as np
from numpy.typing import NDArray

def order_rows(
    values: NDArray[np.float64], rows: NDArray[np.int64], keys: NDArray[np.float64], ends: NDArray[np.float64]
) -> None:
    """Reorder ``rows``, 0 .. n - 1 on entry, so that each 64 of ``values`` (n, n_dims) lie near each other.

    ``keys`` (n,) and ``ends`` (2 n_dims,) are scratch.
    """

def sum_kernels(
    kind: int,
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    center: NDArray[np.float64],
    log_weight: NDArray[np.float64],
    least_scale: NDArray[np.float64],
    offset: NDArray[Any],
    weight: NDArray[Any],
    scale: NDArray[np.float64],
    code: NDArray[np.int32],
    code_low: NDArray[np.int32],
    code_high: NDArray[np.int32],
    penalty: NDArray[np.float64],
    ordered: NDArray[np.uint8],
    image_dim: NDArray[np.int64],
    far: float,
    at: NDArray[np.float64],
    at_code: NDArray[np.int32],
    image: NDArray[np.float64],
    skip: NDArray[np.int64],
    shift: NDArray[np.float64],
    rtol: float,
    least: float,
    u: NDArray[np.float64],
    out: NDArray[np.float64],
    chosen: NDArray[np.int64],
    n_threads: int,
) -> None:
    """Fill ``out`` (n,) with logs of weighted sums of kernels (1 at their centre) at ``at`` (n, n_dims), in bandwidths.

    Rows lie in tiles of 64: boxes ``low``, ``high`` (n_dims, n_tiles), ``center`` (n_tiles, n_dims), ``offset`` from it
    (n_tiles, n_dims, 64), ``weight`` (n_tiles, 64), logs of their sums ``log_weight`` (n_tiles,), inverse bandwidths of
    the rows' own ``scale`` (n_tiles, 64) and their least (n_tiles,), or empty. ``offset`` and ``weight`` are both
    float64, or both float32: Gaussian only, offsets times the root of log2(e) / 2, without scales and images. ``kind``
    is 0 Gaussian, 1 tophat, 2 Epanechnikov, 3 exponential, 4 linear, 5 cosine.

    Levels ``code`` (n_tiles, n_levels, 64), within ``code_low`` and ``code_high`` (n_levels, n_tiles), count
    exp(-``penalty``) for each level, or ``ordered`` step, that they differ from ``at_code`` (n, n_levels). ``image``
    (n, n_images) are mirror images of the queries in the dimensions ``image_dim``, ascending; factors below
    exp(-``far``) are left out. ``skip`` (n,) is a place (tile times 64 plus lane) that does not count, or -1.

    Tiles are left out while their bounds add up to less than ``rtol`` of the sum. In float64 sums are taken times
    exp(-``shift``) (n,), NaN: as the bounds suggest; in float32 ``shift`` is 0. Sums below ``least`` give NaN, -inf
    where nothing reaches, inf without memory. ``chosen`` (n,) gets the place that the fraction ``u`` (n,) of the sum
    falls on.
    """

def find_peaks(
    kind: int,
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    center: NDArray[np.float64],
    log_weight: NDArray[np.float64],
    least_scale: NDArray[np.float64],
    offset: NDArray[np.float64],
    weight: NDArray[np.float64],
    scale: NDArray[np.float64],
    code: NDArray[np.int32],
    code_low: NDArray[np.int32],
    code_high: NDArray[np.int32],
    penalty: NDArray[np.float64],
    ordered: NDArray[np.uint8],
    at: NDArray[np.float64],
    at_code: NDArray[np.int32],
    skip: NDArray[np.int64],
    out: NDArray[np.float64],
    n_threads: int,
) -> None:
    """Fill ``out`` (n,) with the largest log of weight times kernel at each query, Gaussian or exponential.

    Arguments are those of `sum_kernels`.
    """

def fill_moments(x: NDArray[np.float64], weight: NDArray[np.float64], moments: NDArray[np.float64]) -> None:
    """Add rows ``x`` (n,), in bandwidths from the first cell's start, to ``moments`` (n_cells, n_moments).

    Cells are a quarter wide; moment k is the sum of ``weight`` exp(-y^2 / 2) y^k, y told from the cell's centre.
    """

def sum_series(
    at: NDArray[np.float64], series: NDArray[np.float64], reach: float, out: NDArray[np.float64], n_threads: int
) -> None:
    """Fill ``out`` (n,) with the sums of Gaussians at ``at`` (n,) from ``series`` (n_moments, n_cells).

    ``series`` are the moments of `fill_moments` over k!; cells further than ``reach``, at most 15, are left out.
    """

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
