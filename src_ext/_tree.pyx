"""One classification or regression tree over coded features, its routing, and draws from its leaves."""
from cython.parallel cimport prange
from libc.stdint cimport int32_t, uint8_t, uint16_t
from libc.stdlib cimport free

cdef extern from "sf_tree.h" nogil:
    ctypedef struct sf_tree:
        const uint8_t *codes
        Py_ssize_t n_rows
        int n_features
        const int32_t *n_codes
        int n_classes, min_leaf, max_depth
    ctypedef struct sf_tree_out:
        int32_t *feature
        int32_t *left
        int32_t *right
        int32_t *start
        int32_t *stop
        uint16_t *threshold
    ctypedef struct sf_step:
        pass
    int32_t sf_grow_tree(sf_tree tree, const uint16_t *target, const int32_t *label, const sf_tree_out *out,
                         int32_t *order, int n_threads) noexcept
    sf_step *sf_make_steps(const int32_t *feature, const uint16_t *threshold, const int32_t *left,
                           const int32_t *right, Py_ssize_t n_nodes) noexcept
    void sf_route(const uint8_t *codes, Py_ssize_t n_rows, Py_ssize_t first, Py_ssize_t stop, const sf_step *steps,
                  int32_t *out) noexcept
    void sf_draw_leaves(const int32_t *node, Py_ssize_t first, Py_ssize_t stop, const int32_t *starts,
                        const int32_t *stops, const uint16_t *donors, const double *u, uint16_t *out,
                        double *rest) noexcept
    int sf_sort_leaf(uint16_t *values, Py_ssize_t n) noexcept

cdef enum:
    CHUNK = 4096
    LEAVES = 64


def grow_tree(
    const uint8_t[:, ::1] codes not None,   # IN (n_features, n_rows)
    const int32_t[::1] n_codes not None,   # IN (n_features,)
    const uint16_t[::1] target not None,   # IN (n_rows,)
    const int32_t[::1] label not None,     # IN (n_target,) score or class of each target code
    int n_classes,
    int min_leaf,
    int max_depth,
    int32_t[::1] feature not None,         # OUT these six: (at least 2 * (n_rows // min_leaf) + 1,)
    uint16_t[::1] threshold not None,
    int32_t[::1] left not None,
    int32_t[::1] right not None,
    int32_t[::1] start not None,
    int32_t[::1] stop not None,
    int32_t[::1] order not None,           # OUT (n_rows,)
    int n_threads,
):
    cdef sf_tree tree
    cdef sf_tree_out out
    cdef int32_t n_nodes
    cdef Py_ssize_t n = target.shape[0]
    tree.n_rows = n
    tree.n_features = <int> codes.shape[0]
    tree.codes = &codes[0, 0] if tree.n_features and n else NULL
    tree.n_codes = &n_codes[0] if tree.n_features else NULL
    tree.n_classes = n_classes
    tree.min_leaf = min_leaf
    tree.max_depth = max_depth
    out.feature = &feature[0]
    out.threshold = &threshold[0]
    out.left = &left[0]
    out.right = &right[0]
    out.start = &start[0]
    out.stop = &stop[0]
    with nogil:
        n_nodes = sf_grow_tree(
            tree, &target[0] if n else NULL, &label[0] if n else NULL, &out, &order[0] if n else NULL, n_threads
        )
    if n_nodes < 0:
        raise MemoryError("growing a tree")
    return n_nodes


def route_rows(
    const uint8_t[:, ::1] codes not None,        # IN (n_features, n_rows)
    const int32_t[::1] feature not None,        # IN these four: (n_nodes,)
    const uint16_t[::1] threshold not None,
    const int32_t[::1] left not None,
    const int32_t[::1] right not None,
    int32_t[::1] node not None,                 # OUT (n_rows,)
    int n_threads,
):
    cdef Py_ssize_t n = node.shape[0], n_nodes = feature.shape[0]
    cdef Py_ssize_t n_chunks = (n + CHUNK - 1) // CHUNK, c
    cdef sf_step *steps
    if n == 0:
        return
    if n_nodes == 1:  # and there may be no feature at all
        node[:] = 0
        return
    steps = sf_make_steps(&feature[0], &threshold[0], &left[0], &right[0], n_nodes)
    if steps == NULL:
        raise MemoryError("routing rows")
    for c in prange(n_chunks, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n_chunks > 4):
        sf_route(&codes[0, 0], n, c * CHUNK, min(n, (c + 1) * CHUNK), steps, &node[0])
    free(steps)


def draw_leaves(
    const int32_t[::1] node not None,     # IN (n,) leaf of each draw
    const int32_t[::1] start not None,    # IN (n_nodes,)
    const int32_t[::1] stop not None,     # IN (n_nodes,)
    const uint16_t[::1] donors not None,  # IN (n_donors,) sorted within each leaf
    const double[::1] u not None,         # IN (n,) in [0, 1)
    uint16_t[::1] out not None,           # OUT (n,)
    double[::1] rest not None,            # OUT (n,) may be u
    int n_threads,
):
    cdef Py_ssize_t n = node.shape[0], n_chunks = (n + CHUNK - 1) // CHUNK, c
    if n == 0:
        return
    for c in prange(n_chunks, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n_chunks > 4):
        sf_draw_leaves(&node[0], c * CHUNK, min(n, (c + 1) * CHUNK), &start[0], &stop[0], &donors[0], &u[0], &out[0],
                       &rest[0])


def sort_leaves(
    uint16_t[::1] donors not None,       # IN and OUT (n_donors,)
    const int32_t[::1] start not None,   # IN (n_leaves,) slices that do not overlap
    const int32_t[::1] stop not None,    # IN (n_leaves,)
    int n_threads,
):
    cdef Py_ssize_t n = start.shape[0], n_chunks = (n + LEAVES - 1) // LEAVES, c, i
    cdef int failed = 0
    for c in prange(n_chunks, nogil=True, num_threads=n_threads, schedule="dynamic", use_threads_if=n_chunks > 4):
        for i in range(c * LEAVES, min(n, (c + 1) * LEAVES)):
            if stop[i] > start[i]:
                failed += sf_sort_leaf(&donors[start[i]], stop[i] - start[i]) != 0
    if failed:
        raise MemoryError("sorting leaves")
