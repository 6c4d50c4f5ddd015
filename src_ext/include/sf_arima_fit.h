/* Seasonal ARMA with regressors fitted by least squares: of conditional residuals, or of exact innovations times the
   geometric mean of their standard deviations, which maximises the Gaussian likelihood. Both by Levenberg and Marquardt's
   steps; the first has an analytic Jacobian, the second a difference quotient in the few coefficients. */
#ifndef SF_ARIMA_FIT_H
#define SF_ARIMA_FIT_H
#include "sf_arima_css.h"
#include "sf_arima_exact.h"
#include "sf_cholesky.h"
#include "sf_wide.h"

typedef struct {
    sf_arima_order order;
    int64_t n, n_beta;
    const double *values;     /* (n,) */
    const double *regressors; /* (n_beta, n), rows regressor_stride apart */
    int64_t regressor_stride;
} sf_arima_problem;

typedef struct {
    double *beta, *coefs, *slopes, *residual, *jacobian, *gram, *right, *filtered, *exact;
    const double **series;
    double mean_variance; /* geometric mean of the variances of the last exact innovations, in units of the process's */
} sf_arima_room;

enum { SF_ARIMA_CONDITIONAL = 1, SF_ARIMA_EXACT = 2 };

SF_CLONES static double sf_arima_dot(const double *a, const double *b, int64_t n) {
    sf_wide sum = SF_SPREAD(0.0);
    int64_t t = 0;
    for (; t + SF_WIDTH <= n; t += SF_WIDTH) sum += SF_LOAD(a + t) * SF_LOAD(b + t);
    double total = SF_SUM_LANES(sum);
    for (; t < n; t++) total += a[t] * b[t];
    return total;
}

/* Solve gram x = right by Cholesky, gram (k, k) given by its upper half and overwritten. 0 where it is singular. */
static int sf_arima_solve(double *gram, int64_t k, double *right) {
    if (!sf_cholesky(gram, k, k, 0, NULL)) return 0;
    for (int64_t i = 0; i < k; i++) {
        double sum = right[i];
        for (int64_t j = 0; j < i; j++) sum -= gram[j * k + i] * right[j];
        right[i] = sum / gram[i * k + i];
    }
    for (int64_t i = k - 1; i >= 0; i--) {
        double sum = right[i];
        for (int64_t j = i + 1; j < k; j++) sum -= gram[i * k + j] * right[j];
        right[i] = sum / gram[i * k + i];
    }
    return 1;
}

/* Least squares of y on rows of x: y becomes what is left. 0 where the rows are dependent. */
static int sf_arima_regress(double *y, const double *x, int64_t stride, int64_t k, int64_t n, double *beta, double *gram) {
    for (int64_t i = 0; i < k; i++) {
        for (int64_t j = i; j < k; j++) gram[i * k + j] = sf_arima_dot(x + i * stride, x + j * stride, n);
        beta[i] = sf_arima_dot(x + i * stride, y, n);
    }
    if (!sf_arima_solve(gram, k, beta)) return 0;
    for (int64_t i = 0; i < k; i++)
        for (int64_t t = 0; t < n; t++) y[t] -= beta[i] * x[i * stride + t];
    return 1;
}

/* Exact innovations of the values less the regressors' part, scaled so that their sum of squares is what to minimise. */
static double sf_arima_exact_residual(const sf_arima_problem *a, const double *u, double *residual, sf_arima_room *room) {
    double mean_log;
    sf_arima_coefs(&a->order, u, room->coefs, room->slopes);
    if (!sf_arima_exact(&a->order, room->coefs, room->series, 1 + a->n_beta, a->n, room->filtered, &mean_log, NULL,
                        room->exact))
        return INFINITY;
    memcpy(residual, room->filtered, (size_t)a->n * sizeof *residual);
    if (a->n_beta && !sf_arima_regress(residual, room->filtered + a->n, a->n, a->n_beta, a->n, room->beta, room->gram))
        return INFINITY;
    const double scale = sf_exp(0.5 * mean_log);
    room->mean_variance = scale * scale;
    for (int64_t t = 0; t < a->n; t++) residual[t] *= scale;
    return sf_arima_dot(residual, residual, a->n);
}

/* Rows of the Jacobian (k, n) to products, upper half of gram (k, k), and to the gradient. */
static void sf_arima_products(const double *jacobian, const double *residual, int64_t k, int64_t n, double *gram,
                              double *gradient) {
    for (int64_t i = 0; i < k; i++) {
        for (int64_t j = i; j < k; j++) gram[i * k + j] = sf_arima_dot(jacobian + i * n, jacobian + j * n, n);
        gradient[i] = sf_arima_dot(jacobian + i * n, residual, n);
    }
}

static double sf_arima_exact_normal(const sf_arima_problem *a, double *u, double *gram, double *gradient,
                                    sf_arima_room *room) {
    const int64_t k = sf_n_coefs(&a->order), n = a->n;
    const double sum = sf_arima_exact_residual(a, u, room->residual, room);
    if (gram == NULL || !(sum < INFINITY)) return sum;
    for (int64_t i = 0; i < k; i++) {
        const double before = u[i], step = 1e-6 * (1.0 + fabs(before));
        double *row = room->jacobian + i * n;
        u[i] = before + step;
        if (!(sf_arima_exact_residual(a, u, row, room) < INFINITY)) memcpy(row, room->residual, (size_t)n * sizeof *row);
        u[i] = before;
        for (int64_t t = 0; t < n; t++) row[t] = (row[t] - room->residual[t]) / step;
    }
    sf_arima_products(room->jacobian, room->residual, k, n, gram, gradient);
    return sum;
}

/* Products by coefficients to products by the unbounded numbers: within each polynomial, combined by its slopes. */
static void sf_arima_by_free(const sf_arima_order *o, const double *slopes, int64_t k, double *gram, double *gradient) {
    const int64_t sizes[4] = {o->p, o->q, o->P, o->Q};
    for (int64_t i = 0; i < k; i++)
        for (int64_t j = 0; j < i; j++) gram[i * k + j] = gram[j * k + i];
    for (int64_t part = 0, first = 0; part < 4; first += sizes[part], slopes += sizes[part] * sizes[part], part++) {
        const int64_t size = sizes[part];
        for (int64_t at = 0; at < 2 * k + 1; at++) { /* rows, then columns, then the gradient */
            double *line = at < k ? gram + at : at < 2 * k ? gram + (at - k) * k : gradient, own[SF_ARIMA_MOST];
            const int64_t stride = at < k ? k : 1;
            for (int64_t i = 0; i < size; i++) own[i] = line[(first + i) * stride];
            for (int64_t j = 0; j < size; j++) {
                double total = 0.0;
                for (int64_t i = 0; i < size; i++) total += slopes[i * size + j] * own[i];
                line[(first + j) * stride] = total;
            }
        }
    }
}

/* Conditional sum of squares; parameters are u and beta. Products are taken by coefficients, then turned to u. */
static double sf_arima_css_normal(const sf_arima_problem *a, const double *u, double *gram, double *gradient,
                                  sf_arima_room *room) {
    const int64_t k = sf_n_coefs(&a->order), n = a->n, all = k + a->n_beta;
    double *left = room->filtered;
    sf_arima_coefs(&a->order, u, room->coefs, room->slopes);
    memcpy(left, a->values, (size_t)n * sizeof *left);
    for (int64_t b = 0; b < a->n_beta; b++)
        for (int64_t t = 0; t < n; t++) left[t] -= u[k + b] * a->regressors[b * a->regressor_stride + t];
    sf_arima_css(&a->order, room->coefs, left, n, room->residual, gram == NULL ? NULL : room->jacobian, room->exact);
    const double sum = sf_arima_dot(room->residual, room->residual, n);
    if (gram == NULL || !(sum < INFINITY)) return sum < INFINITY ? sum : INFINITY;
    for (int64_t b = 0; b < a->n_beta; b++)
        sf_arima_css_regressor(&a->order, room->coefs, a->regressors + b * a->regressor_stride, n,
                               room->jacobian + (k + b) * n, room->exact);
    sf_arima_products(room->jacobian, room->residual, all, n, gram, gradient);
    sf_arima_by_free(&a->order, room->slopes, all, gram, gradient);
    return sum;
}

SF_INLINE double sf_arima_normal(const sf_arima_problem *a, int method, double *u, double *gram, double *gradient,
                                 sf_arima_room *room) {
    return method == SF_ARIMA_EXACT ? sf_arima_exact_normal(a, u, gram, gradient, room)
                                    : sf_arima_css_normal(a, u, gram, gradient, room);
}

/* Minimise over u (and beta where conditional); returns the sum of squares, INFINITY where the start has none.
   The unbounded numbers stay within |u| <= limit. room->right: 3 k + 2 k^2. */
static double sf_arima_minimise(const sf_arima_problem *a, int method, double *u, int64_t max_steps, double tolerance,
                                double limit, int64_t *n_steps, sf_arima_room *room) {
    const int64_t n_coefs = sf_n_coefs(&a->order), k = method == SF_ARIMA_EXACT ? n_coefs : n_coefs + a->n_beta;
    double *gradient = room->right, *step = gradient + k, *trial = step + k, *gram = trial + k, *damped = gram + k * k;
    double sum = sf_arima_normal(a, method, u, k ? gram : NULL, gradient, room), damping = 1e-3;
    for (*n_steps = 0; k && sum < INFINITY && *n_steps < max_steps; (*n_steps)++) {
        double reached = INFINITY;
        for (; damping < 1e10; damping *= 8.0) {
            memcpy(damped, gram, (size_t)(k * k) * sizeof *damped);
            memcpy(step, gradient, (size_t)k * sizeof *step);
            for (int64_t i = 0; i < k; i++) damped[i * k + i] += damping * gram[i * k + i] + 1e-300;
            if (!sf_arima_solve(damped, k, step)) continue;
            for (int64_t i = 0; i < k; i++) {
                trial[i] = u[i] - step[i];
                if (i < n_coefs) trial[i] = trial[i] > limit ? limit : trial[i] < -limit ? -limit : trial[i];
            }
            reached = sf_arima_normal(a, method, trial, NULL, NULL, room);
            if (reached < sum) break;
        }
        if (!(reached < sum)) break;
        memcpy(u, trial, (size_t)k * sizeof *u);
        const int done = sum - reached <= tolerance * sum;
        sum = reached;
        if (done) break;
        damping = damping > 1e-8 ? damping / 8.0 : damping;
        sum = sf_arima_normal(a, method, u, gram, gradient, room);
    }
    return sum;
}

static double *sf_arima_take(double **at, int64_t n) {
    double *own = *at;
    *at += n;
    return own;
}

/* Memory for a problem in one piece, to be freed by the caller; NULL where there is none. */
static double *sf_arima_lay_out(const sf_arima_problem *a, sf_arima_room *room) {
    const int64_t k = sf_n_coefs(&a->order), b = a->n_beta, n = a->n, all = k + b;
    const int64_t exact = sf_arima_exact_room(&a->order, 1 + b), both = exact > 2 * n ? exact : 2 * n;
    const int64_t total = b + k + 4 * SF_ARIMA_MOST * SF_ARIMA_MOST + n + (all + 1) * n + b * b + 3 * all + 2 * all * all
                        + (1 + b) * n + both + 64;
    double *memory = (double *)malloc((size_t)total * sizeof *memory + (size_t)(1 + b) * sizeof *room->series), *at = memory;
    if (memory == NULL) return NULL;
    room->beta = sf_arima_take(&at, b + 1);
    room->coefs = sf_arima_take(&at, k + 1);
    room->slopes = sf_arima_take(&at, 4 * SF_ARIMA_MOST * SF_ARIMA_MOST);
    room->residual = sf_arima_take(&at, n);
    room->jacobian = sf_arima_take(&at, (all + 1) * n);
    room->gram = sf_arima_take(&at, b * b + 1);
    room->right = sf_arima_take(&at, 3 * all + 2 * all * all + 1);
    room->filtered = sf_arima_take(&at, (1 + b) * n);
    room->exact = sf_arima_take(&at, both);
    room->series = (const double **)(void *)at;
    room->series[0] = a->values;
    for (int64_t i = 0; i < b; i++) room->series[1 + i] = a->regressors + i * a->regressor_stride;
    return memory;
}

/* Fit one problem from u (n_coefs,). methods: conditional, exact, or one after the other, each with its most steps (none:
   the start is only scored). Fills u, coefs, beta and figures: the last method's sum of squares, its variance of
   innovations, steps of both. Returns 0, or 1 without memory. */
static int sf_arima_fit(const sf_arima_problem *a, int methods, const int64_t *max_steps, double tolerance, double limit,
                        double *u, double *coefs, double *beta, double *figures) {
    const int64_t k = sf_n_coefs(&a->order), b = a->n_beta;
    sf_arima_room room = {.mean_variance = 1.0};
    double *memory = sf_arima_lay_out(a, &room);
    double own[4 * SF_ARIMA_MOST + 64], *parameters = own;
    if (memory == NULL) return 1;
    double *large = k + b > (int64_t)(sizeof own / sizeof *own) ? (double *)malloc((size_t)(k + b) * sizeof *large) : NULL;
    if (large != NULL) parameters = large;
    int64_t steps = 0, more = 0;
    double sum = INFINITY;
    memcpy(parameters, u, (size_t)k * sizeof *u);
    if (methods & SF_ARIMA_CONDITIONAL) {
        memcpy(room.filtered, a->values, (size_t)a->n * sizeof *room.filtered);
        for (int64_t i = 0; i < b; i++) room.beta[i] = 0.0;
        if (b && !sf_arima_regress(room.filtered, a->regressors, a->regressor_stride, b, a->n, room.beta, room.gram))
            for (int64_t i = 0; i < b; i++) room.beta[i] = 0.0;
        memcpy(parameters + k, room.beta, (size_t)b * sizeof *beta);
        sum = sf_arima_minimise(a, SF_ARIMA_CONDITIONAL, parameters, max_steps[0], tolerance, limit, &steps, &room);
        memcpy(beta, parameters + k, (size_t)b * sizeof *beta);
        figures[1] = sum / (double)(a->n - sf_ar_span(&a->order));
    }
    if (methods & SF_ARIMA_EXACT) {
        for (int64_t i = 0; i < k; i++) /* off the flat ends, where the difference quotient would see nothing */
            parameters[i] = parameters[i] > 6.0 ? 6.0 : parameters[i] < -6.0 ? -6.0 : parameters[i];
        if (max_steps[1])
            sf_arima_minimise(a, SF_ARIMA_EXACT, parameters, max_steps[1], tolerance, limit, &more, &room);
        sum = sf_arima_exact_residual(a, parameters, room.residual, &room);
        memcpy(beta, room.beta, (size_t)b * sizeof *beta);
        figures[1] = sum / (double)a->n / room.mean_variance;
    }
    sf_arima_coefs(&a->order, parameters, coefs, room.slopes);
    memcpy(u, parameters, (size_t)k * sizeof *u);
    figures[0] = sum < INFINITY ? sum : INFINITY; /* not NaN */
    figures[2] = (double)steps;
    figures[3] = (double)more;
    free(large);
    free(memory);
    return 0;
}
#endif
