/* Sums of products of integer rows, one tile of SF_TILE x SF_TILE row pairs at a time. Integers, so the order of the
   additions is free and the compiler may vectorise them. */
#ifndef SF_CROSSPROD_H
#define SF_CROSSPROD_H
#include <stdint.h>
#include "sf_clones.h"

/* Rows of a block: so few that they stay in cache while every pair of columns is multiplied. */
enum { SF_TILE = 4, SF_BLOCK_ROWS = 16384 };

SF_CLONES static void sf_multiply_rows(
    const int32_t *const left[SF_TILE], const int32_t *const right[SF_TILE], int64_t n, int64_t sums[SF_TILE * SF_TILE]
) {
    int64_t s[SF_TILE * SF_TILE] = {0};
    for (int64_t i = 0; i < n; i++) {
        for (int p = 0; p < SF_TILE; p++) {
            for (int q = 0; q < SF_TILE; q++) s[SF_TILE * p + q] += (int64_t)left[p][i] * right[q][i];
        }
    }
    for (int k = 0; k < SF_TILE * SF_TILE; k++) sums[k] = s[k];
}

/* Tiles of a symmetric matrix with n_columns rows: the upper triangle of a grid, row by row. */
SF_INLINE int64_t sf_count_tiles(int64_t n_columns) {
    int64_t side = (n_columns + SF_TILE - 1) / SF_TILE;
    return side * (side + 1) / 2;
}

/* Adds the products of positions 0 .. n-1 to one tile of `out` and to its mirror image. Past the last column a tile
   repeats that column; what it computes there is dropped. */
SF_INLINE void sf_add_tile(
    const int32_t *scores, int64_t stride, int64_t n, int64_t n_columns, int64_t tile, int64_t *out
) {
    int64_t side = (n_columns + SF_TILE - 1) / SF_TILE, row = 0, sums[SF_TILE * SF_TILE];
    const int32_t *left[SF_TILE], *right[SF_TILE];
    for (; tile >= side - row; row++) tile -= side - row;
    int64_t top = row * SF_TILE, start = (row + tile) * SF_TILE;
    for (int64_t k = 0; k < SF_TILE; k++) {
        left[k] = scores + stride * (top + k < n_columns ? top + k : n_columns - 1);
        right[k] = scores + stride * (start + k < n_columns ? start + k : n_columns - 1);
    }
    sf_multiply_rows(left, right, n, sums);
    for (int64_t p = top; p < top + SF_TILE && p < n_columns; p++) {
        for (int64_t q = start > p ? start : p; q < start + SF_TILE && q < n_columns; q++) {
            int64_t sum = sums[SF_TILE * (p - top) + q - start];
            out[p * n_columns + q] += sum;
            if (p != q) out[q * n_columns + p] += sum;
        }
    }
}

/* Adds the products of all rows to tiles first .. last - 1. */
static void sf_add_tiles(
    const int32_t *scores, int64_t n_rows, int64_t n_columns, int64_t first, int64_t last, int64_t *out
) {
    for (int64_t start = 0; start < n_rows; start += SF_BLOCK_ROWS) {
        int64_t n = n_rows - start < SF_BLOCK_ROWS ? n_rows - start : SF_BLOCK_ROWS;
        for (int64_t tile = first; tile < last; tile++) sf_add_tile(scores + start, n_rows, n, n_columns, tile, out);
    }
}
#endif
