"""Seasonal ARIMA: conditional and exact least squares over many series at once, innovations, paths."""
from cython.parallel cimport prange
from libc.math cimport INFINITY
from libc.stdint cimport int64_t
from libc.stdlib cimport free, malloc

cdef extern from "sf_arima_fit.h" nogil:
    enum:
        SF_ARIMA_MOST
    ctypedef struct sf_arima_order:
        int64_t p, q, P, Q, m
    ctypedef struct sf_arima_problem:
        sf_arima_order order
        int64_t n, n_beta, regressor_stride
        const double *values
        const double *regressors
    int64_t sf_n_coefs(const sf_arima_order *o) noexcept
    int64_t sf_ar_span(const sf_arima_order *o) noexcept
    int64_t sf_arima_exact_room(const sf_arima_order *o, int64_t n_series) noexcept
    void sf_arima_coefs(const sf_arima_order *o, const double *u, double *coefs, double *slopes) noexcept
    void sf_arima_css(const sf_arima_order *o, const double *coefs, const double *x, int64_t n, double *e,
                      double *jacobian, double *room) noexcept
    double sf_arima_dot(const double *a, const double *b, int64_t n) noexcept
    int sf_arima_exact(const sf_arima_order *o, const double *coefs, const double *const *series, int64_t n_series,
                       int64_t n, double *out, double *mean_log, double *states, double *room) noexcept
    int sf_arima_fit(const sf_arima_problem *a, int methods, const int64_t *max_steps, double tolerance,
                     double limit, double *u, double *coefs, double *beta, double *figures) noexcept

cdef extern from "sf_arima_paths.h" nogil:
    enum:
        SF_PATH_LANES
    ctypedef struct sf_path_plan:
        int64_t n_steps, n_ar, n_ma, n_difference, n_start, n_past
        const int64_t *ar_lags
        const int64_t *ma_lags
        const int64_t *difference_lags
        const double *difference_coefs
    int64_t sf_path_room(const sf_path_plan *p) noexcept
    void sf_simulate_lanes(const sf_path_plan *p, int64_t n_lanes, const double *ar, int64_t ar_stride,
                           const double *ma, int64_t ma_stride, const double *starts, int64_t start_stride,
                           const double *pasts, int64_t past_stride, const double *innovations, double *out,
                           double *room) noexcept

MOST = SF_ARIMA_MOST


cdef sf_arima_order order_of(const int64_t *row) noexcept nogil:
    cdef sf_arima_order o
    o.p = row[0]
    o.q = row[1]
    o.P = row[2]
    o.Q = row[3]
    o.m = row[4]
    return o


def bound_arima(
    const int64_t[::1] order not None,      # IN (5,) p, q, P, Q, m
    const double[::1] u not None,           # IN (n_coefs,) unbounded
    double[::1] coefs not None,             # OUT (n_coefs,)
    double[::1] slopes not None,            # OUT (p^2 + q^2 + P^2 + Q^2,)
):
    cdef sf_arima_order o = order_of(&order[0])
    if u.shape[0] > 0:
        sf_arima_coefs(&o, &u[0], &coefs[0], &slopes[0])


cdef int score_one(
    const int64_t *order, const double *coefs, const double *x, int64_t n, double *residuals, double *objective,
    double *gradient, int64_t n_most
) noexcept nogil:
    cdef sf_arima_order o = order_of(order)
    cdef int64_t k = sf_n_coefs(&o), c
    cdef double *room = <double *> malloc((2 + k) * n * sizeof(double) + 8)
    if room == NULL:
        return 1
    sf_arima_css(&o, coefs, x, n, residuals, room + 2 * n, room)
    objective[0] = sf_arima_dot(residuals, residuals, n)
    for c in range(n_most):
        gradient[c] = 2.0 * sf_arima_dot(room + (2 + c) * n, residuals, n) if c < k else 0.0
    free(room)
    return 0


def score_arima(
    const double[::1] values not None,      # IN (n_values,) all series one after another
    const int64_t[:, ::1] spans not None,   # IN (n_problems, 2) first and end of each one's values
    const int64_t[:, ::1] orders not None,  # IN (n_problems, 5) p, q, P, Q, m
    const double[:, ::1] coefs not None,    # IN (n_problems, n_most) phi, theta, PHI, THETA
    double[::1] residuals not None,         # OUT (n_values,)
    double[::1] objective not None,         # OUT (n_problems,)
    double[:, ::1] gradient not None,       # OUT (n_problems, n_most)
    int n_threads,
):
    cdef int64_t n_problems = spans.shape[0], i, n_most = coefs.shape[1]
    cdef int failed = 0
    cdef const double *source = &coefs[0, 0] if n_most and n_problems else NULL
    cdef double *slope = &gradient[0, 0] if n_most and n_problems else NULL
    if values.shape[0] == 0:
        objective[:] = 0.0
        gradient[:] = 0.0
        return
    for i in prange(n_problems, nogil=True, num_threads=n_threads, schedule="dynamic", use_threads_if=n_problems > 16):
        failed |= score_one(
            &orders[i, 0], source + i * n_most, &values[0] + spans[i, 0], spans[i, 1] - spans[i, 0],
            &residuals[0] + spans[i, 0], &objective[i], slope + i * n_most, n_most
        )
    if failed:
        raise MemoryError("scoring series")


cdef int fit_one(
    const double *values, const double *regressors, int64_t stride, const int64_t *span, const int64_t *used,
    const int64_t *order, int methods, const int64_t *max_steps, double tolerance, double limit, double *u,
    double *coefs, double *beta, double *figures
) noexcept nogil:
    cdef sf_arima_problem a
    a.order = order_of(order)
    a.n = span[1] - span[0]
    a.n_beta = used[1] - used[0]
    a.values = values + span[0]
    a.regressors = regressors + used[0] * stride + span[0] if a.n_beta else NULL
    a.regressor_stride = stride
    return sf_arima_fit(&a, methods, max_steps, tolerance, limit, u, coefs, beta, figures)


def fit_arima(
    const double[::1] values not None,          # IN (n_values,) differenced series one after another
    const double[:, ::1] regressors not None,   # IN (n_regressors, n_values) differenced alike
    const int64_t[:, ::1] spans not None,       # IN (n_problems, 2) first and end of each one's values
    const int64_t[:, ::1] used not None,        # IN (n_problems, 2) first and end of its regressors
    const int64_t[:, ::1] orders not None,      # IN (n_problems, 5) p, q, P, Q, m
    int methods,                                # 1 conditional, 2 exact, 3 one after the other
    const int64_t[::1] max_steps not None,      # IN (2,) of each method; 0 scores the start
    double tolerance,
    double limit,                               # of the unbounded coefficients
    double[:, ::1] u not None,                  # IN/OUT (n_problems, n_most) unbounded coefficients
    double[:, ::1] coefs not None,              # OUT (n_problems, n_most)
    double[:, ::1] beta not None,               # OUT (n_problems, n_regressors or more)
    double[:, ::1] figures not None,            # OUT (n_problems, 4) sum of squares, variance, steps of each method
    int n_threads,
):
    cdef int64_t n_problems = spans.shape[0], i, stride = regressors.shape[1], most = u.shape[1], width = beta.shape[1]
    cdef int failed = 0
    cdef const double *x = &regressors[0, 0] if regressors.shape[0] and stride else NULL
    cdef double *free_ = &u[0, 0] if most and n_problems else NULL
    cdef double *fitted = &coefs[0, 0] if most and n_problems else NULL
    cdef double *slopes = &beta[0, 0] if width and n_problems else NULL
    if values.shape[0] == 0:
        figures[:] = INFINITY
        return
    for i in prange(n_problems, nogil=True, num_threads=n_threads, schedule="dynamic", use_threads_if=n_problems > 1):
        failed |= fit_one(
            &values[0], x, stride, &spans[i, 0], &used[i, 0], &orders[i, 0], methods, &max_steps[0], tolerance, limit,
            free_ + i * most, fitted + i * most, slopes + i * width, &figures[i, 0]
        )
    if failed:
        raise MemoryError("fitting series")


def filter_arima(
    const int64_t[::1] order not None,      # IN (5,) p, q, P, Q, m
    const double[::1] coefs not None,       # IN (n_coefs,)
    const double[:, ::1] series not None,   # IN (n_series, n)
    double[:, ::1] out not None,            # OUT (n_series, n) innovations over their standard deviations
    double[:, ::1] states not None,         # OUT (n_series, n_state)
):
    cdef sf_arima_order o = order_of(&order[0])
    cdef int64_t n_series = series.shape[0], n = series.shape[1], s
    cdef double mean_log = 0.0
    cdef int stationary
    cdef double *room
    cdef const double **rows
    if n_series == 0 or n == 0:
        return 0.0
    room = <double *> malloc(sf_arima_exact_room(&o, n_series) * sizeof(double))
    rows = <const double **> malloc(n_series * sizeof(double *))
    if room == NULL or rows == NULL:
        free(room)
        free(rows)
        raise MemoryError("filtering series")
    for s in range(n_series):
        rows[s] = &series[s, 0]
    with nogil:
        stationary = sf_arima_exact(&o, &coefs[0] if coefs.shape[0] else NULL, rows, n_series, n, &out[0, 0], &mean_log,
                                    &states[0, 0], room)
    free(room)
    free(rows)
    return mean_log if stationary else INFINITY


cdef int simulate_few(
    const sf_path_plan *plan, int64_t first, int64_t n_lanes, const double *ar, int64_t ar_stride, const double *ma,
    int64_t ma_stride, const double *starts, int64_t start_stride, const double *pasts, int64_t past_stride,
    const double *innovations, double *out
) noexcept nogil:
    cdef double *room = <double *> malloc(sf_path_room(plan) * sizeof(double) + 8)
    if room == NULL:
        return 1
    sf_simulate_lanes(
        plan, n_lanes, ar + first * ar_stride, ar_stride, ma + first * ma_stride, ma_stride,
        starts + first * start_stride, start_stride, pasts + first * past_stride, past_stride,
        innovations + first * plan.n_steps, out + first * plan.n_steps, room
    )
    free(room)
    return 0


def simulate_arima(
    const int64_t[::1] ar_lags not None,            # IN (n_ar,) rising, from 1
    const double[:, ::1] ar not None,               # IN (n_paths or 1, n_ar)
    const int64_t[::1] ma_lags not None,            # IN (n_ma,) rising, from 1
    const double[:, ::1] ma not None,               # IN (n_paths or 1, n_ma)
    const int64_t[::1] difference_lags not None,    # IN (n_difference,)
    const double[::1] difference_coefs not None,    # IN (n_difference,)
    const double[:, ::1] starts not None,           # IN (n_paths or 1, n_start) added to the first steps
    const double[:, ::1] pasts not None,            # IN (n_paths or 1, n_past) values before the first
    const double[:, ::1] innovations not None,      # IN (n_paths, n_steps)
    double[:, ::1] out not None,                    # OUT (n_paths, n_steps)
    int n_threads,
):
    cdef int64_t n_paths = out.shape[0], n_groups = (n_paths + SF_PATH_LANES - 1) // SF_PATH_LANES, g
    cdef int failed = 0
    cdef sf_path_plan plan
    plan.n_steps = out.shape[1]
    if n_paths == 0 or plan.n_steps == 0:
        return
    plan.n_ar = ar_lags.shape[0]
    plan.n_ma = ma_lags.shape[0]
    plan.n_difference = difference_lags.shape[0]
    plan.n_start = starts.shape[1]
    plan.n_past = pasts.shape[1]
    plan.ar_lags = &ar_lags[0] if plan.n_ar else NULL
    plan.ma_lags = &ma_lags[0] if plan.n_ma else NULL
    plan.difference_lags = &difference_lags[0] if plan.n_difference else NULL
    plan.difference_coefs = &difference_coefs[0] if plan.n_difference else NULL
    cdef const double *a = &ar[0, 0] if plan.n_ar else NULL
    cdef const double *b = &ma[0, 0] if plan.n_ma else NULL
    cdef const double *start = &starts[0, 0] if plan.n_start else NULL
    cdef const double *past = &pasts[0, 0] if plan.n_past else NULL
    cdef int64_t sa = plan.n_ar if ar.shape[0] > 1 else 0, sb = plan.n_ma if ma.shape[0] > 1 else 0
    cdef int64_t ss = plan.n_start if starts.shape[0] > 1 else 0, sp = plan.n_past if pasts.shape[0] > 1 else 0
    for g in prange(n_groups, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n_groups > 8):
        failed |= simulate_few(
            &plan, g * SF_PATH_LANES, min(n_paths - g * SF_PATH_LANES, <int64_t> SF_PATH_LANES), a, sa, b, sb, start, ss,
            past, sp, &innovations[0, 0], &out[0, 0]
        )
    if failed:
        raise MemoryError("simulating paths")
