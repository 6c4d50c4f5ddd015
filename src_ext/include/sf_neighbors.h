/* The k nearest rows by tiles: rows lie in blocks of 64 that are near each other, the boxes around the blocks in blocks
   of 64, and so on. Queries come in groups of 64 as well, and a group goes through the boxes together, the nearest box
   first; what is left of a block after its box has been compared with every query is compared row by row, in bytes or in
   single precision.

   Exact: bytes and single precision only rule out. They work on rows that were centred, rotated and scaled ("places"), where a
   squared distance is off by at most `slack * (|query| + |row|)^2`, and whatever may be near enough by that is measured
   again on the rows as they came, in double precision and in the order of the columns. */
#ifndef SF_NEIGHBORS_H
#define SF_NEIGHBORS_H
#include <math.h>
#include "sf_neighbor_bound.h"
#include "sf_neighbor_boxes.h"
#include "sf_neighbor_bytes.h"
#include "sf_neighbor_exact.h"
#include "sf_neighbor_group.h"
#include "sf_neighbor_tiles.h"

/* Which rows of a block six queries have to measure, by single precision. */
static void sf_match_singles(
    const sf_neighbor_group *g, int64_t block, const float *asked, const int32_t *lanes, uint64_t *hits
) {
    const sf_neighbor_tree *t = g->tree;
    const float *minus[SF_SIDE];
    float lead_most[SF_SIDE], most[SF_SIDE], sums[SF_SIDE][SF_LANES];
    for (int s = 0; s < SF_SIDE; s++) {
        const float half = 0.5f * asked[lanes[s]];
        minus[s] = g->minus + lanes[s] * t->n_numbers;
        lead_most[s] = half - g->lead_half[lanes[s]];
        most[s] = half - g->norm_half[lanes[s]];
    }
    if (t->n_codes) {
        const uint8_t *marks = g->all->marks + g->group * t->n_codes * SF_LANES;
        const float half = 0.5f * (float)(t->mismatch * t->unit);
        sf_count_unequal(t->marks + block * t->n_codes * SF_LANES, marks, lanes, t->n_codes, half, sums);
    }
    sf_match_tile(
        t->places + block * t->n_numbers * SF_LANES, t->lead_half + block * SF_LANES, t->tail_half + block * SF_LANES,
        t->n_codes ? (const float(*)[SF_LANES])sums : NULL, t->n_lead, t->n_numbers, minus, lead_most, most, hits
    );
}

static void sf_visit_rows(sf_neighbor_group *g, int64_t box_block, int64_t box, int64_t block) {
    const sf_neighbor_tree *t = g->tree;
    int32_t admitted[SF_LANES + SF_SIDE], limits[SF_LANES];
    float asked[SF_LANES];
    if (g->worst == SF_ALL && !t->n_codes) sf_bound_answers(g, block, t->radius[box_block * SF_LANES + box]);
    const int64_t n = sf_admit_queries(g, box_block, box, admitted, asked);
    const int in_bytes = sf_bytes_suffice(g, block);
    if (!n) return;
    if (in_bytes) sf_limit_bytes(g, block, asked, limits);
    for (int s = 0; s < SF_SIDE; s++) admitted[n + s] = admitted[n - 1]; /* fills up the last six */
    for (int64_t first = 0; first < n; first += SF_SIDE) {
        const int32_t *lanes = admitted + first;
        uint64_t hits[SF_SIDE];
        if (in_bytes) sf_match_rounded(g, block, limits, lanes, hits);
        else sf_match_singles(g, block, asked, lanes, hits);
        for (int s = 0; s < SF_SIDE && first + s < n; s++) {
            if (hits[s]) sf_measure_hits(g, block, lanes[s], hits[s]);
        }
    }
    sf_find_worst(g);
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
    if (t->bytes.cells) sf_open_bytes(g);
}

/* Answers the 64 queries of a group; `scratch` holds 64 * n_numbers + 2 * (n_numbers + n_codes) floats,
   `bytes` 256 * n_fours. */
static void sf_find_neighbors(
    const sf_neighbor_tree *t, const sf_neighbor_queries *all, int64_t group, int64_t k, float *scratch, int8_t *bytes,
    double *found, int64_t *nearest
) {
    sf_neighbor_group g = {.tree = t, .all = all, .group = group, .k = k, .found = found, .nearest = nearest};
    g.minus = scratch;
    g.minus_bytes = bytes;
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
