"""Exact sums of products of all pairs of integer columns."""
from cython.parallel import prange
from libc.stdint cimport int32_t, int64_t

cdef extern from "sf_crossprod.h" nogil:
    int64_t sf_count_tiles(int64_t n_columns)
    void sf_add_tiles(
        const int32_t *scores, int64_t n_rows, int64_t n_columns, int64_t first, int64_t last, int64_t *out
    ) noexcept


def accumulate_crossprod(const int32_t[:, ::1] scores not None, int64_t[:, ::1] out not None, int n_threads):
    # Tiles are dealt out by thread, so that threads meet once: integers, so the split cannot show.
    cdef int64_t n_columns = scores.shape[0], n_rows = scores.shape[1]
    cdef int64_t share, n_tiles = sf_count_tiles(n_columns), n_shares = min(<int64_t>n_threads, n_tiles)
    cdef const int32_t *first
    cdef int64_t *sums
    if n_columns == 0 or n_rows == 0:
        return
    first = &scores[0, 0]
    sums = &out[0, 0]
    with nogil:
        for share in prange(
            n_shares, num_threads=n_shares, use_threads_if=n_tiles * n_rows > 100_000, schedule="static"
        ):
            sf_add_tiles(
                first, n_rows, n_columns, share * n_tiles // n_shares, (share + 1) * n_tiles // n_shares, sums
            )
