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
    int64_t sums[SF_MAX_LEAVES];
    int32_t counts[SF_MAX_LEAVES];
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
    ptrdiff_t size = 0;
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
        size += (ptrdiff_t)1 << (space->shift[f] + depth - 1);
    }
    space->histogram[0] = malloc(sizeof(int64_t) * (size_t)(size + 1));
    space->histogram[1] = malloc(sizeof(int64_t) * (size_t)(size + 1));
    space->packed = malloc(sizeof(int64_t) * (size_t)(capacity + 1));
    space->few_packed = malloc(sizeof(int64_t) * (size_t)(capacity + 1));
    space->node = malloc((size_t)capacity + 1);
    space->few_node = malloc((size_t)capacity + 1);
    space->codes = malloc((size_t)capacity * (size_t)n_tried + 1);
    space->few = malloc(sizeof(int32_t) * (size_t)(capacity + 1));
    return space->histogram[0] && space->histogram[1] && space->packed && space->few_packed && space->node
           && space->few_node && space->codes && space->few ? 0 : -1;
}

static void sf_close_level_space(sf_level_space *space) {
    free(space->shift);
    free(space->offset);
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
    space->counts[0] = (int32_t)space->n_rows;
}

/* Only the smaller child of each parent is summed; its sibling is what is left of the parent. */
static void sf_halve_histogram(const sf_level_space *space, const uint8_t *codes, int feature, int n_parents,
                               ptrdiff_t n_few, const uint8_t *smaller) {
    const int shift = space->shift[feature];
    const ptrdiff_t width = (ptrdiff_t)1 << shift;
    int64_t *now = space->histogram[space->side] + space->offset[feature];
    const int64_t *before = space->histogram[!space->side] + space->offset[feature];
    int64_t *sums = now + n_parents * width; /* the upper half holds them until they are spread over the children */
    memset(sums, 0, sizeof(int64_t) * (size_t)(n_parents * width));
    for (ptrdiff_t i = 0; i < n_few; i++)
        sums[((uint32_t)space->few_node[i] << shift) | codes[space->few[i]]] += space->few_packed[i];
    for (int p = 0; p < n_parents; p++) {
        int64_t *left = now + 2 * p * width, *right = left + width;
        for (ptrdiff_t t = 0; t < width; t++) {
            const int64_t small = sums[p * width + t], large = before[p * width + t] - small;
            left[t] = smaller[2 * p] ? small : large;
            right[t] = smaller[2 * p] ? large : small;
        }
    }
}

static void sf_fill_histograms(sf_level_space *space, const int *features, int n_tried, int level) {
    const int n_parents = (1 << level) / 2;
    uint8_t smaller[SF_MAX_LEAVES];
    ptrdiff_t n_few = 0;
    if (!level) {
        for (int k = 0; k < n_tried; k++) {
            const uint8_t *codes = space->codes + k * space->capacity;
            int64_t *sums = space->histogram[0] + space->offset[features[k]];
            memset(sums, 0, sizeof(int64_t) << space->shift[features[k]]);
            for (ptrdiff_t i = 0; i < space->n_rows; i++)
                sums[codes[i]] += space->packed[i];
        }
        return;
    }
    for (int p = 0; p < n_parents; p++) {
        smaller[2 * p] = space->counts[2 * p] <= space->counts[2 * p + 1];
        smaller[2 * p + 1] = !smaller[2 * p];
    }
    for (ptrdiff_t i = 0; i < space->n_rows; i++) {
        space->few[n_few] = (int32_t)i;
        space->few_packed[n_few] = space->packed[i];
        space->few_node[n_few] = space->node[i] >> 1;
        n_few += smaller[space->node[i]];
    }
    for (int k = 0; k < n_tried; k++)
        sf_halve_histogram(space, space->codes + k * space->capacity, features[k], n_parents, n_few, smaller);
}

SF_INLINE void sf_prefix_sums(const int64_t *histogram, ptrdiff_t n, float *g, float *h) {
    int64_t sum = 0;
    for (ptrdiff_t t = 0; t < n; t++) {
        sum += histogram[t];
        g[t] = sf_unpack_gradient(sum);
        h[t] = sf_unpack_curvature(sum);
    }
}

/* Squared gradient over curvature of both sides of every threshold, added up over the nodes. */
SF_CLONES static void sf_add_gains(const float *SF_RESTRICT g, const float *SF_RESTRICT h, ptrdiff_t n, float g_all,
                                   float h_all, float ridge, float *SF_RESTRICT gain) {
    for (ptrdiff_t t = 0; t < n; t++) {
        const float other = g_all - g[t], a = h[t] + ridge, b = h_all - h[t] + ridge;
        gain[t] += (g[t] * g[t] * b + other * other * a) / (a * b);
    }
}

/* The question that lowers the loss of the bag most; the first of equals; tried = -1 if none does. */
static sf_question sf_best_question(sf_level_space *space, const int *features, int n_tried, const int32_t *n_codes,
                                    int level, float ridge) {
    sf_question best = {-1, 0};
    const int n_nodes = 1 << level;
    float most = 0.0f, g[256], h[256], gain[256];
    sf_fill_histograms(space, features, n_tried, level);
    for (int p = 0; p < n_nodes; p++) {
        const float all = sf_unpack_gradient(space->sums[p]);
        most += all * all / (sf_unpack_curvature(space->sums[p]) + ridge);
    }
    for (int k = 0; k < n_tried; k++) {
        const ptrdiff_t n = n_codes[features[k]] - 1;
        memset(gain, 0, sizeof gain);
        for (int p = 0; p < n_nodes; p++) {
            if (!space->counts[p])
                continue;
            sf_prefix_sums(space->histogram[space->side] + space->offset[features[k]]
                           + ((ptrdiff_t)p << space->shift[features[k]]), n, g, h);
            sf_add_gains(g, h, n, sf_unpack_gradient(space->sums[p]), sf_unpack_curvature(space->sums[p]), ridge, gain);
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

static void sf_ask(sf_level_space *space, sf_question question, int level) {
    sf_descend(space->codes + question.tried * space->capacity, question.threshold, space->n_rows, space->node);
    memset(space->sums, 0, sizeof(int64_t) << (level + 1));
    memset(space->counts, 0, sizeof(int32_t) << (level + 1));
    for (ptrdiff_t i = 0; i < space->n_rows; i++) {
        space->sums[space->node[i]] += space->packed[i];
        space->counts[space->node[i]]++;
    }
    space->side = !space->side;
}

#endif
