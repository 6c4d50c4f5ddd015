"""Microaggregation: groups of at least k rows that lie near each other."""
from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.stdlib cimport calloc, free, malloc

cdef extern from "sf_mdav.h" nogil:
    void sf_mdav(
        double *points, int64_t n_columns, int64_t stride, int64_t *n_left, int64_t k, int32_t *rows, double *distances,
        double *centre, int64_t *heap, uint8_t *mark, int32_t *groups, int32_t *next_group, int64_t work
    ) noexcept

cdef int64_t WORK = 1 << 25  # numbers looked at between two looks for an interrupt: some hundredths of a second


def group_near(
    double[:, ::1] points not None,     # IN (n_columns, n), used up
    int64_t k,                          # 1 .. n
    int32_t[::1] groups not None,       # OUT (n,)
):
    cdef int64_t n_columns = points.shape[0], n = points.shape[1], n_left = n, i
    cdef int32_t group = 0
    cdef int32_t *rows
    cdef double *distances
    cdef double *centre
    cdef int64_t *heap
    cdef uint8_t *mark
    if n == 0:
        return 0
    rows = <int32_t *>malloc(n * sizeof(int32_t))
    distances = <double *>malloc(n * sizeof(double))
    centre = <double *>malloc((n_columns + 1) * sizeof(double))
    heap = <int64_t *>malloc(k * sizeof(int64_t))
    mark = <uint8_t *>calloc(n, 1)
    try:
        if rows == NULL or distances == NULL or centre == NULL or heap == NULL or mark == NULL:
            raise MemoryError
        for i in range(n):
            rows[i] = <int32_t>i
        while n_left >= 2 * k:
            with nogil:
                sf_mdav(
                    &points[0, 0], n_columns, n, &n_left, k, rows, distances, centre, heap, mark, &groups[0], &group, WORK
                )
            PyErr_CheckSignals()
        for i in range(n_left):
            groups[rows[i]] = group
        return group + (n_left > 0)
    finally:
        free(rows)
        free(distances)
        free(centre)
        free(heap)
        free(mark)
