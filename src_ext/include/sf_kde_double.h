/* Kernels of one tile at one query in double precision: every kernel, rows of different bandwidths, and the query's mirror
   images at the ends of bounded columns. */
#ifndef SF_KDE_DOUBLE_H
#define SF_KDE_DOUBLE_H
#include "sf_kde_tiles.h"

/* Least of alpha - beta x over the tile's box in dimension j, x told from the centre: an image's exponent is minus that. */
SF_INLINE double sf_image_floor(const sf_tiles *t, ptrdiff_t tile, ptrdiff_t j, double alpha, double beta) {
    const double center = t->center[tile * t->n_dims + j];
    const double a = alpha - beta * (t->low[j * t->n_tiles + tile] - center);
    const double b = alpha - beta * (t->high[j * t->n_tiles + tile] - center);
    return a < b ? a : b;
}

/* A compact kernel's value at u, up to its constant. */
SF_INLINE double sf_compact(int kind, double u) {
    const double inside = 1.0 - fabs(u);
    double sine, cosine;
    if (kind == SF_TOPHAT)
        return sf_choose(inside > 0.0, 1.0, 0.0);
    if (kind == SF_LINEAR)
        return sf_choose(inside > 0.0, inside, 0.0);
    if (kind == SF_EPANECHNIKOV)
        return sf_choose(inside > 0.0, inside * (2.0 - inside), 0.0);
    sf_sincos_quarter(sf_choose(inside > 0.0, 0.5 * inside, 0.0), &sine, &cosine);
    return 2.0 * sine * cosine; /* cos(pi u / 2), with its digits kept near the ends */
}
/* acc -= the exponents of n dimensions, n a constant: the loop over rows is the one to become wide. */
SF_INLINE void sf_take_exponents(const double *SF_RESTRICT x, const double *q, const int n, const int absolute,
                                 double *SF_RESTRICT acc) {
    for (int i = 0; i < SF_TILE_ROWS; i++) {
        double sum = 0.0;
        for (int j = 0; j < n; j++) {
            const double u = q[j] - x[j * SF_TILE_ROWS + i];
            sum += absolute ? fabs(u) : u * u;
        }
        acc[i] -= absolute ? sum : 0.5 * sum;
    }
}

SF_INLINE void sf_exponents(const double *x, const double *q, ptrdiff_t n, const int absolute, double *acc) {
    for (; n >= 4; n -= 4, q += 4, x += 4 * SF_TILE_ROWS)
        sf_take_exponents(x, q, 4, absolute, acc);
    if (n == 3)
        sf_take_exponents(x, q, 3, absolute, acc);
    else if (n == 2)
        sf_take_exponents(x, q, 2, absolute, acc);
    else if (n == 1)
        sf_take_exponents(x, q, 1, absolute, acc);
}

/* v *= 1 + the Gaussian images of a dimension over the plain kernel; m: the first of them; that of the next is returned. */
SF_INLINE ptrdiff_t sf_reflect(const sf_tiles *t, ptrdiff_t tile, const sf_query *q, ptrdiff_t m, const double *x,
                               const double *scale, double *v) {
    const ptrdiff_t j = t->image_dim[m];
    const double least = t->least_scale ? t->least_scale[tile] * t->least_scale[tile] : 1.0;
    const double center = t->center[tile * t->n_dims + j];
    double factor[SF_TILE_ROWS];
    int any = 0;
    for (; m < t->n_images && t->image_dim[m] == j; m++) {
        const double beta = q->image[m] - q->at[j], alpha = 0.5 * beta * (q->image[m] + q->at[j] - 2.0 * center);
        if (sf_image_floor(t, tile, j, alpha, beta) * least > t->far)
            continue;
        for (int i = 0; !any && i < SF_TILE_ROWS; i++)
            factor[i] = 1.0;
        any = 1;
        if (scale)
            for (int i = 0; i < SF_TILE_ROWS; i++)
                factor[i] += sf_exp((beta * x[j * SF_TILE_ROWS + i] - alpha) * (scale[i] * scale[i]));
        else
            for (int i = 0; i < SF_TILE_ROWS; i++)
                factor[i] += sf_exp(beta * x[j * SF_TILE_ROWS + i] - alpha);
    }
    for (int i = 0; any && i < SF_TILE_ROWS; i++)
        v[i] *= factor[i];
    return m;
}

/* The same of the exponential kernel. */
SF_INLINE ptrdiff_t sf_reflect_absolute(const sf_tiles *t, ptrdiff_t tile, const sf_query *q, ptrdiff_t m,
                                        const double *x, const double *scale, double *v) {
    const ptrdiff_t j = t->image_dim[m];
    double factor[SF_TILE_ROWS];
    for (int i = 0; i < SF_TILE_ROWS; i++)
        factor[i] = 1.0;
    for (; m < t->n_images && t->image_dim[m] == j; m++) {
        const double place = q->image[m] - t->center[tile * t->n_dims + j], own = q->local[j];
        for (int i = 0; i < SF_TILE_ROWS; i++) {
            const double value = x[j * SF_TILE_ROWS + i];
            factor[i] += sf_exp((fabs(own - value) - fabs(place - value)) * (scale ? scale[i] : 1.0));
        }
    }
    for (int i = 0; i < SF_TILE_ROWS; i++)
        v[i] *= factor[i];
    return m;
}

/* v = the product of a compact kernel over the dimensions, the query's images with it. */
SF_INLINE void sf_product(const sf_tiles *t, ptrdiff_t tile, const sf_query *q, const int kind, const double *x,
                          const double *scale, double *v) {
    const double least = t->least_scale ? t->least_scale[tile] : 1.0;
    ptrdiff_t m = 0;
    for (int i = 0; i < SF_TILE_ROWS; i++)
        v[i] = 1.0;
    for (ptrdiff_t j = 0; j < t->n_dims; j++) {
        double sum[SF_TILE_ROWS];
        for (int i = 0; i < SF_TILE_ROWS; i++)
            sum[i] = sf_compact(kind, (q->local[j] - x[j * SF_TILE_ROWS + i]) * (scale ? scale[i] : 1.0));
        for (; m < t->n_images && t->image_dim[m] == j; m++) {
            const double image = q->image[m], place = image - t->center[tile * t->n_dims + j];
            const double below = t->low[j * t->n_tiles + tile] - image, above = image - t->high[j * t->n_tiles + tile];
            if ((below > above ? below : above) * least >= 1.0)
                continue;
            for (int i = 0; i < SF_TILE_ROWS; i++)
                sum[i] += sf_compact(kind, (place - x[j * SF_TILE_ROWS + i]) * (scale ? scale[i] : 1.0));
        }
        for (int i = 0; i < SF_TILE_ROWS; i++)
            v[i] *= sum[i];
    }
}

SF_INLINE void sf_products(const sf_tiles *t, ptrdiff_t tile, const sf_query *q, const double *x, const double *scale,
                           double *v) {
    if (t->kind == SF_TOPHAT)
        sf_product(t, tile, q, SF_TOPHAT, x, scale, v);
    else if (t->kind == SF_EPANECHNIKOV)
        sf_product(t, tile, q, SF_EPANECHNIKOV, x, scale, v);
    else if (t->kind == SF_LINEAR)
        sf_product(t, tile, q, SF_LINEAR, x, scale, v);
    else
        sf_product(t, tile, q, SF_COSINE, x, scale, v);
}

/* v *= the factors of the columns in which the tile's rows have different levels. */
SF_INLINE void sf_weigh_levels(const sf_tiles *t, ptrdiff_t tile, const sf_query *q, double *v) {
    for (ptrdiff_t l = 0; l < t->n_levels; l++) {
        if (t->code_low[l * t->n_tiles + tile] == t->code_high[l * t->n_tiles + tile])
            continue;
        const int32_t *code = t->code + (tile * t->n_levels + l) * SF_TILE_ROWS, own = q->code[l];
        const double penalty = t->penalty[l], other = sf_exp(-penalty);
        if (t->ordered[l])
            for (int i = 0; i < SF_TILE_ROWS; i++)
                v[i] *= sf_exp(-penalty * (double)(code[i] < own ? own - code[i] : code[i] - own));
        else
            for (int i = 0; i < SF_TILE_ROWS; i++)
                v[i] *= sf_choose(code[i] != own, other, 1.0);
    }
}

/* v = weight times kernel of the tile's rows at the query, times exp(-shift). */
SF_INLINE void sf_values_64(const sf_tiles *t, ptrdiff_t tile, const sf_query *q, double *v) {
    const double *x = (const double *)t->offset + tile * t->n_dims * SF_TILE_ROWS;
    const double *weight = (const double *)t->weight + tile * SF_TILE_ROWS;
    const double *scale = t->scale ? t->scale + tile * SF_TILE_ROWS : NULL;
    const double less = q->shift + sf_pure_penalty(t, tile, q);
    ptrdiff_t m = 0;
    for (ptrdiff_t j = 0; j < t->n_dims; j++)
        q->local[j] = q->at[j] - t->center[tile * t->n_dims + j];
    for (int i = 0; i < SF_TILE_ROWS; i++)
        v[i] = 0.0;
    if (t->kind == SF_GAUSSIAN)
        sf_exponents(x, q->local, t->n_dims, 0, v);
    else if (t->kind == SF_EXPONENTIAL)
        sf_exponents(x, q->local, t->n_dims, 1, v);
    for (int i = 0; scale && i < SF_TILE_ROWS; i++)
        v[i] *= t->kind == SF_GAUSSIAN ? scale[i] * scale[i] : scale[i];
    for (int i = 0; i < SF_TILE_ROWS; i++)
        v[i] = weight[i] * sf_exp(v[i] - less);
    if (t->kind == SF_GAUSSIAN || t->kind == SF_EXPONENTIAL) {
        while (m < t->n_images)
            m = t->kind == SF_GAUSSIAN ? sf_reflect(t, tile, q, m, x, scale, v)
                                       : sf_reflect_absolute(t, tile, q, m, x, scale, v);
    } else {
        double product[SF_TILE_ROWS];
        sf_products(t, tile, q, x, scale, product);
        for (int i = 0; i < SF_TILE_ROWS; i++)
            v[i] *= product[i];
    }
    sf_weigh_levels(t, tile, q, v);
    if (q->skip >= tile * SF_TILE_ROWS && q->skip < (tile + 1) * SF_TILE_ROWS)
        v[q->skip - tile * SF_TILE_ROWS] = 0.0;
}

/* Add those of several tiles to 16 sums that stand side by side. */
SF_INLINE void sf_add_tiles_64(const sf_tiles *t, const ptrdiff_t *tiles, ptrdiff_t n, const sf_query *q,
                               double *SF_RESTRICT lanes) {
    for (ptrdiff_t k = 0; k < n; k++) {
        double v[SF_TILE_ROWS];
        sf_values_64(t, tiles[k], q, v);
        for (int i = 0; i < SF_SUM_LANES; i++)
            lanes[i] += (v[i] + v[i + 16]) + (v[i + 32] + v[i + 48]);
    }
}
#endif
