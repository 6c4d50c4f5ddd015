"""Sorting, ordering and ranking of float64 values by radix."""
from libc.stdint cimport int64_t, uint64_t

cdef extern from "sf_sort.h" nogil:
    void sf_sort_values(const double *values, int64_t n, uint64_t *out, uint64_t *scratch) noexcept
    void sf_argsort_values(const double *values, int64_t n, uint64_t *order, uint64_t *scratch) noexcept
    void sf_rank_values(const double *values, int64_t n, int method, uint64_t *ranks, uint64_t *items) noexcept


def sort_values(const double[::1] values not None, uint64_t[::1] out not None, uint64_t[::1] scratch not None):
    if values.shape[0] > 0:
        with nogil:
            sf_sort_values(&values[0], values.shape[0], &out[0], &scratch[0])


def argsort_values(const double[::1] values not None, uint64_t[::1] order not None, uint64_t[::1] scratch not None):
    if values.shape[0] > 0:
        with nogil:
            sf_argsort_values(&values[0], values.shape[0], &order[0], &scratch[0])


def rank_values(
    const double[::1] values not None, int method, uint64_t[::1] ranks not None, uint64_t[::1] scratch not None
):
    if values.shape[0] > 0:
        with nogil:
            sf_rank_values(&values[0], values.shape[0], method, &ranks[0], &scratch[0])


def count_runs(
    const double[::1] sorted_values not None, double[::1] values not None, int64_t[::1] counts not None
):
    cdef int64_t i, run = -1
    cdef double x, before
    with nogil:
        for i in range(sorted_values.shape[0]):
            x = sorted_values[i]
            if run < 0 or (x != before and (x == x or before == before)):
                run += 1
                values[run] = x
                counts[run] = 0
            counts[run] += 1
            before = x
    return run + 1
