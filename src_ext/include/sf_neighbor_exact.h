/* What has not been ruled out: distances in double precision, and the sorted answers. */
#ifndef SF_NEIGHBOR_EXACT_H
#define SF_NEIGHBOR_EXACT_H
#include "sf_clones.h"
#include "sf_neighbor_group.h"

static double sf_squared_distance(const sf_neighbor_group *g, int64_t query, int64_t row) {
    const sf_neighbor_tree *t = g->tree;
    double total = 0.0;
    if (t->single) {
        const float *a = (const float *)g->all->rows + query * t->n_numbers;
        const float *b = (const float *)t->rows + row * t->n_numbers;
        for (int64_t c = 0; c < t->n_numbers; c++) {
            const double gap = (double)a[c] - (double)b[c];
            total += gap * gap;
        }
    } else {
        const double *a = (const double *)g->all->rows + query * t->n_numbers;
        const double *b = (const double *)t->rows + row * t->n_numbers;
        for (int64_t c = 0; c < t->n_numbers; c++) {
            const double gap = a[c] - b[c];
            total += gap * gap;
        }
    }
    if (t->n_codes) {
        const int32_t *a = g->all->codes + query * t->n_codes, *b = t->codes + row * t->n_codes;
        int64_t unequal = 0;
        for (int64_t c = 0; c < t->n_codes; c++) unequal += a[c] != b[c];
        total += t->mismatch * (double)unequal;
    }
    return total;
}

/* Puts a row into the sorted answers if it belongs there: nearer ones first, of equally near ones the earlier. */
static void sf_insert_neighbor(double *found, int64_t *nearest, int64_t k, double distance, int64_t row) {
    int64_t at = k - 1;
    if (distance > found[at] || (distance == found[at] && row > nearest[at])) return;
    for (; at > 0 && (distance < found[at - 1] || (distance == found[at - 1] && row < nearest[at - 1])); at--) {
        found[at] = found[at - 1];
        nearest[at] = nearest[at - 1];
    }
    found[at] = distance;
    nearest[at] = row;
}

/* What a query still asks for, in places: more than its farthest answer by what rounding could have taken. */
SF_INLINE float sf_most(const sf_neighbor_tree *t, double farthest) {
    const double most = farthest * t->unit * (1.0 + 1e-6) + 1e-30; /* places reach to 1: what lies below is lost */
    return most < SF_ALL ? (float)most : SF_ALL;
}

static void sf_measure_hits(sf_neighbor_group *g, int64_t block, int32_t lane, uint64_t hits) {
    const sf_neighbor_tree *t = g->tree;
    const int64_t at = g->group * SF_LANES + lane, query = g->all->row_of[at], slot = g->all->slot_of[at];
    double *found = g->found + slot * g->k;
    int64_t *nearest = g->nearest + slot * g->k;
    for (int i = 0; hits; i++, hits >>= 1) {
#if defined(__GNUC__)
        const int skipped = __builtin_ctzll(hits);
        i += skipped;
        hits >>= skipped;
#endif
        const int64_t row = t->row_of[block * SF_LANES + i];
        if (!(hits & 1) || row < 0 || (g->all->own && row == query)) continue;
        sf_insert_neighbor(found, nearest, g->k, sf_squared_distance(g, query, row), row);
    }
    g->most[lane] = sf_most(t, found[g->k - 1]);
}

static void sf_find_worst(sf_neighbor_group *g) {
    g->worst = -1.0f;
    for (int i = 0; i < SF_LANES; i++) g->worst = g->most[i] > g->worst ? g->most[i] : g->worst;
}
#endif
