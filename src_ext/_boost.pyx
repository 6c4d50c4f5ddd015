"""Boosted oblivious trees on byte codes: growing them for a binary target, and their sums for rows."""
from cython.parallel cimport prange
from libc.stdint cimport int32_t, uint8_t, uint16_t, uint64_t

cdef extern from "sf_boost.h" nogil:
    ctypedef struct sf_boost_task:
        const uint8_t *codes
        const int32_t *n_codes
        const uint8_t *target
        float *score
        Py_ssize_t n_rows
        int n_features, depth, max_trees, patience, n_trial, n_tried, n_bag
        float rate, ridge
        uint64_t key
        int32_t *feature
        uint8_t *threshold
        float *leaf
        double *gain
    int sf_boost(const sf_boost_task *task) noexcept
    void sf_add_forest(const uint8_t *codes, Py_ssize_t stride, Py_ssize_t n, const int32_t *feature,
                       const uint8_t *threshold, const float *leaf, Py_ssize_t n_trees, int depth, float *score) noexcept
    void sf_split_shares(const float *score, const double *share, Py_ssize_t n, double *left, double *right) noexcept
    void sf_log_sides(const float *score, const uint8_t *right, Py_ssize_t n, double *log_share) noexcept
    void sf_take_sides(const float *score, Py_ssize_t n, double *u, uint8_t *right) noexcept

cdef enum:
    CHUNK = 4096
    PART = 256


def grow_forest(
    const uint8_t[:, ::1] codes not None,   # IN (n_features, n_rows), rows in random order
    const int32_t[::1] n_codes not None,    # IN (n_features,) codes of each feature, 1 to 256
    const uint8_t[::1] target not None,     # IN (n_rows,) 0 or 1
    float[::1] score not None,              # IN/OUT (n_rows,) log odds
    int patience,
    int n_trial,                            # first trees that must help together, 0 for none
    int n_tried,                            # features tried for each tree, 1 to n_features
    int n_bag,                              # of 32 stretches of rows that a tree is grown on, 1 to 31
    float rate,
    float ridge,
    uint64_t key,
    int32_t[:, ::1] feature not None,       # OUT (max_trees, depth)
    uint8_t[:, ::1] threshold not None,     # OUT (max_trees, depth)
    float[:, ::1] leaf not None,            # OUT (max_trees, 2^depth)
    double[::1] gain not None,              # OUT (max_trees,)
):
    cdef sf_boost_task task
    cdef int n_trees
    if codes.shape[0] == 0 or codes.shape[1] == 0 or feature.shape[0] == 0:
        return 0
    task.codes = &codes[0, 0]
    task.n_codes = &n_codes[0]
    task.target = &target[0]
    task.score = &score[0]
    task.n_rows = codes.shape[1]
    task.n_features = <int>codes.shape[0]
    task.depth = <int>feature.shape[1]
    task.max_trees = <int>feature.shape[0]
    task.patience = patience
    task.n_trial = n_trial
    task.n_tried = n_tried
    task.n_bag = n_bag
    task.rate = rate
    task.ridge = ridge
    task.key = key
    task.feature = &feature[0, 0]
    task.threshold = &threshold[0, 0]
    task.leaf = &leaf[0, 0]
    task.gain = &gain[0]
    with nogil:
        n_trees = sf_boost(&task)
    if n_trees < 0:
        raise MemoryError("grow_forest: no memory for the histograms.")
    return n_trees


def add_forest(
    const uint8_t[:, ::1] codes not None,       # IN (n_features, n_rows)
    const int32_t[:, ::1] feature not None,     # IN (n_trees, depth)
    const uint8_t[:, ::1] threshold not None,   # IN (n_trees, depth)
    const float[:, ::1] leaf not None,          # IN (n_trees, 2^depth)
    float[::1] score not None,                  # IN/OUT (n_rows,)
    int n_threads,
):
    cdef Py_ssize_t n = codes.shape[1], n_trees = feature.shape[0], c, size
    cdef Py_ssize_t n_chunks = (n + CHUNK - 1) // CHUNK
    cdef int depth = <int>feature.shape[1]
    if n == 0 or n_trees == 0:
        return
    for c in prange(n_chunks, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n_chunks > 1 and n_chunks * n_trees > 64):
        size = CHUNK if (c + 1) * CHUNK <= n else n - c * CHUNK
        sf_add_forest(&codes[0, c * CHUNK], n, size, &feature[0, 0], &threshold[0, 0], &leaf[0, 0], n_trees, depth,
                      &score[c * CHUNK])


def take_steps(
    const float[::1] score not None,        # IN (m,) log odds of the right side
    const int32_t[:, ::1] child not None,   # IN (n_nodes, 2) node of the next depth, or -1 - leaf
    double[::1] u not None,                 # IN/OUT (n,) uniforms in [0, 1)
    int32_t[::1] rows not None,             # IN/OUT (m,) then those whose walk goes on
    uint16_t[::1] node not None,            # IN/OUT (m,) then their nodes
    uint16_t[::1] leaf not None,            # OUT (n,) of the rows whose walk has ended
):
    cdef Py_ssize_t m = score.shape[0], part, start, size, i, n_left = 0
    cdef double place[PART]
    cdef uint8_t right[PART]
    cdef int32_t row, to
    with nogil:
        for part in range((m + PART - 1) // PART):
            start = part * PART
            size = PART if start + PART <= m else m - start
            for i in range(size):
                place[i] = u[rows[start + i]]
            sf_take_sides(&score[start], size, place, right)
            for i in range(size):
                row = rows[start + i]
                to = child[node[start + i], right[i]]
                u[row] = place[i]
                if to < 0:
                    leaf[row] = <uint16_t>(-1 - to)
                else:
                    rows[n_left] = row
                    node[n_left] = <uint16_t>to
                    n_left += 1
    return n_left


def split_shares(
    const float[::1] score not None,        # IN (n,) log odds of the right side
    const double[::1] share not None,       # IN (n,) of the rows that come this far
    double[::1] left not None,              # OUT (n,)
    double[::1] right not None,             # OUT (n,)
):
    cdef Py_ssize_t n = score.shape[0]
    if n:
        with nogil:
            sf_split_shares(&score[0], &share[0], n, &left[0], &right[0])


def log_sides(
    const float[::1] score not None,        # IN (n,) log odds of the right side
    const uint8_t[::1] right not None,      # IN (n,) side taken
    double[::1] log_share not None,         # OUT (n,) log probability of that
):
    cdef Py_ssize_t n = score.shape[0]
    if n:
        with nogil:
            sf_log_sides(&score[0], &right[0], n, &log_share[0])
