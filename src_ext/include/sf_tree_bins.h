/* Growth of large nodes, each with a histogram for every feature: of two children the smaller is counted and the larger
   is what remains. Small nodes go to sorted lists, which find the same splits. */
#ifndef SF_TREE_BINS_H
#define SF_TREE_BINS_H

#include "sf_tree_lists.h"

/* Adds rows (flip 0) to a histogram of up to four features, or takes them away (flip -1). */
static void sf_add_group(const sf_tree *t, char *bins, const int32_t *active, int n, ptrdiff_t start, ptrdiff_t stop,
                         int flip) {
    const int32_t *rows = t->rows + (start - t->first), *y = t->y + start;
    const ptrdiff_t n_rows = stop - start;
    if (t->n_classes) {
        for (int j = 0; j < n; j++) {
            const int f = active[j];
            int32_t *counts = (int32_t *)bins + t->offsets[f];
            sf_add_counts(SF_COLUMN(t, f), rows, y, n_rows, t->n_codes[f], counts, 2 * flip + 1);
        }
        return;
    }
    int64_t *sums[4];
    const uint8_t *columns[4];
    for (int j = 0; j < n; j++) {
        sums[j] = (int64_t *)bins + t->offsets[active[j]];
        columns[j] = SF_COLUMN(t, active[j]);
    }
    if (n == 4)
        sf_add_sums4(columns, rows, y, n_rows, sums, flip);
    else
        for (int j = 0; j < n; j++)
            sf_add_sums(columns[j], rows, y, n_rows, sums[j], flip);
}

static ptrdiff_t sf_bins_of(const sf_tree *t, int f) {
    return (ptrdiff_t)t->n_codes[f] * (t->n_classes ? t->n_classes : 1);
}

static int64_t sf_bin_gains(const sf_tree *t, const char *bins, int f, const sf_node_sums *sums, const sf_scan *scan) {
    return t->n_classes ? sf_gains_of_counts((const int32_t *)bins + t->offsets[f], t->n_codes[f], t->n_classes, sums,
                                             t->min_leaf, scan)
                        : sf_gains_of_bins((const int64_t *)bins + t->offsets[f], t->n_codes[f], sums, t->min_leaf,
                                           scan);
}

/* Whether a feature has one code in a node; asked only where it gained nothing. */
static int sf_is_constant(const sf_tree *t, const char *bins, int f, int64_t n) {
    const ptrdiff_t n_codes = t->n_codes[f];
    for (ptrdiff_t c = 0; c < n_codes; c++) {
        int64_t count = 0;
        if (!t->n_classes)
            count = ((const int64_t *)bins)[t->offsets[f] + c] & SF_COUNT_MASK;
        for (int k = 0; k < t->n_classes; k++)
            count += ((const int32_t *)bins)[t->offsets[f] + k * n_codes + c];
        if (count)
            return count == n;
    }
    return 1;
}

/* Which histograms to make: the rows of `counted` are added to (flip 0) or taken from (flip -1) that of `into`; it is
   then taken from that of `other`, if there is one. */
typedef struct {
    const sf_tree_node *counted;
    int flip;
    const sf_waiting *into, *other;
} sf_fill;

/* Up to four features from the count to the gains, while their bins are near. */
static void sf_fill_group(const sf_tree *t, sf_tree_work *w, const sf_scan *scan, const sf_fill *fill,
                          const int32_t *active, ptrdiff_t j, int n) {
    const size_t width = t->n_classes ? 4 : 8;
    char *bins = w->bins + fill->into->slot * t->slot_bytes;
    if (!fill->flip)
        for (int i = 0; i < n; i++)
            memset(bins + (size_t)t->offsets[active[i]] * width, 0, (size_t)sf_bins_of(t, active[i]) * width);
    sf_add_group(t, bins, active, n, fill->counted->start, fill->counted->stop, fill->flip);
    for (int i = 0; i < n; i++)
        w->best[fill->into->slot * t->n_features + j + i] = sf_bin_gains(t, bins, active[i], &fill->into->sums, scan);
    if (fill->other == NULL)
        return;
    char *others = w->bins + fill->other->slot * t->slot_bytes;
    for (int i = 0; i < n; i++) {
        const int f = active[i];
        if (t->n_classes)
            sf_subtract_counts((int32_t *)others + t->offsets[f], (int32_t *)bins + t->offsets[f], sf_bins_of(t, f));
        else
            sf_subtract_sums((int64_t *)others + t->offsets[f], (int64_t *)bins + t->offsets[f], sf_bins_of(t, f));
        w->best[fill->other->slot * t->n_features + j + i] = sf_bin_gains(t, others, f, &fill->other->sums, scan);
    }
}

static void sf_fill_bins(const sf_tree *t, sf_tree_work *w, const sf_tree_front *front, const int32_t *active,
                         int n_active, sf_fill fill) {
    const int n_groups = (n_active + 3) / 4;
    int g;
#ifdef _OPENMP
#pragma omp parallel for num_threads(front->n_threads) schedule(static) if (front->n_threads > 1)
#endif
    for (g = 0; g < n_groups; g++) {
        const sf_scan *scan = front->n_threads > 1 ? &front->works[SF_THREAD].scan : &w->scan;
        sf_fill_group(t, w, scan, &fill, active + 4 * g, 4 * g, n_active - 4 * g < 4 ? n_active - 4 * g : 4);
    }
}

/* The feature of the best split, or -1; features that are constant are taken off the list. */
static int sf_search_bins(const sf_tree *t, sf_tree_work *w, const sf_waiting *now, int32_t *active, int *n_active,
                          int32_t *threshold) {
    const char *bins = w->bins + now->slot * t->slot_bytes;
    const int64_t *gains = w->best + now->slot * t->n_features, least = sf_least_gain(t, &now->sums);
    const int n = *n_active;
    int64_t best = least;
    int winner = -1;
    *n_active = 0;
    for (int j = 0; j < n; j++) {
        const int f = active[j];
        if (gains[j] > best) {
            best = gains[j];
            winner = f;
        } else if (gains[j] <= least && sf_is_constant(t, bins, f, now->sums.n)) {
            continue;
        }
        active[(*n_active)++] = f;
    }
    if (winner >= 0) {
        sf_bin_gains(t, bins, winner, &now->sums, &w->scan);
        *threshold = (int32_t)sf_find_gain(w->scan.gains, best, 0);
    }
    return winner;
}

/* The histogram of the one child that needs one, in its parent's place: from the fewer rows. */
static void sf_fill_one(const sf_tree *t, sf_tree_work *w, const sf_tree_front *front, const int32_t *active,
                        int n_active, const sf_waiting *child, const sf_tree_node *node, const sf_tree_node *sibling) {
    const int flip = node->stop - node->start < sibling->stop - sibling->start ? 0 : -1;
    sf_fill_bins(t, w, front, active, n_active, (sf_fill){flip ? sibling : node, flip, child, NULL});
}

enum { SF_LEAF, SF_LATER, SF_SMALL, SF_LARGE };

static int sf_kind(const sf_tree *t, const sf_tree_front *front, const sf_tree_node *node) {
    const ptrdiff_t n = node->stop - node->start;
    if (!sf_is_open(t, node, t->y + node->start, NULL))
        return SF_LEAF;
    return n < front->defer ? SF_LATER : n <= t->small ? SF_SMALL : SF_LARGE;
}

/* Parts the rows of a node and makes its children: child[0] is the smaller one. */
static void sf_split_large(const sf_tree *t, sf_tree_front *front, const sf_waiting *now, int winner,
                           int32_t threshold, sf_waiting *child) {
    const ptrdiff_t start = front->nodes[now->node].start, n = now->sums.n;
    int32_t *rows = t->rows + (start - t->first), *y = t->y + start;
    int32_t *spill = t->spill + start, *y_spill = t->y_spill + start;
    const ptrdiff_t n_left = sf_part_rows(SF_COLUMN(t, winner), threshold, rows, y, n, spill, y_spill);
    const int right_smaller = n_left > n - n_left;
    sf_split_node(front, now->node, winner, threshold, n_left);
    child[right_smaller].node = front->nodes[now->node].left;
    child[!right_smaller].node = front->nodes[now->node].right;
    if (right_smaller)
        sf_sum_node(t, y + n_left, NULL, n - n_left, &child[0].sums);
    else
        sf_sum_node(t, y, NULL, n_left, &child[0].sums);
    sf_sum_other(t, &now->sums, &child[0].sums, &child[1].sums);
}

/* Grows the subtree of a node, but for nodes below front->defer rows, which become tasks. */
static void sf_grow(const sf_tree *t, sf_tree_work *w, sf_tree_front *front, int32_t root) {
    sf_waiting waiting[SF_MAX_WAITING], child[2] = {{.slot = 0}};
    int n_waiting = 0, n_free = 0;
    int32_t free_slots[SF_MAX_WAITING];
    sf_tree_node *nodes = front->nodes;
    for (int32_t slot = 0; slot < t->n_slots; slot++)
        free_slots[n_free++] = slot;
    if (t->n_features == 0 || !sf_is_open(t, nodes + root, t->y + nodes[root].start, NULL))
        return;
    waiting[0] = (sf_waiting){.node = root, .n_active = t->n_features, .slot = free_slots[--n_free]};
    sf_sum_node(t, t->y + nodes[root].start, NULL, nodes[root].stop - nodes[root].start, &waiting[0].sums);
    int32_t *active = w->active + waiting[0].slot * (ptrdiff_t)t->n_features;
    for (int f = 0; f < t->n_features; f++)
        active[f] = f;
    if (waiting[0].sums.n <= t->small) {
        sf_grow_small(t, w, front, root, &waiting[0].sums, active, t->n_features);
        return;
    }
    sf_fill_bins(t, w, front, active, t->n_features, (sf_fill){nodes + root, 0, &waiting[0], NULL});
    n_waiting = 1;

    while (n_waiting) {
        const sf_waiting now = waiting[--n_waiting];
        int32_t threshold = 0;
        int n_active = now.n_active, kind[2];
        active = w->active + now.slot * (ptrdiff_t)t->n_features;
        const int winner = sf_search_bins(t, w, &now, active, &n_active, &threshold);
        free_slots[n_free++] = now.slot;
        if (winner < 0)
            continue;
        sf_split_large(t, front, &now, winner, threshold, child);
        for (int i = 0; i < 2; i++) {
            child[i].n_active = n_active;
            kind[i] = sf_kind(t, front, nodes + child[i].node);
            if (kind[i] == SF_LATER)
                front->tasks[front->n_tasks++] = (int64_t)child[i].sums.n << 32 | child[i].node;
        }
        /* Histograms first: a small child's growth moves its rows away from their y. */
        if (kind[0] == SF_LARGE && kind[1] == SF_LARGE) {
            child[1].slot = free_slots[--n_free]; /* the parent's */
            child[0].slot = free_slots[--n_free];
            memcpy(w->active + child[0].slot * (ptrdiff_t)t->n_features, active, (size_t)n_active * sizeof *active);
            sf_fill_bins(t, w, front, active, n_active, (sf_fill){nodes + child[0].node, 0, &child[0], &child[1]});
            waiting[n_waiting++] = child[1];
            waiting[n_waiting++] = child[0];
        } else if (kind[0] == SF_LARGE || kind[1] == SF_LARGE) {
            const int i = kind[1] == SF_LARGE;
            child[i].slot = free_slots[--n_free];
            sf_fill_one(t, w, front, active, n_active, &child[i], nodes + child[i].node, nodes + child[1 - i].node);
            waiting[n_waiting++] = child[i];
        }
        for (int i = 0; i < 2; i++)
            if (kind[i] == SF_SMALL)
                sf_grow_small(t, w, front, child[i].node, &child[i].sums, active, n_active);
    }
}

/* Grows the subtree of a task. Where rows lie far apart in a long table, nearly every code of a deep node is a cache
   miss: its codes are gathered once and the subtree works on the copy. */
static void sf_grow_task(const sf_tree *t, sf_tree_work *w, sf_tree_front *front, int32_t root) {
    const ptrdiff_t start = front->nodes[root].start, n = front->nodes[root].stop - start;
    if (!t->pack) {
        sf_grow(t, w, front, root);
        return;
    }
    sf_tree part = *t;
    int32_t *rows = t->rows + start;
    part.codes = w->packed;
    part.n_rows = n;
    part.rows = w->packed_rows;
    part.first = start;
    for (int f = 0; f < t->n_features; f++)
        sf_pack(SF_COLUMN(t, f), rows, n, w->packed + f * n);
    for (ptrdiff_t i = 0; i < n; i++)
        w->packed_rows[i] = (int32_t)i;
    sf_grow(&part, w, front, root);
    for (ptrdiff_t i = 0; i < n; i++)
        t->spill[start + i] = rows[w->packed_rows[i]];
    memcpy(rows, t->spill + start, (size_t)n * sizeof *rows);
}

#endif
