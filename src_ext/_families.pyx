"""Weighted sums behind the likelihoods of the parametric families: one pass, fixed chunks, any thread count."""
from cython.parallel cimport prange

cdef extern from "sf_families.h" nogil:
    ctypedef struct sf_point:
        double first
        double second
        double third
    ctypedef void (*sf_chunk)(const double *, const double *, long, sf_point, double *) noexcept nogil
    void sf_moment_chunk(const double *, const double *, long, sf_point, double *) noexcept
    void sf_edge_chunk(const double *, const double *, long, sf_point, double *) noexcept
    void sf_log_chunk(const double *, const double *, long, sf_point, double *) noexcept
    void sf_tilt_chunk(const double *, const double *, long, sf_point, double *) noexcept
    void sf_power_chunk(const double *, const double *, long, sf_point, double *) noexcept
    void sf_logistic_chunk(const double *, const double *, long, sf_point, double *) noexcept
    void sf_student_chunk(const double *, const double *, long, sf_point, double *) noexcept

cdef enum:
    CHUNK = 4096
    SERIAL_BELOW = 262144  # a pass of less is over before a second thread is awake on a busy machine


cdef void add_chunks(
    sf_chunk chunk, const double[::1] x, const double[::1] w, sf_point at,
    double[::1] out, double[:, ::1] scratch, int n_threads
) noexcept nogil:
    """Sum by fixed chunks into scratch (n_chunks, n_sums), then add the chunks in order."""
    cdef Py_ssize_t n = x.shape[0], n_chunks = (n + CHUNK - 1) // CHUNK, c, s, start
    cdef const double* weights
    for c in prange(n_chunks, num_threads=n_threads, use_threads_if=n > SERIAL_BELOW, schedule="static"):
        start = c * CHUNK
        weights = &w[start] if w.shape[0] else NULL
        chunk(&x[start], weights, <long>min(<Py_ssize_t>CHUNK, n - start), at, &scratch[c, 0])
    for s in range(out.shape[0]):
        out[s] = 0.0
        for c in range(n_chunks):
            out[s] += scratch[c, s]


def sum_moments(const double[::1] x not None, const double[::1] w not None, double centre,
                double[::1] out not None, double[:, ::1] scratch not None, int n_threads):
    with nogil:
        add_chunks(sf_moment_chunk, x, w, sf_point(centre, 0.0, 0.0), out, scratch, n_threads)


def sum_edge(const double[::1] x not None, const double[::1] w not None, double edge, double inverse_unit,
             double[::1] out not None, double[:, ::1] scratch not None, int n_threads):
    with nogil:
        add_chunks(sf_edge_chunk, x, w, sf_point(edge, inverse_unit, 0.0), out, scratch, n_threads)


def sum_logs(const double[::1] x not None, const double[::1] w not None, double edge, double inverse_unit,
             double[::1] out not None, double[:, ::1] scratch not None, int n_threads):
    with nogil:
        add_chunks(sf_log_chunk, x, w, sf_point(edge, inverse_unit, 0.0), out, scratch, n_threads)


def sum_tilted(const double[::1] x not None, const double[::1] w not None, double origin, double tilt,
               double[::1] out not None, double[:, ::1] scratch not None, int n_threads):
    with nogil:
        add_chunks(sf_tilt_chunk, x, w, sf_point(origin, tilt, 0.0), out, scratch, n_threads)


def sum_powers(const double[::1] x not None, const double[::1] w not None, double edge, double inverse_unit,
               double power, double[::1] out not None, double[:, ::1] scratch not None, int n_threads):
    with nogil:
        add_chunks(sf_power_chunk, x, w, sf_point(edge, inverse_unit, power), out, scratch, n_threads)


def sum_logistic(const double[::1] x not None, const double[::1] w not None, double centre, double inverse_scale,
                 double[::1] out not None, double[:, ::1] scratch not None, int n_threads):
    with nogil:
        add_chunks(sf_logistic_chunk, x, w, sf_point(centre, inverse_scale, 0.0), out, scratch, n_threads)


def sum_student(const double[::1] x not None, const double[::1] w not None, double centre, double inverse_scale,
                double inverse_df, double[::1] out not None, double[:, ::1] scratch not None, int n_threads):
    with nogil:
        add_chunks(sf_student_chunk, x, w, sf_point(centre, inverse_scale, inverse_df), out, scratch, n_threads)
