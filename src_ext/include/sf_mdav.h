/* Microaggregation by maximum distance to the average vector: groups of k rows around the rows that lie furthest out.
   Domingo-Ferrer and Torra, "Ordinal, continuous and heterogeneous k-anonymity through microaggregation", 2005. */
#ifndef SF_MDAV_H
#define SF_MDAV_H
#include <stdint.h>
#include <string.h>
#include "sf_clones.h"

/* Squared distances of the first n points to a centre; points are (n_columns, stride). */
SF_CLONES
static void sf_squared_distances(
    const double *points, int64_t n_columns, int64_t stride, int64_t n, const double *centre, double *out
) {
    for (int64_t i = 0; i < n; i++) out[i] = 0.0;
    for (int64_t c = 0; c < n_columns; c++) {
        const double *column = points + c * stride, at = centre[c];
        for (int64_t i = 0; i < n; i++) {
            const double gap = column[i] - at;
            out[i] += gap * gap;
        }
    }
}

static int64_t sf_furthest(const double *distances, int64_t n) {
    int64_t best = 0;
    for (int64_t i = 1; i < n; i++)
        if (distances[i] > distances[best]) best = i;
    return best;
}

static void sf_point(const double *points, int64_t n_columns, int64_t stride, int64_t at, double *centre) {
    for (int64_t c = 0; c < n_columns; c++) centre[c] = points[c * stride + at];
}

static void sf_mean_point(const double *points, int64_t n_columns, int64_t stride, int64_t n, double *centre) {
    for (int64_t c = 0; c < n_columns; c++) {
        double sum[8] = {0.0};
        const double *column = points + c * stride;
        for (int64_t i = 0; i < n; i++) sum[i & 7] += column[i];
        centre[c] = (((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]))) / (double)n;
    }
}

/* Marks the k nearest of n, the row at `centre_row` first, ties to earlier rows: a heap of the nearest so far. */
static void sf_mark_nearest(const double *distances, int64_t n, int64_t centre_row, int64_t k, int64_t *heap, uint8_t *mark) {
    int64_t size = 0;
#define SF_FURTHER(A, B) (distances[A] > distances[B] || (distances[A] == distances[B] && (A) > (B)))
    for (int64_t i = 0; i < n; i++) {
        if (i == centre_row) continue;
        if (size < k - 1) {
            int64_t place = size++;
            heap[place] = i;
            while (place > 0 && SF_FURTHER(heap[place], heap[(place - 1) / 2])) {
                const int64_t swap = heap[place];
                heap[place] = heap[(place - 1) / 2];
                heap[(place - 1) / 2] = swap;
                place = (place - 1) / 2;
            }
        } else if (size > 0 && distances[i] < distances[heap[0]]) {
            int64_t place = 0;
            heap[0] = i;
            for (;;) {
                int64_t child = 2 * place + 1;
                if (child >= size) break;
                if (child + 1 < size && SF_FURTHER(heap[child + 1], heap[child])) child++;
                if (!SF_FURTHER(heap[child], heap[place])) break;
                const int64_t swap = heap[place];
                heap[place] = heap[child];
                heap[child] = swap;
                place = child;
            }
        }
    }
#undef SF_FURTHER
    mark[centre_row] = 1;
    for (int64_t j = 0; j < size; j++) mark[heap[j]] = 1;
}

/* Takes the marked of n rows out, the others keep their order; returns how many are left. */
static int64_t sf_take_marked(
    double *points, int64_t n_columns, int64_t stride, int64_t n, int32_t *rows, uint8_t *mark, int32_t group, int32_t *groups
) {
    int64_t left = 0;
    for (int64_t c = 0; c < n_columns; c++) {
        double *column = points + c * stride;
        left = 0;
        for (int64_t i = 0; i < n; i++) {
            column[left] = column[i];
            left += !mark[i];
        }
    }
    left = 0;
    for (int64_t i = 0; i < n; i++) {
        if (mark[i]) groups[rows[i]] = group;
        rows[left] = rows[i];
        left += !mark[i];
    }
    memset(mark, 0, (size_t)n);
    return left;
}

/* Groups of k to 2k - 1 rows; points and rows are used up. Stops when about `work` numbers have been looked at, for the
   caller to come back with what is left: n rows of points and rows, and the next group's number. The groups are done
   when n is below 2k; those rows are the last one. */
static void sf_mdav(
    double *points, int64_t n_columns, int64_t stride, int64_t *n_left, int64_t k, int32_t *rows, double *distances,
    double *centre, int64_t *heap, uint8_t *mark, int32_t *groups, int32_t *next_group, int64_t work
) {
    int32_t group = *next_group;
    int64_t n = *n_left;
    for (; n >= 2 * k && work > 0; work -= n * (n_columns + 1)) {
        const int pair = n >= 3 * k; /* else one group around the furthest row, and the rest */
        sf_mean_point(points, n_columns, stride, n, centre);
        sf_squared_distances(points, n_columns, stride, n, centre, distances);
        int64_t at = sf_furthest(distances, n);
        sf_point(points, n_columns, stride, at, centre);
        sf_squared_distances(points, n_columns, stride, n, centre, distances);
        sf_mark_nearest(distances, n, at, k, heap, mark);
        if (pair) { /* the row furthest from that one, of those that are left */
            for (int64_t i = 0; i < n; i++)
                if (mark[i]) distances[i] = -1.0;
            at = sf_furthest(distances, n);
            sf_point(points, n_columns, stride, at, centre);
            const int32_t row = rows[at];
            n = sf_take_marked(points, n_columns, stride, n, rows, mark, group++, groups);
            sf_squared_distances(points, n_columns, stride, n, centre, distances);
            for (at = 0; rows[at] != row; at++) {}
            sf_mark_nearest(distances, n, at, k, heap, mark);
        }
        n = sf_take_marked(points, n_columns, stride, n, rows, mark, group++, groups);
    }
    *n_left = n;
    *next_group = group;
}
#endif
