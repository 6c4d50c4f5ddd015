"""Mixtures of Gaussians and levels: expectation step, scores, draws."""
from cython.parallel cimport prange
from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.stdlib cimport free, malloc

cdef extern from "sf_mixture_moments.h" nogil:
    enum:
        SF_DONE
    ctypedef struct sf_mixture:
        int64_t n_columns, n_components, n_code_columns, n_levels, n_padded
        int diagonal
        const double *values
        int64_t n_rows
        const int32_t *codes
        const int64_t *run_starts
        const uint8_t *seen
        const double *log_weights
        const double *means
        const double *covariances
        const double *level_logs
    int sf_accumulate_rows(const sf_mixture *m, int64_t n_runs, int64_t first, int64_t last, double *moments,
                           double *level_sums, double *log_likelihood) noexcept
    int sf_score_rows(const sf_mixture *m, int64_t n_runs, int64_t first, int64_t last, double *log_density,
                      double *shares) noexcept

cdef extern from "sf_mixture_draw.h" nogil:
    enum:
        SF_DRAW_ROWS
    void sf_draw_rows(const int32_t *component, const double *means, const double *factors, int64_t d,
                      int64_t n_filled, int64_t n, int64_t stride, double *z, double *room) noexcept
    void sf_draw_independent(const int32_t *component, const double *means, const double *deviations, int64_t d,
                             int64_t n, int64_t stride, double *z) noexcept
    int32_t sf_draw_level(const double *cumulated, int64_t n_levels, double u) noexcept

cdef enum:
    CHUNK = 4096


cdef sf_mixture mixture_of(
    const double[:, ::1] values, const int32_t[:, ::1] codes, const int64_t[::1] run_starts,
    const uint8_t[:, ::1] seen, const double[::1] log_weights, const double[:, ::1] means,
    const double[:, :, ::1] covariances, const double[:, ::1] level_logs
) noexcept:
    cdef sf_mixture m
    m.n_columns = values.shape[0]
    m.n_rows = values.shape[1]
    m.n_components = log_weights.shape[0]
    m.n_code_columns = codes.shape[1]
    m.n_levels = level_logs.shape[0]
    m.n_padded = level_logs.shape[1]
    m.diagonal = covariances.shape[1] == 1
    m.values = &values[0, 0] if m.n_columns and m.n_rows else NULL
    m.codes = &codes[0, 0] if m.n_code_columns and m.n_rows else NULL
    m.run_starts = &run_starts[0]
    m.seen = &seen[0, 0] if m.n_columns and seen.shape[0] else NULL
    m.log_weights = &log_weights[0]
    m.means = &means[0, 0] if m.n_columns else NULL
    m.covariances = &covariances[0, 0, 0] if m.n_columns else NULL
    m.level_logs = &level_logs[0, 0] if m.n_levels else NULL
    return m


def accumulate_mixture(
    const double[:, ::1] values not None,           # IN (n_columns, n_rows)
    const int32_t[:, ::1] codes not None,           # IN (n_rows, n_code_columns)
    const int64_t[::1] run_starts not None,         # IN (n_runs + 1,) rows at which runs begin, and n_rows
    const uint8_t[:, ::1] seen not None,            # IN (n_runs, n_columns) 1 where the run's rows have a number
    const double[::1] log_weights not None,         # IN (n_components,)
    const double[:, ::1] means not None,            # IN (n_components, n_columns)
    const double[:, :, ::1] covariances not None,   # IN (n_components, n_columns or 1, n_columns)
    const double[:, ::1] level_logs not None,       # IN (n_levels, n_padded)
    double[:, :, ::1] moments not None,             # OUT (n_parts, n_components, 1 + n_columns + covariances[0].size)
    double[:, :, ::1] level_sums not None,          # OUT (n_parts, n_levels, n_padded)
    double[::1] log_likelihood not None,            # OUT (n_parts,)
    int n_threads,
):
    cdef sf_mixture m = mixture_of(values, codes, run_starts, seen, log_weights, means, covariances, level_logs)
    cdef int64_t n_parts = moments.shape[0], n_runs = seen.shape[0], n_rows = run_starts[run_starts.shape[0] - 1], p
    cdef int status = SF_DONE
    cdef double *sums = &level_sums[0, 0, 0] if m.n_levels and n_parts else NULL
    m.n_rows = values.shape[1]
    moments[:] = 0.0
    level_sums[:] = 0.0
    log_likelihood[:] = 0.0
    for p in prange(n_parts, nogil=True, num_threads=n_threads, schedule="dynamic",
                    use_threads_if=n_rows * m.n_components > 65536):
        status |= sf_accumulate_rows(
            &m, n_runs, p * n_rows // n_parts, (p + 1) * n_rows // n_parts, &moments[p, 0, 0],
            sums + p * m.n_levels * m.n_padded, &log_likelihood[p]
        )
    return status


def score_mixture(
    const double[:, ::1] values not None,           # IN these as in accumulate_mixture
    const int32_t[:, ::1] codes not None,
    const int64_t[::1] run_starts not None,
    const uint8_t[:, ::1] seen not None,
    const double[::1] log_weights not None,
    const double[:, ::1] means not None,
    const double[:, :, ::1] covariances not None,
    const double[:, ::1] level_logs not None,
    double[::1] log_density not None,               # OUT (n_rows,)
    double[:, ::1] shares not None,                 # OUT (n_rows, n_components)
    int n_threads,
):
    cdef sf_mixture m = mixture_of(values, codes, run_starts, seen, log_weights, means, covariances, level_logs)
    cdef int64_t n_rows = log_density.shape[0], n_runs = seen.shape[0], n_chunks = (n_rows + CHUNK - 1) // CHUNK, c
    cdef int status = SF_DONE
    if n_rows == 0:
        return status
    for c in prange(n_chunks, nogil=True, num_threads=n_threads, schedule="dynamic", use_threads_if=n_chunks > 1):
        status |= sf_score_rows(
            &m, n_runs, c * CHUNK, min(n_rows, (c + 1) * CHUNK), &log_density[0], &shares[0, 0]
        )
    return status


cdef int draw_chunk(
    const int32_t *component, const double *means, const double *factors, int64_t d, int64_t n_filled, int64_t first,
    int64_t last, int64_t stride, double *z
) noexcept nogil:
    cdef double *room = <double *> malloc(SF_DRAW_ROWS * n_filled * sizeof(double))
    cdef int64_t part, at
    if room == NULL:
        return 1
    for part in range((last - first + SF_DRAW_ROWS - 1) // SF_DRAW_ROWS):
        at = first + part * SF_DRAW_ROWS
        sf_draw_rows(component + at, means, factors, d, n_filled, min(last - at, <int64_t> SF_DRAW_ROWS), stride,
                     z + at, room)
    free(room)
    return 0


def draw_gaussians(
    const int32_t[::1] component not None,      # IN (n,)
    const double[:, ::1] means not None,        # IN (n_components, n_filled)
    const double[:, :, ::1] factors not None,   # IN (n_components, d, n_filled) columns of lower factors, zeros below
    double[:, ::1] z not None,                  # IN/OUT (d, n) standard normals, then rows
    int n_threads,
):
    cdef int64_t n = component.shape[0], d = z.shape[0], n_chunks = (n + CHUNK - 1) // CHUNK, c
    cdef int failed = 0
    if n == 0 or d == 0:
        return
    for c in prange(n_chunks, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n_chunks > 2):
        failed |= draw_chunk(
            &component[0], &means[0, 0], &factors[0, 0, 0], d, means.shape[1], c * CHUNK, min(n, (c + 1) * CHUNK), n,
            &z[0, 0]
        )
    if failed:
        raise MemoryError("drawing rows")


def draw_independent(
    const int32_t[::1] component not None,      # IN (n,)
    const double[:, ::1] means not None,        # IN (n_components, d)
    const double[:, ::1] deviations not None,   # IN (n_components, d)
    double[:, ::1] z not None,                  # IN/OUT (d, n) standard normals, then rows
    int n_threads,
):
    cdef int64_t n = component.shape[0], d = z.shape[0], n_chunks = (n + CHUNK - 1) // CHUNK, c
    if n == 0 or d == 0:
        return
    for c in prange(n_chunks, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n_chunks > 2):
        sf_draw_independent(&component[c * CHUNK], &means[0, 0], &deviations[0, 0], d, min(n - c * CHUNK, CHUNK), n,
                            &z[0, c * CHUNK])


def draw_levels(
    const int32_t[::1] component not None,      # IN (n,)
    const double[:, ::1] cumulated not None,    # IN (n_components, n_levels) running sums of probabilities
    const double[::1] u not None,               # IN (n,) in [0, 1)
    int32_t[::1] out not None,                  # OUT (n,)
    int n_threads,
):
    cdef int64_t n = component.shape[0], n_levels = cumulated.shape[1], i
    if n == 0 or n_levels == 0:
        return
    for i in prange(n, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n > 8192):
        out[i] = sf_draw_level(&cumulated[component[i], 0], n_levels, u[i])
