"""Weighted sums of latent rows, and stratified uniforms with given ranks."""
from cython.parallel cimport prange

cdef extern from "sf_copula.h" nogil:
    void sf_combine(const double* weights, const double* rows, Py_ssize_t stride, Py_ssize_t n_weights,
                    Py_ssize_t n, double* out) noexcept
    void sf_stratify(const double* z, const double* jitter, double* out) noexcept

cdef enum:
    CHUNK = 4096
    STRATUM = 1024


def combine_rows(
    const double[:, ::1] weights not None,  # IN (n_out, n_in)
    const double[:, ::1] rows not None,     # IN (n_in, n)
    double[:, ::1] out not None,            # OUT (n_out, n)
    int n_threads,
):
    cdef Py_ssize_t n_out = weights.shape[0], n_in = weights.shape[1], n = rows.shape[1]
    cdef Py_ssize_t n_chunks = (n + CHUNK - 1) // CHUNK
    cdef Py_ssize_t c, i, size
    if n_out == 0 or n == 0:
        return
    for c in prange(n_chunks, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n_chunks * n_out * n_in > 4096):
        size = CHUNK if (c + 1) * CHUNK <= n else n - c * CHUNK
        for i in range(n_out):
            sf_combine(
                &weights[i, 0] if n_in else NULL, &rows[0, c * CHUNK] if n_in else NULL, n, n_in, size,
                &out[i, c * CHUNK],
            )


def fill_stratified(
    const double[::1] z not None,       # IN (n,), n a multiple of 1,024
    const double[::1] jitter not None,  # IN (n,) uniforms in (0, 1)
    double[::1] out not None,           # OUT (n,)
    int n_threads,
):
    cdef Py_ssize_t n_strata = z.shape[0] // STRATUM, s
    for s in prange(n_strata, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n_strata > 128):
        sf_stratify(&z[s * STRATUM], &jitter[s * STRATUM], &out[s * STRATUM])
