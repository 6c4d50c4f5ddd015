"""Gamma-type special functions: scalars for likelihood equations, sums over a column, exp and log of columns."""
from cython.parallel cimport prange

cdef extern from "sf_special.h" nogil:
    void sf_polygamma(double x, double *out) noexcept
    void sf_gamma_gaps(double a, double *out) noexcept
    double sf_solve_gamma_shape(double gap) noexcept
    void sf_solve_beta_shapes(double mean_log, double mean_log1m, double *shapes) noexcept

cdef extern from *:
    """
    #include "sf_math.h"
    SF_CLONES static void sf_exp_chunk(const double *x, long n, double *out) {
        for (long i = 0; i < n; i++) out[i] = sf_exp(x[i] < 709.0 ? x[i] : 709.0);
    }
    SF_CLONES static void sf_log_chunk(const double *x, long n, double *out) {
        for (long i = 0; i < n; i++) out[i] = sf_log(x[i]);
    }
    """
    void sf_exp_chunk(const double *x, long n, double *out) noexcept nogil
    void sf_log_chunk(const double *x, long n, double *out) noexcept nogil

cdef enum:
    CHUNK = 4096
    SERIAL_BELOW = 32768


def polygamma(double x):
    cdef double g[3]
    sf_polygamma(x, g)
    return g[0], g[1], g[2]


def gamma_gaps(double a):
    cdef double g[3]
    sf_gamma_gaps(a, g)
    return g[0], g[1], g[2]


def solve_gamma_shape(double gap):
    return sf_solve_gamma_shape(gap)


def solve_beta_shapes(double mean_log, double mean_log1m):
    cdef double shapes[2]
    sf_solve_beta_shapes(mean_log, mean_log1m, shapes)
    return shapes[0], shapes[1]


def sum_polygammas(const double[::1] x not None, const double[::1] w not None, double shift,
                   double[::1] out not None, double[:, ::1] scratch not None, int n_threads):
    """scratch: (n_chunks, 3); chunks are added in order."""
    cdef Py_ssize_t n = x.shape[0], n_chunks = (n + CHUNK - 1) // CHUNK, c, s
    with nogil:
        for c in prange(n_chunks, num_threads=n_threads, use_threads_if=n > CHUNK, schedule="static"):
            add_polygammas(&x[c * CHUNK], &w[c * CHUNK], min(<Py_ssize_t>CHUNK, n - c * CHUNK), shift, &scratch[c, 0])
        for s in range(3):
            out[s] = 0.0
            for c in range(n_chunks):
                out[s] += scratch[c, s]


cdef void add_polygammas(const double *x, const double *w, Py_ssize_t n, double shift, double *out) noexcept nogil:
    cdef double g[3]
    cdef Py_ssize_t i
    out[0] = out[1] = out[2] = 0.0
    for i in range(n):
        sf_polygamma(x[i] + shift, g)
        out[0] += w[i] * g[0]
        out[1] += w[i] * g[1]
        out[2] += w[i] * g[2]


def exp_values(const double[::1] x not None, double[::1] out not None, int n_threads):
    cdef Py_ssize_t n = x.shape[0], c
    with nogil:
        for c in prange((n + CHUNK - 1) // CHUNK, num_threads=n_threads, use_threads_if=n > SERIAL_BELOW, schedule="static"):
            sf_exp_chunk(&x[c * CHUNK], <long>min(<Py_ssize_t>CHUNK, n - c * CHUNK), &out[c * CHUNK])


def log_values(const double[::1] x not None, double[::1] out not None, int n_threads):
    cdef Py_ssize_t n = x.shape[0], c
    with nogil:
        for c in prange((n + CHUNK - 1) // CHUNK, num_threads=n_threads, use_threads_if=n > SERIAL_BELOW, schedule="static"):
            sf_log_chunk(&x[c * CHUNK], <long>min(<Py_ssize_t>CHUNK, n - c * CHUNK), &out[c * CHUNK])
