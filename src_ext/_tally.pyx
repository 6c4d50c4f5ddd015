"""Sensitive values counted class by class: the worst of every figure that privacy models ask for."""
from cython.parallel cimport prange
from libc.stdint cimport int64_t

cdef extern from "sf_tally.h" nogil:
    enum:
        SF_FIGURES
    ctypedef struct sf_tally:
        const int64_t *starts
        const int64_t *values
        const int64_t *counts
        const int64_t *sizes
        const double *overall
        const double *law
        const double *area
        int64_t n_values
        int64_t n_used
        int64_t l
    void sf_worst_figures(
        const sf_tally *tally, int64_t first, int64_t last, int64_t n_entries, int64_t n_classes, int64_t *top,
        double *worst, int64_t *minority
    ) noexcept

N_FIGURES = SF_FIGURES


def find_worst(
    const int64_t[::1] starts not None,      # IN (n_classes,) first entry of each class; every class has one
    const int64_t[::1] values not None,      # IN (n_entries,) ascending in each class
    const int64_t[::1] counts not None,      # IN (n_entries,) rows, at least one
    const int64_t[::1] sizes not None,       # IN (n_classes,) rows of each class
    const double[::1] overall not None,      # IN (n_values,) share of each value
    const double[::1] law not None,          # IN (n_values,) running sum of the shares
    const double[::1] area not None,         # IN (n_values + 1,) running sum of the law, from 0 on
    int64_t n_used,                          # values that come
    int64_t l,                               # at least 1
    int64_t[:, ::1] top not None,            # SCRATCH (n_chunks, l - 1), one column at least
    double[:, ::1] worst not None,           # OUT (n_chunks, N_FIGURES) of stretches of the classes
    int64_t[::1] minority not None,          # OUT (n_chunks,) rows outside the most frequent value of their class
    int n_threads,
):
    cdef int64_t n_classes = starts.shape[0], n_entries = counts.shape[0], n_chunks = worst.shape[0], chunk
    cdef sf_tally tally
    if n_classes == 0 or n_chunks == 0:
        return
    tally.starts, tally.values, tally.counts, tally.sizes = &starts[0], &values[0], &counts[0], &sizes[0]
    tally.overall, tally.law, tally.area = &overall[0], &law[0], &area[0]
    tally.n_values, tally.n_used, tally.l = overall.shape[0], n_used, l
    for chunk in prange(n_chunks, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n_entries > 65536):
        sf_worst_figures(
            &tally, n_classes * chunk // n_chunks, n_classes * (chunk + 1) // n_chunks, n_entries, n_classes,
            &top[chunk, 0], &worst[chunk, 0], &minority[chunk])
