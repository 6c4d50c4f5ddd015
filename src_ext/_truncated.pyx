"""Multivariate normal rows truncated to unions of intervals."""
from cython.parallel cimport prange
from libc.stdint cimport uint64_t
from libc.stdlib cimport free, malloc

cdef extern from "sf_truncated.h" nogil:
    ctypedef struct sf_box:
        Py_ssize_t n_bounded, n_segments
        const double* factor
        const double* precision
        const double* lower
        const double* upper
        Py_ssize_t n_rows
        uint64_t key
        int n_candidates, n_sweeps
    double sf_truncated_row(const sf_box* box, const double* shift, Py_ssize_t row, double* z, double* noise,
                            double* kept) noexcept

cdef enum:
    CHUNK = 256


cdef void fill_chunk(
    const sf_box* box, const double* shift, Py_ssize_t start, Py_ssize_t stop, double* out, double* weight
) noexcept nogil:
    cdef Py_ssize_t row, k, n = box.n_bounded
    cdef double* z = <double*> malloc(3 * n * sizeof(double))
    for row in range(start, stop):
        if z == NULL:
            weight[row] = -1.0
            continue
        weight[row] = sf_truncated_row(box, shift, row, z, z + n, z + 2 * n)
        for k in range(n):
            out[k * box.n_rows + row] = z[k]
    free(z)


def fill_truncated(
    const double[:, ::1] factor not None,     # IN (n_bounded, n_bounded) lower Cholesky factor of the covariance
    const double[:, ::1] precision not None,  # IN (n_bounded, n_bounded) its inverse
    const double[:, ::1] shift not None,      # IN (n_bounded, n_rows) means
    const double[:, :, ::1] lower not None,   # IN (n_bounded, n_segments, n_rows)
    const double[:, :, ::1] upper not None,   # IN (n_bounded, n_segments, n_rows)
    uint64_t key,
    int n_candidates,
    int n_sweeps,
    double[:, ::1] out not None,              # OUT (n_bounded, n_rows)
    double[::1] weight not None,              # OUT (n_rows,) estimated probability of each row's box; 0: impossible, -1: no memory
    int n_threads,
):
    cdef sf_box box
    cdef Py_ssize_t n_rows = shift.shape[1], n_chunks = (n_rows + CHUNK - 1) // CHUNK, c, stop
    if n_rows == 0 or shift.shape[0] == 0 or lower.shape[1] == 0:
        weight[:] = 0.0
        return
    box.n_bounded = shift.shape[0]
    box.n_segments = lower.shape[1]
    box.factor = &factor[0, 0]
    box.precision = &precision[0, 0]
    box.lower = &lower[0, 0, 0]
    box.upper = &upper[0, 0, 0]
    box.n_rows = n_rows
    box.key = key
    box.n_candidates = n_candidates
    box.n_sweeps = n_sweeps
    for c in prange(n_chunks, nogil=True, num_threads=n_threads, schedule="dynamic", use_threads_if=n_chunks > 4):
        stop = (c + 1) * CHUNK if (c + 1) * CHUNK < n_rows else n_rows
        fill_chunk(&box, &shift[0, 0], c * CHUNK, stop, &out[0, 0], &weight[0])
