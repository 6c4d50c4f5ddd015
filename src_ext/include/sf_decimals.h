/* Columns whose values all are whole multiples of 1, 0.1, ... or 10^-6, such as prices: the multiples are small integers in
   the same order, and a cell divided by its scale is the very value. */
#ifndef SF_DECIMALS_H
#define SF_DECIMALS_H
#include "sf_math.h"

enum { SF_DECIMAL_CHUNK = 512 };

#define SF_ROUNDER 6755399441055744.0 /* 1.5 * 2^52: what is added to it loses its fraction */
#define SF_LARGEST_SCALE 1e6
#define SF_LARGEST_CELL 1125899906842624.0 /* 2^50: so far the rounder rounds to the nearest integer */

/* Bits of the cell of x; they differ from those of another cell by the difference of the cells. */
SF_INLINE uint64_t sf_cell_bits(double x, double scale) { return sf_bits(x * scale + SF_ROUNDER); }

SF_CLONES static int64_t sf_count_off_scale(const double *values, int64_t n, double scale) {
    uint64_t n_off = 0;
    for (int64_t i = 0; i < n; i++) {
        double x = values[i], cell = (x * scale + SF_ROUNDER) - SF_ROUNDER;
        n_off += (uint64_t)(cell / scale != x) & (uint64_t)(x == x);
    }
    return (int64_t)n_off;
}

/* The smallest power of ten that makes all values whole, NaN apart, or 0. A multiple of 0.1 is one of 0.01 too, so what has
   passed need not be looked at again. */
static double sf_find_scale(const double *values, int64_t n, double lowest, double highest) {
    double scale = 1.0;
    for (int64_t start = 0; start < n; start += SF_DECIMAL_CHUNK) {
        int64_t size = n - start < SF_DECIMAL_CHUNK ? n - start : SF_DECIMAL_CHUNK;
        while (sf_count_off_scale(values + start, size, scale) > 0) {
            scale *= 10.0;
            if (scale > SF_LARGEST_SCALE) return 0.0;
        }
    }
    return lowest * scale > -SF_LARGEST_CELL && highest * scale < SF_LARGEST_CELL ? scale : 0.0;
}
#endif
