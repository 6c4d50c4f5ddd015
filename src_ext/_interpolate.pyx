"""New rows between rows and their neighbours, and the levels that neighbours vote for."""
from cython.parallel cimport prange
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

cdef extern from "sf_interpolate.h" nogil:
    void sf_interpolate64(const double *points, Py_ssize_t n_columns, const uint32_t *links, const int64_t *pairs,
                          const double *steps, Py_ssize_t n, double *out) noexcept
    void sf_interpolate32(const float *points, Py_ssize_t n_columns, const uint32_t *links, const int64_t *pairs,
                          const double *steps, Py_ssize_t n, float *out) noexcept
    int32_t sf_vote(const int32_t *codes, Py_ssize_t n_columns, Py_ssize_t c, const int64_t *neighbors,
                    int64_t n_neighbors, const int32_t *ranks, uint64_t word) noexcept
    uint64_t sf_mix(uint64_t x) noexcept

cdef enum:
    CHUNK = 4096


def interpolate_rows64(
    const double[:, ::1] points not None,  # IN (n_points, n_columns)
    const uint32_t[:, ::1] links not None,  # IN (n_links, 2) rows of points: from and to
    const int64_t[::1] pairs not None,     # IN (n,) rows of links
    const double[::1] steps not None,      # IN (n,) share of the way
    double[:, ::1] out not None,           # OUT (n, n_columns)
    int n_threads,
):
    cdef Py_ssize_t n = out.shape[0], n_columns = out.shape[1], n_chunks = (n + CHUNK - 1) // CHUNK, first, chunk
    if n == 0 or n_columns == 0:
        return
    for chunk in prange(
        n_chunks, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n * n_columns > 65536
    ):
        first = chunk * CHUNK
        sf_interpolate64(
            &points[0, 0], n_columns, &links[0, 0], &pairs[first], &steps[first],
            min(<Py_ssize_t>CHUNK, n - first), &out[first, 0],
        )


def interpolate_rows32(
    const float[:, ::1] points not None,   # IN (n_points, n_columns)
    const uint32_t[:, ::1] links not None,  # IN (n_links, 2) rows of points: from and to
    const int64_t[::1] pairs not None,     # IN (n,) rows of links
    const double[::1] steps not None,      # IN (n,) share of the way
    float[:, ::1] out not None,            # OUT (n, n_columns)
    int n_threads,
):
    cdef Py_ssize_t n = out.shape[0], n_columns = out.shape[1], n_chunks = (n + CHUNK - 1) // CHUNK, first, chunk
    if n == 0 or n_columns == 0:
        return
    for chunk in prange(
        n_chunks, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n * n_columns > 65536
    ):
        first = chunk * CHUNK
        sf_interpolate32(
            &points[0, 0], n_columns, &links[0, 0], &pairs[first], &steps[first],
            min(<Py_ssize_t>CHUNK, n - first), &out[first, 0],
        )


def vote_levels(
    const int32_t[:, ::1] codes not None,      # IN (n_points, n_columns), 0 or more
    const int64_t[:, ::1] neighbors not None,  # IN (n_bases, n_neighbors) rows of codes
    const int64_t[::1] bases not None,         # IN (n,) rows of neighbors
    const int32_t[::1] ranks not None,         # IN (n_levels,) of the levels of all columns, one column after another
    const int64_t[::1] offsets not None,       # IN (n_columns,) where a column's ranks begin
    uint64_t key,
    int64_t start,                             # place of the first row in the endless sequence that the key names
    int32_t[:, ::1] out not None,              # OUT (n, n_columns)
    int n_threads,
):
    cdef Py_ssize_t n = out.shape[0], n_columns = out.shape[1], i, c
    cdef int64_t n_neighbors = neighbors.shape[1]
    cdef uint64_t word
    if n == 0 or n_columns == 0:
        return
    for i in prange(n, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n * n_columns > 4096):
        for c in range(n_columns):
            word = sf_mix(sf_mix(key ^ <uint64_t>(start + i)) + <uint64_t>c)
            out[i, c] = sf_vote(
                &codes[0, 0], n_columns, c, &neighbors[bases[i], 0], n_neighbors, &ranks[offsets[c]], word
            )
