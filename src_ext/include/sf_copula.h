/* Loops of the Gaussian copula: weighted sums of rows, and ranks within strata. */
#ifndef SF_COPULA_H
#define SF_COPULA_H

#include <stdint.h>
#include <string.h>

#include "sf_clones.h"

#define SF_STRATUM 1024
#define SF_DIGITS 2048

/* out[i] = sum over k of weights[k] * rows[k][i], k ascending: a fixed order, so the same bits everywhere. */
SF_CLONES static void sf_combine(const double *SF_RESTRICT weights, const double *const rows, ptrdiff_t stride,
                                 ptrdiff_t n_weights, ptrdiff_t n, double *SF_RESTRICT out) {
    memset(out, 0, (size_t)n * sizeof(double));
    for (ptrdiff_t k = 0; k < n_weights; k++) {
        const double w = weights[k];
        const double *SF_RESTRICT row = rows + k * stride;
        if (w == 0.0)
            continue;
        for (ptrdiff_t i = 0; i < n; i++)
            out[i] += w * row[i];
    }
}

/* Stratified uniforms with the ranks of z: out[i] = (rank of z[i] among the 1,024 + jitter[i]) / 1,024.
   Keys are 22-bit fixed point on [-8, 8), packed with the 10-bit index; equal keys rank by index. */
static void sf_stratify(const double *z, const double *jitter, double *out) {
    uint32_t key[SF_STRATUM], moved[SF_STRATUM];
    uint16_t low[SF_DIGITS], high[SF_DIGITS];
    memset(low, 0, sizeof low);
    memset(high, 0, sizeof high);
    for (uint32_t i = 0; i < SF_STRATUM; i++) {
        double shifted = (z[i] + 8.0) * 262144.0;
        shifted = shifted < 0.0 ? 0.0 : (shifted > 4194303.0 ? 4194303.0 : shifted);
        key[i] = ((uint32_t)shifted << 10) | i;
        low[(key[i] >> 10) & (SF_DIGITS - 1)]++;
        high[key[i] >> 21]++;
    }
    uint16_t below_low = 0, below_high = 0;
    for (int d = 0; d < SF_DIGITS; d++) {
        uint16_t count = low[d];
        low[d] = below_low;
        below_low = (uint16_t)(below_low + count);
        count = high[d];
        high[d] = below_high;
        below_high = (uint16_t)(below_high + count);
    }
    for (int i = 0; i < SF_STRATUM; i++)
        moved[low[(key[i] >> 10) & (SF_DIGITS - 1)]++] = key[i];
    for (int i = 0; i < SF_STRATUM; i++) {
        const uint32_t index = moved[i] & (SF_STRATUM - 1);
        const uint32_t rank = high[moved[i] >> 21]++;
        out[index] = ((double)rank + jitter[index]) * (1.0 / SF_STRATUM);
    }
}

#endif
