/* One level of an oblivious tree: histograms of gradients by node and code, and the best question for all nodes. */
#ifndef SF_BOOST_LEVEL_H
#define SF_BOOST_LEVEL_H
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sf_clones.h"
#include "sf_forest.h"
#include "sf_math.h"

#define SF_FIXED 16384.0f /* gradients and curvatures are whole multiples of its inverse */

typedef struct {
    ptrdiff_t capacity, n_rows;  /* of the bag */
    int64_t *packed, *few_packed;
    uint8_t *codes, *node, *few_node; /* codes: (n_tried, capacity) */
    int32_t *few;
    int *shift;        /* by feature: its histogram has 2^shift codes a node */
    ptrdiff_t *offset; /* by feature: where its histograms begin */
    int64_t *histogram[2];
    int side;
    int64_t *spare; /* as large as the largest feature's histograms */
    int64_t sums[SF_MAX_LEAVES];
} sf_level_space;

typedef struct {
    int tried;
    uint8_t threshold;
} sf_question;

/* Gradient and curvature of the logistic loss as gradient * 2^32 + curvature: one addition sums both. */
SF_CLONES static void sf_pack_gradients(const float *SF_RESTRICT score, const uint8_t *SF_RESTRICT target, ptrdiff_t n,
                                        int64_t *SF_RESTRICT packed) {
    for (ptrdiff_t i = 0; i < n; i++) {
        const float p = 1.0f / (1.0f + sf_expf(-score[i]));
        const int32_t g = (int32_t)((p - (float)target[i]) * SF_FIXED + (SF_FIXED + 0.5f)) - (int32_t)SF_FIXED;
        const int32_t h = (int32_t)(p * (1.0f - p) * SF_FIXED + 1.0f);
        packed[i] = (int64_t)g * 4294967296 + h;
    }
}

SF_INLINE float sf_unpack_gradient(int64_t packed) { return (float)(int32_t)(packed >> 32); }
SF_INLINE float sf_unpack_curvature(int64_t packed) { return (float)(uint32_t)packed; }

static int sf_open_level_space(sf_level_space *space, ptrdiff_t capacity, int n_features, int n_tried,
                               const int32_t *n_codes, int depth) {
    ptrdiff_t size = 0, most = 0;
    space->capacity = capacity;
    space->shift = malloc(sizeof(int) * (size_t)(n_features + 1));
    space->offset = malloc(sizeof(ptrdiff_t) * (size_t)(n_features + 1));
    if (!space->shift || !space->offset)
        return -1;
    for (int f = 0; f < n_features; f++) {
        space->shift[f] = 0;
        while ((1 << space->shift[f]) < n_codes[f])
            space->shift[f]++;
        space->offset[f] = size;
        const ptrdiff_t own = (ptrdiff_t)1 << (space->shift[f] + depth - 1);
        size += own;
        most = own > most ? own : most;
    }
    space->spare = malloc(sizeof(int64_t) * (size_t)(most + 1));
    space->histogram[0] = malloc(sizeof(int64_t) * (size_t)(size + 1));
    space->histogram[1] = malloc(sizeof(int64_t) * (size_t)(size + 1));
    space->packed = malloc(sizeof(int64_t) * (size_t)(capacity + 1));
    space->few_packed = malloc(sizeof(int64_t) * (size_t)(capacity + 1));
    space->node = malloc((size_t)capacity + 1);
    space->few_node = malloc((size_t)capacity + 1);
    space->codes = malloc((size_t)capacity * (size_t)n_tried + 1);
    space->few = malloc(sizeof(int32_t) * (size_t)(capacity + 1));
    return space->spare && space->histogram[0] && space->histogram[1] && space->packed && space->few_packed && space->node
           && space->few_node && space->codes && space->few ? 0 : -1;
}

static void sf_close_level_space(sf_level_space *space) {
    free(space->shift);
    free(space->offset);
    free(space->spare);
    free(space->histogram[0]);
    free(space->histogram[1]);
    free(space->packed);
    free(space->few_packed);
    free(space->node);
    free(space->few_node);
    free(space->codes);
    free(space->few);
}

static void sf_start_levels(sf_level_space *space) {
    int64_t total = 0;
    for (ptrdiff_t i = 0; i < space->n_rows; i++)
        total += space->packed[i];
    memset(space->node, 0, (size_t)space->n_rows);
    space->side = 0;
    space->sums[0] = total;
}

/* Four features at a time: additions to one histogram wait for each other, those to different ones do not. */
static void sf_sum_rows(const uint8_t *const codes[4], int64_t *const sums[4], const int64_t *packed, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i++) {
        const int64_t value = packed[i];
        sums[0][codes[0][i]] += value;
        sums[1][codes[1][i]] += value;
        sums[2][codes[2][i]] += value;
        sums[3][codes[3][i]] += value;
    }
}

static void sf_sum_few(const uint8_t *const codes[4], int64_t *const sums[4], const int shift[4], const int64_t *packed,
                       const int32_t *rows, const uint8_t *node, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i++) {
        const int64_t value = packed[i];
        const int32_t row = rows[i];
        const uint32_t own = node[i];
        sums[0][own << shift[0] | codes[0][row]] += value;
        sums[1][own << shift[1] | codes[1][row]] += value;
        sums[2][own << shift[2] | codes[2][row]] += value;
        sums[3][own << shift[3] | codes[3][row]] += value;
    }
}

/* Only the smaller child of each parent was summed, into the upper half; its sibling is what is left of the parent. */
static void sf_spread_sums(const int64_t *before, int64_t *now, ptrdiff_t width, int n_parents, const uint8_t *smaller) {
    const int64_t *sums = now + n_parents * width;
    for (int p = 0; p < n_parents; p++) {
        const int64_t *own = sums + p * width, *all = before + p * width;
        int64_t *small = now + (2 * p + !smaller[2 * p]) * width, *large = now + (2 * p + smaller[2 * p]) * width;
        for (ptrdiff_t t = 0; t < width; t++) {
            const int64_t value = own[t], rest = all[t] - value;
            small[t] = value;
            large[t] = rest;
        }
    }
}

/* Rows of the smaller children; returns how many. */
static ptrdiff_t sf_gather_few(sf_level_space *space, int n_parents, uint8_t *smaller) {
    ptrdiff_t n = 0;
    for (int p = 0; p < n_parents; p++) { /* by curvature, which is known without counting */
        smaller[2 * p] = (uint32_t)space->sums[2 * p] <= (uint32_t)space->sums[2 * p + 1];
        smaller[2 * p + 1] = !smaller[2 * p];
    }
    for (ptrdiff_t i = 0; i < space->n_rows; i++) {
        space->few[n] = (int32_t)i;
        space->few_packed[n] = space->packed[i];
        space->few_node[n] = space->node[i] >> 1;
        n += smaller[space->node[i]];
    }
    return n;
}

static void sf_fill_histograms(sf_level_space *space, const int *features, int n_tried, int level) {
    const int n_parents = (1 << level) / 2;
    uint8_t smaller[SF_MAX_LEAVES];
    const ptrdiff_t n_few = level ? sf_gather_few(space, n_parents, smaller) : 0;
    for (int first = 0; first < n_tried; first += 4) {
        const int n = n_tried - first < 4 ? n_tried - first : 4;
        const uint8_t *codes[4];
        int64_t *sums[4];
        int shift[4];
        for (int k = 0; k < 4; k++) { /* the last ones again into a histogram that nobody reads */
            const int f = features[first + (k < n ? k : 0)];
            int64_t *own = k < n ? space->histogram[space->side] + space->offset[f] : space->spare;
            shift[k] = space->shift[f];
            codes[k] = space->codes + (first + (k < n ? k : 0)) * space->capacity;
            sums[k] = k < n && level ? own + ((ptrdiff_t)n_parents << shift[k]) : own;
            memset(sums[k], 0, (sizeof(int64_t) * (size_t)(level ? n_parents : 1)) << shift[k]);
        }
        if (!level) {
            sf_sum_rows(codes, sums, space->packed, space->n_rows);
            continue;
        }
        sf_sum_few(codes, sums, shift, space->few_packed, space->few, space->few_node, n_few);
        for (int k = 0; k < n; k++) {
            const ptrdiff_t offset = space->offset[features[first + k]];
            sf_spread_sums(space->histogram[!space->side] + offset, space->histogram[space->side] + offset,
                           (ptrdiff_t)1 << shift[k], n_parents, smaller);
        }
    }
}

SF_INLINE void sf_prefix_sums(const int64_t *histogram, ptrdiff_t n, int64_t *sums) {
    int64_t sum = 0;
    for (ptrdiff_t t = 0; t < n; t++)
        sums[t] = sum += histogram[t];
}

/* Squared gradient over curvature of both sides of every threshold, added up over the nodes. */
SF_CLONES static void sf_add_gains(const int64_t *SF_RESTRICT sums, ptrdiff_t n, float g_all, float h_all, float ridge,
                                   float *SF_RESTRICT gain) {
    for (ptrdiff_t t = 0; t < n; t++) {
        const float g = (float)(int32_t)(sums[t] >> 32), h = (float)(int32_t)(uint32_t)sums[t];
        const float other = g_all - g, a = h + ridge, b = h_all - h + ridge;
        gain[t] += (g * g * b + other * other * a) / (a * b);
    }
}

/* The question that lowers the loss of the bag most; the first of equals; tried = -1 if none does. */
static sf_question sf_best_question(sf_level_space *space, const int *features, int n_tried, const int32_t *n_codes,
                                    int level, float ridge) {
    sf_question best = {-1, 0};
    const int n_nodes = 1 << level;
    float most = 0.0f, gain[256];
    int64_t sums[256];
    sf_fill_histograms(space, features, n_tried, level);
    for (int p = 0; p < n_nodes; p++) {
        const float all = sf_unpack_gradient(space->sums[p]);
        most += all * all / (sf_unpack_curvature(space->sums[p]) + ridge);
    }
    for (int k = 0; k < n_tried; k++) {
        const ptrdiff_t n = n_codes[features[k]] - 1;
        memset(gain, 0, sizeof gain);
        for (int p = 0; p < n_nodes; p++) {
            if (!space->sums[p])
                continue;
            sf_prefix_sums(space->histogram[space->side] + space->offset[features[k]]
                           + ((ptrdiff_t)p << space->shift[features[k]]), n, sums);
            sf_add_gains(sums, n, sf_unpack_gradient(space->sums[p]), sf_unpack_curvature(space->sums[p]), ridge, gain);
        }
        for (ptrdiff_t t = 0; t < n; t++)
            if (gain[t] > most) {
                most = gain[t];
                best.tried = k;
                best.threshold = (uint8_t)t;
            }
    }
    return best;
}

/* Ask all rows of the bag, and tell the new nodes' sums from the histogram. */
static void sf_ask(sf_level_space *space, sf_question question, int feature, int level) {
    const int64_t *histogram = space->histogram[space->side] + space->offset[feature];
    for (int p = (1 << level) - 1; p >= 0; p--) {
        const int64_t *own = histogram + ((ptrdiff_t)p << space->shift[feature]), all = space->sums[p];
        int64_t left = 0;
        for (int t = 0; t <= question.threshold; t++)
            left += own[t];
        space->sums[2 * p] = left;
        space->sums[2 * p + 1] = all - left;
    }
    sf_descend(space->codes + question.tried * space->capacity, question.threshold, space->n_rows, space->node);
    space->side = !space->side;
}

#endif
