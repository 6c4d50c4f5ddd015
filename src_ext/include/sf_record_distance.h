/* Nearest row by a tree of boxes with 64 branches: rows lie in blocks of 64, the boxes around them in blocks of 64, and
   so on. A row is `n_columns` doubles, of which the first `n_numbers` are measured and the others are equal or not.
   Within a block the cells of a column lie side by side: block b holds cell (column c, lane i) at (b * n_columns + c) *
   64 + i.

   Exact without a tolerance: the cost of a box is summed in the same order as that of a row, from gaps that are not
   larger, and rounding is monotone, so a box never costs more than a row in it. */
#ifndef SF_RECORD_DISTANCE_H
#define SF_RECORD_DISTANCE_H
#include <math.h>
#include <stdint.h>
#include <string.h>
#include "sf_clones.h"
#include "sf_select.h"

enum { SF_LANES = 64, SF_SAMPLE = 256 };
enum { SF_SQUARED, SF_CLIPPED, SF_UNEQUAL }; /* what a gap costs: its square, itself up to 1, or 1 unless it is 0 */

SF_INLINE double sf_gap_cost(double gap, int kind) {
    if (kind == SF_SQUARED) return gap * gap;
    if (kind == SF_CLIPPED) return gap < 1.0 ? gap : 1.0;
    return gap > 0.0 ? 1.0 : 0.0;
}

/* The gap between q and the interval from low to high. */
SF_INLINE double sf_gap_to(double q, double low, double high) {
    double below = low - q, above = q - high, gap = below > above ? below : above;
    return gap > 0.0 ? gap : 0.0;
}

SF_INLINE void sf_add_row_costs(
    const double *SF_RESTRICT cells, const double *q, int64_t first, int64_t last, int kind, double *SF_RESTRICT costs
) {
    for (int64_t c = first; c < last; c++) {
        const double *SF_RESTRICT column = cells + c * SF_LANES;
        const double value = q[c];
        for (int i = 0; i < SF_LANES; i++) costs[i] += sf_gap_cost(fabs(column[i] - value), kind);
    }
}

SF_INLINE void sf_add_box_costs(
    const double *SF_RESTRICT low, const double *SF_RESTRICT high, const double *q, int64_t first, int64_t last,
    int kind, double *SF_RESTRICT costs
) {
    for (int64_t c = first; c < last; c++) {
        const double *SF_RESTRICT from = low + c * SF_LANES, *SF_RESTRICT to = high + c * SF_LANES;
        const double value = q[c];
        for (int i = 0; i < SF_LANES; i++) costs[i] += sf_gap_cost(sf_gap_to(value, from[i], to[i]), kind);
    }
}

typedef struct {
    int64_t n_columns, n_numbers, n_blocks, n_levels;
    int squared;
    const double *rows;      /* n_blocks blocks */
    const int64_t *row_of;   /* (n_blocks, 64): numbers of the rows */
    const double *low, *high; /* blocks of boxes, level after level from the lowest; the highest level is one block */
    const int64_t *starts;   /* (n_levels + 1): first block of a level */
} sf_record_tree;

typedef struct {
    const double *cells;
    int64_t own; /* a row that does not count, or -1 */
    int64_t k;
    double *costs; /* of the k nearest rows so far, ascending */
    int64_t *rows; /* their numbers; of equally near ones the lower first */
} sf_record_query;

/* Costs of 64 rows; says whether any is at most `most`. */
SF_CLONES static int sf_cost_rows(const sf_record_tree *t, int64_t block, const double *q, double most, double *out) {
    double costs[SF_LANES] = {0.0};
    const double *cells = t->rows + block * t->n_columns * SF_LANES;
    int64_t hits = 0;
    if (t->squared) sf_add_row_costs(cells, q, 0, t->n_numbers, SF_SQUARED, costs);
    else sf_add_row_costs(cells, q, 0, t->n_numbers, SF_CLIPPED, costs);
    sf_add_row_costs(cells, q, t->n_numbers, t->n_columns, SF_UNEQUAL, costs);
    for (int i = 0; i < SF_LANES; i++) hits += costs[i] <= most;
    memcpy(out, costs, sizeof costs);
    return hits > 0;
}

/* Least costs of the rows in 64 boxes, and integers that sort as they do (but for the last 6 bits, the lane). */
SF_CLONES static void sf_cost_boxes(
    const sf_record_tree *t, int64_t block, const double *q, double *SF_RESTRICT out, uint64_t *SF_RESTRICT keys
) {
    double costs[SF_LANES] = {0.0};
    uint64_t bits[SF_LANES];
    const int64_t offset = block * t->n_columns * SF_LANES;
    const double *low = t->low + offset, *high = t->high + offset;
    if (t->squared) sf_add_box_costs(low, high, q, 0, t->n_numbers, SF_SQUARED, costs);
    else sf_add_box_costs(low, high, q, 0, t->n_numbers, SF_CLIPPED, costs);
    sf_add_box_costs(low, high, q, t->n_numbers, t->n_columns, SF_UNEQUAL, costs);
    memcpy(bits, costs, sizeof costs);
    memcpy(out, costs, sizeof costs);
    for (int i = 0; i < SF_LANES; i++) keys[i] = (bits[i] & ~(uint64_t)(SF_LANES - 1)) | (uint64_t)i;
}

SF_CLONES static uint64_t sf_least_key(const uint64_t *keys) {
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < SF_LANES; i++) least = keys[i] < least ? keys[i] : least;
    return least;
}

/* Puts a row among the k nearest, if it is one of them. */
SF_INLINE void sf_keep_nearest(sf_record_query *q, double cost, int64_t row) {
    int64_t at = q->k - 1;
    if (cost > q->costs[at] || (cost == q->costs[at] && row > q->rows[at])) return;
    for (; at > 0 && (cost < q->costs[at - 1] || (cost == q->costs[at - 1] && row < q->rows[at - 1])); at--) {
        q->costs[at] = q->costs[at - 1];
        q->rows[at] = q->rows[at - 1];
    }
    q->costs[at] = cost;
    q->rows[at] = row;
}

/* Whether a lane holds a row that counts: not the query itself, and not the row before it, which spare lanes repeat. */
SF_INLINE int sf_lane_counts(const int64_t *row_of, int lane, int64_t own) {
    return row_of[lane] != own && (lane == 0 || row_of[lane] != row_of[lane - 1]);
}

static void sf_visit_rows(const sf_record_tree *t, int64_t block, sf_record_query *q) {
    const int64_t *row_of = t->row_of + block * SF_LANES;
    double costs[SF_LANES];
    if (!sf_cost_rows(t, block, q->cells, q->costs[q->k - 1], costs)) return;
    for (int i = 0; i < SF_LANES; i++)
        if (costs[i] <= q->costs[q->k - 1] && sf_lane_counts(row_of, i, q->own)) sf_keep_nearest(q, costs[i], row_of[i]);
}

/* Goes through the boxes of a block, the least cost first, until none can hold a nearer row (or an earlier one). */
static void sf_visit_boxes(const sf_record_tree *t, int64_t level, int64_t block, sf_record_query *q) {
    double costs[SF_LANES];
    uint64_t keys[SF_LANES], least;
    const int64_t below = level ? t->starts[level] - t->starts[level - 1] : t->n_blocks;
    sf_cost_boxes(t, t->starts[level] + block, q->cells, costs, keys);
    for (int64_t i = below - block * SF_LANES; i < SF_LANES; i++) keys[i] = UINT64_MAX; /* lanes past the last box */
    while ((least = sf_least_key(keys)) != UINT64_MAX) {
        const int64_t lane = (int64_t)(least & (SF_LANES - 1)), child = block * SF_LANES + lane;
        keys[lane] = UINT64_MAX;
        if (costs[lane] > q->costs[q->k - 1]) continue; /* a later key may belong to a cost smaller by less than 6 bits */
        if (level) sf_visit_boxes(t, level - 1, child, q);
        else sf_visit_rows(t, child, q);
    }
}

/* The k nearest rows of queries order[first .. last - 1]; the earliest among equally near ones. */
static void sf_find_nearest(
    const sf_record_tree *t, const double *queries, const int64_t *order, int64_t first, int64_t last, int exclude_own,
    int64_t k, double *costs, int64_t *nearest
) {
    for (int64_t n = first; n < last; n++) {
        const int64_t row = order[n];
        sf_record_query q = {
            queries + row * t->n_columns, exclude_own ? row : -1, k, costs + row * k, nearest + row * k
        };
        for (int64_t i = 0; i < k; i++) {
            q.costs[i] = INFINITY;
            q.rows[i] = INT64_MAX;
        }
        if (t->n_levels) sf_visit_boxes(t, t->n_levels - 1, 0, &q);
        else sf_visit_rows(t, 0, &q);
    }
}

/* Rows of a block that cost at most `most`. */
static int64_t sf_count_rows(const sf_record_tree *t, int64_t block, const double *q, double most, int64_t own) {
    const int64_t *row_of = t->row_of + block * SF_LANES;
    double costs[SF_LANES];
    int64_t count = 0;
    if (!sf_cost_rows(t, block, q, most, costs)) return 0;
    for (int i = 0; i < SF_LANES; i++) count += costs[i] <= most && sf_lane_counts(row_of, i, own);
    return count;
}

static int64_t sf_count_boxes(
    const sf_record_tree *t, int64_t level, int64_t block, const double *q, double most, int64_t own
) {
    double costs[SF_LANES];
    uint64_t keys[SF_LANES];
    const int64_t below = level ? t->starts[level] - t->starts[level - 1] : t->n_blocks;
    const int64_t left = below - block * SF_LANES;
    int64_t count = 0;
    sf_cost_boxes(t, t->starts[level] + block, q, costs, keys);
    for (int64_t i = 0; i < (left < SF_LANES ? left : SF_LANES); i++) {
        if (costs[i] > most) continue;
        if (level) count += sf_count_boxes(t, level - 1, block * SF_LANES + i, q, most, own);
        else count += sf_count_rows(t, block * SF_LANES + i, q, most, own);
    }
    return count;
}

/* How many rows cost queries order[first .. last - 1] at most what each of them allows. */
static void sf_count_within(
    const sf_record_tree *t, const double *queries, const int64_t *order, int64_t first, int64_t last, int exclude_own,
    const double *most, int64_t *counts
) {
    for (int64_t n = first; n < last; n++) {
        const int64_t row = order[n], own = exclude_own ? row : -1;
        const double *q = queries + row * t->n_columns;
        if (t->n_levels) counts[row] = sf_count_boxes(t, t->n_levels - 1, 0, q, most[row], own);
        else counts[row] = sf_count_rows(t, 0, q, most[row], own);
    }
}

/* The column in which two of the rows differ most, on average over pairs spread over the rows: by the gap, whose square
   would give the splits to a few far values. */
static int64_t sf_widest_column(
    const double *points, int64_t n_columns, int64_t n_numbers, int squared, const int64_t *rows, int64_t n
) {
    const int64_t half = n / 2, step = half > SF_SAMPLE ? half / SF_SAMPLE : 1;
    int64_t widest = 0;
    double most = -1.0;
    for (int64_t c = 0; c < n_columns; c++) {
        const int kind = c < n_numbers ? SF_CLIPPED : SF_UNEQUAL;
        double spread = 0.0;
        for (int64_t i = 0; i < half; i += step) {
            const double gap = fabs(points[rows[i] * n_columns + c] - points[rows[i + half] * n_columns + c]);
            spread += squared && kind == SF_CLIPPED ? gap : sf_gap_cost(gap, kind);
        }
        if (spread > most) {
            most = spread;
            widest = c;
        }
    }
    return widest;
}

/* Orders rows so that near ones share a block, and near blocks a box: halves them by their widest column, in whole
   blocks, until a block is left. */
static void sf_order_rows(
    const double *points, int64_t n_columns, int64_t n_numbers, int squared, double *keys, int64_t *rows, int64_t n
) {
    while (n > SF_LANES) {
        int64_t unit = SF_LANES;
        while (unit * SF_LANES < n) unit *= SF_LANES;
        const int64_t left = (n + unit - 1) / unit / 2 * unit;
        const int64_t column = sf_widest_column(points, n_columns, n_numbers, squared, rows, n);
        for (int64_t i = 0; i < n; i++) keys[i] = points[rows[i] * n_columns + column];
        sf_select_pairs(keys, rows, n, left);
        sf_order_rows(points, n_columns, n_numbers, squared, keys, rows, left);
        rows += left;
        n -= left;
    }
}
#endif
