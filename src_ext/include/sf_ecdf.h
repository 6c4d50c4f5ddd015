/* Piecewise linear functions through a guide table: the cell of x says where among the knots to begin looking. */
#ifndef SF_ECDF_H
#define SF_ECDF_H

#include <stddef.h>
#include <stdint.h>

#include "sf_clones.h"

/* knots: nondecreasing, n_knots >= 1; segments: (n_knots, 3) of value, slope, value at the segment's end, for the
   segment that begins at each knot; guide[c]: last knot in a cell before c, or 0. Cells come from the same expression
   for knots and for x, so rounding cannot put x before the knot where the walk begins; what lies outside the cells
   belongs to the first or the last. Halves, because the difference of two large numbers may not be finite. */
SF_INLINE double sf_interpolate(double x, const double *knots, const double *segments, ptrdiff_t n_knots,
                                const int32_t *guide, double half_low, double scale, double n_cells) {
    const ptrdiff_t last = n_knots - 1;
    if (x != x)
        return x;
    if (x < knots[0])
        return segments[0];
    if (x >= knots[last])
        return segments[3 * last];
    double cell = (0.5 * x - half_low) * scale;
    cell = cell < 0.0 ? 0.0 : (cell > n_cells ? n_cells : cell);
    ptrdiff_t k = guide[(ptrdiff_t)cell];
    k += knots[k + 1] <= x; /* two steps without a branch settle most queries */
    k += knots[k + 1] <= x;
    if (knots[k + 1] <= x) {
        ptrdiff_t reach = 2;
        while (k + reach < last && knots[k + reach] <= x) { /* gallop, then halve */
            k += reach;
            reach *= 2;
        }
        ptrdiff_t high = k + reach < last ? k + reach : last;
        while (high - k > 1) {
            const ptrdiff_t middle = k + (high - k) / 2;
            if (knots[middle] <= x)
                k = middle;
            else
                high = middle;
        }
    }
    const double value = segments[3 * k], end = segments[3 * k + 2];
    const double y = value + (x - knots[k]) * segments[3 * k + 1];
    const double least = value < end ? value : end, most = value < end ? end : value;
    return y < least ? least : (y > most ? most : y);
}

#endif
