/* Oblivious trees on byte codes: every level of a tree asks all rows one question, so a tree is a few thresholds and a
   table, and many rows go down it side by side without a branch. */
#ifndef SF_FOREST_H
#define SF_FOREST_H
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "sf_clones.h"
#include "sf_math.h"

#define SF_MAX_DEPTH 8
#define SF_MAX_LEAVES 256
#define SF_FOREST_ROWS 1024 /* rows that go through a forest together: their codes stay in the nearest cache */

/* node = 2 node + (code > threshold) */
SF_CLONES static void sf_descend(const uint8_t *SF_RESTRICT codes, uint8_t threshold, ptrdiff_t n,
                                 uint8_t *SF_RESTRICT node) {
    for (ptrdiff_t i = 0; i < n; i++)
        node[i] = (uint8_t)((node[i] << 1) | (codes[i] > threshold));
}

/* The node of each row after all questions of one tree. */
SF_INLINE void sf_walk(const uint8_t *codes, ptrdiff_t stride, ptrdiff_t n, const int32_t *feature,
                       const uint8_t *threshold, int depth, uint8_t *node) {
    memset(node, 0, (size_t)n);
    for (int l = 0; l < depth; l++)
        sf_descend(codes + feature[l] * stride, threshold[l], n, node);
}

SF_CLONES static void sf_add_leaves(const uint8_t *SF_RESTRICT node, const float *SF_RESTRICT leaf, ptrdiff_t n,
                                    float *SF_RESTRICT score) {
    for (ptrdiff_t i = 0; i < n; i++)
        score[i] += leaf[node[i]];
}

/* Add the leaves of all trees, first to last, to the scores of n rows. */
static void sf_add_forest(const uint8_t *codes, ptrdiff_t stride, ptrdiff_t n, const int32_t *feature,
                          const uint8_t *threshold, const float *leaf, ptrdiff_t n_trees, int depth, float *score) {
    uint8_t node[SF_FOREST_ROWS];
    for (ptrdiff_t start = 0; start < n; start += SF_FOREST_ROWS) {
        const ptrdiff_t size = n - start < SF_FOREST_ROWS ? n - start : SF_FOREST_ROWS;
        for (ptrdiff_t t = 0; t < n_trees; t++) {
            sf_walk(codes + start, stride, size, feature + t * depth, threshold + t * depth, depth, node);
            sf_add_leaves(node, leaf + (t << depth), size, score + start);
        }
    }
}

/* Which side each row takes: right where u >= 1 - p, p the logistic function of the score. u becomes the place of the
   old one within the side taken, so that one uniform serves a whole path; it stays within [0, 1). */
SF_CLONES static void sf_take_sides(const float *SF_RESTRICT score, ptrdiff_t n, double *SF_RESTRICT u,
                                    uint8_t *SF_RESTRICT right) {
    for (ptrdiff_t i = 0; i < n; i++) {
        const double left = 1.0 / (1.0 + sf_exp((double)score[i]));
        const int side = u[i] >= left;
        const double share = sf_choose(side, 1.0 - left, left), offset = sf_choose(side, left, 0.0);
        const double place = (u[i] - offset) / (share > 1e-300 ? share : 1e-300);
        u[i] = place < 0.0 ? 0.0 : (place < 0x1.fffffffffffffp-1 ? place : 0x1.fffffffffffffp-1);
        right[i] = (uint8_t)side;
    }
}

/* The shares of rows that reach a node and take its left and its right side. */
SF_CLONES static void sf_split_shares(const float *SF_RESTRICT score, const double *SF_RESTRICT share, ptrdiff_t n,
                                      double *SF_RESTRICT left, double *SF_RESTRICT right) {
    for (ptrdiff_t i = 0; i < n; i++) {
        const double p = 1.0 / (1.0 + sf_exp(-(double)score[i]));
        left[i] = share[i] * (1.0 - p);
        right[i] = share[i] * p;
    }
}

/* Log probabilities of the sides taken. */
SF_CLONES static void sf_log_sides(const float *SF_RESTRICT score, const uint8_t *SF_RESTRICT right, ptrdiff_t n,
                                   double *SF_RESTRICT log_share) {
    for (ptrdiff_t i = 0; i < n; i++) {
        const double against = sf_choose(right[i] != 0, -(double)score[i], (double)score[i]);
        const double above = against > 0.0 ? against : 0.0;
        log_share[i] = -(above + sf_log(1.0 + sf_exp(against > 0.0 ? -against : against)));
    }
}

#endif
