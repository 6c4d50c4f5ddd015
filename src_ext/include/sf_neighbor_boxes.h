/* How far boxes are: from a group's box, and from each of its queries. */
#ifndef SF_NEIGHBOR_BOXES_H
#define SF_NEIGHBOR_BOXES_H
#include "sf_clones.h"
#include "sf_neighbor_group.h"

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

/* Which queries of a group may have an answer in one box, and their number; and for all, the squared distance of
   places up to which a row of the box may be one, with what rounding could have added. */
SF_CLONES static int64_t sf_admit_queries(
    const sf_neighbor_group *g, int64_t box_block, int64_t lane, int32_t *SF_RESTRICT admitted,
    float *SF_RESTRICT asked
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
        asked[i] = g->most[i] + slack * reach * reach;
        inside[i] = gap_of[i] <= haste * g->most[i] + slack * reach * reach;
    }
    for (int32_t i = 0; i < SF_LANES; i++) {
        admitted[n] = i;
        n += inside[i] != 0 && g->most[i] >= 0.0f;
    }
    return n;
}
#endif
