/* Weighted sums that likelihoods and their derivatives are made of, over one chunk of a column.

   Each value adds to SF_LANES running sums side by side, so the loops have no dependence between neighbours and the
   compiler vectorises them at any width; the lanes are added in a fixed order at the end. The last, incomplete row of
   lanes is padded with copies of its own first value at weight zero. */
#ifndef SF_FAMILIES_H
#define SF_FAMILIES_H
#include "sf_math.h"

#define SF_LANES 64
#define SF_MAX_SUMS 10

typedef struct { double first, second, third; } sf_point;
typedef void (*sf_chunk)(const double *, const double *, long, sf_point, double *);

/* What a value contributes: t[0..SUMS-1] from value and parameters. */
SF_INLINE void sf_moment_terms(double x, sf_point at, double *t) {
    double d = x - at.first, d2 = d * d;
    t[0] = d; t[1] = d2; t[2] = d2 * d; t[3] = d2 * d2;
}

/* at = (edge, 1/unit with the sign of the side, -): u = distance from the edge in units. */
SF_INLINE void sf_edge_terms(double x, sf_point at, double *t) {
    double u = (x - at.first) * at.second, l = sf_log(u), r = 1.0 / u, r2 = r * r;
    t[0] = l; t[1] = l * l; t[2] = r; t[3] = r2; t[4] = l * r; t[5] = l * r2;
}

SF_INLINE void sf_log_terms(double x, sf_point at, double *t) {
    double u = (x - at.first) * at.second, l = sf_log(u) + (u - u); /* the difference keeps NaN */
    t[0] = l; t[1] = l * l;
}

/* at = (origin, tilt, -): exp(tilt d) and its moments, d the distance from the origin. */
SF_INLINE void sf_tilt_terms(double x, sf_point at, double *t) {
    double d = x - at.first, e = sf_exp(at.second * d);
    t[0] = e; t[1] = e * d; t[2] = e * d * d;
}

/* at = (edge, 1/unit, power): the power of the distance from the edge, with logarithms and reciprocals. */
SF_INLINE void sf_power_terms(double x, sf_point at, double *t) {
    double u = (x - at.first) * at.second, l = sf_log(u), r = 1.0 / u, e = sf_exp(at.third * l);
    t[0] = l; t[1] = r; t[2] = r * r; t[3] = e; t[4] = e * l; t[5] = e * l * l;
    t[6] = e * r; t[7] = e * r * r; t[8] = e * l * r;
}

/* at = (centre, 1/scale, -): log density, score and information of the standard logistic law. */
SF_INLINE void sf_logistic_terms(double x, sf_point at, double *t) {
    double z = (x - at.first) * at.second, size = z < 0.0 ? -z : z;
    double a = sf_exp(-size), p = 1.0 / (1.0 + a), tanh_half = (1.0 - a) * p, q = a * p * p;
    double score = z < 0.0 ? -tanh_half : tanh_half;
    t[0] = 2.0 * sf_log(p) - size; t[1] = score; t[2] = z * score; t[3] = q; t[4] = z * q; t[5] = z * z * q;
}

/* at = (centre, 1/scale, 1/df). */
SF_INLINE void sf_student_terms(double x, sf_point at, double *t) {
    double z = (x - at.first) * at.second, u = 1.0 + z * z * at.third, w = 1.0 / u, w2 = w * w;
    t[0] = sf_log(u); t[1] = w; t[2] = w2; t[3] = z * w; t[4] = z * w2;
}

#define SF_ADD_ROW(TERMS, SUMS, X, W)                                                      \
    for (int lane = 0; lane < SF_LANES; lane++) {                                          \
        double t[SF_MAX_SUMS];                                                             \
        TERMS((X)[lane], at, t);                                                           \
        for (int s = 0; s < SUMS; s++) lanes[s][lane] += (W) * t[s];                       \
    }

#define SF_CHUNK_SUMS(NAME, TERMS, SUMS)                                                   \
    SF_CLONES static void NAME(const double *x, const double *w, long n, sf_point at, double *out) { \
        double lanes[SUMS][SF_LANES];                                                      \
        memset(lanes, 0, sizeof lanes);                                                    \
        long i = 0;                                                                        \
        if (w)                                                                             \
            for (; i + SF_LANES <= n; i += SF_LANES) { SF_ADD_ROW(TERMS, SUMS, x + i, w[i + lane]) } \
        else                                                                               \
            for (; i + SF_LANES <= n; i += SF_LANES) { SF_ADD_ROW(TERMS, SUMS, x + i, 1.0) } \
        if (i < n) {                                                                       \
            double tail[SF_LANES], weight[SF_LANES];                                       \
            for (long j = 0; j < SF_LANES; j++) {                                          \
                tail[j] = x[i + j < n ? i + j : i];                                        \
                weight[j] = i + j < n ? (w ? w[i + j] : 1.0) : 0.0;                        \
            }                                                                              \
            SF_ADD_ROW(TERMS, SUMS, tail, weight[lane])                                    \
        }                                                                                  \
        for (int s = 0; s < SUMS; s++) {                                                   \
            double total = 0.0;                                                            \
            for (int lane = 0; lane < SF_LANES; lane++) total += lanes[s][lane];           \
            out[s] = total;                                                                \
        }                                                                                  \
    }

SF_CHUNK_SUMS(sf_moment_chunk, sf_moment_terms, 4)
SF_CHUNK_SUMS(sf_edge_chunk, sf_edge_terms, 6)
SF_CHUNK_SUMS(sf_log_chunk, sf_log_terms, 2)
SF_CHUNK_SUMS(sf_tilt_chunk, sf_tilt_terms, 3)
SF_CHUNK_SUMS(sf_power_chunk, sf_power_terms, 9)
SF_CHUNK_SUMS(sf_logistic_chunk, sf_logistic_terms, 6)
SF_CHUNK_SUMS(sf_student_chunk, sf_student_terms, 5)
#endif
