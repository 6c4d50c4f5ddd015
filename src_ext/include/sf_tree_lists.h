/* What a tree is while it grows, and the growth of its small nodes.

   A node of no more rows than about its bins is handed to sorted lists: each feature's rows are sorted once, and every
   split below parts the lists in order, so that the cost of a node is its rows and not its bins. The smaller child goes
   first, so that no more than log2(rows) nodes ever wait. */
#ifndef SF_TREE_LISTS_H
#define SF_TREE_LISTS_H

#include <stdlib.h>
#ifdef _OPENMP
#include <omp.h>
#define SF_THREAD omp_get_thread_num()
#else
#define SF_THREAD 0
#endif

#include "sf_tree_loops.h"

#define SF_MAX_WAITING 40 /* above log2 of any number of rows */
#define SF_MAX_LIST 32768 /* rows of a sorted list: scores up to 2**15 then sum below 2**31 */

typedef struct {
    int32_t feature, threshold, left, right, start, stop, depth;
} sf_tree_node;

typedef struct {
    const uint8_t *codes; /* (n_features, n_rows) */
    ptrdiff_t n_rows;
    int n_features;
    const int32_t *n_codes;
    int n_classes; /* 0: scores, criterion variance; else criterion Gini */
    int min_leaf, max_depth;
    ptrdiff_t small, line, n_slots;     /* rows for sorted lists; length of scan scratch; histograms kept */
    ptrdiff_t *offsets, slot_bytes;     /* bins of each feature within a histogram */
    int32_t *rows, *y, *spill, *y_spill; /* the permutation from place `first`, y in its order, room to part them */
    ptrdiff_t first, pack;               /* nodes below `pack` rows get their codes side by side; 0: none do */
} sf_tree;

/* What one thread works with. */
typedef struct {
    char *block, *bins; /* (n_slots, slot_bytes) */
    sf_scan scan;
    int64_t *best;          /* (n_slots, n_features) gains, in the order of the active features */
    uint32_t *lists, *rest; /* (n_features, small), (small,) */
    int32_t *places, *active, *kept;
    uint16_t *ids, *id_spill;
    uint8_t *goes_left;
    int32_t *packed_rows;
    uint8_t *packed; /* (n_features, pack) codes */
} sf_tree_work;

/* Nodes made so far; nodes of fewer than `defer` rows are noted as tasks instead of being grown. */
typedef struct {
    sf_tree_node *nodes;
    int32_t n_nodes, defer, n_tasks;
    int64_t *tasks; /* rows << 32 | node */
    int n_threads;
    sf_tree_work *works; /* one for each thread */
} sf_tree_front;

typedef struct {
    sf_node_sums sums;
    int32_t node, n_active, slot, at;
} sf_waiting;

#define SF_COLUMN(tree, f) ((tree)->codes + (ptrdiff_t)(f) * (tree)->n_rows)

static void *sf_carve(char *block, size_t *used, size_t size) {
    void *part = block ? block + *used : NULL;
    *used += (size + 63) & ~(size_t)63;
    return part;
}

/* Lays out the scratch; with block == NULL only measures it. */
static size_t sf_lay_out(const sf_tree *t, sf_tree_work *w, char *block) {
    const size_t line = (size_t)t->line, small = (size_t)t->small + SF_SPARE_PLACES, f = (size_t)t->n_features;
    size_t used = 0;
    w->block = block;
    w->scan.gains = sf_carve(block, &used, line * 8);
    w->scan.sums = sf_carve(block, &used, line * 8);
    w->scan.squares = sf_carve(block, &used, line * 8);
    w->scan.products = sf_carve(block, &used, line * 8);
    w->scan.weights = sf_carve(block, &used, line * 8);
    w->scan.counts = sf_carve(block, &used, line * 4);
    w->scan.prefix = sf_carve(block, &used, line * 4);
    w->best = sf_carve(block, &used, f * 8 * (size_t)t->n_slots);
    w->kept = sf_carve(block, &used, f * 4);
    w->places = sf_carve(block, &used, line * 4);
    w->active = sf_carve(block, &used, f * 4 * 2 * SF_MAX_WAITING);
    w->ids = sf_carve(block, &used, small * 2);
    w->id_spill = sf_carve(block, &used, small * 2);
    w->goes_left = sf_carve(block, &used, small);
    w->rest = sf_carve(block, &used, small * 4);
    w->lists = sf_carve(block, &used, small * 4 * f);
    w->bins = sf_carve(block, &used, (size_t)(t->n_slots * t->slot_bytes));
    w->packed_rows = sf_carve(block, &used, (size_t)t->pack * 4);
    w->packed = sf_carve(block, &used, (size_t)t->pack * f);
    return used;
}

/* What of y a node holds: `ids` picks from y where it is not NULL. */
static void sf_sum_node(const sf_tree *t, const int32_t *y, const uint16_t *ids, ptrdiff_t n, sf_node_sums *sums) {
    sums->n = n;
    sums->total = 0;
    if (!t->n_classes) {
        for (ptrdiff_t i = 0; i < n; i++)
            sums->total += y[ids ? ids[i] : i];
        return;
    }
    int32_t counts[4][SF_MAX_CLASSES] = {{0}}; /* four, so that equal neighbours do not wait for one another */
    for (ptrdiff_t i = 0; i < n; i++)
        counts[i & 3][y[ids ? ids[i] : i]]++;
    sums->square = 0.0;
    for (int k = 0; k < t->n_classes; k++) {
        const int32_t count = counts[0][k] + counts[1][k] + counts[2][k] + counts[3][k];
        sums->counts[k] = count;
        sums->square += (double)count * count;
    }
}

static void sf_sum_other(const sf_tree *t, const sf_node_sums *whole, const sf_node_sums *part, sf_node_sums *sums) {
    sums->n = whole->n - part->n;
    sums->total = whole->total - part->total;
    sums->square = 0.0;
    for (int k = 0; k < t->n_classes; k++) {
        sums->counts[k] = whole->counts[k] - part->counts[k];
        sums->square += (double)sums->counts[k] * sums->counts[k];
    }
}

/* What a split has to exceed: nothing gained, and for Gini a little for its roundings. */
static int64_t sf_least_gain(const sf_tree *t, const sf_node_sums *sums) {
    return t->n_classes ? sf_gain_bits(sums->square / (double)sums->n * (1.0 + 1e-12)) : 0;
}

/* Whether a node may be split at all. */
static int sf_is_open(const sf_tree *t, const sf_tree_node *node, const int32_t *y, const uint16_t *ids) {
    const ptrdiff_t n = node->stop - node->start;
    if (n < 2 * (ptrdiff_t)t->min_leaf || node->depth >= t->max_depth)
        return 0;
    const int32_t first = y[ids ? ids[0] : 0];
    for (ptrdiff_t i = 1; i < n; i++)
        if (y[ids ? ids[i] : i] != first)
            return 1;
    return 0;
}

/* Two children of a node, the left one of n_left rows. */
static void sf_split_node(sf_tree_front *front, int32_t node, int32_t feature, int32_t threshold, ptrdiff_t n_left) {
    sf_tree_node *parent = front->nodes + node, *left = front->nodes + front->n_nodes;
    parent->feature = feature;
    parent->threshold = threshold;
    parent->left = front->n_nodes++;
    parent->right = front->n_nodes++;
    left[0] = left[1] = (sf_tree_node){-1, 0, -1, -1, parent->start, parent->stop, parent->depth + 1};
    left[0].stop = left[1].start = parent->start + (int32_t)n_left;
}

static ptrdiff_t sf_find_gain(const int64_t *gains, int64_t gain, ptrdiff_t i) {
    while (gains[i] != gain)
        i++;
    return i;
}

/* Parts every list for the children that will search it; the winner's own is in order already. Lists of the left child
   begin where the parent's did, those of the right one after them, or there too where the left child is a leaf. */
static void sf_part_lists(const sf_tree *t, sf_tree_work *w, const int32_t *active, int n_active, int winner,
                          ptrdiff_t at, ptrdiff_t n, ptrdiff_t n_left, int left_open, int right_open) {
    for (int j = 0; j < n_active; j++) {
        uint32_t *list = w->lists + active[j] * t->small + at;
        if (active[j] == winner)
            continue;
        if (left_open && right_open) {
            sf_part_list(list, n, w->goes_left, list, w->rest);
            memcpy(list + n_left, w->rest, (size_t)(n - n_left) * sizeof *list);
        } else if (left_open) {
            sf_keep_list(list, n, w->goes_left, 1, list);
        } else {
            sf_keep_list(list, n, w->goes_left, 0, list);
        }
    }
    if (!left_open) /* the right child's lists begin where the parent's did */
        memmove(w->lists + winner * t->small + at, w->lists + winner * t->small + at + n_left,
                (size_t)(n - n_left) * sizeof *w->lists);
}

static int64_t sf_list_gains(const sf_tree *t, const uint32_t *list, const int32_t *y, const sf_node_sums *sums,
                             const sf_scan *scan) {
    return t->n_classes ? sf_gains_of_classes(list, y, sums, t->n_classes, t->min_leaf, scan)
                        : sf_gains_of_list(list, y, sums, t->min_leaf, scan);
}

static void sf_start_lists(const sf_tree *t, sf_tree_work *w, const int32_t *rows, ptrdiff_t n, const int32_t *active,
                           int n_active) {
    for (int j = 0; j < n_active; j++) {
        const int f = active[j];
        sf_sort_list(SF_COLUMN(t, f), rows, n, t->n_codes[f], w->places, w->lists + f * t->small);
    }
    for (ptrdiff_t i = 0; i < n; i++)
        w->ids[i] = (uint16_t)i;
}

/* The feature of the best split and how many rows go left, or -1. What is not constant in the node is kept. */
static int sf_search_lists(const sf_tree *t, sf_tree_work *w, const sf_waiting *now, const int32_t *active,
                           const int32_t *y, int *n_kept, ptrdiff_t *n_left) {
    const ptrdiff_t n = now->sums.n;
    int64_t best = sf_least_gain(t, &now->sums);
    int winner = -1, last = -1;
    *n_kept = 0;
    sf_weigh_places((int32_t)n, t->min_leaf, w->scan.weights);
    for (int j = 0; j < now->n_active; j++) {
        const uint32_t *list = w->lists + active[j] * t->small + now->at;
        if (list[0] >> 16 == list[n - 1] >> 16)
            continue; /* constant here and below */
        w->kept[(*n_kept)++] = last = active[j];
        const int64_t gain = sf_list_gains(t, list, y, &now->sums, &w->scan);
        if (gain > best) {
            best = gain;
            winner = last;
        }
    }
    if (winner >= 0 && winner != last) /* the gains were overwritten */
        sf_list_gains(t, w->lists + winner * t->small + now->at, y, &now->sums, &w->scan);
    *n_left = winner < 0 ? 0 : sf_find_gain(w->scan.gains, best, SF_FIRST_PLACE(t->min_leaf)) + 1;
    return winner;
}

/* Puts those children that may be split on top of `waiting`, the smaller one uppermost; returns how many wait then. */
static int sf_await_lists(const sf_tree *t, sf_tree_work *w, const sf_tree_node *nodes, const sf_waiting *now,
                          int winner, const int32_t *y, const uint16_t *ids, int n_kept, ptrdiff_t n_left,
                          sf_waiting *waiting, int32_t *actives, int n_waiting) {
    const ptrdiff_t n = now->sums.n, n_right = n - n_left;
    const int32_t left_node = nodes[now->node].left, right_node = nodes[now->node].right;
    const int left_open = sf_is_open(t, nodes + left_node, y, ids);
    const int right_open = sf_is_open(t, nodes + right_node, y, ids + n_left);
    sf_waiting left = {.node = left_node, .n_active = n_kept, .at = now->at};
    sf_waiting right = {.node = right_node, .n_active = n_kept, .at = now->at + (left_open ? (int32_t)n_left : 0)};
    if (!left_open && !right_open)
        return n_waiting;
    sf_part_lists(t, w, w->kept, n_kept, winner, now->at, n, n_left, left_open, right_open);
    const int left_smaller = n_left <= n_right;
    if (left_smaller) {
        sf_sum_node(t, y, ids, n_left, &left.sums);
        sf_sum_other(t, &now->sums, &left.sums, &right.sums);
    } else {
        sf_sum_node(t, y, ids + n_left, n_right, &right.sums);
        sf_sum_other(t, &now->sums, &right.sums, &left.sums);
    }
    for (int turn = 0; turn < 2; turn++) {
        const int is_left = turn == left_smaller;
        if (is_left ? left_open : right_open) {
            memcpy(actives + n_waiting * (ptrdiff_t)t->n_features, w->kept, (size_t)n_kept * sizeof *w->kept);
            waiting[n_waiting++] = is_left ? left : right;
        }
    }
    return n_waiting;
}

/* Grows the subtree of a node of at most `small` rows. Its rows move, their y does not. */
static void sf_grow_small(const sf_tree *t, sf_tree_work *w, sf_tree_front *front, int32_t root,
                          const sf_node_sums *sums, const int32_t *features, int n_features) {
    const ptrdiff_t start = front->nodes[root].start, n_rows = sums->n;
    const int32_t *y = t->y + start;
    int32_t *rows = t->rows + (start - t->first), *actives = w->active + (ptrdiff_t)SF_MAX_WAITING * t->n_features;
    sf_waiting waiting[SF_MAX_WAITING];
    int n_waiting = 1, n_kept;
    sf_start_lists(t, w, rows, n_rows, features, n_features);
    memcpy(actives, features, (size_t)n_features * sizeof *features);
    waiting[0] = (sf_waiting){*sums, root, n_features, 0, 0};
    while (n_waiting) {
        const sf_waiting now = waiting[--n_waiting];
        const ptrdiff_t n = now.sums.n;
        ptrdiff_t n_left;
        const int winner =
            sf_search_lists(t, w, &now, actives + n_waiting * (ptrdiff_t)t->n_features, y, &n_kept, &n_left);
        if (winner < 0)
            continue;
        const uint32_t *list = w->lists + winner * t->small + now.at;
        uint16_t *ids = w->ids + front->nodes[now.node].start - start;
        for (ptrdiff_t i = 0; i < n; i++)
            w->goes_left[list[i] & SF_ID_MASK] = i < n_left;
        sf_part_ids(ids, n, w->goes_left, w->id_spill);
        sf_split_node(front, now.node, winner, (int32_t)(list[n_left - 1] >> 16), n_left);
        n_waiting = sf_await_lists(t, w, front->nodes, &now, winner, y, ids, n_kept, n_left, waiting, actives,
                                   n_waiting);
    }
    for (ptrdiff_t i = 0; i < n_rows; i++)
        t->spill[start + i] = rows[w->ids[i]];
    memcpy(rows, t->spill + start, (size_t)n_rows * sizeof *rows);
}

#endif
