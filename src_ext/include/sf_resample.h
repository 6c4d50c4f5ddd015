/* Systematic resampling by bounded weights. */
#ifndef SF_RESAMPLE_H
#define SF_RESAMPLE_H
#include <stddef.h>
#include <stdint.h>

#include "sf_clones.h"
#include "sf_math.h"

/* Choose n_out of n_in rows; place in [0, 1) shifts the comb. weight is scratch of n_in. With once, and where enough rows
   have weight, what exceeds one row is spread over the others, so that no row is taken twice. Sums run from first to
   last, so the same rows are chosen on every processor. */
static void sf_resample(const double *log_weight, ptrdiff_t n_in, ptrdiff_t n_out, double place, int once,
                        double *weight, int32_t *out) {
    double top = log_weight[0], sum = 0.0;
    ptrdiff_t positive = 0, k = 0;
    for (ptrdiff_t i = 1; i < n_in; i++)
        top = log_weight[i] > top ? log_weight[i] : top;
    for (ptrdiff_t i = 0; i < n_in; i++) {
        weight[i] = log_weight[i] - top < -700.0 ? 0.0 : sf_exp(log_weight[i] - top);
        positive += weight[i] > 0.0;
        sum += weight[i];
    }
    double scale = (double)n_out / sum;
    for (ptrdiff_t i = 0; i < n_in; i++)
        weight[i] *= scale;
    for (int pass = 0; once && pass < 50 && positive > n_out; pass++) {
        ptrdiff_t full = 0, over = 0;
        double rest = 0.0;
        for (ptrdiff_t i = 0; i < n_in; i++) {
            over += weight[i] > 1.0;
            weight[i] = weight[i] > 1.0 ? 1.0 : weight[i];
            full += weight[i] == 1.0;
            rest += weight[i] == 1.0 ? 0.0 : weight[i];
        }
        if (!over || !(rest > 0.0))
            break;
        scale = (double)(n_out - full) / rest;
        for (ptrdiff_t i = 0; i < n_in; i++)
            weight[i] = weight[i] == 1.0 ? 1.0 : weight[i] * scale;
    }
    sum = 0.0;
    for (ptrdiff_t i = 0; i < n_in; i++)
        sum += weight[i];
    scale = sum / (double)n_out;
    sum = weight[0];
    for (ptrdiff_t j = 0; j < n_out; j++) {
        const double aim = ((double)j + place) * scale;
        while (sum <= aim && k < n_in - 1)
            sum += weight[++k];
        while (weight[k] == 0.0 && k > 0) /* rounding at the very end must not reach a row without weight */
            k--;
        out[j] = (int32_t)k;
    }
}

#endif
