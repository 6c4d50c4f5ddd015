/* Gaussians of one tile at one query in single precision. Coordinates told from the tile's centre and scaled so that the
   exponent is one of 2 keep the error of a value below 2^-22 times its exponent. */
#ifndef SF_KDE_SINGLE_H
#define SF_KDE_SINGLE_H
#include "sf_kde_tiles.h"

#define SF_TO_BASE_2 0.849321800288019177 /* the root of log2(e) / 2 */

/* 2 to the -s for s >= 0; error below 2 ulp, and no less than 2^-100, as subnormal products would be slow. */
SF_INLINE float sf_exp2_minus(float s) {
    s = sf_choosef(s > 100.0f, 100.0f, s);
    const float shifted = 12582912.0f - s, r = (12582912.0f - shifted) - s;
    const float r2 = r * r; /* (2^r - 1) / r on [-1/2, 1/2], to 1.1e-7 of 2^r; in pairs, so that less waits for less */
    const float low = 1.0f + 6.931470037e-1f * r, middle = 2.402224243e-1f + 5.550733581e-2f * r;
    const float high = 9.671512991e-3f + 1.326472731e-3f * r;
    const float p = (low + middle * r2) + high * (r2 * r2);
    return sf_float(sf_bitsf(p) + (sf_bitsf(shifted) << 23));
}

/* The squared distance of row i in n dimensions, n a constant: two sums, so that less waits for less. */
SF_INLINE float sf_square(const float *x, const float *q, const int n, int i) {
    const float first = q[0] - x[i];
    if (n == 1)
        return first * first;
    const float second = q[1] - x[SF_TILE_ROWS + i];
    float even = first * first, odd = second * second;
    for (int j = 2; j + 1 < n; j += 2) {
        const float u = q[j] - x[j * SF_TILE_ROWS + i], v = q[j + 1] - x[(j + 1) * SF_TILE_ROWS + i];
        even += u * u;
        odd += v * v;
    }
    if (n % 2) {
        const float u = q[n - 1] - x[(n - 1) * SF_TILE_ROWS + i];
        even += u * u;
    }
    return even + odd;
}

/* squares += those of n dimensions; the loop over rows is the one to become wide. */
SF_INLINE void sf_add_squares(const float *SF_RESTRICT x, const double *at, const double *center, const int n,
                              float *SF_RESTRICT squares) {
    float q[8];
    for (int j = 0; j < n; j++)
        q[j] = (float)((at[j] - center[j]) * SF_TO_BASE_2);
    for (int i = 0; i < SF_TILE_ROWS; i++)
        squares[i] += sf_square(x, q, n, i);
}

/* v = weight times Gaussian, of n dimensions and the squares of others before them. */
SF_INLINE void sf_end_squares(const float *SF_RESTRICT x, const double *at, const double *center, const int n,
                              const float *SF_RESTRICT before, const float *SF_RESTRICT weight, float *SF_RESTRICT v) {
    float q[8];
    for (int j = 0; j < n; j++)
        q[j] = (float)((at[j] - center[j]) * SF_TO_BASE_2);
    for (int i = 0; i < SF_TILE_ROWS; i++)
        v[i] = weight[i] * sf_exp2_minus(before ? before[i] + sf_square(x, q, n, i) : sf_square(x, q, n, i));
}

/* v *= the factors of the columns in which the tile's rows have different levels. */
SF_INLINE void sf_weigh_levels_single(const sf_tiles *t, ptrdiff_t tile, const sf_query *q, float *v) {
    for (ptrdiff_t l = 0; l < t->n_levels; l++) {
        if (t->code_low[l * t->n_tiles + tile] == t->code_high[l * t->n_tiles + tile])
            continue;
        const int32_t *code = t->code + (tile * t->n_levels + l) * SF_TILE_ROWS, own = q->code[l];
        const float penalty = (float)t->penalty[l], other = sf_expf(-penalty);
        if (t->ordered[l])
            for (int i = 0; i < SF_TILE_ROWS; i++)
                v[i] *= sf_expf(-penalty * (float)(code[i] < own ? own - code[i] : code[i] - own));
        else
            for (int i = 0; i < SF_TILE_ROWS; i++)
                v[i] *= sf_choosef(code[i] != own, other, 1.0f);
    }
}

/* Take the levels of the tile's rows into account, and the row that does not count; a factor for all is returned. */
static double sf_adjust_single(const sf_tiles *t, ptrdiff_t tile, const sf_query *q, float *v) {
    if (q->skip >= tile * SF_TILE_ROWS && q->skip < (tile + 1) * SF_TILE_ROWS)
        v[q->skip - tile * SF_TILE_ROWS] = 0.0f;
    if (t->n_levels == 0)
        return 1.0;
    sf_weigh_levels_single(t, tile, q, v);
    return sf_exp(-sf_pure_penalty(t, tile, q));
}

/* Add tiles to 16 sums that stand side by side. n_dims is n, a constant, where that is below 9; for n = 9 it is more. */
SF_INLINE void sf_add_tiles_of(const sf_tiles *t, const ptrdiff_t *tiles, ptrdiff_t n_tiles, const sf_query *q, const int n,
                               double *SF_RESTRICT lanes) {
    const ptrdiff_t n_dims = n < 9 ? n : t->n_dims;
    const int plain = t->n_levels == 0 && q->skip < 0;
    double sums[SF_SUM_LANES];
    for (int i = 0; i < SF_SUM_LANES; i++)
        sums[i] = lanes[i];
    for (ptrdiff_t k = 0; k < n_tiles; k++) {
        const float *x = (const float *)t->offset + tiles[k] * n_dims * SF_TILE_ROWS;
        const float *weight = (const float *)t->weight + tiles[k] * SF_TILE_ROWS;
        const double *center = t->center + tiles[k] * n_dims, *at = q->at;
        float v[SF_TILE_ROWS], before[SF_TILE_ROWS], sum[SF_SUM_LANES];
        if (n == 0) {
            for (int i = 0; i < SF_TILE_ROWS; i++)
                v[i] = weight[i];
        } else if (n < 9) {
            sf_end_squares(x, at, center, n, NULL, weight, v);
        } else {
            for (int i = 0; i < SF_TILE_ROWS; i++)
                before[i] = 0.0f;
            ptrdiff_t left = n_dims;
            for (; left > 8; left -= 8, x += 8 * SF_TILE_ROWS, at += 8, center += 8)
                sf_add_squares(x, at, center, 8, before);
            for (; left > 1; left--, x += SF_TILE_ROWS, at++, center++)
                sf_add_squares(x, at, center, 1, before);
            sf_end_squares(x, at, center, 1, before, weight, v);
        }
        const double factor = plain ? 1.0 : sf_adjust_single(t, tiles[k], q, v);
        for (int i = 0; i < SF_SUM_LANES; i++)
            sum[i] = (v[i] + v[i + 16]) + (v[i + 32] + v[i + 48]);
        for (int i = 0; i < SF_SUM_LANES; i++)
            sums[i] += factor * (double)sum[i];
    }
    for (int i = 0; i < SF_SUM_LANES; i++)
        lanes[i] = sums[i];
}

/* The same for any number of dimensions; shift, images and scales are not looked at. */
SF_INLINE void sf_add_tiles_32(const sf_tiles *t, const ptrdiff_t *tiles, ptrdiff_t n, const sf_query *q, double *lanes) {
    switch (t->n_dims) {
    case 0: sf_add_tiles_of(t, tiles, n, q, 0, lanes); break;
    case 1: sf_add_tiles_of(t, tiles, n, q, 1, lanes); break;
    case 2: sf_add_tiles_of(t, tiles, n, q, 2, lanes); break;
    case 3: sf_add_tiles_of(t, tiles, n, q, 3, lanes); break;
    case 4: sf_add_tiles_of(t, tiles, n, q, 4, lanes); break;
    case 5: sf_add_tiles_of(t, tiles, n, q, 5, lanes); break;
    case 6: sf_add_tiles_of(t, tiles, n, q, 6, lanes); break;
    case 7: sf_add_tiles_of(t, tiles, n, q, 7, lanes); break;
    case 8: sf_add_tiles_of(t, tiles, n, q, 8, lanes); break;
    default: sf_add_tiles_of(t, tiles, n, q, 9, lanes); break;
    }
}
#endif
