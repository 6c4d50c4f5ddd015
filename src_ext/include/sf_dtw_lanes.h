/* One series against SF_LANES others side by side, included once for each width of number and instruction set.

   The includer sets SF_REAL, SF_LANES, SF_DTW(name), SF_TARGET (the functions' attribute), SF_V (SF_LANES numbers) and
   SF_LEAST(a, b). A block of SF_ROWS rows goes along the columns in steps, each row one column behind the one above it:
   the cells of one step do not wait for each other, and the row of sums in memory is read and written once a block.
   Lanes never meet, so a lane's result depends neither on its company nor on how many there are. */

SF_TARGET SF_INLINE SF_V SF_DTW(spread)(SF_REAL value) { return value - (SF_V){0}; }

SF_TARGET SF_INLINE SF_V SF_DTW(load)(const SF_REAL *place) { return *(const SF_V *)place; }

SF_TARGET SF_INLINE void SF_DTW(store)(SF_REAL *place, SF_V value) { *(SF_V *)place = value; }

/* Squared difference of a step of the series and one of the others, summed over the variables. */
SF_TARGET SF_INLINE SF_V SF_DTW(cost)(const SF_REAL *x, const SF_REAL *y, int64_t n_variables) {
    SF_V gap = SF_DTW(spread)(x[0]) - SF_DTW(load)(y), sum = gap * gap;
    for (int64_t c = 1; c < n_variables; c++) {
        gap = SF_DTW(spread)(x[c]) - SF_DTW(load)(y + c * SF_LANES);
        sum += gap * gap;
    }
    return sum;
}

SF_TARGET SF_INLINE int SF_DTW(any_within)(SF_V value, SF_V bound) {
    SF_REAL at[SF_LANES], most[SF_LANES];
    int any = 0;
    SF_DTW(store)(at, value);
    SF_DTW(store)(most, bound);
    for (int l = 0; l < SF_LANES; l++) any |= at[l] <= most[l];
    return any;
}

/* One step of a block's rows; a row outside its columns is infinitely far. */
SF_TARGET SF_INLINE void SF_DTW(step)(const SF_REAL *x, const SF_REAL *y, SF_REAL *sums, const int64_t *low, const int64_t *high,
                            int n_rows, int64_t s, int64_t n_variables, SF_V *now, SF_V *before, SF_V *above) {
    const SF_V far = SF_DTW(spread)((SF_REAL)INFINITY);
    for (int k = n_rows - 1; k >= 0; k--) {
        const int64_t j = s - k;
        const int inside = j >= low[k] && j < high[k];
        SF_V sum = far, up = far;
        if (k > 0) {
            up = now[k - 1];
        } else if (inside) {
            up = SF_DTW(load)(sums + j * SF_LANES);
        }
        if (inside) {
            const SF_V corner = k > 0 ? before[k - 1] : *above;
            sum = SF_DTW(cost)(x + k * n_variables, y + j * n_variables * SF_LANES, n_variables)
                + SF_LEAST(SF_LEAST(up, corner), now[k]);
        }
        if (k == 0) *above = up;
        before[k] = now[k];
        now[k] = sum;
        if (inside && k == n_rows - 1) SF_DTW(store)(sums + j * SF_LANES, sum);
    }
}

/* The steps in which all rows of a full block are inside; n_variables is a constant where it is 1. */
SF_TARGET SF_INLINE void SF_DTW(stretch)(const SF_REAL *x, const SF_REAL *y, SF_REAL *sums, int64_t first, int64_t last,
                               int64_t n_variables, SF_V *now, SF_V *before, SF_V *above) {
    SF_V row[SF_ROWS], old[SF_ROWS], own[SF_ROWS], corner = *above;
    for (int k = 0; k < SF_ROWS; k++) {
        row[k] = now[k];
        old[k] = before[k];
        own[k] = SF_DTW(spread)(x[k * n_variables]);
    }
    for (int64_t s = first; s < last; s++) {
        const SF_V top = SF_DTW(load)(sums + s * SF_LANES);
        for (int k = SF_ROWS - 1; k >= 0; k--) {
            const SF_REAL *other = y + (s - k) * n_variables * SF_LANES;
            const SF_V near = SF_LEAST(k > 0 ? row[k - 1] : top, k > 0 ? old[k - 1] : corner);
            SF_V gap = own[k] - SF_DTW(load)(other), sum = gap * gap;
            for (int64_t c = 1; c < n_variables; c++) {
                gap = SF_DTW(spread)(x[k * n_variables + c]) - SF_DTW(load)(other + c * SF_LANES);
                sum += gap * gap;
            }
            old[k] = row[k];
            row[k] = sum + SF_LEAST(near, row[k]);
        }
        corner = top;
        SF_DTW(store)(sums + (s - SF_ROWS + 1) * SF_LANES, row[SF_ROWS - 1]);
    }
    for (int k = 0; k < SF_ROWS; k++) {
        now[k] = row[k];
        before[k] = old[k];
    }
    *above = corner;
}

/* Sums of squares along the best path to each cell of the last row.

   x (n, n_variables); y (m, n_variables, SF_LANES); low, high (n,): first column of each row and one past its last,
   neither ever falling; bound (SF_LANES,) or NULL: lanes beyond it may come out infinite; tail (n + 1, SF_LANES) or
   NULL: least that the rows from each on add; sums (m, SF_LANES): OUT. Returns 0 where all lanes were given up. */
SF_TARGET
static int SF_DTW(align)(const SF_REAL *x, const SF_REAL *y, const int64_t *low, const int64_t *high, int64_t n,
                         int64_t m, int64_t n_variables, const SF_REAL *bound, const SF_REAL *tail, SF_REAL *sums) {
    const SF_V far = SF_DTW(spread)((SF_REAL)INFINITY);
    int64_t alive = 0, dead = m; /* columns of the row above that are within the bound lie in alive .. dead - 1 */
    for (int64_t j = 0; j < m; j++) SF_DTW(store)(sums + j * SF_LANES, far);
    for (int64_t i = 0; i < n; i += SF_ROWS) {
        const int n_rows = n - i < SF_ROWS ? (int)(n - i) : SF_ROWS;
        SF_V now[SF_ROWS], before[SF_ROWS], above = i == 0 ? SF_DTW(spread)(0) : far;
        int64_t from[SF_ROWS] = {0}, to[SF_ROWS] = {0}, first = 0, last = INT64_MAX, end = 0, s;
        for (int k = 0; k < n_rows; k++) {
            now[k] = before[k] = far;
            from[k] = low[i + k] > alive ? low[i + k] : alive;
            to[k] = high[i + k];
            if (from[k] + k > first) first = from[k] + k;
            if (to[k] + k < last) last = to[k] + k;
            if (to[k] + k > end) end = to[k] + k;
        }
        if (i > 0 && from[0] > low[i - 1] && from[0] > alive) above = SF_DTW(load)(sums + (from[0] - 1) * SF_LANES);
        for (s = from[0]; s < end && (s < first || n_rows < SF_ROWS); s++)
            SF_DTW(step)(x + i * n_variables, y, sums, from, to, n_rows, s, n_variables, now, before, &above);
        if (n_rows == SF_ROWS && s < last) {
            const int64_t until = bound == NULL || last < dead + SF_ROWS ? last : dead + SF_ROWS;
            if (s < until) {
                if (n_variables == 1) {
                    SF_DTW(stretch)(x + i, y, sums, s, until, 1, now, before, &above);
                } else {
                    SF_DTW(stretch)(x + i * n_variables, y, sums, s, until, n_variables, now, before, &above);
                }
                s = until;
            }
        }
        for (; s < end; s++) {
            if (bound != NULL && s >= dead + SF_ROWS) { /* nothing comes from above; does anything from the left? */
                SF_V near = SF_LEAST(now[0], before[0]);
                for (int k = 1; k < n_rows; k++) near = SF_LEAST(near, SF_LEAST(now[k], before[k]));
                if (!SF_DTW(any_within)(near, SF_DTW(load)(bound))) break;
            }
            SF_DTW(step)(x + i * n_variables, y, sums, from, to, n_rows, s, n_variables, now, before, &above);
        }
        if (bound == NULL) continue;
        {
            const SF_V most = SF_DTW(load)(bound) - (tail == NULL ? SF_DTW(spread)(0)
                                                                  : SF_DTW(load)(tail + (i + n_rows) * SF_LANES));
            const int64_t begin = from[n_rows - 1], stop = s < end ? s - n_rows + 1 : to[n_rows - 1];
            /* what lies beyond a row that broke off is of older rows */
            for (int64_t j = stop; j < to[n_rows - 1]; j++) SF_DTW(store)(sums + j * SF_LANES, far);
            for (alive = begin; alive < stop && !SF_DTW(any_within)(SF_DTW(load)(sums + alive * SF_LANES), most); alive++);
            for (dead = stop; dead > alive && !SF_DTW(any_within)(SF_DTW(load)(sums + (dead - 1) * SF_LANES), most); dead--);
            if (alive == dead) return 0;
        }
    }
    return 1;
}
