/* Sums of a kernel estimate at queries, up to a stated relative error.

   Every tile has an upper bound of what it adds, from its box. Tiles within e^4 of the largest bound are summed; then, from
   the smallest bound up, tiles are left out while all that is left out stays below the tolerance times that sum. What is
   summed for a query depends on no other query, and the tiles of a block of queries are read once. */
#ifndef SF_KDE_SUM_H
#define SF_KDE_SUM_H
#include <stdlib.h>

#include "sf_kde_double.h"
#include "sf_kde_single.h"

enum { SF_QUERY_BLOCK = 64, SF_STRETCH = 64, SF_BINS = 128, SF_FIRST_BINS = 8, SF_LEFT_OUT = 255 };

typedef struct {
    sf_query query[SF_QUERY_BLOCK];
    double top[SF_QUERY_BLOCK], sum[SF_QUERY_BLOCK], lanes[SF_QUERY_BLOCK][SF_SUM_LANES];
    int last[SF_QUERY_BLOCK];    /* largest bin that is summed */
    double edge[SF_BINS];        /* largest sum of a tile in each bin, relative to exp(top) */
    double *bound;               /* (n_tiles,) scratch: log of the largest possible sum */
    uint8_t *bin;                /* (64, n_tiles) half units of the bound below the largest one */
    double *local;
} sf_block_of_queries;

static int sf_open_block(const sf_tiles *t, sf_block_of_queries *b) {
    const size_t n = (size_t)(t->n_tiles > 0 ? t->n_tiles : 1), d = (size_t)(t->n_dims > 0 ? t->n_dims : 1);
    b->bound = (double *)malloc(n * sizeof(double));
    b->bin = (uint8_t *)malloc(SF_QUERY_BLOCK * n);
    b->local = (double *)malloc(d * sizeof(double));
    for (int k = 0; k < SF_BINS; k++)
        b->edge[k] = sf_exp(-0.5 * (double)k);
    return b->bound && b->bin && b->local;
}

static void sf_close_block(sf_block_of_queries *b) {
    free(b->bound);
    free(b->bin);
    free(b->local);
}

/* Log of the largest possible sum of each tile. */
SF_INLINE void sf_fill_bounds(const sf_tiles *t, const sf_query *q, double *bound) {
    const ptrdiff_t n = t->n_tiles;
    const int kind = t->kind;
    for (ptrdiff_t i = 0; i < n; i++)
        bound[i] = 0.0;
    for (ptrdiff_t j = 0; j < t->n_dims; j++) {
        const double at = q->at[j], *low = t->low + j * n, *high = t->high + j * n;
        for (ptrdiff_t i = 0; i < n; i++) {
            const double below = low[i] - at, above = at - high[i], out = sf_choose(below > above, below, above);
            const double gap = sf_choose(out > 0.0, out, 0.0);
            if (kind == SF_GAUSSIAN)
                bound[i] += gap * gap;
            else
                bound[i] = kind == SF_EXPONENTIAL ? bound[i] + gap : sf_choose(bound[i] > gap, bound[i], gap);
        }
    }
    for (ptrdiff_t i = 0; i < n; i++) {
        const double s = t->least_scale ? t->least_scale[i] : 1.0;
        if (kind == SF_GAUSSIAN)
            bound[i] *= -0.5 * s * s;
        else if (kind == SF_EXPONENTIAL)
            bound[i] *= -s;
        else
            bound[i] = sf_choose(bound[i] * s >= 1.0, -INFINITY, 0.0);
        bound[i] += t->log_weight[i];
    }
    for (ptrdiff_t l = 0; l < t->n_levels; l++) {
        const int32_t own = q->code[l], *low = t->code_low + l * n, *high = t->code_high + l * n;
        const double penalty = t->penalty[l];
        for (ptrdiff_t i = 0; i < n; i++) {
            const int32_t steps = own < low[i] ? low[i] - own : (own > high[i] ? own - high[i] : 0);
            bound[i] -= penalty * (t->ordered[l] ? (double)steps : (double)(steps > 0));
        }
    }
}

/* A tile's images may add as much as it does, once for each. */
SF_INLINE void sf_raise_bounds(const sf_tiles *t, const sf_query *q, double *bound) {
    for (ptrdiff_t m = 0; m < t->n_images;) {
        const ptrdiff_t j = t->image_dim[m], first = m;
        while (m < t->n_images && t->image_dim[m] == j)
            m++;
        for (ptrdiff_t i = 0; i < t->n_tiles; i++) {
            double n_near = 1.0;
            for (ptrdiff_t k = first; k < m; k++) {
                const double beta = q->image[k] - q->at[j], center = t->center[i * t->n_dims + j];
                const double alpha = 0.5 * beta * (q->image[k] + q->at[j] - 2.0 * center);
                const double least = t->least_scale ? t->least_scale[i] * t->least_scale[i] : 1.0;
                n_near += t->kind != SF_GAUSSIAN || sf_image_floor(t, i, j, alpha, beta) * least <= t->far;
            }
            bound[i] += sf_log(n_near);
        }
    }
}

/* Bins of the bounds below the largest one, which is returned. */
SF_INLINE double sf_bin_bounds(const sf_tiles *t, const double *SF_RESTRICT bound, uint8_t *SF_RESTRICT bin) {
    double tops[8], top = -INFINITY;
    for (int k = 0; k < 8; k++)
        tops[k] = -INFINITY;
    for (ptrdiff_t i = 0; i + 8 <= t->n_tiles; i += 8)
        for (int k = 0; k < 8; k++)
            tops[k] = sf_choose(bound[i + k] > tops[k], bound[i + k], tops[k]);
    for (ptrdiff_t i = t->n_tiles - t->n_tiles % 8; i < t->n_tiles; i++)
        top = bound[i] > top ? bound[i] : top;
    for (int k = 0; k < 8; k++)
        top = tops[k] > top ? tops[k] : top;
    for (ptrdiff_t i = 0; i < t->n_tiles; i++) {
        const double below = top - bound[i];
        const double place = sf_choose(below < 0.5 * (SF_BINS - 1), 2.0 * below, SF_BINS - 1.0);
        bin[i] = (uint8_t)(int32_t)sf_choose(below < 700.0, place, SF_LEFT_OUT);
    }
    return top;
}

/* The largest bin that has to be summed, when those of the first bins gave `sum`, relative to exp(top). */
static int sf_last_bin(const sf_tiles *t, const sf_block_of_queries *b, const uint8_t *bin, double sum, double rtol) {
    int32_t count[4][256] = {{0}}; /* four at a time: one after another they would wait for each other */
    double left_out = 0.0;
    ptrdiff_t i = 0;
    if (!(rtol > 0.0) || !(sum > 0.0))
        return SF_BINS - 1;
    for (; i + 4 <= t->n_tiles; i += 4)
        for (int k = 0; k < 4; k++)
            count[k][bin[i + k]]++;
    for (; i < t->n_tiles; i++)
        count[0][bin[i]]++;
    int last = SF_BINS - 1;
    for (; last >= SF_FIRST_BINS; last--) {
        left_out += b->edge[last] * (double)(count[0][last] + count[1][last] + count[2][last] + count[3][last]);
        if (left_out > rtol * sum)
            break;
    }
    return last < SF_FIRST_BINS ? SF_FIRST_BINS - 1 : last;
}

/* Prepare the queries of a block; shift NaN: taken from the bounds. */
SF_INLINE void sf_start_block(const sf_tiles *t, sf_block_of_queries *b, ptrdiff_t n_queries) {
    for (ptrdiff_t k = 0; k < n_queries; k++) {
        sf_query *q = &b->query[k];
        q->local = b->local;
        sf_fill_bounds(t, q, b->bound);
        sf_raise_bounds(t, q, b->bound);
        b->top[k] = sf_bin_bounds(t, b->bound, b->bin + k * t->n_tiles);
        if (q->shift != q->shift)
            q->shift = b->top[k] > -INFINITY ? b->top[k] : 0.0;
        b->last[k] = SF_FIRST_BINS - 1;
        b->sum[k] = 0.0;
        for (int i = 0; i < SF_SUM_LANES; i++)
            b->lanes[k][i] = 0.0;
    }
}

SF_INLINE double sf_total_lanes(const double *lanes) {
    double sum = 0.0;
    for (int i = 0; i < SF_SUM_LANES; i++)
        sum += lanes[i];
    return sum;
}

/* What the round came to, and how far the next one has to go. */
SF_INLINE void sf_end_round(const sf_tiles *t, sf_block_of_queries *b, ptrdiff_t n_queries, int round, double rtol) {
    for (ptrdiff_t k = 0; k < n_queries; k++) {
        b->sum[k] = sf_total_lanes(b->lanes[k]);
        if (round == 0)
            b->last[k] = sf_last_bin(t, b, b->bin + k * t->n_tiles,
                                     b->sum[k] * sf_exp(b->query[k].shift - b->top[k]), rtol);
    }
}

/* The tiles of a stretch that the round has to sum for a query, without a branch that cannot be foretold. */
SF_INLINE ptrdiff_t sf_list_tiles(const sf_tiles *t, const sf_block_of_queries *b, ptrdiff_t k, ptrdiff_t start, int round,
                                  ptrdiff_t *tiles) {
    const uint8_t *bin = b->bin + k * t->n_tiles;
    const ptrdiff_t stop = start + SF_STRETCH < t->n_tiles ? start + SF_STRETCH : t->n_tiles;
    const int last = b->last[k];
    uint8_t any = 0;
    ptrdiff_t n = 0;
    for (ptrdiff_t i = start; i < stop; i++)
        any |= (uint8_t)((bin[i] <= last) & ((bin[i] >= SF_FIRST_BINS) == round));
    for (ptrdiff_t i = start; any && i < stop; i++) {
        tiles[n] = i;
        n += (bin[i] <= last) & ((bin[i] >= SF_FIRST_BINS) == round);
    }
    return n;
}

/* Sums of the block's queries. Round 0 takes the first bins; in round 1 the others that are needed follow. */
#define SF_DEFINE_SUM_BLOCK(name, add_tiles)                                                                           \
    SF_CLONES static void name(const sf_tiles *t, sf_block_of_queries *b, ptrdiff_t n_queries, double rtol) {          \
        const ptrdiff_t n = t->n_tiles;                                                                                \
        sf_start_block(t, b, n_queries);                                                                               \
        for (int round = 0; round < 2; round++) {                                                                      \
            for (ptrdiff_t start = 0; start < n; start += SF_STRETCH)                                                  \
                for (ptrdiff_t k = 0; k < n_queries; k++) {                                                            \
                    ptrdiff_t tiles[SF_STRETCH];                                                                       \
                    const ptrdiff_t n_needed = sf_list_tiles(t, b, k, start, round, tiles);                            \
                    if (n_needed)                                                                                      \
                        add_tiles(t, tiles, n_needed, &b->query[k], b->lanes[k]);                                      \
                }                                                                                                      \
            sf_end_round(t, b, n_queries, round, rtol);                                                                \
        }                                                                                                              \
    }

SF_DEFINE_SUM_BLOCK(sf_sum_block_32, sf_add_tiles_32)
SF_DEFINE_SUM_BLOCK(sf_sum_block_64, sf_add_tiles_64)

/* Log of a sum: NaN where the shift or the precision did not suit it. */
static double sf_log_sum(const sf_tiles *t, const sf_block_of_queries *b, ptrdiff_t k, double least) {
    const int compact = t->kind != SF_GAUSSIAN && t->kind != SF_EXPONENTIAL;
    const double sum = b->sum[k];
    if (sum > least && sum < INFINITY)
        return b->query[k].shift + sf_log(sum);
    return compact || b->top[k] == -INFINITY ? -INFINITY : NAN;
}

/* The row that the fraction u of a query's sum falls on, in the order of the tiles that were summed; -1: none. */
SF_CLONES static int64_t sf_choose_row(const sf_tiles *t, const sf_block_of_queries *b, ptrdiff_t k, double u) {
    const uint8_t *bin = b->bin + k * t->n_tiles;
    double aim = u * b->sum[k], v[SF_TILE_ROWS];
    int64_t chosen = -1;
    for (ptrdiff_t tile = 0; tile < t->n_tiles; tile++) {
        if (bin[tile] > b->last[k])
            continue;
        sf_values_64(t, tile, &b->query[k], v);
        for (int i = 0; i < SF_TILE_ROWS; i++)
            if (v[i] > 0.0) {
                chosen = tile * SF_TILE_ROWS + i;
                if (aim < v[i])
                    return chosen;
                aim -= v[i];
            }
    }
    return chosen;
}

/* The largest exponent of any row at the query, images left aside: a shift that suits its sum. */
SF_CLONES static double sf_find_peak(const sf_tiles *t, sf_query *q) {
    double best = -INFINITY;
    for (ptrdiff_t tile = 0; tile < t->n_tiles; tile++) {
        double gap = 0.0;
        const double pure = sf_pure_penalty(t, tile, q), least = t->least_scale ? t->least_scale[tile] : 1.0;
        for (ptrdiff_t j = 0; j < t->n_dims; j++) {
            const double below = t->low[j * t->n_tiles + tile] - q->at[j], above = q->at[j] - t->high[j * t->n_tiles + tile];
            const double out = below > above ? below : above, held = (out > 0.0 ? out : 0.0) * least;
            gap += t->kind == SF_GAUSSIAN ? 0.5 * held * held : held;
        }
        if (-gap - pure + t->log_weight[tile] <= best)
            continue;
        double v[SF_TILE_ROWS];
        for (ptrdiff_t j = 0; j < t->n_dims; j++)
            q->local[j] = q->at[j] - t->center[tile * t->n_dims + j];
        for (int i = 0; i < SF_TILE_ROWS; i++)
            v[i] = 0.0;
        const double *x = (const double *)t->offset + tile * t->n_dims * SF_TILE_ROWS;
        sf_exponents(x, q->local, t->n_dims, t->kind == SF_EXPONENTIAL, v);
        for (int i = 0; i < SF_TILE_ROWS; i++) {
            const ptrdiff_t place = tile * SF_TILE_ROWS + i;
            const double weight = ((const double *)t->weight)[place], s = t->scale ? t->scale[place] : 1.0;
            double found = v[i] * (t->kind == SF_GAUSSIAN ? s * s : s) - pure;
            for (ptrdiff_t l = 0; l < t->n_levels; l++)
                if (t->code_low[l * t->n_tiles + tile] != t->code_high[l * t->n_tiles + tile])
                    found -= sf_level_penalty(t, l, q->code[l], t->code[(tile * t->n_levels + l) * SF_TILE_ROWS + i]);
            if (weight > 0.0 && place != q->skip && found + sf_log(weight) > best)
                best = found + sf_log(weight);
        }
    }
    return best;
}
#endif
