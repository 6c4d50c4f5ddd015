/* Hot loops of the regression and classification trees: histograms, gains, stable partitions.

   A gain is kept as the bits of a double that is never negative: such bits order as integers, and a maximum of integers
   is vectorised without fast-math. Both roads to a gain (histogram, sorted list) take the same exact integers into the
   same few roundings, so they find the same split. */
#ifndef SF_TREE_LOOPS_H
#define SF_TREE_LOOPS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "sf_clones.h"

#define SF_MAX_CLASSES 32
#define SF_COUNT_BITS 24 /* a bin of sums: sum << 24 | count, so one addition does both */
#define SF_COUNT_MASK ((1 << SF_COUNT_BITS) - 1)
#define SF_ID_MASK 0xFFFFu       /* an entry of a sorted list: code << 16 | row within the subtree */
#define SF_SQUARES_IN_INT 46340  /* counts up to this many have squares, and sums of products, below 2**31 */

/* What a search knows about its node. */
typedef struct {
    int64_t n, total;               /* rows; sum of scores */
    double square;                  /* sum of squared class counts */
    int32_t counts[SF_MAX_CLASSES]; /* rows of each class */
} sf_node_sums;

/* Scratch of one scan, at least as long as the longest feature or list. */
typedef struct {
    int64_t *gains, *sums;
    double *squares, *products, *weights;
    int32_t *counts, *prefix;
} sf_scan;

SF_INLINE int64_t sf_gain_bits(double gain) {
    int64_t bits;
    memcpy(&bits, &gain, sizeof bits);
    return bits;
}

/* Drop in the sum of squares times n, up to a factor of the node: (n * left - n_left * total)^2 / (n_left * n_right).
   Exact before the square for n < 2**19, so a split that gains nothing gets 0. */
SF_INLINE double sf_gain_of_sums(double n, double total, double n_left, double left, double weight) {
    const double d = n * left - n_left * total;
    return d * d * weight;
}

/* Sum of squares / rows over both sides, from sums of squared class counts. `product` is that of left and all. */
SF_INLINE double sf_gain_of_counts(double n_left, double n_right, double square, double product, double all,
                                   double weight) {
    const double other = all - 2.0 * product + square;
    return (square * n_right + other * n_left) * weight;
}

SF_CLONES static int64_t sf_gains_of_bins(const int64_t *bins, ptrdiff_t n_codes, const sf_node_sums *node,
                                          int64_t min_leaf, const sf_scan *scan) {
    int64_t *SF_RESTRICT gains = scan->gains, *SF_RESTRICT sums = scan->sums;
    const double least = (double)min_leaf, all = (double)node->n, total = (double)node->total;
    int64_t sum = 0, best = 0;
    for (ptrdiff_t c = 0; c < n_codes; c++)
        sums[c] = sum += bins[c];
    for (ptrdiff_t c = 0; c < n_codes; c++) {
        const double a = (double)(sums[c] & SF_COUNT_MASK), left = (double)(sums[c] >> SF_COUNT_BITS);
        const double b = all - a, smaller = a < b ? a : b;
        /* selects of constants and no branch, or the loop is not vectorised; no division by 0, as that may trap */
        const double allowed = smaller < least ? 0.0 : 1.0, product = a * b;
        const double weight = allowed / (smaller < 1.0 ? 1.0 : product);
        const int64_t gain = sf_gain_bits(sf_gain_of_sums(all, total, a, left, weight));
        gains[c] = gain;
        best = best > gain ? best : gain;
    }
    return best;
}

/* bins: (n_classes, n_codes), classes outermost so that both the sums and the gains run along codes. */
SF_CLONES static int64_t sf_gains_of_counts(const int32_t *bins, ptrdiff_t n_codes, int n_classes,
                                            const sf_node_sums *node, int64_t min_leaf, const sf_scan *scan) {
    int64_t *SF_RESTRICT gains = scan->gains;
    int32_t *SF_RESTRICT counts = scan->counts, *SF_RESTRICT prefix = scan->prefix;
    double *SF_RESTRICT squares = scan->squares, *SF_RESTRICT products = scan->products;
    const int32_t n = (int32_t)node->n;
    int64_t best = 0;
    memset(counts, 0, (size_t)n_codes * sizeof *counts);
    if (n <= SF_SQUARES_IN_INT) {
        int32_t *SF_RESTRICT square = (int32_t *)scan->sums, *SF_RESTRICT product = square + n_codes;
        memset(square, 0, (size_t)n_codes * 2 * sizeof *square);
        for (int k = 0; k < n_classes; k++) {
            const int32_t of_all = node->counts[k];
            int32_t sum = 0;
            for (ptrdiff_t c = 0; c < n_codes; c++)
                prefix[c] = sum += bins[k * n_codes + c];
            for (ptrdiff_t c = 0; c < n_codes; c++) {
                counts[c] += prefix[c];
                square[c] += prefix[c] * prefix[c];
                product[c] += prefix[c] * of_all;
            }
        }
        for (ptrdiff_t c = 0; c < n_codes; c++) {
            squares[c] = square[c];
            products[c] = product[c];
        }
    } else {
        for (ptrdiff_t c = 0; c < n_codes; c++)
            squares[c] = products[c] = 0.0;
        for (int k = 0; k < n_classes; k++) {
            const double of_all = node->counts[k];
            int32_t sum = 0;
            for (ptrdiff_t c = 0; c < n_codes; c++)
                prefix[c] = sum += bins[k * n_codes + c];
            for (ptrdiff_t c = 0; c < n_codes; c++) {
                const double count = prefix[c]; /* sums stay below 2**53: exact */
                counts[c] += prefix[c];
                squares[c] += count * count;
                products[c] += count * of_all;
            }
        }
    }
    const int32_t least = (int32_t)min_leaf;
    for (ptrdiff_t c = 0; c < n_codes; c++) {
        const int allowed = (counts[c] >= least) & (n - counts[c] >= least);
        const double a = counts[c], b = n - counts[c];
        const double weight = (allowed ? 1.0 : 0.0) / (allowed ? a * b : 1.0);
        const int64_t gain =
            sf_gain_bits(sf_gain_of_counts(a, b, squares[c], products[c], node->square, weight));
        gains[c] = gain;
        best = best > gain ? best : gain;
    }
    return best;
}

/* Places min_leaf - 1 .. n - min_leaf - 1 of a sorted list, rounded up to whole vectors: there is room for a few places
   more, and their weight is zero. */
#define SF_FIRST_PLACE(min_leaf) ((min_leaf) - 1)
#define SF_STOP_PLACE(n, min_leaf) (SF_FIRST_PLACE(min_leaf) + (((n) - 2 * (min_leaf) + 1 + 7) & ~7))
#define SF_SPARE_PLACES 16

/* 1 / (n_left * n_right) after each place: once a node, for all its features. */
SF_CLONES static void sf_weigh_places(int32_t n, int32_t min_leaf, double *SF_RESTRICT weights) {
    for (int32_t i = SF_FIRST_PLACE(min_leaf); i < n - min_leaf; i++)
        weights[i] = 1.0 / ((double)(i + 1) * (double)(n - i - 1));
    for (int32_t i = n - min_leaf; i < SF_STOP_PLACE(n, min_leaf); i++)
        weights[i] = 0.0;
}

/* Gains after each place of a sorted list; 0 between equal codes. n <= 32,768. */
SF_CLONES static int64_t sf_gains_of_list(const uint32_t *SF_RESTRICT list, const int32_t *y, const sf_node_sums *node,
                                          int32_t min_leaf, const sf_scan *scan) {
    int64_t *SF_RESTRICT gains = scan->gains;
    int32_t *SF_RESTRICT prefix = scan->prefix;
    const double *SF_RESTRICT weights = scan->weights;
    const int32_t n = (int32_t)node->n, stop = SF_STOP_PLACE(n, min_leaf);
    const double all = n, total = (double)node->total;
    int32_t sum = 0;
    int64_t best = 0;
    for (int32_t i = 0; i < n - min_leaf; i++)
        prefix[i] = sum += y[list[i] & SF_ID_MASK];
    for (int32_t i = SF_FIRST_PLACE(min_leaf); i < stop; i++) {
        const double weight = (list[i] ^ list[i + 1]) >> 16 ? weights[i] : 0.0;
        const int64_t gain = sf_gain_bits(sf_gain_of_sums(all, total, (double)(i + 1), (double)prefix[i], weight));
        gains[i] = gain;
        best = best > gain ? best : gain;
    }
    return best;
}

/* The same for classes. A row of class k adds 2 * left[k] + 1 to the squares and counts[k] to the products: both are
   kept in the halves of one integer, so that one addition does. */
SF_CLONES static int64_t sf_gains_of_classes(const uint32_t *SF_RESTRICT list, const int32_t *y,
                                             const sf_node_sums *node, int n_classes, int32_t min_leaf,
                                             const sf_scan *scan) {
    int64_t *SF_RESTRICT gains = scan->gains, *SF_RESTRICT prefix = scan->sums;
    const double *SF_RESTRICT weights = scan->weights;
    const int32_t n = (int32_t)node->n, stop = SF_STOP_PLACE(n, min_leaf);
    const double square = node->square;
    int64_t steps[SF_MAX_CLASSES], sum = 0, best = 0;
    for (int k = 0; k < n_classes; k++)
        steps[k] = ((int64_t)1 << 32) + node->counts[k];
    for (int32_t i = 0; i < n - min_leaf; i++) {
        const int32_t k = y[list[i] & SF_ID_MASK];
        prefix[i] = sum += steps[k];
        steps[k] += (int64_t)2 << 32;
    }
    for (int32_t i = SF_FIRST_PLACE(min_leaf); i < stop; i++) {
        const double weight = (list[i] ^ list[i + 1]) >> 16 ? weights[i] : 0.0;
        const double of_left = (double)(int32_t)(prefix[i] >> 32), product = (double)(int32_t)prefix[i];
        const int64_t gain =
            sf_gain_bits(sf_gain_of_counts((double)(i + 1), (double)(n - i - 1), of_left, product, square, weight));
        gains[i] = gain;
        best = best > gain ? best : gain;
    }
    return best;
}

SF_CLONES static void sf_subtract_sums(int64_t *SF_RESTRICT bins, const int64_t *SF_RESTRICT part, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i++)
        bins[i] -= part[i];
}

SF_CLONES static void sf_subtract_counts(int32_t *SF_RESTRICT bins, const int32_t *SF_RESTRICT part, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i++)
        bins[i] -= part[i];
}

/* Entries whose row goes left to `left`, the others to `right`, both in order; returns how many went left. `left` may
   be `list` itself. */
static ptrdiff_t sf_part_list(const uint32_t *list, ptrdiff_t n, const uint8_t *goes_left, uint32_t *left,
                              uint32_t *right) {
    ptrdiff_t n_left = 0, n_right = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        const uint32_t entry = list[i];
        const int goes = goes_left[entry & SF_ID_MASK];
        left[n_left] = entry;
        right[n_right] = entry;
        n_left += goes;
        n_right += 1 - goes;
    }
    return n_left;
}

/* The entries of one side alone. */
static void sf_keep_list(const uint32_t *list, ptrdiff_t n, const uint8_t *goes_left, int side, uint32_t *kept) {
    for (ptrdiff_t i = 0, n_kept = 0; i < n; i++) {
        const uint32_t entry = list[i];
        kept[n_kept] = entry;
        n_kept += goes_left[entry & SF_ID_MASK] == side;
    }
}

static void sf_part_ids(uint16_t *ids, ptrdiff_t n, const uint8_t *goes_left, uint16_t *spill) {
    ptrdiff_t n_left = 0, n_right = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        const uint16_t id = ids[i];
        const int goes = goes_left[id];
        ids[n_left] = id;
        spill[n_right] = id;
        n_left += goes;
        n_right += 1 - goes;
    }
    memcpy(ids + n_left, spill, (size_t)n_right * sizeof *ids);
}

typedef struct {
    int32_t feature, threshold, child[2];
} sf_step;

/* The loops that read codes. Adding takes four features at a time: rows and scores are loaded once for four, and a
   constant column, whose additions wait for one another, does not hold up the rest. `flip` is 0 to add and -1 to take
   away. */
static void sf_add_sums4(const uint8_t *const *columns, const int32_t *rows, const int32_t *y, ptrdiff_t n,
                         int64_t *const *bins, int64_t flip) {
    const uint8_t *c0 = columns[0], *c1 = columns[1], *c2 = columns[2], *c3 = columns[3];
    int64_t *b0 = bins[0], *b1 = bins[1], *b2 = bins[2], *b3 = bins[3];
    for (ptrdiff_t i = 0; i < n; i++) {
        const int64_t value = (((int64_t)y[i] * (1 << SF_COUNT_BITS) + 1) ^ flip) - flip;
        const ptrdiff_t row = rows[i];
        b0[c0[row]] += value;
        b1[c1[row]] += value;
        b2[c2[row]] += value;
        b3[c3[row]] += value;
    }
}

static void sf_add_sums(const uint8_t *column, const int32_t *rows, const int32_t *y, ptrdiff_t n, int64_t *bins,
                        int64_t flip) {
    for (ptrdiff_t i = 0; i < n; i++)
        bins[column[rows[i]]] += (((int64_t)y[i] * (1 << SF_COUNT_BITS) + 1) ^ flip) - flip;
}

static void sf_add_counts(const uint8_t *column, const int32_t *rows, const int32_t *y, ptrdiff_t n,
                          ptrdiff_t n_codes, int32_t *bins, int32_t step) {
    for (ptrdiff_t i = 0; i < n; i++)
        bins[y[i] * n_codes + column[rows[i]]] += step;
}

/* Rows and their y with codes up to the threshold first, both sides in order; returns how many those are. */
static ptrdiff_t sf_part_rows(const uint8_t *column, int32_t threshold, int32_t *rows, int32_t *y, ptrdiff_t n,
                              int32_t *spill, int32_t *y_spill) {
    ptrdiff_t n_left = 0, n_right = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        const int32_t row = rows[i], value = y[i];
        const int goes = column[row] <= threshold;
        rows[n_left] = row;
        y[n_left] = value;
        spill[n_right] = row;
        y_spill[n_right] = value;
        n_left += goes;
        n_right += 1 - goes;
    }
    memcpy(rows + n_left, spill, (size_t)n_right * sizeof *rows);
    memcpy(y + n_left, y_spill, (size_t)n_right * sizeof *y);
    return n_left;
}

static void sf_pack(const uint8_t *column, const int32_t *rows, ptrdiff_t n, uint8_t *packed) {
    for (ptrdiff_t i = 0; i < n; i++)
        packed[i] = column[rows[i]];
}

/* The sorted list of n <= 65,536 rows: by code, equal codes in order of the rows. */
static void sf_sort_list(const uint8_t *column, const int32_t *rows, ptrdiff_t n, ptrdiff_t n_codes, int32_t *places,
                         uint32_t *list) {
    int32_t place = 0;
    memset(places, 0, (size_t)n_codes * sizeof *places);
    for (ptrdiff_t i = 0; i < n; i++)
        places[column[rows[i]]]++;
    for (ptrdiff_t c = 0; c < n_codes; c++) {
        const int32_t count = places[c];
        places[c] = place;
        place += count;
    }
    for (ptrdiff_t i = 0; i < n; i++) {
        const uint32_t code = column[rows[i]];
        list[places[code]++] = code << 16 | (uint32_t)i;
    }
}

/* Leaves of rows first .. stop - 1, sixteen at a time so that their loads overlap; a leaf leads to itself. */
static void sf_route(const uint8_t *codes, ptrdiff_t n_rows, ptrdiff_t first, ptrdiff_t stop, const sf_step *steps,
                     int32_t *out) {
    for (; first < stop; first += 16) {
        const int n = stop - first < 16 ? (int)(stop - first) : 16;
        int32_t at[16] = {0}, moved;
        do {
            moved = 0;
            for (int j = 0; j < n; j++) {
                const sf_step *step = steps + at[j];
                const int32_t code = codes[step->feature * n_rows + first + j];
                const int32_t next = step->child[code > step->threshold]; /* a load: no branch to mispredict */
                moved |= next ^ at[j];
                at[j] = next;
            }
        } while (moved);
        memcpy(out + first, at, (size_t)n * sizeof *out);
    }
}

#endif
