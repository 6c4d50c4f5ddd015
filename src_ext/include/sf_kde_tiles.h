/* Rows of a kernel estimate in tiles of 64 that lie near each other, each with the box around its rows, and the kernels of
   one tile summed at one query. Coordinates are in units of the bandwidth, so every kernel has bandwidth 1. */
#ifndef SF_KDE_TILES_H
#define SF_KDE_TILES_H
#include <stddef.h>
#include <stdint.h>

#include "sf_clones.h"
#include "sf_kde_shapes.h"

enum { SF_TILE_ROWS = 64, SF_SUM_LANES = 16 };

typedef struct {
    int kind;
    ptrdiff_t n_tiles, n_dims, n_levels, n_images;
    const double *low, *high;        /* (n_dims, n_tiles) box */
    const double *center;            /* (n_tiles, n_dims) */
    const double *log_weight;        /* (n_tiles,) log of the sum of weights */
    const double *least_scale;       /* (n_tiles,) smallest scale; NULL: all are 1 */
    const void *offset;              /* (n_tiles, n_dims, 64) rows less the centre; in single precision times SF_TO_BASE_2 */
    const void *weight;              /* (n_tiles, 64), 0 where there is no row */
    const double *scale;             /* (n_tiles, 64) inverse of a row's own bandwidth; NULL: all are 1 */
    const int32_t *code;             /* (n_tiles, n_levels, 64) */
    const int32_t *code_low, *code_high; /* (n_levels, n_tiles) */
    const double *penalty;           /* (n_levels,) minus the log of the factor of another level, or of each step */
    const uint8_t *ordered;          /* (n_levels,) whether a step counts, or any other level alike */
    const int64_t *image_dim;        /* (n_images,) ascending: the dimension in which an image of the query differs */
    double far;                      /* images whose factor is below exp(-far) are left out */
} sf_tiles;

typedef struct {
    const double *at;     /* (n_dims,) */
    const double *image;  /* (n_images,) the coordinate in image_dim */
    const int32_t *code;  /* (n_levels,) */
    int64_t skip;         /* place of a row that does not count, or -1 */
    double shift;         /* sums in double precision are taken times exp(-shift) */
    double *local;        /* (n_dims,) scratch: the query less the tile's centre */
} sf_query;

SF_INLINE double sf_level_penalty(const sf_tiles *t, ptrdiff_t l, int32_t a, int32_t b) {
    return t->penalty[l] * (t->ordered[l] ? fabs((double)a - (double)b) : (double)(a != b));
}

/* Penalty of the columns in which all rows of the tile have one level. */
SF_INLINE double sf_pure_penalty(const sf_tiles *t, ptrdiff_t tile, const sf_query *q) {
    double pure = 0.0;
    for (ptrdiff_t l = 0; l < t->n_levels; l++) {
        const int32_t low = t->code_low[l * t->n_tiles + tile];
        if (low == t->code_high[l * t->n_tiles + tile])
            pure += sf_level_penalty(t, l, q->code[l], low);
    }
    return pure;
}
#endif
