/* Systematic resampling by bounded weights. */
#ifndef SF_RESAMPLE_H
#define SF_RESAMPLE_H
#include <stddef.h>
#include <stdint.h>

#include "sf_clones.h"
#include "sf_math.h"
#include "sf_mix.h"

#define SF_GROUPS 32

/* Choose n_out of n_in rows; place in [0, 1) shifts the comb. weight is scratch of n_in. With once, and where enough rows
   have weight, what exceeds one row is spread over the others, so that no row is taken twice. Sums run from first to
   last, so the same rows are chosen on every processor. */
static void sf_resample(const double *log_weight, ptrdiff_t n_in, ptrdiff_t n_out, double place, int once,
                        double *weight, int32_t *out) {
    double top = log_weight[0], sum = 0.0;
    ptrdiff_t positive = 0, k = 0;
    place = place < 1e-9 ? 1e-9 : (place > 1.0 - 1e-9 ? 1.0 - 1e-9 : place); /* rounding must not move a tooth */
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
    while (once && positive >= n_out) { /* every pass but the last fills at least one more row */
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

/* Trade chosen rows for others so that the columns' groups hold as many chosen rows as their weights add up to.

   A chosen row stands for one tooth's share of the weights; each trade proposes another row of that share, by weight, and
   is made if the squared deviations of all groups fall. group: (n_columns, n_in) of 0 .. 31; weight and out as
   sf_resample left them; deviation: scratch (n_columns, 32). */
static void sf_balance(const uint8_t *group, ptrdiff_t stride, ptrdiff_t n_columns, ptrdiff_t n_in, ptrdiff_t n_out,
                       const double *weight, uint64_t key, int n_passes, double *deviation, int32_t *out) {
    double sum = 0.0, scale;
    for (ptrdiff_t i = 0; i < n_in; i++)
        sum += weight[i];
    scale = sum / (double)n_out;
    for (ptrdiff_t c = 0; c < n_columns; c++) {
        double *own = deviation + c * SF_GROUPS;
        for (int g = 0; g < SF_GROUPS; g++)
            own[g] = 0.0;
        for (ptrdiff_t i = 0; i < n_in; i++)
            own[group[c * stride + i]] -= weight[i] / scale;
        for (ptrdiff_t j = 0; j < n_out; j++)
            own[group[c * stride + out[j]]] += 1.0;
    }
    for (int pass = 0; pass < n_passes; pass++) {
        ptrdiff_t first = 0;
        double reach = weight[0]; /* of all rows up to the first that begins before this tooth's share */
        for (ptrdiff_t j = 0; j < n_out; j++) {
            while (reach <= (double)j * scale && first < n_in - 1)
                reach += weight[++first];
            const double draw = (double)(sf_mix(key += SF_GOLDEN) >> 11) * 0x1p-53;
            const double aim = ((double)j + draw) * scale;
            ptrdiff_t k = first;
            double sofar = reach;
            while (sofar <= aim && k < n_in - 1)
                sofar += weight[++k];
            const ptrdiff_t now = out[j];
            if (k == now || !(weight[k] > 0.0) || (j > 0 && k == out[j - 1]) || (j + 1 < n_out && k == out[j + 1]))
                continue; /* a row across two shares is not taken by both */
            double change = 0.0;
            for (ptrdiff_t c = 0; c < n_columns; c++) {
                const uint8_t a = group[c * stride + now], b = group[c * stride + k];
                change += a == b ? 0.0 : 1.0 + deviation[c * SF_GROUPS + b] - deviation[c * SF_GROUPS + a];
            }
            if (!(change < 0.0))
                continue;
            for (ptrdiff_t c = 0; c < n_columns; c++) {
                deviation[c * SF_GROUPS + group[c * stride + now]] -= 1.0;
                deviation[c * SF_GROUPS + group[c * stride + k]] += 1.0;
            }
            out[j] = (int32_t)k;
        }
    }
}

#endif
