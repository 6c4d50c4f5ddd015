"""Kernel estimates: rows ordered into tiles, and sums of kernels at queries, tile by tile or from series."""
from cython.parallel cimport prange
from libc.math cimport INFINITY
from libc.stdint cimport int32_t, int64_t, uint8_t

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

cdef extern from "sf_kde_series.h" nogil:
    void sf_fill_moments(const double *x, const double *weight, Py_ssize_t n, Py_ssize_t n_cells,
                         Py_ssize_t n_moments, double *moments) noexcept
    double sf_sum_series(double q, const double *series, Py_ssize_t n_cells, Py_ssize_t n_moments,
                         double reach) noexcept

cdef enum:
    CHUNK = 4096

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
