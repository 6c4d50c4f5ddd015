/* The Gauss transform in one dimension: cells a quarter bandwidth wide hold moments of their rows, and a query sums the
   series of the cells within reach:

       exp(-(q - x)^2 / 2) = exp(-t^2 / 2) exp(-y^2 / 2) sum over k of t^k y^k / k!,   t = q - centre, y = x - centre.

   All terms of a row stand in a fixed ratio to its kernel, so the error is relative to the sum, not to its largest value.
   Greengard and Strain (1991); Yang, Duraiswami, Gumerov and Davis (2003). */
#ifndef SF_KDE_SERIES_H
#define SF_KDE_SERIES_H
#include <stddef.h>
#include <stdint.h>

#include "sf_clones.h"
#include "sf_math.h"

enum { SF_MOST_MOMENTS = 24, SF_WINDOW = 128 };

#define SF_CELL 0.25

/* Add rows to the moments (n_cells, n_moments) of their cells; x in bandwidths from the start of cell 0. */
SF_CLONES static void sf_fill_moments(const double *x, const double *weight, ptrdiff_t n, ptrdiff_t n_cells,
                                      ptrdiff_t n_moments, double *moments) {
    double y[64], w[64];
    ptrdiff_t cell[64];
    for (ptrdiff_t start = 0; start < n; start += 64) {
        const ptrdiff_t size = n - start < 64 ? n - start : 64;
        for (ptrdiff_t i = 0; i < size; i++) {
            const double at = x[start + i] * (1.0 / SF_CELL);
            ptrdiff_t c = (ptrdiff_t)at;
            c = c < 0 ? 0 : (c >= n_cells ? n_cells - 1 : c);
            cell[i] = c;
            y[i] = x[start + i] - ((double)c + 0.5) * SF_CELL;
        }
        for (ptrdiff_t i = 0; i < size; i++)
            w[i] = weight[start + i] * sf_exp(-0.5 * y[i] * y[i]);
        for (ptrdiff_t i = 0; i < size; i++) {
            double *SF_RESTRICT moment = moments + cell[i] * n_moments, power = w[i];
            for (ptrdiff_t k = 0; k < n_moments; k++) {
                moment[k] += power;
                power *= y[i];
            }
        }
    }
}

/* The sum at q, from series (n_moments, n_cells): moments over k!, transposed. Cells further than reach are left out. */
SF_CLONES static double sf_sum_series(double q, const double *series, ptrdiff_t n_cells, ptrdiff_t n_moments, double reach) {
    const double from = (q - reach) * (1.0 / SF_CELL), to = (q + reach) * (1.0 / SF_CELL);
    if (!(from < (double)n_cells) || !(to >= 0.0))
        return 0.0;
    const ptrdiff_t first = from > 0.0 ? (ptrdiff_t)from : 0;
    const ptrdiff_t last = to < (double)(n_cells - 1) ? (ptrdiff_t)to : n_cells - 1, n = last - first + 1;
    double t[SF_WINDOW], sum[SF_WINDOW], total = 0.0;
    for (ptrdiff_t c = 0; c < n; c++) {
        t[c] = q - ((double)(first + c) + 0.5) * SF_CELL;
        sum[c] = 0.0;
    }
    for (ptrdiff_t k = n_moments - 1; k >= 0; k--) {
        const double *SF_RESTRICT term = series + k * n_cells + first;
        for (ptrdiff_t c = 0; c < n; c++)
            sum[c] = sum[c] * t[c] + term[c];
    }
    for (ptrdiff_t c = 0; c < n; c++)
        sum[c] *= sf_exp(-0.5 * t[c] * t[c]);
    for (ptrdiff_t c = 0; c < n; c++)
        total += sum[c];
    return total;
}
#endif
