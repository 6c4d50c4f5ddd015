/* The k nearest rows by tiles: rows lie in blocks of 64 that are near each other, the boxes around the blocks in blocks
   of 64, and so on. Queries come in groups of 64 as well, and a group goes through the boxes together, the nearest box
   first; what is left of a block after its box has been compared with every query is measured in single precision.

   Exact: single precision only rules out. It works on rows that were centred, rotated and scaled ("places"), where a
   squared distance is off by at most `slack * (|query| + |row|)^2`, and whatever may be near enough by that is measured
   again on the rows as they came, in double precision and in the order of the columns. */
#ifndef SF_NEIGHBORS_H
#define SF_NEIGHBORS_H
#include <math.h>
#include <stdint.h>
#include <string.h>
#include "sf_clones.h"

enum { SF_LANES = 64, SF_STRIP = 16, SF_STRIPS = 4, SF_SIDE = 6, SF_MAX_COUNT = 255 };
#define SF_ALL 1e30f /* more than any squared distance of places, and finite, so that differences of it are */

typedef struct {
    int64_t n_numbers, n_codes;
    int64_t n_lead;          /* coordinates after which a strip of rows may be given up; n_numbers for none */
    int64_t n_blocks, n_levels;
    int single;              /* rows are floats, else doubles */
    double mismatch;         /* squared distance of two unequal codes */
    double unit;             /* squared distance of places per squared distance of rows */
    double slack;
    double haste;            /* squared distances that boxes have to beat, as a share of those found; 1 is exact */
    const void *rows;        /* (n_rows, n_numbers) */
    const int32_t *codes;    /* (n_rows, n_codes) */
    const int64_t *row_of;   /* (n_blocks, 64), -1 past the last row */
    const float *places;     /* (n_blocks, n_numbers, 64) */
    const float *lead_half, *tail_half; /* (n_blocks, 64): half the squared norms of both parts of the coordinates */
    const uint8_t *marks;    /* (n_blocks, n_codes, 64): last bytes of codes */
    const float *low, *high; /* (n_box_blocks, n_numbers + n_codes, 64), level after level from the lowest */
    const float *radius;     /* (n_box_blocks, 64): largest norm in the box */
    const int64_t *starts;   /* (n_levels + 1): first block of a level */
} sf_neighbor_tree;

typedef struct {
    const void *rows;
    const int32_t *codes;
    const int64_t *row_of, *slot_of; /* (n_groups, 64): the query's row and where its answer goes, -1 past the last */
    const float *places;
    const float *lead_half, *tail_half;
    const uint8_t *marks;
    int own; /* queries are rows of the tree: a row is not its own neighbour */
} sf_neighbor_queries;

typedef struct {
    const sf_neighbor_tree *tree;
    const sf_neighbor_queries *all;
    int64_t group, k;
    double *found;     /* (n_queries, k): squared distances */
    int64_t *nearest;  /* (n_queries, k) */
    float *minus;      /* (64, n_numbers): the group's places, negated */
    float *low, *high; /* (n_numbers + n_codes): the group's box */
    float norm[SF_LANES], norm_half[SF_LANES], lead_half[SF_LANES];
    float most[SF_LANES]; /* squared distance of places that a query's answer still asks for; -1 past the last query */
    float radius, worst;  /* largest norm and largest `most` */
} sf_neighbor_group;

/* -- boxes --------------------------------------------------------------------------------------------------------- */

/* Squared distances between a group's box and 64 boxes, and keys that say in which order to visit: by that distance,
   and among boxes that overlap by their middles. */
SF_CLONES static void sf_measure_boxes(
    const sf_neighbor_tree *t, int64_t block, const float *from, const float *to, float *SF_RESTRICT gaps,
    float *SF_RESTRICT keys
) {
    const int64_t n_columns = t->n_numbers + t->n_codes;
    const float mismatch = (float)(t->mismatch * t->unit);
    float gap_of[SF_LANES] = {0.0f}, far[SF_LANES] = {0.0f};
    for (int64_t c = 0; c < n_columns; c++) {
        const float *SF_RESTRICT low = t->low + (block * n_columns + c) * SF_LANES;
        const float *SF_RESTRICT high = t->high + (block * n_columns + c) * SF_LANES;
        const float start = from[c], stop = to[c], middle = start + stop;
        if (c < t->n_numbers) {
            for (int i = 0; i < SF_LANES; i++) {
                const float under = low[i] - stop, over = start - high[i], apart = low[i] + high[i] - middle;
                float gap = under > over ? under : over;
                gap = gap > 0.0f ? gap : 0.0f;
                gap_of[i] += gap * gap;
                far[i] += apart * apart;
            }
        } else {
            for (int i = 0; i < SF_LANES; i++) gap_of[i] += low[i] > stop || start > high[i] ? mismatch : 0.0f;
        }
    }
    for (int i = 0; i < SF_LANES; i++) {
        gaps[i] = gap_of[i];
        keys[i] = gap_of[i] + 0.0625f * far[i];
    }
}

/* Which queries of a group may have an answer in one box; their number. */
SF_CLONES static int64_t sf_admit_queries(
    const sf_neighbor_group *g, int64_t box_block, int64_t lane, int32_t *SF_RESTRICT admitted
) {
    const sf_neighbor_tree *t = g->tree;
    const int64_t n_columns = t->n_numbers + t->n_codes;
    const float *places = g->all->places + g->group * t->n_numbers * SF_LANES;
    const uint8_t *marks = g->all->marks + g->group * t->n_codes * SF_LANES;
    const float *low = t->low + box_block * n_columns * SF_LANES + lane;
    const float *high = t->high + box_block * n_columns * SF_LANES + lane;
    const float radius = t->radius[box_block * SF_LANES + lane], slack = (float)t->slack, haste = (float)t->haste;
    const float mismatch = (float)(t->mismatch * t->unit);
    float gap_of[SF_LANES] = {0.0f};
    int32_t inside[SF_LANES];
    int64_t n = 0;
    for (int64_t c = 0; c < t->n_numbers; c++) {
        const float start = low[c * SF_LANES], stop = high[c * SF_LANES];
        const float *SF_RESTRICT place = places + c * SF_LANES;
        for (int i = 0; i < SF_LANES; i++) {
            const float under = start - place[i], over = place[i] - stop;
            float gap = under > over ? under : over;
            gap = gap > 0.0f ? gap : 0.0f;
            gap_of[i] += gap * gap;
        }
    }
    for (int64_t c = 0; c < t->n_codes; c++) {
        const float start = low[(t->n_numbers + c) * SF_LANES], stop = high[(t->n_numbers + c) * SF_LANES];
        const uint8_t *SF_RESTRICT mark = marks + c * SF_LANES;
        for (int i = 0; i < SF_LANES; i++) gap_of[i] += mark[i] < start || mark[i] > stop ? mismatch : 0.0f;
    }
    for (int i = 0; i < SF_LANES; i++) {
        const float reach = g->norm[i] + radius;
        inside[i] = gap_of[i] <= haste * g->most[i] + slack * reach * reach;
    }
    for (int32_t i = 0; i < SF_LANES; i++) {
        admitted[n] = i;
        n += inside[i] != 0 && g->most[i] >= 0.0f;
    }
    return n;
}

/* -- tiles --------------------------------------------------------------------------------------------------------- */

/* Unequal codes of each of six queries and the 64 rows of a block, at `half` each. */
SF_CLONES static void sf_count_unequal(
    const uint8_t *marks, const uint8_t *queries, const int32_t *lanes, int64_t n_codes, float half,
    float sums[SF_SIDE][SF_LANES]
) {
    memset(sums, 0, sizeof(float) * SF_SIDE * SF_LANES);
    for (int64_t first = 0; first < n_codes; first += SF_MAX_COUNT) {
        const int64_t last = first + SF_MAX_COUNT < n_codes ? first + SF_MAX_COUNT : n_codes;
        for (int s = 0; s < SF_SIDE; s++) {
            uint8_t counts[SF_LANES] = {0};
            for (int64_t c = first; c < last; c++) {
                const uint8_t *SF_RESTRICT mark = marks + c * SF_LANES;
                const uint8_t own = queries[c * SF_LANES + lanes[s]];
                for (int i = 0; i < SF_LANES; i++) counts[i] += mark[i] != own;
            }
            for (int i = 0; i < SF_LANES; i++) sums[s][i] += half * (float)counts[i];
        }
    }
}

/* Half the squared norm of a row less its product with a query, less what the query asks for: `lead_most` after the
   first coordinates, `most` after all of them. Bit i of hits[s] says that this is negative for row i and query s. */
#if defined(__GNUC__)
typedef float sf_floats __attribute__((vector_size(4 * SF_STRIP), aligned(4)));
typedef int32_t sf_ints __attribute__((vector_size(4 * SF_STRIP)));
#define SF_LANE_BITS ((sf_ints){1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8, 1 << 9, \
    1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15})
#define SF_SIGNS(x) ((sf_ints)(x))
#define SF_ANY_SIGN ((SF_SIGNS(A) | SF_SIGNS(B)) | (SF_SIGNS(C) | SF_SIGNS(D)) | (SF_SIGNS(E) | SF_SIGNS(F)))
#define SF_ADD_PRODUCTS(from, to) \
    for (int64_t i = (from); i < (to); i++) { \
        const sf_floats row = *(const sf_floats *)(x + i * SF_LANES); \
        A += a[i] * row, B += b[i] * row, C += c[i] * row, D += d[i] * row, E += e[i] * row, F += f[i] * row; \
    }

SF_INLINE uint32_t sf_gather_bits(const sf_ints *bits) {
    uint64_t words[8];
    memcpy(words, bits, sizeof words);
    const uint64_t all = (words[0] | words[1]) | (words[2] | words[3]) | (words[4] | words[5]) | (words[6] | words[7]);
    return (uint32_t)(all | all >> 32);
}

/* Sign bits of 16 lanes each of two vectors. */
SF_INLINE uint32_t sf_gather_signs(const sf_floats *low, const sf_floats *high) {
    const sf_ints bits = ((SF_SIGNS(*low) >> 31) & SF_LANE_BITS) | ((SF_SIGNS(*high) >> 31) & (SF_LANE_BITS << 16));
    return sf_gather_bits(&bits);
}

#if defined(SF_HAS_CLONES)
__attribute__((optimize("fp-contract=fast"))) /* rules out only: the last bits do not matter */
#endif
SF_CLONES static void sf_match_tile(
    const float *tile, const float *lead_half, const float *tail_half, const float (*sums)[SF_LANES],
    int64_t n_lead, int64_t n_numbers, const float *const *minus, const float *lead_most, const float *most,
    uint64_t *hits
) {
    const float *a = minus[0], *b = minus[1], *c = minus[2], *d = minus[3], *e = minus[4], *f = minus[5];
    for (int s = 0; s < SF_SIDE; s++) hits[s] = 0;
    for (int strip = 0; strip < SF_STRIPS; strip++) {
        const float *x = tile + strip * SF_STRIP;
        const sf_floats start = *(const sf_floats *)(lead_half + strip * SF_STRIP);
        sf_floats A = start - lead_most[0], B = start - lead_most[1], C = start - lead_most[2];
        sf_floats D = start - lead_most[3], E = start - lead_most[4], F = start - lead_most[5];
        if (sums) {
            A += *(const sf_floats *)(sums[0] + strip * SF_STRIP), B += *(const sf_floats *)(sums[1] + strip * SF_STRIP);
            C += *(const sf_floats *)(sums[2] + strip * SF_STRIP), D += *(const sf_floats *)(sums[3] + strip * SF_STRIP);
            E += *(const sf_floats *)(sums[4] + strip * SF_STRIP), F += *(const sf_floats *)(sums[5] + strip * SF_STRIP);
        }
        SF_ADD_PRODUCTS(0, n_lead)
        if (n_lead < n_numbers) {
            const sf_ints any = SF_ANY_SIGN;
            if (!(sf_gather_bits(&any) >> 31)) continue;
            const sf_floats rest = *(const sf_floats *)(tail_half + strip * SF_STRIP);
            A += rest + (lead_most[0] - most[0]), B += rest + (lead_most[1] - most[1]);
            C += rest + (lead_most[2] - most[2]), D += rest + (lead_most[3] - most[3]);
            E += rest + (lead_most[4] - most[4]), F += rest + (lead_most[5] - most[5]);
            SF_ADD_PRODUCTS(n_lead, n_numbers)
        }
        const sf_ints any = SF_ANY_SIGN;
        if (!(sf_gather_bits(&any) >> 31)) continue;
        const uint32_t pairs[SF_SIDE / 2] = {sf_gather_signs(&A, &B), sf_gather_signs(&C, &D), sf_gather_signs(&E, &F)};
        for (int p = 0; p < SF_SIDE / 2; p++) {
            hits[2 * p] |= (uint64_t)(pairs[p] & 0xFFFFu) << (strip * SF_STRIP);
            hits[2 * p + 1] |= (uint64_t)(pairs[p] >> 16) << (strip * SF_STRIP);
        }
    }
}
#else
static void sf_match_tile(
    const float *tile, const float *lead_half, const float *tail_half, const float (*sums)[SF_LANES],
    int64_t n_lead, int64_t n_numbers, const float *const *minus, const float *lead_most, const float *most,
    uint64_t *hits
) {
    (void)n_lead, (void)lead_most;
    for (int s = 0; s < SF_SIDE; s++) {
        float halves[SF_LANES];
        for (int i = 0; i < SF_LANES; i++) halves[i] = lead_half[i] + tail_half[i] + (sums ? sums[s][i] : 0.0f);
        for (int64_t c = 0; c < n_numbers; c++) {
            const float own = minus[s][c];
            for (int i = 0; i < SF_LANES; i++) halves[i] += own * tile[c * SF_LANES + i];
        }
        hits[s] = 0;
        for (int i = 0; i < SF_LANES; i++) hits[s] |= (uint64_t)(halves[i] <= most[s]) << i;
    }
}
#endif

/* -- exact --------------------------------------------------------------------------------------------------------- */

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

static void sf_visit_rows(sf_neighbor_group *g, int64_t box_block, int64_t box, int64_t block) {
    const sf_neighbor_tree *t = g->tree;
    int32_t admitted[SF_LANES + SF_SIDE];
    const int64_t n = sf_admit_queries(g, box_block, box, admitted);
    const float radius = t->radius[box_block * SF_LANES + box], slack = (float)t->slack;
    const uint8_t *marks = g->all->marks + g->group * t->n_codes * SF_LANES;
    float sums[SF_SIDE][SF_LANES];
    if (!n) return;
    for (int s = 0; s < SF_SIDE; s++) admitted[n + s] = admitted[n - 1]; /* fills up the last six */
    for (int64_t first = 0; first < n; first += SF_SIDE) {
        const int32_t *lanes = admitted + first;
        const float *minus[SF_SIDE];
        float lead_most[SF_SIDE], most[SF_SIDE];
        uint64_t hits[SF_SIDE];
        for (int s = 0; s < SF_SIDE; s++) {
            const float reach = g->norm[lanes[s]] + radius;
            const float half = 0.5f * (g->most[lanes[s]] + slack * reach * reach);
            minus[s] = g->minus + lanes[s] * t->n_numbers;
            lead_most[s] = half - g->lead_half[lanes[s]];
            most[s] = half - g->norm_half[lanes[s]];
        }
        if (t->n_codes) {
            const float half = 0.5f * (float)(t->mismatch * t->unit);
            sf_count_unequal(t->marks + block * t->n_codes * SF_LANES, marks, lanes, t->n_codes, half, sums);
        }
        sf_match_tile(
            t->places + block * t->n_numbers * SF_LANES, t->lead_half + block * SF_LANES,
            t->tail_half + block * SF_LANES, t->n_codes ? (const float(*)[SF_LANES])sums : NULL, t->n_lead,
            t->n_numbers, minus, lead_most, most, hits
        );
        for (int s = 0; s < SF_SIDE && first + s < n; s++) {
            if (hits[s]) sf_measure_hits(g, block, lanes[s], hits[s]);
        }
    }
    g->worst = -1.0f;
    for (int i = 0; i < SF_LANES; i++) g->worst = g->most[i] > g->worst ? g->most[i] : g->worst;
}

/* -- walk ---------------------------------------------------------------------------------------------------------- */

static void sf_visit_boxes(sf_neighbor_group *g, int64_t level, int64_t block) {
    const sf_neighbor_tree *t = g->tree;
    const int64_t box_block = t->starts[level] + block;
    const int64_t below = level ? t->starts[level] - t->starts[level - 1] : t->n_blocks;
    const int64_t n = below - block * SF_LANES < SF_LANES ? below - block * SF_LANES : SF_LANES;
    float gaps[SF_LANES], keys[SF_LANES];
    uint8_t order[SF_LANES];
    sf_measure_boxes(t, box_block, g->low, g->high, gaps, keys);
    int64_t n_kept = 0;
    for (int64_t i = 0; i < n; i++) {
        const float reach = g->radius + t->radius[box_block * SF_LANES + i];
        if (gaps[i] > (float)t->haste * g->worst + (float)t->slack * reach * reach) continue;
        int64_t at = n_kept++;
        for (; at > 0 && keys[order[at - 1]] > keys[i]; at--) order[at] = order[at - 1];
        order[at] = (uint8_t)i;
    }
    for (int64_t i = 0; i < n_kept; i++) {
        const int64_t lane = order[i], child = block * SF_LANES + lane;
        const float reach = g->radius + t->radius[box_block * SF_LANES + lane];
        if (gaps[lane] > (float)t->haste * g->worst + (float)t->slack * reach * reach) continue;
        if (level) sf_visit_boxes(g, level - 1, child);
        else sf_visit_rows(g, box_block, lane, child);
    }
}

/* Puts the group's places at hand: negated by row, and their box. */
static void sf_open_group(sf_neighbor_group *g) {
    const sf_neighbor_tree *t = g->tree;
    const sf_neighbor_queries *all = g->all;
    const int64_t first = g->group * SF_LANES;
    const float *places = all->places + first * t->n_numbers;
    const uint8_t *marks = all->marks + first * t->n_codes;
    for (int64_t c = 0; c < t->n_numbers + t->n_codes; c++) {
        float low = INFINITY, high = -INFINITY;
        for (int i = 0; i < SF_LANES; i++) {
            const float place = c < t->n_numbers ? places[c * SF_LANES + i] : marks[(c - t->n_numbers) * SF_LANES + i];
            if (c < t->n_numbers) g->minus[i * t->n_numbers + c] = -place;
            low = place < low ? place : low;
            high = place > high ? place : high;
        }
        g->low[c] = low;
        g->high[c] = high;
    }
    g->radius = 0.0f;
    g->worst = SF_ALL;
    for (int i = 0; i < SF_LANES; i++) {
        g->lead_half[i] = all->lead_half[first + i];
        g->norm_half[i] = all->lead_half[first + i] + all->tail_half[first + i];
        g->norm[i] = sqrtf(2.0f * g->norm_half[i]) * (1.0f + 1e-6f);
        g->most[i] = all->row_of[first + i] < 0 ? -1.0f : SF_ALL;
        if (g->most[i] > 0.0f && g->norm[i] > g->radius) g->radius = g->norm[i];
    }
}

/* Answers the 64 queries of a group; `scratch` holds 64 * n_numbers + 2 * (n_numbers + n_codes) floats. */
static void sf_find_neighbors(
    const sf_neighbor_tree *t, const sf_neighbor_queries *all, int64_t group, int64_t k, float *scratch, double *found,
    int64_t *nearest
) {
    sf_neighbor_group g = {.tree = t, .all = all, .group = group, .k = k, .found = found, .nearest = nearest};
    g.minus = scratch;
    g.low = scratch + SF_LANES * t->n_numbers;
    g.high = g.low + t->n_numbers + t->n_codes;
    sf_open_group(&g);
    for (int i = 0; i < SF_LANES; i++) {
        const int64_t slot = all->slot_of[group * SF_LANES + i];
        for (int64_t at = slot * k; slot >= 0 && at < (slot + 1) * k; at++) {
            found[at] = INFINITY;
            nearest[at] = INT64_MAX;
        }
    }
    sf_visit_boxes(&g, t->n_levels - 1, 0);
    for (int i = 0; i < SF_LANES; i++) {
        const int64_t slot = all->slot_of[group * SF_LANES + i];
        for (int64_t at = slot * k; slot >= 0 && at < (slot + 1) * k; at++) found[at] = sqrt(found[at]);
    }
}
#endif
