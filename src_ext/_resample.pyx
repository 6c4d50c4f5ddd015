"""Systematic resampling of rows by weight, one stratum after another."""
from cython.parallel cimport prange
from libc.stdint cimport int32_t

cdef extern from "sf_resample.h" nogil:
    void sf_resample(const double *log_weight, Py_ssize_t n_in, Py_ssize_t n_out, double place, int once,
                     double *weight, int32_t *out) noexcept


def resample_rows(
    const double[:, ::1] log_weight not None,   # IN (n_strata, n_in), at least one finite value in each
    const double[::1] place not None,           # IN (n_strata,) in [0, 1)
    int once,                                   # 1: no row twice where enough rows have weight
    double[:, ::1] weight not None,             # SCRATCH (n_strata, n_in)
    int32_t[:, ::1] out not None,               # OUT (n_strata, n_out) ascending
    int n_threads,
):
    cdef Py_ssize_t n_strata = log_weight.shape[0], n_in = log_weight.shape[1], n_out = out.shape[1], s
    if n_strata == 0 or n_in == 0 or n_out == 0:
        return
    for s in prange(n_strata, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n_strata > 16):
        sf_resample(&log_weight[s, 0], n_in, n_out, place[s], once, &weight[s, 0], &out[s, 0])
