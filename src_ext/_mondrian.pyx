"""Mondrian: rows cut into parts of at least k."""
from cython.parallel cimport prange
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t
from libc.stdlib cimport free, malloc

cdef extern from "sf_mondrian.h" nogil:
    ctypedef struct sf_bench:
        pass
    ctypedef struct sf_mondrian:
        int64_t n, n_columns, k
        int cut
        double *columns
        int32_t *rows
        uint8_t *starts
        const double *scale
        const int64_t *tables
        const int64_t *n_leaves
        const int32_t *nodes
        const double *spans
        int64_t n_secrets
        int32_t *secrets
        const int64_t *laws_at
        const double *laws
        const uint8_t *ordered
        const int64_t *heights
        const int64_t *trees_at
        const int32_t *trees
        int diversity
        double l, c, alpha, t
        double *keep
        int32_t *keep_rows
        uint16_t *side
    sf_bench *sf_new_bench(int64_t n_columns, int64_t n_values, int64_t n_children) noexcept
    void sf_free_bench(sf_bench *b) noexcept
    int sf_cut_part(const sf_mondrian *m, sf_bench *b, int64_t start, int64_t stop) noexcept
    void sf_cut_all(const sf_mondrian *m, sf_bench *b, int64_t start, int64_t stop) noexcept
    int64_t sf_next_start(const sf_mondrian *m, int64_t start, int64_t stop) noexcept

cdef enum:
    PART_ROWS = 65536  # parts of more rows are cut side by side, smaller ones each to the end by one thread


cdef int64_t gather_parts(const sf_mondrian *m, int64_t *parts) noexcept nogil:
    """Where parts start; how many there are."""
    cdef int64_t start = 0, n_parts = 0
    while start < m.n:
        parts[n_parts] = start
        n_parts += 1
        start = sf_next_start(m, start, m.n)
    parts[n_parts] = m.n
    return n_parts


cdef int cut_side_by_side(
    const sf_mondrian *m, const int64_t *parts, int64_t n_parts, int whole, int64_t n_values, int64_t n_children,
    int *failed, int n_threads
) noexcept nogil:
    """Cuts each large part once, or each part to the end; returns how many were cut once."""
    cdef int64_t p
    cdef int n_cut = 0
    cdef sf_bench *b
    for p in prange(n_parts, num_threads=n_threads, schedule="dynamic", use_threads_if=n_parts > 1):
        if not whole and parts[p + 1] - parts[p] <= PART_ROWS:
            continue
        b = sf_new_bench(m.n_columns, n_values, n_children)
        if b == NULL:
            failed[0] = 1
        elif whole:
            sf_cut_all(m, b, parts[p], parts[p + 1])
        else:
            n_cut += sf_cut_part(m, b, parts[p], parts[p + 1])
        sf_free_bench(b)
    return n_cut


def cut_rows(
    double[:, ::1] columns not None,          # IN/OUT (n_columns, n) -DBL_MAX is missing; permuted with the rows
    int32_t[::1] rows not None,               # IN/OUT (n,) permuted
    const double[::1] scale not None,         # IN (n_columns,) span of each column, above 0; 0 for a hierarchical one
    const int64_t[::1] tables not None,       # IN (n_columns,) where a hierarchical column's nodes start
    const int64_t[::1] n_leaves not None,     # IN (n_columns,)
    const int32_t[::1] nodes not None,        # IN node of each leaf, level after level; a node's leaves stand together
    const double[::1] spans not None,         # IN share of the leaves that this node has, 0 for a leaf
    int64_t n_children,                       # the most that a node has, 2 .. 65535
    int32_t[:, ::1] secrets not None,         # IN/OUT (n_secrets, n) permuted with the rows
    const int64_t[::1] laws_at not None,      # IN (n_secrets + 1,)
    const double[::1] laws not None,          # IN share of each value of each secret
    const uint8_t[::1] ordered not None,      # IN (n_secrets,) whether values stand in a row
    const int64_t[::1] heights not None,      # IN (n_secrets,) levels above the values of a secret's hierarchy, 0: none
    const int64_t[::1] trees_at not None,     # IN (n_secrets,) where that hierarchy starts
    const int32_t[::1] trees not None,        # IN a level's number of nodes, then the node above each one below it
    int64_t k,
    int cut,                                  # 0 balanced, 1 below the median, 2 relaxed
    int diversity,                            # 0 none, 1 distinct, 2 entropy, 3 recursive
    double l,
    double c,
    double alpha,                             # 1: no bound
    double t,                                 # 1: no bound
    uint8_t[::1] starts not None,             # IN zeros, OUT (n,) 1 where a part starts
    int n_threads,
):
    cdef sf_mondrian m
    cdef int64_t n = rows.shape[0], n_parts, n_values = 0, s
    cdef int64_t *parts
    cdef int failed = 0, n_cut = 1
    if n == 0:
        return
    m.n, m.n_columns, m.k, m.cut = n, columns.shape[0], k, cut
    m.columns, m.rows, m.starts = &columns[0, 0], &rows[0], &starts[0]
    m.scale, m.tables, m.n_leaves = &scale[0], &tables[0], &n_leaves[0]
    m.nodes, m.spans = &nodes[0], &spans[0]
    m.n_secrets, m.secrets = laws_at.shape[0] - 1, &secrets[0, 0]
    m.laws_at, m.laws, m.ordered = &laws_at[0], &laws[0], &ordered[0]
    m.heights, m.trees_at, m.trees = &heights[0], &trees_at[0], &trees[0]
    m.diversity, m.l, m.c, m.alpha, m.t = diversity, l, c, alpha, t
    for s in range(m.n_secrets):
        n_values = max(n_values, laws_at[s + 1] - laws_at[s])
    starts[0] = 1
    parts = <int64_t *>malloc((n // k + 2) * sizeof(int64_t))
    m.keep = <double *>malloc(n * sizeof(double))
    m.keep_rows = <int32_t *>malloc(n * sizeof(int32_t))
    m.side = <uint16_t *>malloc(n * sizeof(uint16_t))
    if parts != NULL and m.keep != NULL and m.keep_rows != NULL and m.side != NULL:
        with nogil:
            while n_cut > 0 and not failed:
                n_parts = gather_parts(&m, parts)
                n_cut = cut_side_by_side(&m, parts, n_parts, 0, n_values, n_children, &failed, n_threads)
            n_parts = gather_parts(&m, parts)
            if not failed:
                cut_side_by_side(&m, parts, n_parts, 1, n_values, n_children, &failed, n_threads)
    else:
        failed = 1
    free(parts)
    free(m.keep)
    free(m.keep_rows)
    free(m.side)
    if failed:
        raise MemoryError
