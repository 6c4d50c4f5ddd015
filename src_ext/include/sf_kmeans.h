/* Rows and their nearest centre. Rows lie in tiles of 64: tile t holds cell (column j, lane i) at (t * n_columns + j) *
   64 + i; lanes past the last row are zero. */
#ifndef SF_KMEANS_H
#define SF_KMEANS_H
#include <math.h>
#include <stdint.h>
#include "sf_wide.h"

enum { SF_TILE_ROWS = 64, SF_SIDE = 4 };

/* The tile of rows first .. first + n_rows - 1, less `shift`. */
static void sf_fill_tile(
    const double *points, const double *shift, int64_t n_rows, int64_t n_columns, double *SF_RESTRICT tile
) {
    for (int64_t j = 0; j < n_columns; j++)
        for (int64_t i = 0; i < SF_TILE_ROWS; i++)
            tile[j * SF_TILE_ROWS + i] = i < n_rows ? points[i * n_columns + j] - shift[j] : 0.0;
}

/* Nearest centre, the first of several, for each row of a tile: the least of half |c|^2 - x c. Centres come in fours;
   half norms are infinite for those that only fill up. */
SF_CLONES static void sf_assign_tile(
    const double *tile, int64_t n_columns, const double *centers, const double *half_norms, int64_t n_centers,
    int64_t *labels
) {
    for (int64_t i = 0; i < SF_TILE_ROWS; i += 2 * SF_WIDTH) {
        sf_wide least = SF_SPREAD(INFINITY), least_too = SF_SPREAD(INFINITY);
        sf_wide_int label = SF_SPREAD_INT(0), label_too = SF_SPREAD_INT(0);
        for (int64_t c = 0; c < n_centers; c += SF_SIDE) {
            const double *p = centers + c * n_columns, *q = p + n_columns, *r = q + n_columns, *s = r + n_columns;
            sf_wide a = SF_SPREAD(half_norms[c]), b = SF_SPREAD(half_norms[c + 1]);
            sf_wide d = SF_SPREAD(half_norms[c + 2]), e = SF_SPREAD(half_norms[c + 3]);
            sf_wide f = a, g = b, h = d, k = e;
            for (int64_t j = 0; j < n_columns; j++) {
                const sf_wide x = SF_LOAD(tile + j * SF_TILE_ROWS + i);
                const sf_wide y = SF_LOAD(tile + j * SF_TILE_ROWS + i + SF_WIDTH);
                a -= p[j] * x, b -= q[j] * x, d -= r[j] * x, e -= s[j] * x;
                f -= p[j] * y, g -= q[j] * y, h -= r[j] * y, k -= s[j] * y;
            }
#define SF_TAKE_LESS(value, number, best, own) do { \
        const sf_wide_int less = SF_LESS(value, best); \
        own = SF_PICK_INT(less, SF_SPREAD_INT(number), own); \
        best = SF_PICK(less, value, best); \
    } while (0)
            SF_TAKE_LESS(a, c, least, label);
            SF_TAKE_LESS(b, c + 1, least, label);
            SF_TAKE_LESS(d, c + 2, least, label);
            SF_TAKE_LESS(e, c + 3, least, label);
            SF_TAKE_LESS(f, c, least_too, label_too);
            SF_TAKE_LESS(g, c + 1, least_too, label_too);
            SF_TAKE_LESS(h, c + 2, least_too, label_too);
            SF_TAKE_LESS(k, c + 3, least_too, label_too);
        }
        SF_STORE_INT(labels + i, label);
        SF_STORE_INT(labels + i + SF_WIDTH, label_too);
    }
}

/* Moves the rows of a tile whose label is another one now from the sums and counts of their old centre (-1: none) to
   those of the new; their number. */
static int64_t sf_move_rows(
    const double *tile, int64_t n_rows, int64_t n_columns, const int64_t *now, int64_t *labels, double *sums,
    int64_t *counts
) {
    int64_t n_moved = 0;
    for (int64_t i = 0; i < n_rows; i++) {
        if (now[i] == labels[i]) continue;
        double *to = sums + now[i] * n_columns;
        for (int64_t j = 0; j < n_columns; j++) to[j] += tile[j * SF_TILE_ROWS + i];
        counts[now[i]]++;
        if (labels[i] >= 0) {
            double *from = sums + labels[i] * n_columns;
            for (int64_t j = 0; j < n_columns; j++) from[j] -= tile[j * SF_TILE_ROWS + i];
            counts[labels[i]]--;
        }
        labels[i] = now[i];
        n_moved++;
    }
    return n_moved;
}

/* Squared distances of the rows of a tile to one point. */
SF_CLONES static void sf_measure_tile(const double *tile, int64_t n_columns, const double *point, double *distances) {
    for (int64_t i = 0; i < SF_TILE_ROWS; i += 2 * SF_WIDTH) {
        sf_wide a = SF_SPREAD(0.0), b = SF_SPREAD(0.0);
        for (int64_t j = 0; j < n_columns; j++) {
            const sf_wide x = SF_LOAD(tile + j * SF_TILE_ROWS + i) - point[j];
            const sf_wide y = SF_LOAD(tile + j * SF_TILE_ROWS + i + SF_WIDTH) - point[j];
            a += x * x, b += y * y;
        }
        SF_STORE(distances + i, a);
        SF_STORE(distances + i + SF_WIDTH, b);
    }
}

/* The lesser of two distances for each row of a tile, and their sum. */
SF_CLONES static double sf_lower_tile(const double *nearest, double *distances) {
    sf_wide sum = SF_SPREAD(0.0);
    for (int64_t i = 0; i < SF_TILE_ROWS; i += SF_WIDTH) {
        const sf_wide old = SF_LOAD(nearest + i), own = SF_LOAD(distances + i);
        const sf_wide less = SF_PICK(SF_LESS(own, old), own, old);
        SF_STORE(distances + i, less);
        sum += less;
    }
    return SF_SUM_LANES(sum);
}

/* Squared distance of each row of a tile to its own centre. */
static void sf_measure_own(
    const double *tile, int64_t n_rows, int64_t n_columns, const double *centers, const int64_t *labels,
    double *distances
) {
    for (int64_t i = 0; i < n_rows; i++) {
        const double *own = centers + labels[i] * n_columns;
        double sum = 0.0;
        for (int64_t j = 0; j < n_columns; j++) {
            const double gap = tile[j * SF_TILE_ROWS + i] - own[j];
            sum += gap * gap;
        }
        distances[i] = sum;
    }
}

/* The first of n weights at which their running sum passes `aim`; one of weight 0 is never picked unless all are. */
static int64_t sf_pick_row(const double *weights, int64_t n, double aim) {
    int64_t last = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!(weights[i] > 0.0)) continue;
        last = i;
        if (aim < weights[i]) break;
        aim -= weights[i];
    }
    return last;
}
#undef SF_TAKE_LESS
#endif
