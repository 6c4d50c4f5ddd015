/* An order of rows that puts near ones into one block, and near blocks into one box: segments of rows are halved by
   their widest column, in whole blocks (in whole boxes where there are more), until a block is left. */
#ifndef SF_NEIGHBOR_ORDER_H
#define SF_NEIGHBOR_ORDER_H
#include <math.h>
#include "sf_select.h"

enum { SF_BLOCK_ROWS = 64, SF_WIDTH_PAIRS = 256 };

/* The column in which two rows of a segment differ most, on average over pairs spread over it; a plain difference, as
   its square would give the splits to a few far values. Unequal marks differ by `unequal`. */
static int64_t sf_widest_place(
    const float *places, const uint8_t *marks, int64_t n_numbers, int64_t n_codes, double unequal, const int64_t *rows,
    int64_t n
) {
    const int64_t half = n / 2, step = half > SF_WIDTH_PAIRS ? half / SF_WIDTH_PAIRS : 1;
    int64_t widest = 0;
    double most = -1.0;
    for (int64_t c = 0; c < n_numbers + n_codes; c++) {
        double spread = 0.0;
        for (int64_t i = 0; i < half; i += step) {
            const int64_t a = rows[i], b = rows[i + half];
            if (c < n_numbers) spread += fabsf(places[a * n_numbers + c] - places[b * n_numbers + c]);
            else spread += marks[a * n_codes + c - n_numbers] != marks[b * n_codes + c - n_numbers] ? unequal : 0.0;
        }
        if (spread > most) {
            most = spread;
            widest = c;
        }
    }
    return widest;
}

/* Halves a segment of more than a block; the number of rows in its first half. */
static int64_t sf_halve_segment(
    const float *places, const uint8_t *marks, int64_t n_numbers, int64_t n_codes, double unequal, double *keys,
    int64_t *rows, int64_t n
) {
    int64_t unit = SF_BLOCK_ROWS;
    while (unit * SF_BLOCK_ROWS < n) unit *= SF_BLOCK_ROWS;
    const int64_t left = (n + unit - 1) / unit / 2 * unit;
    const int64_t c = sf_widest_place(places, marks, n_numbers, n_codes, unequal, rows, n);
    for (int64_t i = 0; i < n; i++) {
        keys[i] = c < n_numbers ? places[rows[i] * n_numbers + c] : marks[rows[i] * n_codes + c - n_numbers];
    }
    sf_select_pairs(keys, rows, n, left);
    return left;
}
#endif
