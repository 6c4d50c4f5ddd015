/* One row of a multivariate normal whose coordinates lie in unions of intervals.

   Candidates are drawn coordinate by coordinate, each truncated given those before it, and carry the product of the
   probabilities met on the way as their weight; one is kept by weight and refreshed by Gibbs sweeps. Random numbers are
   SplitMix64 of (key, row), so a row depends on nothing else. */
#ifndef SF_TRUNCATED_H
#define SF_TRUNCATED_H

#include <stddef.h>
#include <stdint.h>

#include "sf_mix.h"
#include "sf_normal.h"

typedef struct {
    ptrdiff_t n_bounded, n_segments; /* coordinates; most segments of any */
    const double *factor;            /* (n_bounded, n_bounded) lower triangular */
    const double *precision;         /* (n_bounded, n_bounded) inverse covariance */
    const double *lower, *upper;     /* (n_bounded, n_segments, n_rows) */
    ptrdiff_t n_rows;
    uint64_t key;
    int n_candidates, n_sweeps;
} sf_box;

SF_INLINE double sf_next_unit(uint64_t *state) {
    *state += SF_GOLDEN;
    return ((double)(sf_mix(*state) >> 12) + 0.5) * 0x1.0p-52;
}

/* Probability that a standard normal lies in (a, b), from the tail that keeps digits. */
SF_INLINE double sf_between(double a, double b) {
    if (!(b > a))
        return 0.0;
    return a > 0.0 ? sf_ndtr(-a) - sf_ndtr(-b) : sf_ndtr(b) - sf_ndtr(a);
}

/* A standard normal in (a, b) at the fraction u of its probability. */
SF_INLINE double sf_inside(double a, double b, double u) {
    double x;
    if (a > 0.0) {
        const double tail = sf_ndtr(-b);
        x = -sf_ndtri(tail + (1.0 - u) * (sf_ndtr(-a) - tail));
    } else {
        const double tail = sf_ndtr(a);
        x = sf_ndtri(tail + u * (sf_ndtr(b) - tail));
    }
    return x < a ? a : (x > b ? b : x);
}

/* The point of the segments that is nearest to the mean: what a normal far outside of them shrinks to. */
static double sf_nearest_point(const sf_box *box, const double *lower, const double *upper, double mean) {
    double best = 0.0, distance = INFINITY;
    for (ptrdiff_t s = 0; s < box->n_segments; s++) {
        const double a = lower[s * box->n_rows], b = upper[s * box->n_rows];
        const double point = mean < a ? a : (mean > b ? b : mean);
        if (b > a && fabs(point - mean) < distance) {
            distance = fabs(point - mean);
            best = point;
        }
    }
    return best;
}

/* Draw coordinate k from N(mean, scale^2) within its segments. The probability of the segments is returned; where it is
   too small for a double, 0, and the value is the nearest point. */
static double sf_draw_coordinate(const sf_box *box, ptrdiff_t k, ptrdiff_t row, double mean, double scale,
                                 uint64_t *state, double *value) {
    const double *lower = box->lower + k * box->n_segments * box->n_rows + row;
    const double *upper = box->upper + k * box->n_segments * box->n_rows + row;
    double total = 0.0;
    for (ptrdiff_t s = 0; s < box->n_segments; s++)
        total += sf_between((lower[s * box->n_rows] - mean) / scale, (upper[s * box->n_rows] - mean) / scale);
    double aim = sf_next_unit(state) * total;
    const double u = sf_next_unit(state);
    if (!(total > 0.0)) {
        *value = sf_nearest_point(box, lower, upper, mean);
        return 0.0;
    }
    ptrdiff_t chosen = -1;
    for (ptrdiff_t s = 0; s < box->n_segments; s++) {
        const double a = (lower[s * box->n_rows] - mean) / scale, b = (upper[s * box->n_rows] - mean) / scale;
        const double p = sf_between(a, b);
        if (p > 0.0) {
            chosen = s;
            if (aim < p)
                break;
            aim -= p;
        }
    }
    const double a = (lower[chosen * box->n_rows] - mean) / scale, b = (upper[chosen * box->n_rows] - mean) / scale;
    *value = mean + scale * sf_inside(a, b, u);
    return total;
}

/* Gibbs sweeps over the bounded coordinates of one row. */
static void sf_refresh(const sf_box *box, const double *shift, ptrdiff_t row, uint64_t *state, double *z) {
    const ptrdiff_t n = box->n_bounded;
    for (int sweep = 0; sweep < box->n_sweeps; sweep++)
        for (ptrdiff_t k = 0; k < n; k++) {
            const double *q = box->precision + k * n;
            double pull = 0.0, value;
            for (ptrdiff_t j = 0; j < n; j++)
                if (j != k)
                    pull += q[j] * (z[j] - shift[j * box->n_rows + row]);
            const double mean = shift[k * box->n_rows + row] - pull / q[k];
            if (sf_draw_coordinate(box, k, row, mean, sqrt(1.0 / q[k]), state, &value) > 0.0)
                z[k] = value;
        }
}

/* Draw one row into z, with innovations and a kept candidate as scratch, each n_bounded long. The mean weight of the
   candidates is returned: an estimate of the row's probability. Where all weights are 0 the first candidate is kept. */
static double sf_truncated_row(const sf_box *box, const double *shift, ptrdiff_t row, double *z, double *noise,
                               double *kept) {
    const ptrdiff_t n = box->n_bounded;
    uint64_t state = sf_mix(box->key ^ sf_mix((uint64_t)row + SF_GOLDEN));
    double sum = 0.0;
    for (int c = 0; c < box->n_candidates; c++) {
        double weight = 1.0;
        for (ptrdiff_t k = 0; k < n; k++) {
            double mean = shift[k * box->n_rows + row];
            for (ptrdiff_t j = 0; j < k; j++)
                mean += box->factor[k * n + j] * noise[j];
            const double scale = box->factor[k * n + k];
            weight *= sf_draw_coordinate(box, k, row, mean, scale, &state, &z[k]);
            noise[k] = (z[k] - mean) / scale;
        }
        sum += weight;
        if (c == 0 || sf_next_unit(&state) * sum < weight) /* reservoir: each kept in proportion to its weight */
            for (ptrdiff_t k = 0; k < n; k++)
                kept[k] = z[k];
    }
    for (ptrdiff_t k = 0; k < n; k++)
        z[k] = kept[k];
    sf_refresh(box, shift, row, &state, z);
    return sum / box->n_candidates;
}

#endif
