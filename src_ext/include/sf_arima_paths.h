/* Paths of a seasonal ARIMA process out of given innovations, eight at a time. Each path may have its own coefficients;
   the lags are shared. First the stationary process from a state of the past, then the differences are summed up. */
#ifndef SF_ARIMA_PATHS_H
#define SF_ARIMA_PATHS_H
#include <stdint.h>
#include <string.h>
#include "sf_clones.h"
#include "sf_wide.h"

enum { SF_PATH_LANES = 8 };

typedef struct {
    int64_t n_steps, n_ar, n_ma, n_difference, n_start, n_past;
    const int64_t *ar_lags, *ma_lags, *difference_lags;
    const double *difference_coefs; /* (n_difference,) y_t = w_t + sum of c y_{t - lag} */
} sf_path_plan;

SF_INLINE int64_t sf_path_room(const sf_path_plan *p) {
    return (3 * p->n_steps + p->n_past + p->n_ar + p->n_ma) * SF_PATH_LANES;
}

/* n_lanes <= 8 paths. innovations (n_lanes, n_steps); starts (n_lanes, n_start), what the past adds to the first steps of
   the stationary process; pasts (n_lanes, n_past), the last values before; ar, ma (n_lanes, n_ar / n_ma) with strides of 0
   where shared. out (n_lanes, n_steps). */
SF_CLONES static void sf_simulate_lanes(const sf_path_plan *p, int64_t n_lanes, const double *ar, int64_t ar_stride,
                                        const double *ma, int64_t ma_stride, const double *starts, int64_t start_stride,
                                        const double *pasts, int64_t past_stride, const double *innovations, double *out,
                                        double *room) {
    const int64_t n = p->n_steps;
    double *e = room, *w = e + n * SF_PATH_LANES, *y = w + n * SF_PATH_LANES;
    double *a = y + (n + p->n_past) * SF_PATH_LANES, *b = a + p->n_ar * SF_PATH_LANES;
    double *now = y + p->n_past * SF_PATH_LANES;
    memset(room, 0, (size_t)sf_path_room(p) * sizeof *room);
    for (int64_t l = 0; l < n_lanes; l++) {
        for (int64_t t = 0; t < n; t++) e[t * SF_PATH_LANES + l] = innovations[l * n + t];
        for (int64_t i = 0; i < p->n_ar; i++) a[i * SF_PATH_LANES + l] = ar[l * ar_stride + i];
        for (int64_t i = 0; i < p->n_ma; i++) b[i * SF_PATH_LANES + l] = ma[l * ma_stride + i];
        for (int64_t i = 0; i < p->n_start && i < n; i++) w[i * SF_PATH_LANES + l] = starts[l * start_stride + i];
        for (int64_t i = 0; i < p->n_past; i++) y[i * SF_PATH_LANES + l] = pasts[l * past_stride + i];
    }
    for (int64_t t = 0; t < n; t++)
        for (int64_t l = 0; l < SF_PATH_LANES; l += SF_WIDTH) {
            const int64_t at = t * SF_PATH_LANES + l;
            sf_wide sum = SF_LOAD(w + at) + SF_LOAD(e + at);
            for (int64_t i = 0; i < p->n_ma && p->ma_lags[i] <= t; i++)
                sum += SF_LOAD(b + i * SF_PATH_LANES + l) * SF_LOAD(e + at - p->ma_lags[i] * SF_PATH_LANES);
            for (int64_t i = 0; i < p->n_ar && p->ar_lags[i] <= t; i++)
                sum += SF_LOAD(a + i * SF_PATH_LANES + l) * SF_LOAD(w + at - p->ar_lags[i] * SF_PATH_LANES);
            SF_STORE(w + at, sum);
            for (int64_t i = 0; i < p->n_difference; i++)
                sum += SF_SPREAD(p->difference_coefs[i]) * SF_LOAD(now + at - p->difference_lags[i] * SF_PATH_LANES);
            SF_STORE(now + at, sum);
        }
    for (int64_t l = 0; l < n_lanes; l++)
        for (int64_t t = 0; t < n; t++) out[l * n + t] = now[t * SF_PATH_LANES + l];
}
#endif
