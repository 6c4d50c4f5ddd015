/* Trees over coded features: growth on any number of threads, routing of rows, draws from leaves. */
#ifndef SF_TREE_H
#define SF_TREE_H

#include "sf_prefetch.h"
#include "sf_tree_bins.h"

#ifndef SF_PACK_BYTES
#define SF_PACK_BYTES (1 << 20) /* codes of a subtree that are copied side by side: what a second-level cache holds */
#endif
#define SF_DRAWN_TOGETHER 32
#define SF_FEW_ROWS 2048 /* below this a subtree is not worth a task of its own */

typedef struct {
    int32_t *feature, *left, *right, *start, *stop;
    uint16_t *threshold;
} sf_tree_out;

/* Nodes in the order of a walk that takes left children first: numbers then depend on the tree alone, not on who grew
   which part. `stack` holds a number and a parent for each node that waits. */
static int32_t sf_number_nodes(const sf_tree_node *nodes, int32_t *stack, const sf_tree_out *out) {
    int32_t n = 0;
    ptrdiff_t n_waiting = 1;
    stack[0] = 0;
    stack[1] = -1;
    while (n_waiting) {
        const sf_tree_node *node = nodes + stack[2 * --n_waiting];
        const int32_t parent = stack[2 * n_waiting + 1], id = n++;
        if (parent >= 0)
            out->right[parent] = id;
        out->feature[id] = node->feature;
        out->threshold[id] = (uint16_t)node->threshold;
        out->start[id] = node->start;
        out->stop[id] = node->stop;
        out->left[id] = node->left < 0 ? -1 : n;
        out->right[id] = -1;
        if (node->left >= 0) {
            stack[2 * n_waiting] = node->right;
            stack[2 * n_waiting++ + 1] = id;
            stack[2 * n_waiting] = node->left;
            stack[2 * n_waiting++ + 1] = -1;
        }
    }
    return n;
}

/* Sizes that follow from the task. */
static void sf_plan_tree(sf_tree *t, ptrdiff_t *offsets) {
    const int per_code = t->n_classes ? t->n_classes : 1;
    ptrdiff_t n_bins = 0, longest = 1;
    for (int f = 0; f < t->n_features; f++) {
        offsets[f] = n_bins * per_code;
        n_bins += t->n_codes[f];
        longest = t->n_codes[f] > longest ? t->n_codes[f] : longest;
    }
    t->offsets = offsets;
    t->slot_bytes = n_bins * (t->n_classes ? 4 * t->n_classes : 8);
    t->slot_bytes = (t->slot_bytes + 63) & ~(ptrdiff_t)63;
    const ptrdiff_t mean = t->n_features ? n_bins / t->n_features : 0;
    t->small = mean * (t->n_classes ? t->n_classes + 4 : 4) / 4; /* flat around this */
    t->small = t->small < 64 ? 64 : (t->small > SF_MAX_LIST ? SF_MAX_LIST : t->small);
    t->line = (t->small > longest ? t->small : longest) + SF_SPARE_PLACES;
    t->pack = t->n_features ? SF_PACK_BYTES / (ptrdiff_t)t->n_features : 0;
    t->pack = t->pack < SF_FEW_ROWS ? SF_FEW_ROWS : t->pack;
    t->pack = t->n_rows > 2 * t->pack ? t->pack : 0;
    t->first = 0;
    t->n_slots = 3;
    for (ptrdiff_t n = t->n_rows; n > t->small; n /= 2)
        t->n_slots++;
}

static int sf_make_works(const sf_tree *t, sf_tree_work *works, int n_threads) {
    const size_t size = sf_lay_out(t, works, NULL);
    for (int i = 0; i < n_threads; i++) {
        char *block = malloc(size);
        if (block == NULL)
            return -1;
        sf_lay_out(t, works + i, block);
        /* spare places are read before they are written, if only to be weighed with zero */
        memset(block, 0, (size_t)(works[i].bins - block));
    }
    return 0;
}

/* Larger tasks first, so that threads finish together. */
static int sf_compare_tasks(const void *a, const void *b) {
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x < y) - (x > y);
}

/* The top of the tree on all threads, feature by feature, then the subtrees below it, each on one thread. Returns the
   raw nodes of all, or NULL. */
static sf_tree_node *sf_grow_all(const sf_tree *t, sf_tree_work *works, int n_threads) {
    const ptrdiff_t most = 2 * (t->n_rows / t->min_leaf) + 1;
    ptrdiff_t defer = n_threads == 1 ? t->pack : t->n_rows / (2 * n_threads);
    sf_tree_front front = {.n_threads = n_threads, .works = works};
    if (n_threads > 1 && defer < SF_FEW_ROWS)
        defer = SF_FEW_ROWS;
    front.defer = (int32_t)(t->pack && defer > t->pack ? t->pack : defer);
    front.nodes = malloc((size_t)(2 * most) * sizeof *front.nodes);
    front.tasks = malloc((size_t)most * sizeof *front.tasks);
    int32_t *first = malloc((size_t)most * sizeof *first); /* where the nodes of each task go */
    if (front.nodes && front.tasks && first) {
        int i;
        front.nodes[0] = (sf_tree_node){-1, 0, -1, -1, 0, (int32_t)t->n_rows, 0};
        front.n_nodes = 1;
        sf_grow(t, works, &front, 0);
        qsort(front.tasks, (size_t)front.n_tasks, sizeof *front.tasks, sf_compare_tasks);
        for (i = 0; i < front.n_tasks; i++) {
            first[i] = front.n_nodes;
            front.n_nodes += 2 * (int32_t)((front.tasks[i] >> 32) / t->min_leaf); /* no subtree has more below it */
        }
#ifdef _OPENMP
#pragma omp parallel for num_threads(n_threads) schedule(dynamic, 1) if (n_threads > 1 && front.n_tasks > 1)
#endif
        for (i = 0; i < front.n_tasks; i++) {
            sf_tree_front own = {.nodes = front.nodes, .n_nodes = first[i], .n_threads = 1};
            sf_grow_task(t, works + (n_threads > 1 ? SF_THREAD : 0), &own, (int32_t)front.tasks[i]);
        }
    } else {
        free(front.nodes);
        front.nodes = NULL;
    }
    free(first);
    free(front.tasks);
    return front.nodes;
}

/* Returns the number of nodes, or -1 where memory ran out. `order` is the permutation. */
static int32_t sf_grow_tree(sf_tree t, const uint16_t *target, const int32_t *label, const sf_tree_out *out,
                            int32_t *order, int n_threads) {
    const size_t n = (size_t)t.n_rows + 1;
    n_threads = t.n_rows < 2 * SF_FEW_ROWS ? 1 : n_threads;
    ptrdiff_t *offsets = malloc(((size_t)t.n_features + 1) * sizeof *offsets);
    sf_tree_work *works = calloc((size_t)n_threads, sizeof *works);
    sf_tree_node *nodes = NULL;
    int32_t *per_row = malloc(3 * n * sizeof *per_row), *stack = NULL, n_nodes = -1;
    if (offsets)
        sf_plan_tree(&t, offsets);
    if (offsets && works && per_row && sf_make_works(&t, works, n_threads) == 0) {
        t.rows = order;
        t.y = per_row;
        t.spill = per_row + n;
        t.y_spill = per_row + 2 * n;
        for (ptrdiff_t i = 0; i < t.n_rows; i++) {
            order[i] = (int32_t)i;
            t.y[i] = label[target[i]];
        }
        nodes = sf_grow_all(&t, works, n_threads);
        stack = malloc((size_t)(2 * (t.n_rows / t.min_leaf) + 4) * 2 * sizeof *stack);
        if (nodes && stack)
            n_nodes = sf_number_nodes(nodes, stack, out);
    }
    for (int i = 0; works && i < n_threads; i++)
        free(works[i].block);
    free(stack);
    free(nodes);
    free(per_row);
    free(works);
    free(offsets);
    return n_nodes;
}

/* What routing reads, in one place for each node; a leaf leads to itself. */
static sf_step *sf_make_steps(const int32_t *feature, const uint16_t *threshold, const int32_t *left,
                              const int32_t *right, ptrdiff_t n_nodes) {
    sf_step *steps = malloc((size_t)(n_nodes + 1) * sizeof *steps);
    for (int32_t i = 0; steps && i < n_nodes; i++)
        steps[i] = feature[i] < 0 ? (sf_step){0, 0, {i, i}} : (sf_step){feature[i], threshold[i], {left[i], right[i]}};
    return steps;
}

/* One draw: the place u * size of a leaf's sorted codes; what is left of u within the run of equal codes is again
   uniform in [0, 1). */
SF_INLINE uint16_t sf_draw_leaf(const uint16_t *donors, ptrdiff_t size, double u, double *rest) {
    const double place = u * (double)size;
    ptrdiff_t at = (ptrdiff_t)place;
    at = at < size ? at : size - 1;
    const uint16_t code = donors[at];
    ptrdiff_t first = at, stop = at + 1, step;
    /* ever larger steps while the run goes on, then ever smaller ones: a run of a whole table is cheap too */
    for (step = 1; first >= step && donors[first - step] == code; step *= 2)
        first -= step;
    while (step /= 2)
        if (first >= step && donors[first - step] == code)
            first -= step;
    for (step = 1; stop + step <= size && donors[stop + step - 1] == code; step *= 2)
        stop += step;
    while (step /= 2)
        if (stop + step <= size && donors[stop + step - 1] == code)
            stop += step;
    const double within = (place - (double)first) / (double)(stop - first);
    *rest = within < 1.0 ? within : 0x1.fffffffffffffp-1;
    return code;
}

/* Donors of rows first .. stop - 1 from the slices of their leaves, some rows at a time: in a large tree each row's leaf
   and donor are far from the last one's, and asked for ahead they come side by side. rest may be u. */
static void sf_draw_leaves(const int32_t *node, ptrdiff_t first, ptrdiff_t stop, const int32_t *starts,
                           const int32_t *stops, const uint16_t *donors, const double *u, uint16_t *out, double *rest) {
    ptrdiff_t begin[SF_DRAWN_TOGETHER], size[SF_DRAWN_TOGETHER];
    for (; first < stop; first += SF_DRAWN_TOGETHER) {
        const ptrdiff_t n = stop - first < SF_DRAWN_TOGETHER ? stop - first : SF_DRAWN_TOGETHER;
        for (ptrdiff_t j = 0; j < n; j++) {
            SF_PREFETCH(starts + node[first + j]);
            SF_PREFETCH(stops + node[first + j]);
        }
        for (ptrdiff_t j = 0; j < n; j++) {
            begin[j] = starts[node[first + j]];
            size[j] = stops[node[first + j]] - begin[j];
            SF_PREFETCH(donors + begin[j] + (ptrdiff_t)(u[first + j] * (double)size[j]));
        }
        for (ptrdiff_t j = 0; j < n; j++)
            out[first + j] = sf_draw_leaf(donors + begin[j], size[j], u[first + j], rest + first + j);
    }
}

/* Ranks by comparing all with all: no branch to mispredict, and few rows. */
SF_CLONES static void sf_sort_few(uint16_t *values, int n) {
    uint32_t keys[64];
    uint32_t ranks[64] = {0};
    for (int i = 0; i < n; i++)
        keys[i] = (uint32_t)values[i] << 16 | (uint32_t)i;
    for (int j = 0; j < n; j++) {
        const uint32_t key = keys[j];
        for (int i = 0; i < n; i++)
            ranks[i] += key < keys[i];
    }
    for (int i = 0; i < n; i++)
        values[ranks[i]] = (uint16_t)(keys[i] >> 16);
}

/* Sorts one leaf; -1 where memory ran out. */
static int sf_sort_leaf(uint16_t *values, ptrdiff_t n) {
    if (n <= 64) {
        sf_sort_few(values, (int)n);
        return 0;
    }
    uint16_t *spill = malloc((size_t)n * sizeof *spill);
    if (spill == NULL)
        return -1;
    for (int shift = 0; shift < 16; shift += 8) {
        uint16_t *from = shift ? spill : values, *to = shift ? values : spill;
        ptrdiff_t places[256] = {0}, place = 0;
        for (ptrdiff_t i = 0; i < n; i++)
            places[from[i] >> shift & 255]++;
        for (int d = 0; d < 256; d++) {
            const ptrdiff_t count = places[d];
            places[d] = place;
            place += count;
        }
        for (ptrdiff_t i = 0; i < n; i++)
            to[places[from[i] >> shift & 255]++] = from[i];
    }
    free(spill);
    return 0;
}

#endif
