"""Dynamic time warping: matrices of distances, nearest series, one pair's path, and the soft minimum."""
from cython.parallel cimport prange
from libc.math cimport INFINITY
from libc.stdint cimport int64_t
from libc.stdlib cimport free, malloc

cdef extern from "sf_dtw.h" nogil:
    int sf_dtw_level() noexcept
    int sf_dtw_lanes(int level, int bits) noexcept
    int sf_dtw_align_64(int level, const double *x, const double *y, const int64_t *low, const int64_t *high, int64_t n,
                        int64_t m, int64_t d, double *sums) noexcept
    int sf_dtw_align_32(int level, const float *x, const float *y, const int64_t *low, const int64_t *high, int64_t n,
                        int64_t m, int64_t d, float *sums) noexcept
    void sf_dtw_pack_64(int level, const double *others, const int64_t *chosen, int64_t n_chosen, int64_t length,
                        double *packed) noexcept
    void sf_dtw_pack_32(int level, const float *others, const int64_t *chosen, int64_t n_chosen, int64_t length,
                        float *packed) noexcept
    void sf_dtw_search_64(int level, const double *x, const double *lower, const double *upper, int64_t n,
                          const double *others, const double *y_lower, const double *y_upper, int64_t n_others,
                          int64_t m, int64_t d, const int64_t *low, const int64_t *high, int64_t skip, int64_t k,
                          double epsilon, double *bound, int64_t *heap, double *packed, double *sums, double *band,
                          double *tail, double *best, int64_t *nearest) noexcept
    void sf_dtw_search_32(int level, const float *x, const float *lower, const float *upper, int64_t n,
                          const float *others, const float *y_lower, const float *y_upper, int64_t n_others,
                          int64_t m, int64_t d, const int64_t *low, const int64_t *high, int64_t skip, int64_t k,
                          float epsilon, float *bound, int64_t *heap, float *packed, float *sums, float *band,
                          float *tail, float *best, int64_t *nearest) noexcept
    void sf_dtw_envelope_64(const double *x, int64_t length, int64_t d, const int64_t *first, const int64_t *last,
                            int64_t n, int64_t *queue, double *lower, double *upper) noexcept
    void sf_dtw_envelope_32(const float *x, int64_t length, int64_t d, const int64_t *first, const int64_t *last,
                            int64_t n, int64_t *queue, float *lower, float *upper) noexcept
    void sf_dtw_fill(const double *x, int64_t n, const double *y, int64_t m, int64_t d, const int64_t *low,
                     const int64_t *high, double *total) noexcept
    int64_t sf_dtw_trace(const double *total, int64_t n, int64_t m, int64_t *rows, int64_t *columns) noexcept
    double sf_dtw_soft(const double *x, int64_t n, const double *y, int64_t m, int64_t d, const int64_t *low,
                       const int64_t *high, double gamma, double *above, double *row) noexcept

cdef enum:
    QUERIES = 32  # series that one task aligns with one group of others
    LINE = 64

ctypedef fused real:
    float
    double


cdef void *aligned(void *block) noexcept nogil:
    """First place of a block that begins a cache line; blocks are asked for one line longer."""
    return <void *>(((<size_t>block) + LINE - 1) & ~(<size_t>(LINE - 1)))


cdef int align_task(
    const real[:, :, ::1] x, const int64_t *x_length, const real[:, :, ::1] y, const int64_t *y_length,
    const int64_t *low, const int64_t *high, int64_t first, int64_t group, int level, int symmetric,
    double[:, ::1] out
) noexcept nogil:
    """Distances of some series to one group of others; 0 without memory."""
    cdef int lanes = sf_dtw_lanes(level, 8 * sizeof(real))
    cdef int64_t m = y.shape[1], d = x.shape[2], i, l, start = group * lanes, stop = first + QUERIES, count
    cdef int64_t chosen[16]
    cdef void *block = malloc((m * d + m) * lanes * sizeof(real) + LINE)
    cdef real *packed
    cdef real *sums
    cdef double total
    if block == NULL:
        return 0
    packed = <real *>aligned(block)
    sums = packed + m * d * lanes
    count = y.shape[0] - start if y.shape[0] - start < lanes else lanes
    for l in range(count):
        chosen[l] = start + l
    if real is double:
        sf_dtw_pack_64(level, &y[0, 0, 0], chosen, count, m * d, packed)
    else:
        sf_dtw_pack_32(level, &y[0, 0, 0], chosen, count, m * d, packed)
    if stop > x.shape[0]:
        stop = x.shape[0]
    if symmetric and stop > start + count:
        stop = start + count
    for i in range(first, stop):
        if real is double:
            sf_dtw_align_64(level, &x[i, 0, 0], packed, low, high, x_length[i], m, d, sums)
        else:
            sf_dtw_align_32(level, &x[i, 0, 0], packed, low, high, x_length[i], m, d, sums)
        for l in range(count):
            if symmetric and start + l <= i:
                continue
            total = sums[(y_length[start + l] - 1) * lanes + l]
            out[i, start + l] = total
            if symmetric:
                out[start + l, i] = total
    free(block)
    return 1


def fill_distances(
    const real[:, :, ::1] x not None,      # IN (n_x, n, n_variables)
    const int64_t[::1] x_length not None,  # IN (n_x,) 1 .. n
    const real[:, :, ::1] y not None,      # IN (n_y, m, n_variables)
    const int64_t[::1] y_length not None,  # IN (n_y,) 1 .. m
    const int64_t[::1] low not None,       # IN (n,) first column of each row
    const int64_t[::1] high not None,      # IN (n,) one past its last
    bint symmetric,                        # y is x: the upper half is computed, the diagonal left as it is
    double[:, ::1] out not None,           # OUT (n_x, n_y) sums of squares along the best paths
    int n_threads,
):
    cdef int level = sf_dtw_level(), lanes = sf_dtw_lanes(level, 8 * sizeof(real))
    cdef int64_t n_groups = (y.shape[0] + lanes - 1) // lanes, n_chunks = (x.shape[0] + QUERIES - 1) // QUERIES, t
    cdef int failed = 0
    if x.shape[0] == 0 or y.shape[0] == 0 or x.shape[1] == 0 or y.shape[1] == 0 or x.shape[2] == 0:
        return True
    for t in prange(n_groups * n_chunks, nogil=True, num_threads=n_threads, schedule="dynamic",
                    use_threads_if=n_groups * n_chunks > 1):
        if symmetric and (t % n_chunks) * QUERIES >= (t // n_chunks + 1) * lanes:
            continue
        failed += 1 - align_task[real](x, &x_length[0], y, &y_length[0], &low[0], &high[0], (t % n_chunks) * QUERIES,
                                       t // n_chunks, level, symmetric, out)
    return failed == 0


cdef int search_task(
    const real[:, :, ::1] x, const real[:, :, ::1] y, const real[:, :, ::1] lower, const real[:, :, ::1] upper,
    const int64_t *low, const int64_t *high, const int64_t *first, const int64_t *last, int64_t query, int apart,
    int mirrored, real epsilon, real[:, ::1] best, int64_t[:, ::1] nearest
) noexcept nogil:
    """The nearest of one series; 0 without memory."""
    cdef int64_t n = x.shape[1], m = y.shape[1], d = x.shape[2], n_others = y.shape[0], k = best.shape[1]
    cdef int level = sf_dtw_level(), lanes = sf_dtw_lanes(level, 8 * sizeof(real))
    cdef int64_t n_wide = (m * d + m + 2 * n * d + n + 1) * lanes
    cdef void *block = malloc((n_wide + n_others + 2 * m * d) * sizeof(real) + (n_others + n) * sizeof(int64_t) + 2 * LINE)
    cdef real *packed
    cdef real *sums
    cdef real *band
    cdef real *tail
    cdef real *bound
    cdef const real *own_lower
    cdef const real *own_upper
    cdef real *made
    cdef int64_t *heap
    if block == NULL:
        return 0
    heap = <int64_t *>aligned(block)
    packed = <real *>aligned(<void *>(heap + n_others + n))
    sums = packed + m * d * lanes
    band = sums + m * lanes
    tail = band + 2 * n * d * lanes
    bound = tail + (n + 1) * lanes
    made = bound + n_others
    own_lower, own_upper = made, made + m * d
    if mirrored:
        own_lower, own_upper = &lower[query, 0, 0], &upper[query, 0, 0]
    elif real is double:
        sf_dtw_envelope_64(&x[query, 0, 0], n, d, first, last, m, heap, made, made + m * d)
    else:
        sf_dtw_envelope_32(&x[query, 0, 0], n, d, first, last, m, heap, made, made + m * d)
    if real is double:
        sf_dtw_search_64(
            level, &x[query, 0, 0], own_lower, own_upper, n, &y[0, 0, 0], &lower[0, 0, 0], &upper[0, 0, 0], n_others,
            m, d, low, high, query if apart else -1, k, epsilon, bound, heap, packed, sums, band, tail,
            &best[query, 0], &nearest[query, 0])
    else:
        sf_dtw_search_32(
            level, &x[query, 0, 0], own_lower, own_upper, n, &y[0, 0, 0], &lower[0, 0, 0], &upper[0, 0, 0], n_others,
            m, d, low, high, query if apart else -1, k, epsilon, bound, heap, packed, sums, band, tail,
            &best[query, 0], &nearest[query, 0])
    free(block)
    return 1


def find_nearest(
    const real[:, :, ::1] x not None,   # IN (n_x, n, n_variables)
    const real[:, :, ::1] y not None,   # IN (n_y, m, n_variables)
    const int64_t[::1] low not None,    # IN (n,) first column of each row
    const int64_t[::1] high not None,   # IN (n,) one past its last
    const int64_t[::1] first not None,  # IN (m,) first row of each column
    const int64_t[::1] last not None,   # IN (m,) one past its last
    bint apart,                         # y is x: no series is its own neighbour
    real[:, :, ::1] lower not None,     # SCRATCH (n_y, n, n_variables) envelopes of the others
    real[:, :, ::1] upper not None,     # SCRATCH (n_y, n, n_variables)
    int64_t[::1] queue not None,        # SCRATCH (m,)
    real[:, ::1] best not None,         # OUT (n_x, k) sums of squares along the best paths, ascending
    int64_t[:, ::1] nearest not None,   # OUT (n_x, k)
    int n_threads,
):
    cdef real epsilon = 2.220446049250313e-16 if real is double else 1.1920929e-07
    cdef int64_t o, q
    cdef int failed = 0, mirrored = apart and x.shape[1] == y.shape[1]
    if x.shape[0] == 0 or y.shape[0] == 0 or x.shape[1] == 0 or y.shape[1] == 0 or best.shape[1] == 0:
        return True
    if mirrored: # the envelopes of the queries are those of the others where the window is its own mirror image
        for o in range(low.shape[0]):
            mirrored = mirrored and low[o] == first[o] and high[o] == last[o]
    with nogil:
        for o in range(y.shape[0]):
            if real is double:
                sf_dtw_envelope_64(&y[o, 0, 0], y.shape[1], y.shape[2], &low[0], &high[0], x.shape[1], &queue[0],
                                   &lower[o, 0, 0], &upper[o, 0, 0])
            else:
                sf_dtw_envelope_32(&y[o, 0, 0], y.shape[1], y.shape[2], &low[0], &high[0], x.shape[1], &queue[0],
                                   &lower[o, 0, 0], &upper[o, 0, 0])
    for q in prange(x.shape[0], nogil=True, num_threads=n_threads, schedule="dynamic", use_threads_if=x.shape[0] > 1):
        failed += 1 - search_task[real](x, y, lower, upper, &low[0], &high[0], &first[0], &last[0], q, apart, mirrored,
                                        epsilon, best, nearest)
    return failed == 0


def trace_path(
    const double[:, ::1] x not None,   # IN (n, n_variables)
    const double[:, ::1] y not None,   # IN (m, n_variables)
    const int64_t[::1] low not None,   # IN (n,)
    const int64_t[::1] high not None,  # IN (n,)
    double[:, ::1] total not None,     # OUT (n, m) best sums of squares to each cell
    int64_t[::1] rows not None,        # OUT (n + m - 1,) cells of the path, from its end
    int64_t[::1] columns not None,     # OUT (n + m - 1,)
):
    cdef int64_t length
    with nogil:
        sf_dtw_fill(&x[0, 0], x.shape[0], &y[0, 0], y.shape[0], x.shape[1], &low[0], &high[0], &total[0, 0])
        length = sf_dtw_trace(&total[0, 0], x.shape[0], y.shape[0], &rows[0], &columns[0])
    return length


def sum_softly(
    const double[:, ::1] x not None,   # IN (n, n_variables)
    const double[:, ::1] y not None,   # IN (m, n_variables)
    const int64_t[::1] low not None,   # IN (n,)
    const int64_t[::1] high not None,  # IN (n,)
    double gamma,
    double[::1] above not None,        # SCRATCH (m + 1,)
    double[::1] row not None,          # SCRATCH (m + 1,)
):
    cdef double total
    with nogil:
        total = sf_dtw_soft(&x[0, 0], x.shape[0], &y[0, 0], y.shape[0], x.shape[1], &low[0], &high[0], gamma,
                            &above[0], &row[0])
    return total
