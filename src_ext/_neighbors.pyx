"""Exact k nearest rows: an order of the rows that makes tight boxes, and the search of groups of queries among them."""
from cython.parallel cimport prange, threadid
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t

cdef extern from "sf_neighbor_order.h" nogil:
    int64_t sf_halve_segment(
        const float *places, const uint8_t *marks, int64_t n_numbers, int64_t n_codes, double unequal, double *keys,
        int64_t *rows, int64_t n
    ) noexcept

cdef extern from "sf_neighbor_bytes.h" nogil:
    int sf_has_byte_products()
    void sf_round_block(
        const float *places, int64_t n_numbers, float fineness, uint8_t *cells, int32_t *halves, float *errors
    ) noexcept

cdef extern from "sf_neighbors.h" nogil:
    ctypedef struct sf_neighbor_bytes:
        float fineness
        int64_t n_fours
        const uint8_t *cells
        const int32_t *halves
        const float *errors
    ctypedef struct sf_neighbor_tree:
        int64_t n_numbers, n_codes, n_lead, n_blocks, n_levels
        int single
        double mismatch, unit, slack, haste
        const void *rows
        const int32_t *codes
        const int64_t *row_of
        const float *places
        const float *lead_half
        const float *tail_half
        const uint8_t *marks
        const float *low
        const float *high
        const float *radius
        const int64_t *starts
        sf_neighbor_bytes bytes
    ctypedef struct sf_neighbor_queries:
        const void *rows
        const int32_t *codes
        const int64_t *row_of
        const int64_t *slot_of
        const float *places
        const float *lead_half
        const float *tail_half
        const uint8_t *marks
        sf_neighbor_bytes bytes
        int own
    void sf_find_neighbors(
        const sf_neighbor_tree *t, const sf_neighbor_queries *all, int64_t group, int64_t k, float *scratch,
        int8_t *bytes, double *found, int64_t *nearest
    ) noexcept

ctypedef fused real:
    float
    double


def has_byte_products():
    return bool(sf_has_byte_products())


def round_blocks(
    const float[:, :, ::1] places not None,   # IN (n_blocks, n_numbers, 64)
    float fineness,
    uint8_t[:, :, :, ::1] cells not None,     # OUT (n_blocks, n_fours, 64, 4)
    int32_t[:, ::1] halves not None,          # OUT (n_blocks, 64)
    float[:, ::1] errors not None,            # OUT (n_blocks, 64)
    int n_threads,
):
    cdef int64_t n_blocks = places.shape[0], n_numbers = places.shape[1], b
    for b in prange(n_blocks, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n_blocks > 64):
        sf_round_block(&places[b, 0, 0], n_numbers, fineness, &cells[b, 0, 0, 0], &halves[b, 0], &errors[b, 0])


def halve_segments(
    const float[:, ::1] places not None,    # IN (n_rows, n_numbers)
    const uint8_t[:, ::1] marks not None,   # IN (n_rows, n_codes)
    double unequal,
    const int64_t[::1] starts not None,     # IN (n_segments,)
    const int64_t[::1] stops not None,      # IN (n_segments,)
    double[::1] keys not None,              # SCRATCH (n_rows,)
    int64_t[::1] order not None,            # IN, OUT (n_rows,) a permutation
    int64_t[::1] lefts not None,            # OUT (n_segments,)
    int n_threads,
):
    cdef int64_t n_numbers = places.shape[1], n_codes = marks.shape[1], n_segments = starts.shape[0], s
    cdef const float *place = &places[0, 0] if places.shape[0] and n_numbers else NULL
    cdef const uint8_t *mark = &marks[0, 0] if marks.shape[0] and n_codes else NULL
    for s in prange(n_segments, nogil=True, num_threads=n_threads, schedule="dynamic", use_threads_if=n_segments > 1):
        lefts[s] = sf_halve_segment(
            place, mark, n_numbers, n_codes, unequal, &keys[starts[s]], &order[starts[s]], stops[s] - starts[s]
        )


def find_neighbors(
    const real[:, ::1] rows not None,          # IN (n_rows, n_numbers)
    const int32_t[:, ::1] codes not None,      # IN (n_rows, n_codes)
    const int64_t[:, ::1] row_of not None,     # IN (n_blocks, 64)
    const float[:, :, ::1] places not None,    # IN (n_blocks, n_numbers, 64)
    const float[:, :, ::1] halves not None,    # IN (2, n_blocks, 64)
    const uint8_t[:, :, ::1] marks not None,   # IN (n_blocks, n_codes, 64)
    const float[:, :, ::1] low not None,       # IN (n_box_blocks, n_numbers + n_codes, 64)
    const float[:, :, ::1] high not None,      # IN (n_box_blocks, n_numbers + n_codes, 64)
    const float[:, ::1] radius not None,       # IN (n_box_blocks, 64)
    const int64_t[::1] starts not None,        # IN (n_levels + 1,)
    const real[:, ::1] query_rows not None,    # IN (n_query_rows, n_numbers)
    const int32_t[:, ::1] query_codes not None,     # IN (n_query_rows, n_codes)
    const int64_t[:, ::1] query_row_of not None,    # IN (n_groups, 64)
    const int64_t[:, ::1] query_slot_of not None,   # IN (n_groups, 64)
    const float[:, :, ::1] query_places not None,   # IN (n_groups, n_numbers, 64)
    const float[:, :, ::1] query_halves not None,   # IN (2, n_groups, 64)
    const uint8_t[:, :, ::1] query_marks not None,  # IN (n_groups, n_codes, 64)
    const uint8_t[:, :, :, ::1] cells not None,        # IN (n_blocks, n_fours, 64, 4), or no blocks
    const int32_t[:, ::1] cell_halves not None,        # IN (n_blocks, 64)
    const float[::1] errors not None,                  # IN (n_blocks,)
    const uint8_t[:, :, :, ::1] query_cells not None,  # IN (n_groups, n_fours, 64, 4), or no blocks
    const int32_t[:, ::1] query_cell_halves not None,  # IN (n_groups, 64)
    const float[:, ::1] query_errors not None,         # IN (n_groups, 64)
    float fineness,
    bint own,
    int64_t n_lead,
    double mismatch,
    double unit,
    double slack,
    double haste,
    float[:, ::1] scratch not None,            # SCRATCH (n_threads, 64 * n_numbers + 2 * (n_numbers + n_codes))
    int8_t[:, ::1] byte_scratch not None,      # SCRATCH (n_threads, 256 * n_fours)
    double[:, ::1] found not None,             # OUT (n_queries, k)
    int64_t[:, ::1] nearest not None,          # OUT (n_queries, k)
    int n_threads,
):
    cdef int64_t n_groups = query_row_of.shape[0], n_codes = marks.shape[1], k = found.shape[1], g
    cdef sf_neighbor_tree tree
    cdef sf_neighbor_queries queries
    if n_groups == 0 or k == 0:
        return
    tree.n_numbers, tree.n_codes, tree.n_lead = places.shape[1], n_codes, n_lead
    tree.n_blocks, tree.n_levels = row_of.shape[0], starts.shape[0] - 1
    tree.single = sizeof(real) == 4
    tree.mismatch, tree.unit, tree.slack, tree.haste = mismatch, unit, slack, haste
    tree.rows, tree.row_of, tree.places = &rows[0, 0], &row_of[0, 0], &places[0, 0, 0]
    tree.lead_half, tree.tail_half = &halves[0, 0, 0], &halves[1, 0, 0]
    tree.low, tree.high, tree.radius, tree.starts = &low[0, 0, 0], &high[0, 0, 0], &radius[0, 0], &starts[0]
    tree.codes = &codes[0, 0] if n_codes else NULL
    tree.marks = &marks[0, 0, 0] if n_codes else NULL
    queries.rows, queries.row_of, queries.slot_of = &query_rows[0, 0], &query_row_of[0, 0], &query_slot_of[0, 0]
    queries.places = &query_places[0, 0, 0]
    queries.lead_half, queries.tail_half = &query_halves[0, 0, 0], &query_halves[1, 0, 0]
    queries.codes = &query_codes[0, 0] if n_codes else NULL
    queries.marks = &query_marks[0, 0, 0] if n_codes else NULL
    queries.own = own
    tree.bytes.cells = NULL
    if cells.shape[0]:
        tree.bytes.fineness, tree.bytes.n_fours = fineness, cells.shape[1]
        tree.bytes.cells, tree.bytes.halves = &cells[0, 0, 0, 0], &cell_halves[0, 0]
        tree.bytes.errors = &errors[0]
        queries.bytes.n_fours, queries.bytes.cells = cells.shape[1], &query_cells[0, 0, 0, 0]
        queries.bytes.halves, queries.bytes.errors = &query_cell_halves[0, 0], &query_errors[0, 0]
    for g in prange(n_groups, nogil=True, num_threads=n_threads, schedule="dynamic", use_threads_if=n_groups > 2):
        sf_find_neighbors(
            &tree, &queries, g, k, &scratch[threadid(), 0], &byte_scratch[threadid(), 0], &found[0, 0], &nearest[0, 0]
        )
