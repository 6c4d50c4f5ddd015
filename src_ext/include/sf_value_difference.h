/* Nearest rows of categories: 16 candidates side by side, their class shares gathered from codes tile by tile. */
#ifndef SF_VALUE_DIFFERENCE_H
#define SF_VALUE_DIFFERENCE_H
#include <math.h>
#include <stdint.h>
#include "sf_clones.h"

enum { SF_SIDE = 16 };

typedef struct {
    ptrdiff_t n_rows, n_columns, n_classes, k;
    const int32_t *codes;   /* (n_rows, n_columns) */
    const double *shares;   /* (n_levels, n_classes) */
    const int64_t *offsets; /* (n_columns) */
} sf_levels;

/* tile[(column * n_classes + class) * 16 + lane], the last row repeated to fill up. */
SF_INLINE void sf_fill_levels(const sf_levels *l, ptrdiff_t first, double *tile) {
    for (ptrdiff_t c = 0; c < l->n_columns; c++) {
        for (ptrdiff_t lane = 0; lane < SF_SIDE; lane++) {
            const ptrdiff_t row = first + lane < l->n_rows ? first + lane : l->n_rows - 1;
            const double *share = l->shares + (l->offsets[c] + l->codes[row * l->n_columns + c]) * l->n_classes;
            for (ptrdiff_t k = 0; k < l->n_classes; k++) tile[(c * l->n_classes + k) * SF_SIDE + lane] = share[k];
        }
    }
}

/* Squared distances of one row to the 16 of a tile. */
SF_INLINE void sf_measure_levels(const sf_levels *l, ptrdiff_t row, const double *tile, double *SF_RESTRICT out) {
    double sums[SF_SIDE] = {0.0};
    for (ptrdiff_t c = 0; c < l->n_columns; c++) {
        const double *share = l->shares + (l->offsets[c] + l->codes[row * l->n_columns + c]) * l->n_classes;
        double gap[SF_SIDE] = {0.0};
        for (ptrdiff_t k = 0; k < l->n_classes; k++, tile += SF_SIDE) {
            for (int i = 0; i < SF_SIDE; i++) gap[i] += fabs(tile[i] - share[k]);
        }
        for (int i = 0; i < SF_SIDE; i++) sums[i] += gap[i] * gap[i];
    }
    for (int i = 0; i < SF_SIDE; i++) out[i] = sums[i];
}

/* Keeps the k least costs ascending; rows come in ascending order, so that of equal costs the first stays first. */
SF_INLINE void sf_keep_nearest(double cost, int64_t row, ptrdiff_t k, double *costs, int64_t *nearest) {
    if (!(cost < costs[k - 1])) return;
    ptrdiff_t at = k - 1;
    for (; at > 0 && cost < costs[at - 1]; at--) {
        costs[at] = costs[at - 1];
        nearest[at] = nearest[at - 1];
    }
    costs[at] = cost;
    nearest[at] = row;
}

/* Holds the rows first .. last - 1 against the `n_tiles` tiles that begin with row `begin`. */
SF_CLONES static void sf_search_levels(const sf_levels *l, ptrdiff_t first, ptrdiff_t last, const double *tiles,
                                       ptrdiff_t begin, ptrdiff_t n_tiles, double *costs, int64_t *nearest) {
    const ptrdiff_t size = l->n_columns * l->n_classes * SF_SIDE;
    double found[SF_SIDE];
    for (ptrdiff_t row = first; row < last; row++) {
        for (ptrdiff_t t = 0; t < n_tiles; t++) {
            sf_measure_levels(l, row, tiles + t * size, found);
            for (ptrdiff_t lane = 0; lane < SF_SIDE; lane++) {
                const ptrdiff_t other = begin + t * SF_SIDE + lane;
                if (other < l->n_rows && other != row) {
                    sf_keep_nearest(found[lane], other, l->k, costs + row * l->k, nearest + row * l->k);
                }
            }
        }
    }
}
#endif
