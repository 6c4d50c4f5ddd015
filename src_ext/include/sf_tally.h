/* The worst that a stretch of classes shows of a sensitive column, from the counts of its values. */
#ifndef SF_TALLY_H
#define SF_TALLY_H
#include <math.h>
#include <stdint.h>

enum { SF_ALPHA, SF_DISTINCT, SF_ENTROPY, SF_RECURSIVE, SF_EQUAL, SF_ORDERED, SF_DELTA, SF_BETA, SF_ENHANCED, SF_FIGURES };

typedef struct {
    const int64_t *starts, *values, *counts, *sizes; /* entries of each class, ascending by value; rows of each class */
    const double *overall, *law, *area;              /* shares of the values, their running sum, and the sum of that */
    int64_t n_values, n_used;                        /* values, and those that come */
    int64_t l;
} sf_tally;

static inline double sf_largest(double a, double b) { return a > b ? a : b; }

/* Sum of |law - level| over start .. stop - 1; the law ascends. */
static inline double sf_area_between(const sf_tally *t, double level, int64_t start, int64_t stop) {
    int64_t turn = start, past = stop;
    while (turn < past) {
        const int64_t middle = turn + (past - turn) / 2;
        if (t->law[middle] < level) turn = middle + 1;
        else past = middle;
    }
    return sf_largest(level * (double)(turn - start) - (t->area[turn] - t->area[start]), 0)
         + sf_largest((t->area[stop] - t->area[turn]) - level * (double)(stop - turn), 0);
}

/* Rows that have the most frequent of l - 1 values at most; top (l - 1,): SCRATCH. */
static inline int64_t sf_rows_of_top(const int64_t *counts, int64_t n, int64_t n_top, int64_t *top) {
    int64_t n_held = 0, sum = 0;
    for (int64_t e = 0; e < n; e++) {
        int64_t at = n_held < n_top ? n_held++ : n_top;
        if (at == n_top && (n_top == 0 || counts[e] <= top[n_top - 1])) continue;
        if (at == n_top) at--;
        for (; at > 0 && top[at - 1] < counts[e]; at--) top[at] = top[at - 1];
        top[at] = counts[e];
    }
    for (int64_t p = 0; p < n_held; p++) sum += top[p];
    return sum;
}

static void sf_worst_figures(const sf_tally *t, int64_t first, int64_t last, int64_t n_entries, int64_t n_classes,
                             int64_t *top, double *worst, int64_t *minority) {
    const double kinds = (double)(t->n_values > 1 ? t->n_values - 1 : 1);
    for (int f = 0; f < SF_FIGURES; f++) worst[f] = 0;
    worst[SF_DISTINCT] = worst[SF_ENTROPY] = INFINITY;
    *minority = 0;
    for (int64_t c = first; c < last; c++) {
        const int64_t start = t->starts[c], stop = c + 1 < n_classes ? t->starts[c + 1] : n_entries, n = stop - start;
        const double size = (double)t->sizes[c];
        int64_t most = 0, least = INT64_MAX, tail, before = 0;
        double spread = 0, equal = 0, delta = 0, beta = 0, ordered = 0;
        int beyond = 0;
        if (t->n_values > 1) ordered = t->area[t->values[start]];
        for (int64_t e = start; e < stop; e++) {
            const double share = (double)t->counts[e] / size, p = t->overall[t->values[e]], gain = (share - p) / p;
            if (t->counts[e] > most) most = t->counts[e];
            if (t->counts[e] < least) least = t->counts[e];
            spread -= share * log(share);
            equal += sf_largest(share - p, 0);
            delta = sf_largest(delta, fabs(log(share / p)));
            beta = sf_largest(beta, gain);
            beyond |= gain > 0 && gain > -log(p) * (1 + 1e-12);
            before += t->counts[e];
            if (t->n_values > 1)
                ordered += sf_area_between(t, (double)before / size, t->values[e],
                                           e + 1 < stop ? t->values[e + 1] : t->n_values - 1);
        }
        tail = t->sizes[c] - sf_rows_of_top(t->counts + start, n, t->l - 1, top);
        worst[SF_ALPHA] = sf_largest(worst[SF_ALPHA], (double)most / size);
        if ((double)n < worst[SF_DISTINCT]) worst[SF_DISTINCT] = (double)n;
        spread = most == least ? (double)n : exp(spread); /* exact where all values are equally frequent */
        if (spread < worst[SF_ENTROPY]) worst[SF_ENTROPY] = spread;
        worst[SF_RECURSIVE] = sf_largest(worst[SF_RECURSIVE], tail > 0 ? (double)most / (double)tail : INFINITY);
        worst[SF_EQUAL] = sf_largest(worst[SF_EQUAL], equal);
        worst[SF_ORDERED] = sf_largest(worst[SF_ORDERED], ordered / kinds);
        worst[SF_DELTA] = sf_largest(worst[SF_DELTA], n < t->n_used ? INFINITY : delta);
        worst[SF_BETA] = sf_largest(worst[SF_BETA], beta);
        worst[SF_ENHANCED] = sf_largest(worst[SF_ENHANCED], beyond ? INFINITY : beta);
        *minority += t->sizes[c] - most;
    }
}
#endif
