/* A seasonal ARMA process: its order, its coefficients out of unbounded parameters, and its expanded polynomials.
   w_t = sum of ar_i w_{t-i} + e_t + sum of ma_j e_{t-j}, with (1 - ar) = phi(B) PHI(B^m) and (1 + ma) = theta(B) THETA(B^m).
   Coefficients stand in the order phi, theta, PHI, THETA. */
#ifndef SF_ARIMA_ORDER_H
#define SF_ARIMA_ORDER_H
#include <math.h>
#include <stdint.h>
#include <string.h>
#include "sf_clones.h"

enum { SF_ARIMA_MOST = 12 }; /* coefficients of one of the four polynomials */

typedef struct {
    int64_t p, q, P, Q, m;
} sf_arima_order;

SF_INLINE int64_t sf_ar_span(const sf_arima_order *o) { return o->p + o->m * o->P; }
SF_INLINE int64_t sf_ma_span(const sf_arima_order *o) { return o->q + o->m * o->Q; }
SF_INLINE int64_t sf_n_coefs(const sf_arima_order *o) { return o->p + o->q + o->P + o->Q; }

/* Entries of the state: the longer of the two memories. */
SF_INLINE int64_t sf_state_size(const sf_arima_order *o) {
    const int64_t ar = sf_ar_span(o), ma = sf_ma_span(o) + 1;
    return ar > ma ? ar : ma;
}

/* Coefficients of a stationary autoregression of order k from k unbounded numbers, by way of partial autocorrelations
   u / sqrt(1 + u^2) (Monahan 1984; Durbin's recursion), times sign; and their derivatives, slope[i * k + j] of coefficient
   i by number j. */
static void sf_arima_bounded(const double *u, int64_t k, double sign, double *coefs, double *slope) {
    double before[SF_ARIMA_MOST], before_slope[SF_ARIMA_MOST * SF_ARIMA_MOST];
    memset(slope, 0, (size_t)(k * k) * sizeof *slope);
    for (int64_t n = 0; n < k; n++) {
        const double root = sqrt(1.0 + u[n] * u[n]), r = u[n] / root;
        memcpy(before, coefs, (size_t)n * sizeof *before);
        memcpy(before_slope, slope, (size_t)(n * k) * sizeof *before_slope);
        for (int64_t i = 0; i < n; i++) {
            coefs[i] = before[i] - r * before[n - 1 - i];
            for (int64_t j = 0; j < n; j++)
                slope[i * k + j] = before_slope[i * k + j] - r * before_slope[(n - 1 - i) * k + j];
            slope[i * k + n] = -before[n - 1 - i] / (root * root * root);
        }
        coefs[n] = r;
        slope[n * k + n] = 1.0 / (root * root * root);
    }
    for (int64_t i = 0; i < k; i++) coefs[i] *= sign;
    for (int64_t i = 0; i < k * k; i++) slope[i] *= sign;
}

/* All four polynomials of an order; slopes one after another, each of them square. */
static void sf_arima_coefs(const sf_arima_order *o, const double *u, double *coefs, double *slopes) {
    const int64_t sizes[4] = {o->p, o->q, o->P, o->Q};
    for (int part = 0; part < 4; part++) {
        sf_arima_bounded(u, sizes[part], part % 2 ? -1.0 : 1.0, coefs, slopes);
        u += sizes[part], coefs += sizes[part], slopes += sizes[part] * sizes[part];
    }
}

/* One short and one seasonal polynomial multiplied out; sign is -1 for autoregressions, 1 for moving averages. */
static void sf_arima_expand(const double *small, int64_t p, const double *seasonal, int64_t P, int64_t m, double sign,
                            double *out) {
    memset(out, 0, (size_t)(p + m * P) * sizeof *out);
    for (int64_t i = 0; i < p; i++) out[i] += small[i];
    for (int64_t k = 0; k < P; k++) {
        out[m * (k + 1) - 1] += seasonal[k];
        for (int64_t i = 0; i < p; i++) out[m * (k + 1) + i] += sign * small[i] * seasonal[k];
    }
}
#endif
