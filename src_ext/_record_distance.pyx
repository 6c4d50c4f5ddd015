"""Exact nearest rows of mixed tables: an order of the rows that makes tight boxes, the search among the boxes, and how
many rows lie within a distance."""
from cython.parallel cimport prange
from libc.stdint cimport int64_t

cdef extern from "sf_record_distance.h" nogil:
    ctypedef struct sf_record_tree:
        int64_t n_columns, n_numbers, n_blocks, n_levels
        int squared
        const double *rows
        const int64_t *row_of
        const double *low
        const double *high
        const int64_t *starts
    void sf_find_nearest(
        const sf_record_tree *t, const double *queries, const int64_t *order, int64_t first, int64_t last,
        int exclude_own, int64_t k, double *costs, int64_t *nearest
    ) noexcept
    void sf_count_within(
        const sf_record_tree *t, const double *queries, const int64_t *order, int64_t first, int64_t last,
        int exclude_own, const double *most, int64_t *counts
    ) noexcept
    void sf_order_rows(
        const double *points, int64_t n_columns, int64_t n_numbers, int squared, double *keys, int64_t *rows, int64_t n
    ) noexcept

cdef enum:
    CHUNK = 64  # queries


def order_rows(
    const double[:, ::1] points not None,  # IN (n_rows, n_columns)
    int64_t n_numbers,
    bint squared,
    double[::1] keys not None,             # SCRATCH (n_rows,)
    int64_t[::1] order not None,           # IN, OUT (n_rows,) a permutation
):
    cdef int64_t n_rows = points.shape[0]
    if n_rows > 0:
        with nogil:
            sf_order_rows(&points[0, 0], points.shape[1], n_numbers, squared, &keys[0], &order[0], n_rows)


cdef sf_record_tree tree_of(
    const double[:, ::1] queries, const double[:, :, ::1] rows, const int64_t[:, ::1] row_of,
    const double[:, :, ::1] low, const double[:, :, ::1] high, const int64_t[::1] starts, int64_t n_numbers,
    bint squared,
) noexcept:
    cdef sf_record_tree tree
    tree.n_columns, tree.n_numbers, tree.squared = queries.shape[1], n_numbers, squared
    tree.n_blocks, tree.n_levels = rows.shape[0], starts.shape[0] - 1
    tree.rows, tree.row_of, tree.starts = &rows[0, 0, 0], &row_of[0, 0], &starts[0]
    tree.low = &low[0, 0, 0] if low.shape[0] else NULL
    tree.high = &high[0, 0, 0] if low.shape[0] else NULL
    return tree


def find_nearest(
    const double[:, ::1] queries not None,   # IN (n_queries, n_columns)
    const int64_t[::1] order not None,       # IN (n_queries,) in which to answer them
    const double[:, :, ::1] rows not None,   # IN (n_blocks, n_columns, 64)
    const int64_t[:, ::1] row_of not None,   # IN (n_blocks, 64)
    const double[:, :, ::1] low not None,    # IN (n_box_blocks, n_columns, 64)
    const double[:, :, ::1] high not None,   # IN (n_box_blocks, n_columns, 64)
    const int64_t[::1] starts not None,      # IN (n_levels + 1,)
    int64_t n_numbers,
    bint squared,
    bint exclude_own,
    double[:, ::1] costs not None,           # OUT (n_queries, k)
    int64_t[:, ::1] nearest not None,        # OUT (n_queries, k)
    int n_threads,
):
    cdef int64_t n_queries = queries.shape[0], n_chunks = (n_queries + CHUNK - 1) // CHUNK, c
    cdef sf_record_tree tree
    if n_queries == 0 or costs.shape[1] == 0:
        return
    tree = tree_of(queries, rows, row_of, low, high, starts, n_numbers, squared)
    for c in prange(
        n_chunks, nogil=True, num_threads=n_threads, schedule="dynamic",
        use_threads_if=n_queries * rows.shape[0] > 10_000,
    ):
        sf_find_nearest(
            &tree, &queries[0, 0], &order[0], c * CHUNK, min((c + 1) * CHUNK, n_queries), exclude_own, costs.shape[1],
            &costs[0, 0], &nearest[0, 0],
        )


def count_within(
    const double[:, ::1] queries not None,   # IN (n_queries, n_columns)
    const int64_t[::1] order not None,       # IN (n_queries,) in which to answer them
    const double[:, :, ::1] rows not None,   # IN (n_blocks, n_columns, 64)
    const int64_t[:, ::1] row_of not None,   # IN (n_blocks, 64)
    const double[:, :, ::1] low not None,    # IN (n_box_blocks, n_columns, 64)
    const double[:, :, ::1] high not None,   # IN (n_box_blocks, n_columns, 64)
    const int64_t[::1] starts not None,      # IN (n_levels + 1,)
    int64_t n_numbers,
    bint squared,
    bint exclude_own,
    const double[::1] most not None,         # IN (n_queries,) cost
    int64_t[::1] counts not None,            # OUT (n_queries,)
    int n_threads,
):
    cdef int64_t n_queries = queries.shape[0], n_chunks = (n_queries + CHUNK - 1) // CHUNK, c
    cdef sf_record_tree tree
    if n_queries == 0:
        return
    tree = tree_of(queries, rows, row_of, low, high, starts, n_numbers, squared)
    for c in prange(
        n_chunks, nogil=True, num_threads=n_threads, schedule="dynamic",
        use_threads_if=n_queries * rows.shape[0] > 10_000,
    ):
        sf_count_within(
            &tree, &queries[0, 0], &order[0], c * CHUNK, min((c + 1) * CHUNK, n_queries), exclude_own, &most[0],
            &counts[0],
        )
