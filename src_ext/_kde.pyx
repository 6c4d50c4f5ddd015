"""Kernel estimates: rows ordered into tiles, sums of kernels at queries, and draws of rows, noise and levels."""
from cython.parallel cimport prange
from libc.math cimport INFINITY
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport free, malloc

cdef extern from "sf_kde_sum.h" nogil:
    enum:
        SF_TILE_ROWS
        SF_QUERY_BLOCK
    ctypedef struct sf_tiles:
        int kind
        Py_ssize_t n_tiles, n_dims, n_levels, n_images
        const double *low
        const double *high
        const double *center
        const double *log_weight
        const double *least_scale
        const void *offset
        const void *weight
        const double *scale
        const int32_t *code
        const int32_t *code_low
        const int32_t *code_high
        const double *penalty
        const uint8_t *ordered
        const int64_t *image_dim
        double far
    ctypedef struct sf_query:
        const double *at
        const double *image
        const int32_t *code
        int64_t skip
        double shift
        double *local
    ctypedef struct sf_block_of_queries:
        sf_query query[64]
        double *local
    int sf_open_block(const sf_tiles *t, sf_block_of_queries *b) noexcept
    void sf_close_block(sf_block_of_queries *b) noexcept
    void sf_sum_block_32(const sf_tiles *t, sf_block_of_queries *b, Py_ssize_t n, double rtol) noexcept
    void sf_sum_block_64(const sf_tiles *t, sf_block_of_queries *b, Py_ssize_t n, double rtol) noexcept
    double sf_log_sum(const sf_tiles *t, const sf_block_of_queries *b, Py_ssize_t k, double least) noexcept
    int64_t sf_choose_row(const sf_tiles *t, const sf_block_of_queries *b, Py_ssize_t k, double u) noexcept
    double sf_find_peak(const sf_tiles *t, sf_query *q) noexcept

cdef extern from "sf_kde_order.h" nogil:
    void sf_order_rows(const double *values, Py_ssize_t n, Py_ssize_t n_dims, int64_t *rows, double *keys,
                       double *ends) noexcept

cdef extern from "sf_kde_draw.h" nogil:
    enum:
        SF_PLACED
        SF_PITCH
    ctypedef struct sf_placing:
        Py_ssize_t n_dims, n_drawn
        const double *rows
        const uint8_t *fixed
        const double *local
        const double *factor
        const double *bandwidth
        const double *low
        const double *high
        const float *singles
        const double *doubles
    void sf_place_rows(const sf_placing *p, const int64_t *index, Py_ssize_t at, Py_ssize_t n, double *out,
                       double *places) noexcept
    void sf_fill_noise(int kind, double *values, Py_ssize_t n) noexcept
    ctypedef struct sf_cut:
        int kind
        Py_ssize_t n_segments
        const double *lower
        const double *upper
    double sf_cut_mass(const sf_cut *cut, double center, double bandwidth) noexcept
    double sf_cut_draw(const sf_cut *cut, double center, double bandwidth, double u) noexcept
    ctypedef struct sf_level_law:
        int ordered
        double leave
        Py_ssize_t n_levels, n_allowed
        const int32_t *allowed
        const int32_t *rank
        const double *mass
    int32_t sf_draw_level(const sf_level_law *law, int32_t own, double u) noexcept

cdef extern from "sf_kde_box.h" nogil:
    ctypedef struct sf_box:
        Py_ssize_t n_bounded, n_segments
        const double* factor
        const double* precision
        const double* lower
        const double* upper
        Py_ssize_t n_rows
        uint64_t key
        int n_candidates, n_sweeps
    void sf_box_draw(const sf_box *box, const double *shift, Py_ssize_t row, double *z, double *noise,
                     double *kept) noexcept
    double sf_box_mass(const double *factor, Py_ssize_t n_bounded, const double *lower, const double *upper,
                       Py_ssize_t n_segments, Py_ssize_t n_rows, const double *step, Py_ssize_t n_points) noexcept

cdef extern from "sf_kde_series.h" nogil:
    void sf_fill_moments(const double *x, const double *weight, Py_ssize_t n, Py_ssize_t n_cells,
                         Py_ssize_t n_moments, double *moments) noexcept
    double sf_sum_series(double q, const double *series, Py_ssize_t n_cells, Py_ssize_t n_moments,
                         double reach) noexcept

cdef enum:
    CHUNK = 4096
    DRAWN = 256

ctypedef fused stored:
    float
    double


def order_rows(
    const double[:, ::1] values not None,  # IN (n, n_dims)
    int64_t[::1] rows not None,            # IN/OUT (n,) 0 .. n - 1 on entry
    double[::1] keys not None,             # SCRATCH (n,)
    double[::1] ends not None,             # SCRATCH (2 n_dims,)
):
    if rows.shape[0] == 0 or values.shape[1] == 0:
        return
    with nogil:
        sf_order_rows(&values[0, 0], values.shape[0], values.shape[1], &rows[0], &keys[0], &ends[0])


cdef void sum_block(
    const sf_tiles *t, const double *at, const int32_t *code, const double *image, const int64_t *skip,
    const double *shift, Py_ssize_t start, Py_ssize_t size, double rtol, double least, int precision, const double *u,
    double *out, int64_t *chosen
) noexcept nogil:
    """Sums of up to 64 queries from ``start`` on; with ``u`` also the rows that these fall on."""
    cdef sf_block_of_queries b
    cdef Py_ssize_t k
    if sf_open_block(t, &b):
        for k in range(size):
            b.query[k].at = at + (start + k) * t.n_dims
            b.query[k].code = code + (start + k) * t.n_levels
            b.query[k].image = image + (start + k) * t.n_images
            b.query[k].skip = skip[start + k]
            b.query[k].shift = shift[start + k]
        if precision == 32:
            sf_sum_block_32(t, &b, size, rtol)
        else:
            sf_sum_block_64(t, &b, size, rtol)
        for k in range(size):
            out[start + k] = sf_log_sum(t, &b, k, least)
            if u != NULL:
                chosen[start + k] = sf_choose_row(t, &b, k, u[start + k])
    else:
        for k in range(size):
            out[start + k] = INFINITY
    sf_close_block(&b)


cdef sf_tiles tiles_of(
    int kind, const double[:, ::1] low, const double[:, ::1] high, const double[:, ::1] center,
    const double[::1] log_weight, const double[::1] least_scale, const stored[:, :, ::1] offset,
    const stored[:, ::1] weight, const double[:, ::1] scale, const int32_t[:, :, ::1] code, const int32_t[:, ::1] code_low,
    const int32_t[:, ::1] code_high, const double[::1] penalty, const uint8_t[::1] ordered,
    const int64_t[::1] image_dim, double far
) noexcept:
    """The arrays as the loops take them; there is at least one tile."""
    cdef sf_tiles t
    t.kind = kind
    t.n_tiles = log_weight.shape[0]
    t.n_dims = low.shape[0]
    t.n_levels = penalty.shape[0]
    t.n_images = image_dim.shape[0]
    t.low = &low[0, 0] if t.n_dims else NULL
    t.high = &high[0, 0] if t.n_dims else NULL
    t.center = &center[0, 0] if t.n_dims else NULL
    t.log_weight = &log_weight[0]
    t.least_scale = &least_scale[0] if least_scale.shape[0] else NULL
    t.offset = &offset[0, 0, 0] if t.n_dims else NULL
    t.weight = &weight[0, 0]
    t.scale = &scale[0, 0] if scale.shape[0] else NULL
    t.code = &code[0, 0, 0] if t.n_levels else NULL
    t.code_low = &code_low[0, 0] if t.n_levels else NULL
    t.code_high = &code_high[0, 0] if t.n_levels else NULL
    t.penalty = &penalty[0] if t.n_levels else NULL
    t.ordered = &ordered[0] if t.n_levels else NULL
    t.image_dim = &image_dim[0] if t.n_images else NULL
    t.far = far
    return t


def sum_kernels(
    int kind,
    const double[:, ::1] low not None,           # IN (n_dims, n_tiles) boxes
    const double[:, ::1] high not None,          # IN (n_dims, n_tiles)
    const double[:, ::1] center not None,        # IN (n_tiles, n_dims)
    const double[::1] log_weight not None,       # IN (n_tiles,)
    const double[::1] least_scale not None,      # IN (n_tiles,) or empty
    const stored[:, :, ::1] offset not None,     # IN (n_tiles, n_dims, 64)
    const stored[:, ::1] weight not None,        # IN (n_tiles, 64)
    const double[:, ::1] scale not None,         # IN (n_tiles, 64) or empty; double precision only
    const int32_t[:, :, ::1] code not None,      # IN (n_tiles, n_levels, 64)
    const int32_t[:, ::1] code_low not None,     # IN (n_levels, n_tiles)
    const int32_t[:, ::1] code_high not None,    # IN (n_levels, n_tiles)
    const double[::1] penalty not None,          # IN (n_levels,)
    const uint8_t[::1] ordered not None,         # IN (n_levels,)
    const int64_t[::1] image_dim not None,       # IN (n_images,) ascending
    double far,
    const double[:, ::1] at not None,            # IN (n, n_dims) queries
    const int32_t[:, ::1] at_code not None,      # IN (n, n_levels)
    const double[:, ::1] image not None,         # IN (n, n_images)
    const int64_t[::1] skip not None,            # IN (n,) places that do not count, or -1
    const double[::1] shift not None,            # IN (n,) or NaN
    double rtol,
    double least,                                # sums times exp(-shift) below it are not trusted
    const double[::1] u not None,                # IN (n,) fractions of the sums, or empty
    double[::1] out not None,                    # OUT (n,) logs of the sums; NaN: another shift; inf: no memory
    int64_t[::1] chosen not None,                # OUT (n,) places of the rows at u, or empty
    int n_threads,
):
    cdef sf_tiles t
    cdef Py_ssize_t n = out.shape[0], n_blocks = (n + SF_QUERY_BLOCK - 1) // SF_QUERY_BLOCK, b, size
    cdef int precision = 32 if stored is float else 64
    cdef const double *fraction = NULL
    cdef int64_t *choice = NULL
    if n == 0 or log_weight.shape[0] == 0:
        out[:] = -INFINITY
        chosen[:] = -1
        return
    t = tiles_of(kind, low, high, center, log_weight, least_scale, offset, weight, scale, code,
                 code_low, code_high, penalty, ordered, image_dim, far)
    if u.shape[0]:
        fraction = &u[0]
        choice = &chosen[0]
    for b in prange(n_blocks, nogil=True, num_threads=n_threads, schedule="dynamic", use_threads_if=n_blocks > 1):
        size = SF_QUERY_BLOCK if (b + 1) * SF_QUERY_BLOCK <= n else n - b * SF_QUERY_BLOCK
        sum_block(
            &t, &at[0, 0] if t.n_dims else NULL, &at_code[0, 0] if t.n_levels else NULL,
            &image[0, 0] if t.n_images else NULL, &skip[0], &shift[0], b * SF_QUERY_BLOCK, size, rtol, least,
            precision, fraction, &out[0], choice,
        )


cdef void find_block(
    const sf_tiles *t, const double *at, const int32_t *code, const int64_t *skip, Py_ssize_t start, Py_ssize_t stop,
    double *out
) noexcept nogil:
    cdef sf_block_of_queries b
    cdef Py_ssize_t k
    cdef int ready = sf_open_block(t, &b)
    for k in range(start, stop):
        b.query[0].at = at + k * t.n_dims
        b.query[0].code = code + k * t.n_levels
        b.query[0].skip = skip[k]
        b.query[0].local = b.local
        out[k] = sf_find_peak(t, &b.query[0]) if ready else INFINITY
    sf_close_block(&b)


def find_peaks(
    int kind,
    const double[:, ::1] low not None,
    const double[:, ::1] high not None,
    const double[:, ::1] center not None,
    const double[::1] log_weight not None,
    const double[::1] least_scale not None,
    const double[:, :, ::1] offset not None,
    const double[:, ::1] weight not None,
    const double[:, ::1] scale not None,
    const int32_t[:, :, ::1] code not None,
    const int32_t[:, ::1] code_low not None,
    const int32_t[:, ::1] code_high not None,
    const double[::1] penalty not None,
    const uint8_t[::1] ordered not None,
    const double[:, ::1] at not None,            # IN (n, n_dims) queries
    const int32_t[:, ::1] at_code not None,      # IN (n, n_levels)
    const int64_t[::1] skip not None,            # IN (n,)
    double[::1] out not None,                    # OUT (n,) largest log of weight times kernel; inf: no memory
    int n_threads,
):
    cdef sf_tiles t
    cdef Py_ssize_t n = out.shape[0], n_blocks = (n + SF_QUERY_BLOCK - 1) // SF_QUERY_BLOCK, b, stop
    if n == 0 or log_weight.shape[0] == 0:
        out[:] = -INFINITY
        return
    t = tiles_of[double](kind, low, high, center, log_weight, least_scale, offset, weight, scale, code,
                         code_low, code_high, penalty, ordered, skip[:0], 0.0)
    for b in prange(n_blocks, nogil=True, num_threads=n_threads, schedule="dynamic", use_threads_if=n_blocks > 1):
        stop = (b + 1) * SF_QUERY_BLOCK if (b + 1) * SF_QUERY_BLOCK <= n else n
        find_block(&t, &at[0, 0] if t.n_dims else NULL, &at_code[0, 0] if t.n_levels else NULL, &skip[0],
                   b * SF_QUERY_BLOCK, stop, &out[0])


def fill_moments(
    const double[::1] x not None,          # IN (n,) in bandwidths from the start of the first cell
    const double[::1] weight not None,     # IN (n,)
    double[:, ::1] moments not None,       # IN/OUT (n_cells, n_moments)
):
    if x.shape[0] == 0 or moments.shape[0] == 0 or moments.shape[1] == 0:
        return
    with nogil:
        sf_fill_moments(&x[0], &weight[0], x.shape[0], moments.shape[0], moments.shape[1], &moments[0, 0])


def sum_series(
    const double[::1] at not None,         # IN (n,) queries, in bandwidths from the start of the first cell
    const double[:, ::1] series not None,  # IN (n_moments, n_cells)
    double reach,
    double[::1] out not None,              # OUT (n,)
    int n_threads,
):
    cdef Py_ssize_t n = out.shape[0], i
    if n == 0 or series.shape[0] == 0 or series.shape[1] == 0:
        out[:] = 0.0
        return
    for i in prange(n, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n > CHUNK):
        out[i] = sf_sum_series(at[i], &series[0, 0], series.shape[1], series.shape[0], reach)


def fill_noise(int kind, double[::1] values not None, int n_threads):
    cdef Py_ssize_t n = values.shape[0], n_chunks = (n + CHUNK - 1) // CHUNK, c
    for c in prange(n_chunks, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n_chunks > 4):
        sf_fill_noise(kind, &values[c * CHUNK], CHUNK if (c + 1) * CHUNK <= n else n - c * CHUNK)


cdef int place_chunk(
    const sf_placing *p, const int64_t *index, Py_ssize_t at, Py_ssize_t stop, double *out
) noexcept nogil:
    cdef double *places = <double *> malloc(p.n_dims * SF_PITCH * sizeof(double))
    if places == NULL:
        return 1
    while at < stop:
        sf_place_rows(p, index, at, SF_PLACED if at + SF_PLACED <= stop else stop - at, out, places)
        at += SF_PLACED
    free(places)
    return 0


def place_rows(
    const double[:, ::1] rows not None,      # IN (n_rows, n_dims)
    const uint8_t[:, ::1] fixed not None,    # IN (n_rows, n_dims) cells without noise, or empty
    const double[::1] local not None,        # IN (n_rows,) factors of the bandwidth, or empty
    const double[:, ::1] factor not None,    # IN (n_dims, n_dims) map of the noise, or empty
    const double[::1] bandwidth not None,    # IN (n_dims,)
    const double[::1] low not None,          # IN (n_dims,)
    const double[::1] high not None,         # IN (n_dims,)
    const int64_t[::1] index not None,       # IN (n,) rows to draw from
    const stored[:, ::1] noise not None,     # IN (n_dims, n)
    double[:, ::1] out not None,             # OUT (n_dims, n)
    int n_threads,
):
    cdef sf_placing p
    cdef Py_ssize_t n = index.shape[0], n_chunks = (n + CHUNK - 1) // CHUNK, c
    cdef int failed = 0
    if n == 0 or rows.shape[1] == 0:
        return 0
    p.n_dims = rows.shape[1]
    p.n_drawn = n
    p.rows = &rows[0, 0]
    p.fixed = &fixed[0, 0] if fixed.shape[0] else NULL
    p.local = &local[0] if local.shape[0] else NULL
    p.factor = &factor[0, 0] if factor.shape[0] else NULL
    p.bandwidth = &bandwidth[0]
    p.low = &low[0]
    p.high = &high[0]
    p.singles = NULL
    p.doubles = NULL
    if stored is float:
        p.singles = &noise[0, 0]
    else:
        p.doubles = &noise[0, 0]
    for c in prange(n_chunks, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n_chunks > 4):
        failed += place_chunk(&p, &index[0], c * CHUNK, (c + 1) * CHUNK if (c + 1) * CHUNK <= n else n, &out[0, 0])
    return failed


def weigh_rows(
    int kind,
    const double[::1] lower not None,        # IN (n_segments,) disjoint intervals
    const double[::1] upper not None,        # IN (n_segments,)
    const double[::1] center not None,       # IN (n,)
    const double[::1] bandwidth not None,    # IN (n,)
    double[::1] out not None,                # OUT (n,) probability of the intervals under each kernel
    int n_threads,
):
    cdef sf_cut cut
    cdef Py_ssize_t n = out.shape[0], i
    if n == 0 or lower.shape[0] == 0:
        out[:] = 0.0
        return
    cut.kind = kind
    cut.n_segments = lower.shape[0]
    cut.lower = &lower[0]
    cut.upper = &upper[0]
    for i in prange(n, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n > CHUNK):
        out[i] = sf_cut_mass(&cut, center[i], bandwidth[i])


def cut_noise(
    int kind,
    const double[::1] lower not None,        # IN (n_segments,)
    const double[::1] upper not None,        # IN (n_segments,)
    const double[::1] center not None,       # IN (n,)
    const double[::1] bandwidth not None,    # IN (n,)
    double[::1] noise not None,              # IN/OUT (n,) uniforms, then noise within the intervals
    int n_threads,
):
    cdef sf_cut cut
    cdef Py_ssize_t n = noise.shape[0], i
    if n == 0:
        return
    cut.kind = kind
    cut.n_segments = lower.shape[0]
    cut.lower = &lower[0] if cut.n_segments else NULL
    cut.upper = &upper[0] if cut.n_segments else NULL
    for i in prange(n, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n > CHUNK):
        noise[i] = sf_cut_draw(&cut, center[i], bandwidth[i], noise[i])


def weigh_boxes(
    const double[:, ::1] factor not None,    # IN (n_bounded, n_bounded) lower Cholesky factor, at most 64
    const double[:, :, ::1] lower not None,  # IN (n_bounded, n_segments, n)
    const double[:, :, ::1] upper not None,  # IN (n_bounded, n_segments, n)
    const double[::1] step not None,         # IN (n_bounded,) of the lattice
    Py_ssize_t n_points,
    double[::1] out not None,                # OUT (n,) probability of each row's box
    int n_threads,
):
    cdef Py_ssize_t n = out.shape[0], i
    if n == 0 or lower.shape[0] == 0 or lower.shape[1] == 0:
        out[:] = 0.0
        return
    for i in prange(n, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n > 64):
        out[i] = sf_box_mass(&factor[0, 0], lower.shape[0], &lower[0, 0, i], &upper[0, 0, i], lower.shape[1], n,
                             &step[0], n_points)


cdef int draw_chunk(const sf_box *box, Py_ssize_t start, Py_ssize_t stop, const double *shift, double *out) noexcept nogil:
    cdef Py_ssize_t n = box.n_bounded, row, k
    cdef double *z = <double *> malloc(3 * n * sizeof(double))
    if z == NULL:
        return 1
    for row in range(start, stop):
        sf_box_draw(box, shift, row, z, z + n, z + 2 * n)
        for k in range(n):
            out[k * box.n_rows + row] = z[k]
    free(z)
    return 0


def draw_boxes(
    const double[:, ::1] factor not None,    # IN (n_bounded, n_bounded) lower Cholesky factor
    const double[:, ::1] precision not None, # IN (n_bounded, n_bounded) inverse of the covariance
    const double[:, ::1] shift not None,     # IN (n_bounded, n) zeros
    const double[:, :, ::1] lower not None,  # IN (n_bounded, n_segments, n)
    const double[:, :, ::1] upper not None,  # IN (n_bounded, n_segments, n)
    uint64_t key,
    int n_candidates,
    int n_sweeps,
    double[:, ::1] out not None,             # OUT (n_bounded, n)
    int n_threads,
):
    cdef sf_box box
    cdef Py_ssize_t n = out.shape[1], n_chunks = (n + DRAWN - 1) // DRAWN, c
    cdef int failed = 0
    if n == 0 or lower.shape[0] == 0 or lower.shape[1] == 0:
        return 0
    box.n_bounded = lower.shape[0]
    box.n_segments = lower.shape[1]
    box.factor = &factor[0, 0]
    box.precision = &precision[0, 0]
    box.lower = &lower[0, 0, 0]
    box.upper = &upper[0, 0, 0]
    box.n_rows = n
    box.key = key
    box.n_candidates = n_candidates
    box.n_sweeps = n_sweeps
    for c in prange(n_chunks, nogil=True, num_threads=n_threads, schedule="dynamic", use_threads_if=n_chunks > 4):
        failed += draw_chunk(&box, c * DRAWN, (c + 1) * DRAWN if (c + 1) * DRAWN <= n else n, &shift[0, 0], &out[0, 0])
    return failed


def draw_levels(
    int ordered,
    double leave,
    const int32_t[::1] allowed not None,     # IN (n_allowed,) ascending codes
    const int32_t[::1] rank not None,        # IN (n_levels,) places among the allowed, or -1
    const double[::1] mass not None,         # IN (n_levels,) of the allowed levels under each own level's kernel
    const int32_t[::1] own not None,         # IN (n,)
    const double[::1] u not None,            # IN (n,)
    int32_t[::1] out not None,               # OUT (n,)
    int n_threads,
):
    cdef sf_level_law law
    cdef Py_ssize_t n = out.shape[0], i
    if n == 0 or rank.shape[0] == 0:
        out[:] = own
        return
    law.ordered = ordered
    law.leave = leave
    law.n_levels = rank.shape[0]
    law.n_allowed = allowed.shape[0]
    law.allowed = &allowed[0] if allowed.shape[0] else NULL
    law.rank = &rank[0]
    law.mass = &mass[0]
    for i in prange(n, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n > CHUNK):
        out[i] = sf_draw_level(&law, own[i], u[i])
