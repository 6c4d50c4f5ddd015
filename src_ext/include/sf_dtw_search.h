/* The nearest series of one: lower bounds, and alignments of the most promising ones side by side until none can win.
   Included after sf_dtw_lanes.h, under the same settings. */

/* The others ``chosen`` next to each other: packed[j, c, lane]. The last one fills the lanes that are left. */
SF_TARGET static void SF_DTW(pack)(const SF_REAL *others, const int64_t *chosen, int64_t n_chosen, int64_t length,
                         SF_REAL *packed) {
    const SF_REAL *from[SF_LANES];
    for (int l = 0; l < SF_LANES; l++) from[l] = others + chosen[l < n_chosen ? l : n_chosen - 1] * length;
    for (int64_t j = 0; j < length; j++)
        for (int l = 0; l < SF_LANES; l++) packed[j * SF_LANES + l] = from[l][j];
}

/* By how much values leave a band, with the sign turned: nothing within it. */
SF_TARGET SF_INLINE SF_V SF_DTW(beyond)(SF_V x, const SF_REAL *lower, const SF_REAL *upper) {
    return SF_LEAST(SF_LEAST(SF_DTW(load)(upper) - x, x - SF_DTW(load)(lower)), SF_DTW(spread)(0));
}

/* Sum of squares by which values from .. to - 1 leave a band, every ``stride``-th SF_LANES of them looked at; given up
   at a value beyond ``most``. */
SF_TARGET
static SF_REAL SF_DTW(outside)(const SF_REAL *x, const SF_REAL *lower, const SF_REAL *upper, int64_t from, int64_t to,
                               int64_t stride, SF_REAL most) {
    SF_REAL total = 0;
    int64_t j = from;
    while (j + SF_LANES <= to && total <= most) {
        const int64_t until = j + SF_CHECKED * stride * SF_LANES;
        SF_REAL part[SF_LANES];
        SF_V sum = SF_DTW(spread)(0);
        for (; j + SF_LANES <= to && j < until; j += stride * SF_LANES) {
            const SF_V gap = SF_DTW(beyond)(SF_DTW(load)(x + j), lower + j, upper + j);
            sum += gap * gap;
        }
        SF_DTW(store)(part, sum);
        for (int l = 0; l < SF_LANES; l++) total += part[l];
    }
    for (; j < to && total <= most; j++) {
        const SF_REAL over = x[j] - upper[j], under = lower[j] - x[j];
        SF_REAL gap = over > under ? over : under;
        gap = gap > 0 ? gap : 0;
        total += gap * gap;
    }
    return total;
}

SF_TARGET static SF_REAL SF_DTW(apart)(const SF_REAL *a, const SF_REAL *b, int64_t n_variables) {
    SF_REAL sum = 0;
    for (int64_t c = 0; c < n_variables; c++) sum += (a[c] - b[c]) * (a[c] - b[c]);
    return sum;
}

/* LB_Kim: what the end points of two series are apart. */
SF_TARGET static SF_REAL SF_DTW(ends)(const SF_REAL *x, int64_t n, const SF_REAL *y, int64_t m, int64_t d) {
    const SF_REAL first = SF_DTW(apart)(x, y, d);
    return n == 1 || m == 1 ? first : first + SF_DTW(apart)(x + (n - 1) * d, y + (m - 1) * d, d);
}

/* LB_Kim and, between the end points, some of LB_Keogh's sum: enough to say which others are promising. */
SF_TARGET static SF_REAL SF_DTW(rough_bound)(const SF_REAL *x, int64_t n, const SF_REAL *y, const SF_REAL *y_lower,
                                             const SF_REAL *y_upper, int64_t m, int64_t d) {
    const SF_REAL ends = SF_DTW(ends)(x, n, y, m, d);
    if (n == 1 || m == 1) return ends;
    return ends + SF_DTW(outside)(x, y_lower, y_upper, d, (n - 1) * d, SF_STRIDE, (SF_REAL)INFINITY);
}

/* LB_Kim and, between the end points, the larger of LB_Keogh's two sums, the second only where the first is within
   ``most``. */
SF_TARGET static SF_REAL SF_DTW(sharp_bound)(const SF_REAL *x, const SF_REAL *lower, const SF_REAL *upper, int64_t n,
                                   const SF_REAL *y, const SF_REAL *y_lower, const SF_REAL *y_upper, int64_t m,
                                   int64_t d, SF_REAL most) {
    const SF_REAL ends = SF_DTW(ends)(x, n, y, m, d);
    SF_REAL own, other;
    if (n == 1 || m == 1) return ends;
    own = SF_DTW(outside)(x, y_lower, y_upper, d, (n - 1) * d, 1, most - ends);
    if (own > most - ends) return ends + own;
    other = SF_DTW(outside)(y, lower, upper, d, (m - 1) * d, 1, most - ends);
    return ends + (own > other ? own : other);
}

/* tail[i, lane]: least that rows i .. n - 1 add to a path, by LB_Keogh and the last end point. */
SF_TARGET
static void SF_DTW(fill_tails)(const SF_REAL *x, int64_t n, const SF_REAL *packed, int64_t m, const SF_REAL *lower,
                               const SF_REAL *upper, int64_t d, SF_REAL keep, SF_REAL *tail) {
    const SF_V none = SF_DTW(spread)(0);
    SF_V sum = none;
    SF_DTW(store)(tail + n * SF_LANES, none);
    for (int64_t i = n - 1; i >= 0; i--) {
        for (int64_t c = 0; c < d; c++) {
            const SF_V own = SF_DTW(spread)(x[i * d + c]);
            if (i == n - 1) {
                const SF_V last = own - SF_DTW(load)(packed + ((m - 1) * d + c) * SF_LANES);
                sum += last * last;
            } else {
                const SF_V gap = SF_DTW(beyond)(own, lower + (i * d + c) * SF_LANES, upper + (i * d + c) * SF_LANES);
                sum += gap * gap;
            }
        }
        SF_DTW(store)(tail + i * SF_LANES, sum * SF_DTW(spread)(keep));
    }
}

/* Children of a place of a heap of candidates, smallest bound on top, ties by index. */
SF_TARGET static int SF_DTW(before)(const SF_REAL *bound, int64_t a, int64_t b) {
    return bound[a] < bound[b] || (bound[a] == bound[b] && a < b);
}

SF_TARGET static void SF_DTW(sift)(int64_t *heap, int64_t n, int64_t place, const SF_REAL *bound) {
    const int64_t moved = heap[place];
    for (int64_t child; (child = 2 * place + 1) < n; place = child) {
        if (child + 1 < n && SF_DTW(before)(bound, heap[child + 1], heap[child])) child++;
        if (!SF_DTW(before)(bound, heap[child], moved)) break;
        heap[place] = heap[child];
    }
    heap[place] = moved;
}

/* Put a candidate among the k best, kept in order of distance and index. */
SF_TARGET static void SF_DTW(insert)(SF_REAL distance, int64_t index, int64_t k, SF_REAL *best, int64_t *nearest) {
    int64_t at = k - 1;
    if (!(distance < best[at] || (distance == best[at] && index < nearest[at]))) return;
    for (; at > 0 && (distance < best[at - 1] || (distance == best[at - 1] && index < nearest[at - 1])); at--) {
        best[at] = best[at - 1];
        nearest[at] = nearest[at - 1];
    }
    best[at] = distance;
    nearest[at] = index;
}

/* The k others nearest to x; ``skip`` is not looked at.

   lower, upper (m, d): envelope of x over the rows of each column; y_lower, y_upper (n_others, n, d): of the others
   over the columns of each row. bound, heap (n_others,), packed (m, d, SF_LANES), sums (m, SF_LANES),
   band (2, n, d, SF_LANES), tail (n + 1, SF_LANES): SCRATCH. best, nearest (k,): OUT. */
SF_TARGET static void SF_DTW(search)(const SF_REAL *x, const SF_REAL *lower, const SF_REAL *upper, int64_t n,
                              const SF_REAL *others, const SF_REAL *y_lower, const SF_REAL *y_upper, int64_t n_others,
                              int64_t m, int64_t d, const int64_t *low, const int64_t *high, int64_t skip, int64_t k,
                              SF_REAL epsilon, SF_REAL *bound, int64_t *heap, SF_REAL *packed, SF_REAL *sums,
                              SF_REAL *band, SF_REAL *tail, SF_REAL *best, int64_t *nearest) {
    /* Rounding must not let a bound pass the distance that it bounds. */
    const SF_REAL slack = 8 * (SF_REAL)(n + m) * (SF_REAL)d * epsilon, keep = slack < 1 ? 1 - slack : 0;
    int64_t n_heap = 0;
    for (int64_t p = 0; p < k; p++) {
        best[p] = (SF_REAL)INFINITY;
        nearest[p] = INT64_MAX;
    }
    for (int64_t o = 0; o < n_others; o++) {
        if (o == skip) continue;
        bound[o] = keep * SF_DTW(rough_bound)(x, n, others + o * m * d, y_lower + o * n * d, y_upper + o * n * d, m, d);
        heap[n_heap++] = o;
    }
    for (int64_t place = n_heap / 2 - 1; place >= 0; place--) SF_DTW(sift)(heap, n_heap, place, bound);
    while (n_heap > 0 && bound[heap[0]] <= best[k - 1]) {
        const SF_REAL bar = keep > 0 ? best[k - 1] / keep : (SF_REAL)INFINITY; /* sums below it may still be a tie */
        int64_t chosen[SF_LANES];
        SF_REAL most[SF_LANES];
        int count = 0;
        while (count < SF_LANES && n_heap > 0 && bound[heap[0]] <= best[k - 1]) {
            const int64_t o = heap[0];
            heap[0] = heap[--n_heap];
            if (n_heap > 0) SF_DTW(sift)(heap, n_heap, 0, bound);
            /* the most promising ones set the bar, and the others are looked at closely once there is one */
            if (bar < (SF_REAL)INFINITY
                && SF_DTW(sharp_bound)(x, lower, upper, n, others + o * m * d, y_lower + o * n * d,
                                       y_upper + o * n * d, m, d, bar) > bar)
                continue;
            chosen[count++] = o;
        }
        if (count == 0) break;
        SF_DTW(pack)(others, chosen, count, m * d, packed);
        if (bar < (SF_REAL)INFINITY) {
            SF_DTW(pack)(y_lower, chosen, count, n * d, band);
            SF_DTW(pack)(y_upper, chosen, count, n * d, band + n * d * SF_LANES);
            SF_DTW(fill_tails)(x, n, packed, m, band, band + n * d * SF_LANES, d, keep, tail);
            for (int l = 0; l < SF_LANES; l++) most[l] = bar;
            if (!SF_DTW(align)(x, packed, low, high, n, m, d, most, tail, sums)) continue;
        } else {
            SF_DTW(align)(x, packed, low, high, n, m, d, NULL, NULL, sums);
        }
        for (int l = 0; l < count; l++)
            SF_DTW(insert)(sums[(m - 1) * SF_LANES + l], chosen[l], k, best, nearest);
    }
}
