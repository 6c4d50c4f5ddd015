/* Dynamic time warping: many pairs side by side in either width of number, and one pair with its path. */
#ifndef SF_DTW_H
#define SF_DTW_H
#include <math.h>
#include <stdint.h>
#include "sf_clones.h"

enum {
    SF_ROWS = 4,
    SF_STRIDE = 4,  /* a rough lower bound looks at one value in so many */
    SF_CHECKED = 8, /* vectors between two looks at the sum of a lower bound */
};

/* Each instruction set has its own smallest-of-two and its own number of lanes; the portable one has a single lane. */
#if defined(SF_HAS_CLONES)
#include <immintrin.h>
#define SF_ISA(name, bits) sf_dtw_##name##_##bits##_v4
#define SF_TARGET __attribute__((target("arch=x86-64-v4")))
typedef double sf_dtw_v4_64 __attribute__((vector_size(64), aligned(8), may_alias));
typedef float sf_dtw_v4_32 __attribute__((vector_size(64), aligned(4), may_alias));
#define SF_BYTES 64
#define SF_V_64 sf_dtw_v4_64
#define SF_V_32 sf_dtw_v4_32
#define SF_LEAST_64(a, b) ((sf_dtw_v4_64)_mm512_min_pd((__m512d)(a), (__m512d)(b)))
#define SF_LEAST_32(a, b) ((sf_dtw_v4_32)_mm512_min_ps((__m512)(a), (__m512)(b)))
#include "sf_dtw_widths.h"

#define SF_ISA(name, bits) sf_dtw_##name##_##bits##_v3
#define SF_TARGET __attribute__((target("arch=x86-64-v3")))
typedef double sf_dtw_v3_64 __attribute__((vector_size(32), aligned(8), may_alias));
typedef float sf_dtw_v3_32 __attribute__((vector_size(32), aligned(4), may_alias));
#define SF_BYTES 32
#define SF_V_64 sf_dtw_v3_64
#define SF_V_32 sf_dtw_v3_32
#define SF_LEAST_64(a, b) ((sf_dtw_v3_64)_mm256_min_pd((__m256d)(a), (__m256d)(b)))
#define SF_LEAST_32(a, b) ((sf_dtw_v3_32)_mm256_min_ps((__m256)(a), (__m256)(b)))
#include "sf_dtw_widths.h"
#endif

#define SF_ISA(name, bits) sf_dtw_##name##_##bits##_v1
#define SF_TARGET
#define SF_V_64 double
#define SF_V_32 float
#define SF_LEAST_64(a, b) ((a) < (b) ? (a) : (b))
#define SF_LEAST_32(a, b) ((a) < (b) ? (a) : (b))
#include "sf_dtw_widths.h"

/* The best of them that the processor runs: 4, 3 or 1; a build may settle it, to measure one. */
static int sf_dtw_level(void) {
#if defined(SF_DTW_LEVEL)
    return SF_DTW_LEVEL;
#elif defined(SF_HAS_CLONES)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v4")) return 4;
    if (__builtin_cpu_supports("x86-64-v3")) return 3;
    return 1;
#else
    return 1;
#endif
}

#if defined(SF_HAS_CLONES)
#define SF_AT_LEVEL(level, name, bits, ...) \
    ((level) == 4 ? sf_dtw_##name##_##bits##_v4(__VA_ARGS__) \
                  : (level) == 3 ? sf_dtw_##name##_##bits##_v3(__VA_ARGS__) : sf_dtw_##name##_##bits##_v1(__VA_ARGS__))
#else
#define SF_AT_LEVEL(level, name, bits, ...) sf_dtw_##name##_##bits##_v1(__VA_ARGS__)
#endif

/* Lanes of a level, for numbers of so many bits. */
static int sf_dtw_lanes(int level, int bits) { return level == 4 ? 512 / bits : level == 3 ? 256 / bits : 1; }

#define SF_DISPATCH(real, bits) \
    static int sf_dtw_align_##bits(int level, const real *x, const real *y, const int64_t *low, const int64_t *high, \
                                   int64_t n, int64_t m, int64_t d, real *sums) { \
        return SF_AT_LEVEL(level, align, bits, x, y, low, high, n, m, d, NULL, NULL, sums); \
    } \
    static void sf_dtw_pack_##bits(int level, const real *others, const int64_t *chosen, int64_t n_chosen, \
                                   int64_t length, real *packed) { \
        SF_AT_LEVEL(level, pack, bits, others, chosen, n_chosen, length, packed); \
    } \
    static void sf_dtw_search_##bits(int level, const real *x, const real *lower, const real *upper, int64_t n, \
                                     const real *others, const real *y_lower, const real *y_upper, int64_t n_others, \
                                     int64_t m, int64_t d, const int64_t *low, const int64_t *high, int64_t skip, \
                                     int64_t k, real epsilon, real *bound, int64_t *heap, real *packed, real *sums, \
                                     real *band, real *tail, real *best, int64_t *nearest) { \
        SF_AT_LEVEL(level, search, bits, x, lower, upper, n, others, y_lower, y_upper, n_others, m, d, low, high, \
                    skip, k, epsilon, bound, heap, packed, sums, band, tail, best, nearest); \
    }
SF_DISPATCH(double, 64)
SF_DISPATCH(float, 32)

#define SF_REAL double
#define SF_DTW(name) sf_dtw_##name##_64
#include "sf_dtw_envelope.h"
#undef SF_REAL
#undef SF_DTW
#define SF_REAL float
#define SF_DTW(name) sf_dtw_##name##_32
#include "sf_dtw_envelope.h"
#undef SF_REAL
#undef SF_DTW

static double sf_dtw_apart(const double *a, const double *b, int64_t d) {
    double sum = 0.0;
    for (int64_t c = 0; c < d; c++) sum += (a[c] - b[c]) * (a[c] - b[c]);
    return sum;
}

/* Best sums to every cell, total (n, m); infinite outside the columns of a row. */
static void sf_dtw_fill(const double *x, int64_t n, const double *y, int64_t m, int64_t d, const int64_t *low,
                        const int64_t *high, double *total) {
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < m; j++) {
            const double up = i > 0 ? total[(i - 1) * m + j] : INFINITY, left = j > 0 ? total[i * m + j - 1] : INFINITY;
            const double corner = i > 0 && j > 0 ? total[(i - 1) * m + j - 1] : (i == 0 && j == 0 ? 0.0 : INFINITY);
            double least = up < corner ? up : corner;
            least = left < least ? left : least;
            total[i * m + j] = j < low[i] || j >= high[i] ? INFINITY : sf_dtw_apart(x + i * d, y + j * d, d) + least;
        }
    }
}

/* Cells of the best path backwards from the last one; of equal ways the diagonal, then the row above. Returns how many. */
static int64_t sf_dtw_trace(const double *total, int64_t n, int64_t m, int64_t *rows, int64_t *columns) {
    int64_t i = n - 1, j = m - 1, length = 0;
    for (;;) {
        rows[length] = i;
        columns[length++] = j;
        if (i == 0 && j == 0) return length;
        {
            const double up = i > 0 ? total[(i - 1) * m + j] : INFINITY, left = j > 0 ? total[i * m + j - 1] : INFINITY;
            const double corner = i > 0 && j > 0 ? total[(i - 1) * m + j - 1] : INFINITY;
            if (i > 0 && j > 0 && corner <= up && corner <= left) {
                i--;
                j--;
            } else if (i > 0 && up <= left) {
                i--;
            } else {
                j--;
            }
        }
    }
}

/* Soft minimum of all paths' sums: -gamma log sum exp(-sum / gamma). above, row (m + 1,): SCRATCH. */
static double sf_dtw_soft(const double *x, int64_t n, const double *y, int64_t m, int64_t d, const int64_t *low,
                          const int64_t *high, double gamma, double *above, double *row) {
    for (int64_t j = 0; j <= m; j++) above[j] = j == 0 ? 0.0 : INFINITY;
    for (int64_t i = 0; i < n; i++) {
        double *swap = above;
        row[0] = INFINITY;
        for (int64_t j = 0; j < m; j++) {
            const double a = above[j], b = above[j + 1], c = row[j];
            double least = a < b ? a : b;
            least = c < least ? c : least;
            if (j < low[i] || j >= high[i] || least == INFINITY) {
                row[j + 1] = INFINITY;
            } else {
                const double sum = exp((least - a) / gamma) + exp((least - b) / gamma) + exp((least - c) / gamma);
                row[j + 1] = sf_dtw_apart(x + i * d, y + j * d, d) + least - gamma * log(sum);
            }
        }
        above = row;
        row = swap;
    }
    return above[m];
}
#endif
