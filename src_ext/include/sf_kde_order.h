/* An order of rows in which every 64 lie near each other: segments are halved across their widest dimension. */
#ifndef SF_KDE_ORDER_H
#define SF_KDE_ORDER_H
#include <stddef.h>
#include <stdint.h>

#include "sf_kde_tiles.h"
#include "sf_select.h"

/* The dimension in which the rows of a segment extend furthest; -1 where they are all alike. */
static ptrdiff_t sf_widest_dim(const double *values, ptrdiff_t n_dims, const int64_t *rows, ptrdiff_t n, double *ends) {
    double *low = ends, *high = ends + n_dims, most = 0.0;
    ptrdiff_t widest = -1;
    for (ptrdiff_t j = 0; j < n_dims; j++)
        low[j] = high[j] = values[rows[0] * n_dims + j];
    for (ptrdiff_t i = 1; i < n; i++) {
        const double *row = values + rows[i] * n_dims;
        for (ptrdiff_t j = 0; j < n_dims; j++) {
            low[j] = row[j] < low[j] ? row[j] : low[j];
            high[j] = row[j] > high[j] ? row[j] : high[j];
        }
    }
    for (ptrdiff_t j = 0; j < n_dims; j++)
        if (high[j] - low[j] > most) {
            most = high[j] - low[j];
            widest = j;
        }
    return widest;
}

/* rows: 0 .. n - 1 on entry; keys: scratch of n; ends: scratch of 2 n_dims. */
static void sf_order_rows(const double *values, ptrdiff_t n, ptrdiff_t n_dims, int64_t *rows, double *keys, double *ends) {
    ptrdiff_t starts[128], sizes[128];
    int depth = 0;
    starts[0] = 0;
    sizes[0] = n;
    while (depth >= 0) { /* the first half is done first, so no more than one segment a level waits */
        const ptrdiff_t start = starts[depth], size = sizes[depth];
        depth--;
        if (size <= SF_TILE_ROWS)
            continue;
        const ptrdiff_t widest = sf_widest_dim(values, n_dims, rows + start, size, ends);
        if (widest < 0)
            continue;
        const ptrdiff_t left = (size / 2 + SF_TILE_ROWS - 1) / SF_TILE_ROWS * SF_TILE_ROWS;
        for (ptrdiff_t i = start; i < start + size; i++)
            keys[i] = values[rows[i] * n_dims + widest];
        sf_select_pairs(keys + start, rows + start, size, left);
        starts[++depth] = start + left;
        sizes[depth] = size - left;
        starts[++depth] = start;
        sizes[depth] = left;
    }
}
#endif
