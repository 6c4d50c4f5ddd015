/* Walks of a block bootstrap: at every step either the next place of the series, or a new block's first. */
#ifndef SF_BOOTSTRAP_INDEX_H
#define SF_BOOTSTRAP_INDEX_H
#include <stdint.h>

/* Blocks of geometric length that wrap around: a new one begins where jump[t] < rate, at floor(place[t] * n). */
static void sf_walk_stationary(const double *jump, const double *place, int64_t n_steps, int64_t n, double rate,
                               int64_t *out) {
    int64_t at = n - 1;
    for (int64_t t = 0; t < n_steps; t++) {
        at = t == 0 || jump[t] < rate ? (int64_t)(place[t] * (double)n) : at + 1;
        if (at >= n) at = 0;
        out[t] = at;
    }
}

/* Blocks of one length, number b beginning at floor(place[b] * n_starts), wrapping around the n places. */
static void sf_walk_blocks(const double *place, int64_t n_steps, int64_t n, int64_t n_starts, int64_t length,
                           int64_t *out) {
    int64_t at = 0, left = 0;
    for (int64_t t = 0, b = 0; t < n_steps; t++, left--) {
        if (left == 0) {
            at = (int64_t)(place[b++] * (double)n_starts);
            if (at >= n_starts) at = n_starts - 1;
            left = length;
        } else if (++at == n) {
            at = 0;
        }
        out[t] = at;
    }
}
#endif
