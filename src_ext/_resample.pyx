"""Systematic resampling of rows by weight, one stratum after another."""
from cython.parallel cimport prange
from libc.stdint cimport int32_t, uint8_t, uint64_t

cdef extern from "sf_resample.h" nogil:
    void sf_resample(const double *log_weight, Py_ssize_t n_in, Py_ssize_t n_out, double place, int once,
                     double *weight, int32_t *out) noexcept
    void sf_balance(const uint8_t *group, Py_ssize_t stride, Py_ssize_t n_columns, Py_ssize_t n_in, Py_ssize_t n_out,
                    const double *weight, uint64_t key, int n_passes, double *deviation, int32_t *out) noexcept


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


def balance_rows(
    const uint8_t[:, ::1] group not None,       # IN (n_columns, n_strata * n_in) below 32
    const double[:, ::1] weight not None,       # IN (n_strata, n_in) as resample_rows left it
    const uint64_t[::1] key not None,           # IN (n_strata,) of the random proposals
    int n_passes,
    double[:, ::1] deviation not None,          # SCRATCH (n_strata, 32 * n_columns)
    int32_t[:, ::1] out not None,               # IN/OUT (n_strata, n_out)
    int n_threads,
):
    cdef Py_ssize_t n_strata = weight.shape[0], n_in = weight.shape[1], n_out = out.shape[1], s
    cdef Py_ssize_t n_columns = group.shape[0], stride = group.shape[1]
    if n_strata == 0 or n_in == 0 or n_out == 0 or n_columns == 0:
        return
    for s in prange(n_strata, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n_strata > 4):
        sf_balance(&group[0, s * n_in], stride, n_columns, n_in, n_out, &weight[s, 0], key[s], n_passes,
                   &deviation[s, 0], &out[s, 0])
