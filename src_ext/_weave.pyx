"""Columns of a table written as the rows of a matrix."""
from cython.parallel cimport prange

cdef extern from "sf_weave.h" nogil:
    void sf_weave_columns(const double *columns, Py_ssize_t pitch, Py_ssize_t n_columns, Py_ssize_t n,
                          int past, double *out) noexcept

cdef enum:
    CHUNK = 1024


def weave_columns(
    const double[:, ::1] columns not None,  # IN (n_columns, at least n_rows)
    double[:, ::1] out not None,            # OUT (n_rows, n_columns)
    int past,                               # whether to store past the caches
    int n_threads,
):
    cdef Py_ssize_t n = out.shape[0], n_columns = out.shape[1], n_chunks = (n + CHUNK - 1) // CHUNK, c
    if n == 0 or n_columns == 0:
        return
    for c in prange(n_chunks, nogil=True, num_threads=n_threads, schedule="static",
                    use_threads_if=n * n_columns > 65536):
        sf_weave_columns(&columns[0, c * CHUNK], columns.shape[1], n_columns,
                         CHUNK if (c + 1) * CHUNK <= n else n - c * CHUNK, past, &out[c * CHUNK, 0])
