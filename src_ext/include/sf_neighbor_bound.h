/* What a query may ask for before it has answers: the k-th smallest of the distances to the rows of the first block,
   so that only about k of them have to be measured. */
#ifndef SF_NEIGHBOR_BOUND_H
#define SF_NEIGHBOR_BOUND_H
#include "sf_clones.h"
#include "sf_neighbor_exact.h"
#include "sf_neighbor_group.h"

/* Squared distances of places between one query and the rows of a block. */
SF_CLONES static void sf_measure_tile(
    const sf_neighbor_group *g, int64_t block, int64_t lane, float *SF_RESTRICT squares
) {
    const sf_neighbor_tree *t = g->tree;
    for (int i = 0; i < SF_LANES; i++) squares[i] = 0.0f;
    for (int64_t c = 0; c < t->n_numbers; c++) {
        const float *SF_RESTRICT place = t->places + (block * t->n_numbers + c) * SF_LANES;
        const float minus = g->minus[lane * t->n_numbers + c];
        for (int i = 0; i < SF_LANES; i++) squares[i] += (place[i] + minus) * (place[i] + minus);
    }
}

/* The k-th smallest of n numbers, which are put in order so far; SF_ALL if there are fewer. */
static float sf_kth_smallest(float *values, int64_t n, int64_t k) {
    if (n < k) return SF_ALL;
    for (int64_t i = 1; i < n; i++) {
        const float value = values[i];
        int64_t at = i < k ? i : k;
        if (at == k && value >= values[k - 1]) continue;
        if (at == k) at = k - 1;
        for (; at > 0 && values[at - 1] > value; at--) values[at] = values[at - 1];
        values[at] = value;
    }
    return values[k - 1];
}

static void sf_bound_answers(sf_neighbor_group *g, int64_t block, float radius) {
    const sf_neighbor_tree *t = g->tree;
    const int64_t *rows = t->row_of + block * SF_LANES;
    for (int64_t lane = 0; lane < SF_LANES; lane++) {
        if (g->most[lane] != SF_ALL) continue;
        const int64_t query = g->all->own ? g->all->row_of[g->group * SF_LANES + lane] : -1;
        const float reach = g->norm[lane] + radius;
        float squares[SF_LANES];
        int64_t n = 0;
        sf_measure_tile(g, block, lane, squares);
        for (int i = 0; i < SF_LANES; i++) {
            squares[n] = squares[i];
            n += rows[i] >= 0 && rows[i] != query;
        }
        const float kth = sf_kth_smallest(squares, n, g->k) + (float)t->slack * reach * reach;
        /* No haste before there are answers; and above nothing, as places are asked to be nearer than this. */
        const float most = kth / (float)t->haste * (1.0f + 1e-6f) + 1e-30f;
        if (most < SF_ALL) g->most[lane] = most;
    }
    sf_find_worst(g);
}
#endif
