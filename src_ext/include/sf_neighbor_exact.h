/* What has not been ruled out: distances in double precision, and the sorted answers. */
#ifndef SF_NEIGHBOR_EXACT_H
#define SF_NEIGHBOR_EXACT_H
#include "sf_clones.h"
#include "sf_neighbor_group.h"

enum { SF_ABREAST = 4 };

/* Squared distances of a query to four rows abreast, each summed in the order of the columns. */
#define SF_FOUR_DISTANCES(real)                                                                                        \
    {                                                                                                                  \
        const real *a = (const real *)g->all->rows + query * t->n_numbers, *all = (const real *)t->rows;               \
        const real *b0 = all + rows[0] * t->n_numbers, *b1 = all + rows[1] * t->n_numbers;                             \
        const real *b2 = all + rows[2] * t->n_numbers, *b3 = all + rows[3] * t->n_numbers;                             \
        for (int64_t c = 0; c < t->n_numbers; c++) {                                                                   \
            const double own = (double)a[c];                                                                           \
            const double g0 = own - (double)b0[c], g1 = own - (double)b1[c];                                           \
            const double g2 = own - (double)b2[c], g3 = own - (double)b3[c];                                           \
            total[0] += g0 * g0;                                                                                       \
            total[1] += g1 * g1;                                                                                       \
            total[2] += g2 * g2;                                                                                       \
            total[3] += g3 * g3;                                                                                       \
        }                                                                                                              \
    }

static void sf_squared_distances(const sf_neighbor_group *g, int64_t query, const int64_t *rows, double *total) {
    const sf_neighbor_tree *t = g->tree;
    for (int i = 0; i < SF_ABREAST; i++) total[i] = 0.0;
    if (t->single) SF_FOUR_DISTANCES(float) else SF_FOUR_DISTANCES(double)
    for (int i = 0; i < SF_ABREAST && t->n_codes; i++) {
        const int32_t *a = g->all->codes + query * t->n_codes, *b = t->codes + rows[i] * t->n_codes;
        int64_t unequal = 0;
        for (int64_t c = 0; c < t->n_codes; c++) unequal += a[c] != b[c];
        total[i] += t->mismatch * (double)unequal;
    }
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
    int64_t rows[SF_LANES + SF_ABREAST], n = 0;
    for (int i = 0; hits; i++, hits >>= 1) {
#if defined(__GNUC__)
        const int skipped = __builtin_ctzll(hits);
        i += skipped;
        hits >>= skipped;
#endif
        const int64_t row = t->row_of[block * SF_LANES + i];
        if ((hits & 1) && row >= 0 && !(g->all->own && row == query)) rows[n++] = row;
    }
    for (int i = 0; i < SF_ABREAST && n; i++) rows[n + i] = rows[n - 1]; /* fills up the last four */
    for (int64_t first = 0; first < n; first += SF_ABREAST) {
        double distances[SF_ABREAST];
        sf_squared_distances(g, query, rows + first, distances);
        for (int i = 0; i < SF_ABREAST && first + i < n; i++)
            sf_insert_neighbor(found, nearest, g->k, distances[i], rows[first + i]);
    }
    g->most[lane] = sf_most(t, found[g->k - 1]);
}

static void sf_find_worst(sf_neighbor_group *g) {
    g->worst = -1.0f;
    for (int i = 0; i < SF_LANES; i++) g->worst = g->most[i] > g->worst ? g->most[i] : g->worst;
}
#endif
