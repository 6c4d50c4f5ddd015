"""Nearest rows of categories by the value difference metric, without a matrix of distances."""
from cython.parallel cimport prange
from libc.math cimport INFINITY
from libc.stdint cimport int32_t, int64_t

cdef extern from "sf_value_difference.h" nogil:
    enum:
        SF_SIDE
    ctypedef struct sf_levels:
        Py_ssize_t n_rows, n_columns, n_classes, k
        const int32_t *codes
        const double *shares
        const int64_t *offsets
    void sf_fill_levels(const sf_levels *levels, Py_ssize_t first, double *tile) noexcept
    void sf_search_levels(const sf_levels *levels, Py_ssize_t first, Py_ssize_t last, const double *tiles,
                          Py_ssize_t begin, Py_ssize_t n_tiles, double *costs, int64_t *nearest) noexcept

cdef enum:
    CHUNK = 64  # rows that are looked for at a time


def find_nearest(
    const int32_t[:, ::1] codes not None,   # IN (n_rows, n_columns)
    const double[:, ::1] shares not None,   # IN (n_levels, n_classes)
    const int64_t[::1] offsets not None,    # IN (n_columns,) where a column's levels begin
    double[:, ::1] tiles not None,          # SCRATCH (n_tiles, n_columns * n_classes * 16)
    double[:, ::1] costs not None,          # OUT (n_rows, k) squared distances, ascending
    int64_t[:, ::1] nearest not None,       # OUT (n_rows, k) of equally near rows the lower first
    int n_threads,
):
    cdef sf_levels levels
    cdef Py_ssize_t n_rows = codes.shape[0], n_tiles = tiles.shape[0], n_chunks = (n_rows + CHUNK - 1) // CHUNK
    cdef Py_ssize_t begin, chunk, t
    costs[:] = INFINITY
    nearest[:] = -1
    if n_rows == 0 or codes.shape[1] == 0 or costs.shape[1] == 0:
        return
    levels.n_rows, levels.n_columns, levels.n_classes, levels.k = n_rows, codes.shape[1], shares.shape[1], costs.shape[1]
    levels.codes, levels.shares, levels.offsets = &codes[0, 0], &shares[0, 0], &offsets[0]
    with nogil:
        begin = 0
        while begin < n_rows:
            for t in prange(n_tiles, num_threads=n_threads, schedule="static", use_threads_if=n_rows > 4096):
                sf_fill_levels(&levels, begin + t * SF_SIDE, &tiles[t, 0])
            for chunk in prange(n_chunks, num_threads=n_threads, schedule="static", use_threads_if=n_rows > 512):
                sf_search_levels(
                    &levels, chunk * CHUNK, min(<Py_ssize_t>(chunk + 1) * CHUNK, n_rows), &tiles[0, 0], begin, n_tiles,
                    &costs[0, 0], &nearest[0, 0],
                )
            begin += n_tiles * SF_SIDE
