"""Draws from kernel estimates: rows with noise on them, kernels cut to intervals and boxes, levels."""
from cython.parallel cimport prange
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport free, malloc

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

cdef enum:
    CHUNK = 4096
    DRAWN = 256

ctypedef fused stored:
    float
    double


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
