/* Exact Gaussian likelihood of a seasonal ARMA process by Chandrasekhar's recursions (Morf, Sidhu and Kailath 1974; Pearlman
   1980): the gain of the Kalman filter at O(r) a step instead of O(r^2), r the size of the state in Harvey's form. */
#ifndef SF_ARIMA_EXACT_H
#define SF_ARIMA_EXACT_H
#include <stdlib.h>
#include "sf_arima_order.h"
#include "sf_math.h"

/* Autocovariances 0 .. n_lags - 1 of an autoregression with unit innovations: its polynomials of all lower orders by the
   step-down recursion, then Durbin's the other way. room: (p + 1)^2. 0 where the process is not stationary. */
static int sf_ar_autocovariance(const double *ar, int64_t p, int64_t n_lags, double *out, double *room) {
    double *last = room + p * p;
    double variance = 1.0;
    memcpy(last, ar, (size_t)p * sizeof *last);
    for (int64_t k = p; k >= 1; k--) {
        double *own = room + k * p, *lower = room + (k - 1) * p;
        const double r = own[k - 1], rest = (1.0 - r) * (1.0 + r);
        if (!(rest > 0.0)) return 0;
        variance /= rest;
        for (int64_t i = 0; i < k - 1; i++) lower[i] = (own[i] + r * own[k - 2 - i]) / rest;
    }
    if (!(variance < 1e300)) return 0;
    out[0] = variance;
    for (int64_t k = 1; k < n_lags; k++) {
        const int64_t order = k < p ? k : p;
        const double *a = room + order * p;
        double sum = 0.0;
        for (int64_t i = 0; i < order; i++) sum += a[i] * out[k - 1 - i];
        out[k] = sum;
    }
    return 1;
}

/* Covariance of the state with the value, for unit innovations: c (r,). room: span^2 + 4 r + 2 more spans. */
static int sf_arima_start(const double *ar, int64_t p, const double *ma, int64_t q, int64_t r, double *c, double *room) {
    double *gamma = room, *psi = gamma + r + 1, *product = psi + r + 1, *pure = product + q + 1, *steps = pure + r + q + 2;
    if (!sf_ar_autocovariance(ar, p, r + q + 2, pure, steps)) return 0;
    for (int64_t d = 0; d <= q; d++) {
        double sum = d ? ma[d - 1] : 1.0;
        for (int64_t i = 1; i + d <= q; i++) sum += ma[i - 1] * ma[i + d - 1];
        product[d] = sum;
    }
    for (int64_t k = 0; k <= r; k++) {
        double sum = product[0] * pure[k];
        for (int64_t d = 1; d <= q; d++)
            if (product[d] != 0.0) sum += product[d] * (pure[k + d] + pure[k > d ? k - d : d - k]);
        gamma[k] = sum;
        double weight = k == 0 ? 1.0 : (k <= q ? ma[k - 1] : 0.0);
        for (int64_t i = 1; i <= (k < p ? k : p); i++) weight += ar[i - 1] * psi[k - i];
        psi[k] = weight;
    }
    for (int64_t i = 1; i <= r; i++) {
        double sum = 0.0;
        for (int64_t j = i; j <= p; j++) sum += ar[j - 1] * gamma[j - i + 1];
        for (int64_t j = i; j <= q + 1; j++) sum += (j == 1 ? 1.0 : ma[j - 2]) * psi[j - i];
        c[i - 1] = sum;
    }
    return c[0] > 0.0;
}

SF_INLINE int64_t sf_arima_exact_room(const sf_arima_order *o, int64_t n_series) {
    const int64_t r = sf_state_size(o), p = sf_ar_span(o), q = sf_ma_span(o);
    return (4 + n_series) * (r + 8) + (p + 1) * (p + 1) + p + 3 * (r + q + 4) + 2 * (p + q + 2);
}

/* x_i <- x_{i+1} + a_i x_0 + k_i v, the last one being followed by 0; x has a place for it. */
SF_INLINE void sf_arima_step(double *SF_RESTRICT x, const double *SF_RESTRICT a, const double *SF_RESTRICT gain, double v,
                             int64_t r) {
    const double head = x[0];
    for (int64_t i = 0; i < r; i++) x[i] = (x[i + 1] + a[i] * head) + gain[i] * v;
}

/* Standardised innovations (n_series, n) of several series under one process, and the mean log of their variances.
   states (n_series, r), where not NULL, get the state predicted after the last value: entry h is the expected value h + 1
   steps ahead less what later values add. Returns 0 where the process is not stationary. */
SF_CLONES static int sf_arima_exact(const sf_arima_order *o, const double *coefs, const double *const *series,
                                    int64_t n_series, int64_t n, double *out, double *mean_log, double *states,
                                    double *room) {
    const int64_t p = sf_ar_span(o), q = sf_ma_span(o), r = sf_state_size(o), padded = r + 8;
    double *ar = room, *gain = ar + padded, *change = gain + padded, *x = change + padded, *rest = x + n_series * padded;
    double *ma = rest, *spare = ma + q + 1;
    memset(room, 0, (size_t)((3 + n_series) * padded) * sizeof *room);
    sf_arima_expand(coefs, o->p, coefs + o->p + o->q, o->P, o->m, -1.0, ar);
    sf_arima_expand(coefs + o->p, o->q, coefs + o->p + o->q + o->P, o->Q, o->m, 1.0, ma);
    if (!sf_arima_start(ar, p, ma, q, r, change, spare)) return 0;
    double variance = change[0], scale = -1.0 / variance, logs = 0.0;
    { /* the first gain and the first change of the state's covariance: T c */
        const double head = change[0];
        for (int64_t i = 0; i < r; i++) change[i] = change[i + 1] + ar[i] * head;
        memcpy(gain, change, (size_t)r * sizeof *gain);
        for (int64_t i = 0; i < r; i++) gain[i] /= variance;
    }
    int steady = 0;
    double root = 1.0 / sqrt(variance);
    for (int64_t t = 0; t < n; t++) {
        for (int64_t s = 0; s < n_series; s++) {
            double *own = x + s * padded;
            const double v = series[s][t] - own[0];
            out[s * n + t] = v * root;
            sf_arima_step(own, ar, gain, v, r);
        }
        if (steady) continue;
        logs += sf_log(variance);
        const double head = change[0], weight = scale * head, next = variance + weight * head;
        if (!(next > 0.0)) return 0;
        for (int64_t i = 0; i < r; i++) {
            const double shifted = change[i + 1] + ar[i] * head;
            change[i] = shifted - gain[i] * head;
            gain[i] = (gain[i] * variance + shifted * weight) / next;
        }
        scale -= scale * scale * head * head / next;
        variance = next;
        root = 1.0 / sqrt(variance);
        if (t % 8) continue;
        double moved = 0.0;
        for (int64_t i = 0; i < r; i++) moved += change[i] * change[i];
        if (-scale * moved < 1e-15) { /* the gain will not move any more */
            steady = 1;
            logs += (double)(n - 1 - t) * sf_log(variance);
        }
    }
    *mean_log = logs / (double)n;
    if (states != NULL)
        for (int64_t s = 0; s < n_series; s++) memcpy(states + s * r, x + s * padded, (size_t)r * sizeof *states);
    return 1;
}
#endif
