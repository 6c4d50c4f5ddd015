"""Exact sums of products of all pairs of integer columns."""
from cython.parallel import prange
from libc.stdint cimport int32_t, int64_t

cdef extern from "sf_crossprod.h" nogil:
    enum:
        SF_BLOCK_ROWS
    int64_t sf_count_tiles(int64_t n_columns)
    void sf_add_tile(
        const int32_t *scores, int64_t stride, int64_t n, int64_t n_columns, int64_t tile, int64_t *out
    ) noexcept


def accumulate_crossprod(const int32_t[:, ::1] scores not None, int64_t[:, ::1] out not None, int n_threads):
    cdef int64_t n_columns = scores.shape[0], n_rows = scores.shape[1]
    cdef int64_t block, start, n, tile, n_tiles = sf_count_tiles(n_columns)
    cdef const int32_t *first
    cdef int64_t *sums
    if n_columns == 0 or n_rows == 0:
        return
    first = &scores[0, 0]
    sums = &out[0, 0]
    with nogil:
        for block in range((n_rows + SF_BLOCK_ROWS - 1) // SF_BLOCK_ROWS):
            start = block * SF_BLOCK_ROWS
            n = min(<int64_t>SF_BLOCK_ROWS, n_rows - start)
            for tile in prange(
                n_tiles, num_threads=n_threads, use_threads_if=n_tiles * n > 100_000, schedule="static"
            ):
                sf_add_tile(first + start, n_rows, n, n_columns, tile, sums)
