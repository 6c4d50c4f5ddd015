/* Conditional-sum-of-squares residuals of a seasonal ARMA process, and their derivatives by its coefficients.
   The factors of the polynomials are run one after another, so a long season costs no more than a short one. Residuals
   begin after the autoregression's span; before it they are 0, as are their derivatives. */
#ifndef SF_ARIMA_CSS_H
#define SF_ARIMA_CSS_H
#include "sf_arima_order.h"

/* x divided by THETA(B^m) theta(B), in place, from `first` on. */
SF_CLONES static void sf_arima_divide(const sf_arima_order *o, const double *coefs, double *x, int64_t first, int64_t n) {
    const double *theta = coefs + o->p, *THETA = coefs + o->p + o->q + o->P;
    if (o->Q == 1)
        for (int64_t t = first + o->m; t < n; t++) x[t] -= THETA[0] * x[t - o->m];
    else if (o->Q > 1)
        for (int64_t t = first; t < n; t++)
            for (int64_t k = 1; k <= o->Q && t - k * o->m >= first; k++) x[t] -= THETA[k - 1] * x[t - k * o->m];
    if (o->q == 1)
        for (int64_t t = first + 1; t < n; t++) x[t] -= theta[0] * x[t - 1];
    else if (o->q == 2) {
        double one = 0.0, two = 0.0;
        for (int64_t t = first; t < n; t++) {
            const double now = (x[t] - theta[1] * two) - theta[0] * one;
            two = one, one = now, x[t] = now;
        }
    } else if (o->q > 2)
        for (int64_t t = first; t < n; t++) {
            const int64_t most = t - first < o->q ? t - first : o->q;
            double now = x[t];
            for (int64_t j = most; j >= 1; j--) now -= theta[j - 1] * x[t - j];
            x[t] = now;
        }
}

/* out_t = x_t - sum of c_i x_{t - i * lag} for t >= first, 0 before; first >= k * lag. */
SF_CLONES static void sf_arima_multiply(const double *c, int64_t k, int64_t lag, const double *SF_RESTRICT x,
                                        int64_t first, int64_t n, double *SF_RESTRICT out) {
    for (int64_t t = 0; t < first; t++) out[t] = 0.0;
    for (int64_t t = first; t < n; t++) out[t] = x[t];
    for (int64_t i = 1; i <= k; i++) {
        const double own = c[i - 1];
        for (int64_t t = first; t < n; t++) out[t] -= own * x[t - i * lag];
    }
}

/* Residuals e (n,) of x, and where jacobian is not NULL its rows (n_coefs, n). room: 2 n. */
static void sf_arima_css(const sf_arima_order *o, const double *coefs, const double *x, int64_t n, double *e,
                         double *jacobian, double *room) {
    const double *phi = coefs, *PHI = coefs + o->p + o->q;
    const int64_t span = sf_ar_span(o), first = span < n ? span : n;
    double *small = room, *seasonal = room + n;
    sf_arima_multiply(phi, o->p, 1, x, o->p < n ? o->p : n, n, small);
    sf_arima_multiply(PHI, o->P, o->m, small, first, n, e);
    sf_arima_divide(o, coefs, e, first, n);
    if (jacobian == NULL) return;
    sf_arima_multiply(PHI, o->P, o->m, x, o->m * o->P < n ? o->m * o->P : n, n, seasonal);
    for (int64_t c = 0; c < sf_n_coefs(o); c++) {
        double *row = jacobian + c * n;
        int64_t lag = c + 1;
        const double *source = seasonal;
        if (c >= o->p + o->q + o->P) lag = (c - o->p - o->q - o->P + 1) * o->m, source = e;
        else if (c >= o->p + o->q) lag = (c - o->p - o->q + 1) * o->m, source = small;
        else if (c >= o->p) lag = c - o->p + 1, source = e;
        for (int64_t t = 0; t < first; t++) row[t] = 0.0;
        for (int64_t t = first; t < n; t++) row[t] = t >= lag ? -source[t - lag] : 0.0;
        if (source != e) sf_arima_divide(o, coefs, row, first, n);
        else {
            sf_arima_order part = *o; /* by theta: e / theta(B); by THETA: e / THETA(B^m) */
            double own[SF_ARIMA_MOST * 4];
            memcpy(own, coefs, (size_t)sf_n_coefs(o) * sizeof *own);
            if (c < o->p + o->q) part.Q = 0;
            else {
                part.q = 0; /* the seasonal coefficients move up to where a model without theta has them */
                memcpy(own + o->p + o->P, coefs + o->p + o->q + o->P, (size_t)o->Q * sizeof *own);
            }
            sf_arima_divide(&part, own, row, first, n);
        }
    }
}

/* Regressors through the same filter: out = -(a(B) / b(B)) x. room: n. */
static void sf_arima_css_regressor(const sf_arima_order *o, const double *coefs, const double *x, int64_t n, double *out,
                                   double *room) {
    const int64_t span = sf_ar_span(o), first = span < n ? span : n;
    sf_arima_multiply(coefs, o->p, 1, x, o->p < n ? o->p : n, n, room);
    sf_arima_multiply(coefs + o->p + o->q, o->P, o->m, room, first, n, out);
    sf_arima_divide(o, coefs, out, first, n);
    for (int64_t t = 0; t < n; t++) out[t] = -out[t];
}
#endif
