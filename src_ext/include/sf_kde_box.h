/* Probability that a correlated normal lies in a box of unions of intervals: coordinates are drawn one after another within
   their intervals, each given those before it, at the points of a lattice; the mean product of the probabilities met on the
   way is the answer (Geweke, Hajivassiliou and Keane). One coordinate is exact; two have the error of the midpoint rule. */
#ifndef SF_KDE_BOX_H
#define SF_KDE_BOX_H
#include <math.h>
#include <stddef.h>

#include "sf_truncated.h"

enum { SF_BOX_DIMS = 64, SF_BOX_TRIES = 32 };

/* Probability of coordinate k's segments for N(mean, scale^2); at the fraction u of it lies *z. */
static double sf_box_coordinate(const double *lower, const double *upper, ptrdiff_t n_segments, ptrdiff_t stride,
                                double mean, double scale, double u, double *z) {
    double total = 0.0;
    for (ptrdiff_t s = 0; s < n_segments; s++)
        total += sf_between((lower[s * stride] - mean) / scale, (upper[s * stride] - mean) / scale);
    if (!z || !(total > 0.0))
        return total;
    double aim = u * total, share = 0.0;
    ptrdiff_t chosen = 0;
    for (ptrdiff_t s = 0; s < n_segments; s++) {
        const double p = sf_between((lower[s * stride] - mean) / scale, (upper[s * stride] - mean) / scale);
        if (p > 0.0) {
            chosen = s;
            share = aim < p ? aim / p : 1.0;
            if (aim < p)
                break;
            aim -= p;
        }
    }
    *z = sf_inside((lower[chosen * stride] - mean) / scale, (upper[chosen * stride] - mean) / scale, share);
    return total;
}

/* The box of one row: lower and upper are (n_bounded, n_segments, n_rows), of which this is row 0. */
static double sf_box_mass(const double *factor, ptrdiff_t n_bounded, const double *lower, const double *upper,
                          ptrdiff_t n_segments, ptrdiff_t n_rows, const double *step, ptrdiff_t n_points) {
    double z[SF_BOX_DIMS], sum = 0.0;
    for (ptrdiff_t m = 0; m < n_points; m++) {
        double product = 1.0;
        for (ptrdiff_t k = 0; k < n_bounded && product > 0.0; k++) {
            double mean = 0.0;
            for (ptrdiff_t j = 0; j < k; j++)
                mean += factor[k * n_bounded + j] * z[j];
            const double along = ((double)m + 0.5) * step[k], u = along - floor(along);
            const ptrdiff_t first = k * n_segments * n_rows;
            product *= sf_box_coordinate(lower + first, upper + first, n_segments, n_rows, mean,
                                         factor[k * n_bounded + k], u, k + 1 < n_bounded ? &z[k] : NULL);
        }
        sum += product;
    }
    return sum / (double)n_points;
}

/* The largest probability that coordinate k can have of its segments, whatever its mean is. */
static double sf_box_cap(const sf_box *box, ptrdiff_t k, ptrdiff_t row) {
    const ptrdiff_t first = k * box->n_segments * box->n_rows + row;
    const double scale = box->factor[k * box->n_bounded + k];
    double cap = 0.0;
    for (ptrdiff_t s = 0; s < box->n_segments; s++) {
        const double a = box->lower[first + s * box->n_rows], b = box->upper[first + s * box->n_rows];
        if (b > a)
            cap += 1.0 - 2.0 * sf_ndtr(-0.5 * (b - a) / scale);
    }
    return cap < 1.0 ? cap : 1.0;
}

/* A draw of one row within its box into z, with scratch noise and kept: coordinates one after another, taken with the
   probability that those after the first met their intervals with, which is exact; after SF_BOX_TRIES refusals by
   resampling and Gibbs sweeps (sf_truncated.h). The row's numbers depend on the box's key and the row alone. */
static void sf_box_draw(const sf_box *box, const double *shift, ptrdiff_t row, double *z, double *noise, double *kept) {
    uint64_t state = sf_mix(~box->key ^ sf_mix((uint64_t)row + SF_GOLDEN));
    double cap = 1.0;
    for (ptrdiff_t k = 1; k < box->n_bounded; k++)
        cap *= sf_box_cap(box, k, row);
    for (int attempt = 0; attempt < SF_BOX_TRIES; attempt++) {
        double weight = 1.0;
        for (ptrdiff_t k = 0; k < box->n_bounded && weight > 0.0; k++) {
            double mean = 0.0;
            for (ptrdiff_t j = 0; j < k; j++)
                mean += box->factor[k * box->n_bounded + j] * noise[j];
            const double scale = box->factor[k * box->n_bounded + k];
            const double total = sf_draw_coordinate(box, k, row, mean, scale, &state, &z[k]);
            noise[k] = (z[k] - mean) / scale;
            weight *= k || !(total > 0.0) ? total : 1.0;
        }
        if (sf_next_unit(&state) * cap < weight)
            return;
    }
    sf_truncated_row(box, shift, row, z, noise, kept);
}
#endif
