/* Mondrian: rows halved again and again by the column they spread in most, while every part keeps enough of them.
   LeFevre, DeWitt and Ramakrishnan, "Mondrian multidimensional k-anonymity", ICDE 2006. */
#ifndef SF_MONDRIAN_H
#define SF_MONDRIAN_H
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "sf_clones.h"
#include "sf_math.h"

#define SF_SLACK 1e-9 /* of comparisons with a bound; figures are sums of doubles */
#define SF_ABSENT (-DBL_MAX)

enum { SF_DISTINCT = 1, SF_ENTROPY = 2, SF_RECURSIVE = 3 };
enum { SF_BALANCED = 0, SF_BELOW = 1, SF_RELAXED = 2 };

typedef struct {
    int64_t n, n_columns, k;
    int cut;
    double *columns;          /* (n_columns, n) permuted with the rows; SF_ABSENT is missing, below all values */
    int32_t *rows;            /* (n) */
    uint8_t *starts;          /* (n) 1 where a part starts */
    const double *scale;      /* (n_columns) span of the whole column; 0: hierarchical */
    const int64_t *tables;    /* (n_columns) where a hierarchical column's nodes start */
    const int64_t *n_leaves;  /* (n_columns) */
    const int32_t *nodes;     /* node of each leaf, level after level; leaves so ordered that a node's stand together */
    const double *spans;      /* share of all leaves that the node has; 0 for leaves */
    int64_t n_secrets;
    int32_t *secrets;         /* (n_secrets, n) permuted with the rows */
    const int64_t *laws_at;   /* (n_secrets + 1) where each secret's law starts */
    const double *laws;       /* share of each value in the table */
    const uint8_t *ordered;   /* (n_secrets) */
    const int64_t *heights;   /* (n_secrets) levels above the values of the secret's hierarchy; 0: it has none */
    const int64_t *trees_at;  /* (n_secrets) where its tree starts */
    const int32_t *trees;     /* level after level: how many nodes it has, then the node above each one of the level below */
    int diversity;
    double l, c, alpha, t;    /* l whole where recursive; alpha or t not below 1: no bound */
    double *keep;             /* (n) scratch */
    int32_t *keep_rows;       /* (n) scratch */
    uint16_t *side;           /* (n) scratch: the part that each row goes to */
} sf_mondrian;

/* What one thread needs; n_children is the most that a node has, at least 2. */
typedef struct {
    double *spread, *low, *high; /* (n_columns) */
    int32_t *counts;             /* (most values of a secret) */
    double *flows;               /* (4, most values of a secret) */
    int64_t *sizes, *ends, *at;  /* (n_children + 1) */
    uint16_t *group;             /* (n_children) */
    uint8_t *alone;              /* (n_children) */
} sf_bench;

static void sf_free_bench(sf_bench *b) {
    if (b == NULL) return;
    free(b->spread);
    free(b->counts);
    free(b->flows);
    free(b->sizes);
    free(b->group);
    free(b->alone);
    free(b);
}

static sf_bench *sf_new_bench(int64_t n_columns, int64_t n_values, int64_t n_children) {
    sf_bench *b = calloc(1, sizeof *b);
    if (b == NULL) return NULL;
    b->spread = malloc((size_t)(3 * n_columns) * sizeof(double));
    b->counts = malloc((size_t)(n_values + 1) * sizeof(int32_t));
    b->flows = malloc((size_t)(4 * n_values + 1) * sizeof(double));
    b->sizes = malloc((size_t)(3 * (n_children + 1)) * sizeof(int64_t));
    b->group = malloc((size_t)n_children * sizeof(uint16_t));
    b->alone = malloc((size_t)n_children);
    if (!b->spread || !b->counts || !b->flows || !b->sizes || !b->group || !b->alone) {
        sf_free_bench(b);
        return NULL;
    }
    b->low = b->spread + n_columns;
    b->high = b->low + n_columns;
    b->ends = b->sizes + n_children + 1;
    b->at = b->ends + n_children + 1;
    return b;
}

static int sf_diverse(const sf_mondrian *m, const int32_t *counts, int64_t n_values, int64_t total) {
    int64_t distinct = 0, largest = 0;
    for (int64_t v = 0; v < n_values; v++) {
        distinct += counts[v] > 0;
        if (counts[v] > largest) largest = counts[v];
    }
    if ((double)largest > (m->alpha + SF_SLACK) * (double)total) return 0;
    if (m->diversity && (double)distinct < m->l - SF_SLACK) return 0; /* needed by all kinds */
    if (m->diversity == SF_ENTROPY) {
        double sum = 0.0;
        for (int64_t v = 0; v < n_values; v++)
            if (counts[v]) sum += counts[v] * sf_log((double)counts[v]);
        return sf_exp(sf_log((double)total) - sum / (double)total) >= m->l - SF_SLACK;
    }
    if (m->diversity == SF_RECURSIVE) { /* r_1 < c (total - the l - 1 largest) */
        const int64_t wanted = (int64_t)m->l - 1;
        int64_t head = 0, last = INT64_MAX, taken = 0;
        while (taken < wanted) {
            int64_t next = 0, equal = 0;
            for (int64_t v = 0; v < n_values; v++) {
                if (counts[v] >= last || counts[v] < next) continue;
                equal = counts[v] == next ? equal + 1 : 1;
                next = counts[v];
            }
            if (equal > wanted - taken) equal = wanted - taken;
            head += equal * next;
            taken += equal;
            last = next;
            if (next == 0) break;
        }
        return (double)largest < m->c * (double)(total - head);
    }
    return 1;
}

/* What moves within a node at level h costs h / height: the smaller of its children's surplus and lack. */
static double sf_tree_distance(const int32_t *tree, int64_t height, const int32_t *counts, const double *law, int64_t n_values, int64_t total, double *flows) {
    double *below = flows, *above = below + n_values, *up = above + n_values, *down = up + n_values, distance = 0.0;
    int64_t n_below = n_values;
    for (int64_t v = 0; v < n_values; v++) below[v] = (double)counts[v] / (double)total - law[v];
    for (int64_t level = 1; level <= height; level++) {
        const int64_t n_above = *tree++;
        double moved = 0.0, *swapped = above;
        for (int64_t node = 0; node < n_above; node++) above[node] = up[node] = down[node] = 0.0;
        for (int64_t child = 0; child < n_below; child++) {
            const int32_t node = tree[child];
            above[node] += below[child];
            if (below[child] > 0.0) up[node] += below[child];
            else down[node] -= below[child];
        }
        for (int64_t node = 0; node < n_above; node++) moved += up[node] < down[node] ? up[node] : down[node];
        distance += (double)level / (double)height * moved;
        tree += n_below;
        n_below = n_above;
        above = below;
        below = swapped;
    }
    return distance;
}

static double sf_flat_distance(const int32_t *counts, const double *law, int64_t n_values, int64_t total, int ordered) {
    double distance = 0.0, drift = 0.0;
    for (int64_t v = 0; v < n_values; v++) {
        const double gap = (double)counts[v] / (double)total - law[v];
        drift += gap;
        distance += ordered ? fabs(drift) : 0.5 * fabs(gap);
    }
    if (ordered) distance /= n_values > 1 ? (double)(n_values - 1) : 1.0;
    return distance;
}

/* Whether the law of secret s in a part of `total` rows is near enough to that in the table. */
static int sf_close(const sf_mondrian *m, sf_bench *b, int64_t s, int64_t n_values, int64_t total) {
    const double *law = m->laws + m->laws_at[s];
    if (m->t >= 1.0) return 1;
    if (m->heights[s])
        return sf_tree_distance(m->trees + m->trees_at[s], m->heights[s], b->counts, law, n_values, total, b->flows) <= m->t + SF_SLACK;
    return sf_flat_distance(b->counts, law, n_values, total, m->ordered[s]) <= m->t + SF_SLACK;
}

/* Whether the rows start .. stop - 1 that stand in group `which` of `side` may be a part of their own. */
static int sf_part_holds(const sf_mondrian *m, int64_t start, int64_t stop, int64_t which, int64_t total, sf_bench *b) {
    int32_t *counts = b->counts;
    if (total < m->k) return 0;
    for (int64_t s = 0; s < m->n_secrets; s++) {
        const int32_t *secret = m->secrets + s * m->n;
        const int64_t n_values = m->laws_at[s + 1] - m->laws_at[s];
        memset(counts, 0, (size_t)n_values * sizeof *counts);
        for (int64_t i = start; i < stop; i++)
            if (m->side[i] == which) counts[secret[i]]++;
        if (!sf_diverse(m, counts, n_values, total)) return 0;
        if (!sf_close(m, b, s, n_values, total)) return 0;
    }
    return 1;
}

/* The element of rank `rank`; the values are reordered. Selection by passes without branches, expected O(n): first those
   below the pivot come to the front, then those equal to it. */
static double sf_select_value(double *values, int64_t n, int64_t rank) {
    uint64_t state = 0x9E3779B97F4A7C15u;
    int64_t low = 0, high = n;
    while (high - low > 1) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        const double pivot = values[low + (int64_t)((state >> 33) % (uint64_t)(high - low))];
        int64_t below = low, equal;
        for (int64_t i = low; i < high; i++) {
            const double value = values[i];
            values[i] = values[below];
            values[below] = value;
            below += value < pivot;
        }
        if (rank < below) {
            high = below;
            continue;
        }
        equal = below;
        for (int64_t i = below; i < high; i++) {
            const double value = values[i];
            values[i] = values[equal];
            values[equal] = value;
            equal += value == pivot;
        }
        if (rank < equal) return pivot;
        low = equal;
    }
    return values[rank];
}

SF_CLONES
static void sf_extremes(const double *values, int64_t n, double *least, double *most) {
    double low[8], high[8];
    int64_t i = 0;
    for (int k = 0; k < 8; k++) low[k] = high[k] = values[0];
    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; k++) {
            low[k] = values[i + k] < low[k] ? values[i + k] : low[k];
            high[k] = values[i + k] > high[k] ? values[i + k] : high[k];
        }
    for (; i < n; i++) {
        if (values[i] < low[0]) low[0] = values[i];
        if (values[i] > high[0]) high[0] = values[i];
    }
    *least = low[0];
    *most = high[0];
    for (int k = 1; k < 8; k++) {
        if (low[k] < *least) *least = low[k];
        if (high[k] > *most) *most = high[k];
    }
}

SF_CLONES
static void sf_count_sides(const double *values, int64_t n, double cut, int64_t *below, int64_t *equal) {
    int64_t less = 0, same = 0;
    for (int64_t i = 0; i < n; i++) {
        less += values[i] < cut;
        same += values[i] == cut;
    }
    *below = less;
    *equal = same;
}

/* Lowest level at which two leaves of a hierarchical column share their node. */
static int64_t sf_common_level(const sf_mondrian *m, int64_t c, int64_t low, int64_t high) {
    const int32_t *nodes = m->nodes + m->tables[c];
    int64_t level = 0;
    while (nodes[level * m->n_leaves[c] + low] != nodes[level * m->n_leaves[c] + high]) level++;
    return level;
}

/* How far the part spreads in a column, as a share of what the whole table does. */
static double sf_spread(const sf_mondrian *m, int64_t c, double low, double high) {
    if (low == high) return 0.0;
    if (m->scale[c] > 0.0) return low == SF_ABSENT ? 1.0 : (high - low) / m->scale[c];
    return m->spans[m->tables[c] + sf_common_level(m, c, (int64_t)low, (int64_t)high) * m->n_leaves[c] + (int64_t)low];
}

/* Halves are the rule, and their places stay in registers. */
#define SF_SORT_ROWS(TYPE, ARRAY, SPARE)                                                                                \
    if (n_groups == 2) {                                                                                                \
        int64_t left = b->ends[0], right = b->ends[1];                                                                  \
        for (int64_t i = start; i < stop; i++) {                                                                        \
            const int64_t upper = m->side[i];                                                                           \
            (SPARE)[upper ? right : left] = (ARRAY)[i];                                                                 \
            left += 1 - upper;                                                                                          \
            right += upper;                                                                                             \
        }                                                                                                               \
    } else {                                                                                                            \
        for (int64_t g = 0; g < n_groups; g++) b->at[g] = b->ends[g];                                                   \
        for (int64_t i = start; i < stop; i++) (SPARE)[b->at[m->side[i]]++] = (ARRAY)[i];                               \
    }                                                                                                                   \
    memcpy((ARRAY) + start, (SPARE) + start, (size_t)(stop - start) * sizeof(TYPE));

/* Rows start .. stop - 1 in the order of their groups, each in its order; group g starts at b->ends[g]. */
static void sf_apply(const sf_mondrian *m, sf_bench *b, int64_t start, int64_t stop, int64_t n_groups) {
    for (int64_t c = 0; c < m->n_columns; c++) {
        double *column = m->columns + c * m->n;
        SF_SORT_ROWS(double, column, m->keep)
    }
    for (int64_t s = 0; s < m->n_secrets; s++) {
        int32_t *secret = m->secrets + s * m->n;
        SF_SORT_ROWS(int32_t, secret, m->keep_rows)
    }
    SF_SORT_ROWS(int32_t, m->rows, m->keep_rows)
    for (int64_t g = 1; g < n_groups; g++) m->starts[b->ends[g]] = 1;
}

static int sf_try_halves(const sf_mondrian *m, sf_bench *b, int64_t start, int64_t stop, int64_t left) {
    if (!sf_part_holds(m, start, stop, 0, left, b)) return 0;
    if (!sf_part_holds(m, start, stop, 1, stop - start - left, b)) return 0;
    b->ends[0] = start;
    b->ends[1] = start + left;
    sf_apply(m, b, start, stop, 2);
    return 1;
}

static int sf_cut_number(const sf_mondrian *m, sf_bench *b, int64_t c, int64_t start, int64_t stop) {
    const int64_t n = stop - start, half = n / 2;
    const double *values = m->columns + c * m->n + start;
    uint16_t *side = m->side + start;
    int64_t below, equal;
    memcpy(m->keep + start, values, (size_t)n * sizeof *values);
    const double cut = sf_select_value(m->keep + start, n, half);
    sf_count_sides(values, n, cut, &below, &equal);
    if (m->cut == SF_RELAXED) { /* rows at the median go to either side, so that both are halves */
        int64_t spare = half - below;
        for (int64_t i = 0; i < n; i++) side[i] = !(values[i] < cut || (values[i] == cut && spare-- > 0));
        return sf_try_halves(m, b, start, stop, half);
    }
    int upper = m->cut == SF_BALANCED && llabs(below + equal - half) < llabs(below - half);
    for (int turn = 0; turn < (m->cut == SF_BALANCED ? 2 : 1); turn++, upper = !upper) {
        const int64_t left = upper ? below + equal : below;
        if (left < m->k || n - left < m->k) continue;
        if (upper) for (int64_t i = 0; i < n; i++) side[i] = values[i] > cut;
        else for (int64_t i = 0; i < n; i++) side[i] = values[i] >= cut;
        if (sf_try_halves(m, b, start, stop, left)) return 1;
    }
    return 0;
}

/* Which children of a node may stand alone, so that the others together may as well: at first all that hold; then, while
   the others are too few, the smallest joins them. Returns how many stand alone, 0 if the node cannot be cut. */
static int64_t sf_choose_children(const sf_mondrian *m, sf_bench *b, int64_t start, int64_t stop, int64_t n_children,
                                  const int32_t *nodes, int32_t first, const double *values, int64_t *others) {
    int64_t rest = 0, n_alone = 0;
    for (int64_t g = 0; g < n_children; g++) {
        b->alone[g] = b->sizes[g] > 0 && sf_part_holds(m, start, stop, g, b->sizes[g], b);
        n_alone += b->alone[g];
        if (!b->alone[g]) rest += b->sizes[g];
    }
    while (n_alone > (rest == 0)) {
        for (int64_t g = 0, next = 0; g < n_children; g++)
            b->group[g] = b->alone[g] ? (uint16_t)next++ : (uint16_t)n_alone;
        for (int64_t i = start; i < stop; i++) m->side[i] = b->group[nodes[(int64_t)values[i]] - first];
        *others = rest;
        if (rest == 0 || sf_part_holds(m, start, stop, n_alone, rest, b)) return n_alone;
        int64_t smallest = -1;
        for (int64_t g = 0; g < n_children; g++)
            if (b->alone[g] && (smallest < 0 || b->sizes[g] < b->sizes[smallest])) smallest = g;
        b->alone[smallest] = 0;
        rest += b->sizes[smallest];
        n_alone--;
    }
    return 0;
}

/* Cuts a part by the children of its lowest common node. */
static int sf_cut_node(const sf_mondrian *m, sf_bench *b, int64_t c, int64_t start, int64_t stop) {
    const int64_t low = (int64_t)b->low[c], high = (int64_t)b->high[c], level = sf_common_level(m, c, low, high);
    const int32_t *nodes = m->nodes + m->tables[c] + (level - 1) * m->n_leaves[c];
    const double *values = m->columns + c * m->n;
    const int32_t first = nodes[low];
    const int64_t n_children = nodes[high] - first + 1;
    int64_t rest = 0, at = start, next = 0;
    memset(b->sizes, 0, (size_t)n_children * sizeof *b->sizes);
    for (int64_t i = start; i < stop; i++) {
        m->side[i] = (uint16_t)(nodes[(int64_t)values[i]] - first);
        b->sizes[m->side[i]]++;
    }
    const int64_t n_alone = sf_choose_children(m, b, start, stop, n_children, nodes, first, values, &rest);
    if (n_alone == 0) return 0;
    for (int64_t g = 0; g < n_children; g++) {
        if (!b->alone[g]) continue;
        b->ends[next++] = at;
        at += b->sizes[g];
    }
    b->ends[n_alone] = at;
    sf_apply(m, b, start, stop, n_alone + (rest > 0));
    return 1;
}

/* Cuts rows start .. stop - 1 once, by the widest column that allows it; returns whether one did. */
static int sf_cut_part(const sf_mondrian *m, sf_bench *b, int64_t start, int64_t stop) {
    if (stop - start < 2 * m->k) return 0;
    for (int64_t c = 0; c < m->n_columns; c++) {
        sf_extremes(m->columns + c * m->n + start, stop - start, &b->low[c], &b->high[c]);
        b->spread[c] = sf_spread(m, c, b->low[c], b->high[c]);
    }
    for (;;) {
        int64_t widest = 0;
        for (int64_t c = 1; c < m->n_columns; c++)
            if (b->spread[c] > b->spread[widest]) widest = c;
        if (!(b->spread[widest] > 0.0)) return 0;
        if (m->scale[widest] > 0.0 ? sf_cut_number(m, b, widest, start, stop) : sf_cut_node(m, b, widest, start, stop))
            return 1;
        b->spread[widest] = 0.0;
    }
}

SF_INLINE int64_t sf_next_start(const sf_mondrian *m, int64_t start, int64_t stop) {
    const uint8_t *next = start + 1 < stop ? memchr(m->starts + start + 1, 1, (size_t)(stop - start - 1)) : NULL;
    return next == NULL ? stop : next - m->starts;
}

/* Cuts until nothing can be cut. Cuts halve a part or take a value off it, so the depth is that of a few logarithms. */
static void sf_cut_all(const sf_mondrian *m, sf_bench *b, int64_t start, int64_t stop) {
    if (!sf_cut_part(m, b, start, stop)) return;
    for (int64_t part = start, end; part < stop; part = end) {
        end = sf_next_start(m, part, stop);
        sf_cut_all(m, b, part, end);
    }
}
#endif
