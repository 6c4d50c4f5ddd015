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
