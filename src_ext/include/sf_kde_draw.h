/* Draws from a kernel estimate: noise put on chosen rows and folded into their range, kernels cut to intervals, levels. */
#ifndef SF_KDE_DRAW_H
#define SF_KDE_DRAW_H
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "sf_clones.h"
#include "sf_kde_shapes.h"
#include "sf_prefetch.h"

enum { SF_PLACED = 256, SF_PITCH = SF_PLACED + 8, SF_AHEAD = 16 }; /* a pitch of 2,048 bytes would crowd the cache's sets */

typedef struct {
    ptrdiff_t n_dims, n_drawn;
    const double *rows;       /* (n_rows, n_dims) */
    const uint8_t *fixed;     /* (n_rows, n_dims) cells that take no noise; NULL: none */
    const double *local;      /* (n_rows,) factor of a row's bandwidth; NULL: all are 1 */
    const double *factor;     /* (n_dims, n_dims) lower triangular or full map of the noise; NULL: none */
    const double *bandwidth;  /* (n_dims,) */
    const double *low, *high; /* (n_dims,) ends of the range, or infinite */
    const float *singles;     /* (n_dims, n_drawn) noise; NULL: in double precision */
    const double *doubles;
} sf_placing;

/* x reflected at the ends until it lies between them. */
static double sf_fold(double x, double low, double high) {
    if (!(x < low || x > high))
        return x;
    if (high == INFINITY || low == -INFINITY)
        return x < low ? low + (low - x) : high - (x - high);
    const double width = high - low, turn = 2.0 * width;
    if (!(width > 0.0))
        return low;
    double along = fmod(x - low, turn);
    along = along < 0.0 ? along + turn : along;
    along = along > width ? turn - along : along;
    const double y = low + along;
    return y > high ? high : y;
}

/* The numbers of rows as columns of a stretch: places (n_dims, SF_PITCH). */
SF_INLINE void sf_gather_rows(const sf_placing *p, const int64_t *index, ptrdiff_t n, double *places) {
    for (ptrdiff_t i = 0; i < n; i++) {
        const double *row = p->rows + index[i] * p->n_dims;
        SF_PREFETCH(p->rows + index[i + SF_AHEAD < n ? i + SF_AHEAD : i] * p->n_dims);
        for (ptrdiff_t j = 0; j < p->n_dims; j++)
            places[j * SF_PITCH + i] = row[j];
    }
}

/* mapped = sum over k of factor[k] noise[k], k ascending, or noise itself where there is no factor; in the noise's own
   precision, told in double. */
#define SF_DEFINE_MAP(name, real)                                                                                      \
    SF_INLINE void name(const double *factor, ptrdiff_t j, ptrdiff_t n_dims, const real *noise, ptrdiff_t pitch,       \
                        ptrdiff_t n, double *SF_RESTRICT mapped) {                                                     \
        real sum[SF_PLACED];                                                                                           \
        if (!factor) {                                                                                                 \
            for (ptrdiff_t i = 0; i < n; i++)                                                                          \
                mapped[i] = (double)noise[j * pitch + i];                                                              \
            return;                                                                                                    \
        }                                                                                                              \
        for (ptrdiff_t i = 0; i < n; i++)                                                                              \
            sum[i] = 0;                                                                                                \
        for (ptrdiff_t k = 0; k < n_dims; k++) {                                                                       \
            const real w = (real)factor[j * n_dims + k], *SF_RESTRICT row = noise + k * pitch;                         \
            if (w == 0)                                                                                                \
                continue;                                                                                              \
            for (ptrdiff_t i = 0; i < n; i++)                                                                          \
                sum[i] += w * row[i];                                                                                  \
        }                                                                                                              \
        for (ptrdiff_t i = 0; i < n; i++)                                                                              \
            mapped[i] = (double)sum[i];                                                                                \
    }
SF_DEFINE_MAP(sf_map_singles, float)
SF_DEFINE_MAP(sf_map_doubles, double)

/* y = x + step noise, folded; x itself where the cell is fixed. */
SF_INLINE void sf_put_noise(const sf_placing *p, ptrdiff_t j, const int64_t *index, ptrdiff_t n,
                            const double *SF_RESTRICT x, const double *SF_RESTRICT noise, double *SF_RESTRICT y) {
    const double step = p->bandwidth[j], low = p->low[j], high = p->high[j];
    int64_t n_out = 0;
    if (p->local || p->fixed)
        for (ptrdiff_t i = 0; i < n; i++) {
            const double own = p->local ? p->local[index[i]] : 1.0;
            y[i] = p->fixed && p->fixed[index[i] * p->n_dims + j] ? x[i] : x[i] + step * own * noise[i];
        }
    else
        for (ptrdiff_t i = 0; i < n; i++)
            y[i] = x[i] + step * noise[i];
    for (ptrdiff_t i = 0; i < n; i++)
        n_out += (y[i] < low) | (y[i] > high);
    for (ptrdiff_t i = 0; n_out && i < n; i++)
        if (!p->fixed || !p->fixed[index[i] * p->n_dims + j]) /* spikes may lie beyond the ends of the other numbers */
            y[i] = sf_fold(y[i], low, high);
}

/* out[j][i] = row index[i] with its noise on it, for a stretch of n rows from `at` on, at most 256; places: scratch
   (n_dims, SF_PITCH). */
SF_CLONES static void sf_place_rows(const sf_placing *p, const int64_t *index, ptrdiff_t at, ptrdiff_t n, double *out,
                                    double *places) {
    const ptrdiff_t d = p->n_dims;
    double mapped[SF_PLACED];
    sf_gather_rows(p, index + at, n, places);
    for (ptrdiff_t j = 0; j < d; j++) {
        if (p->singles)
            sf_map_singles(p->factor, j, d, p->singles + at, p->n_drawn, n, mapped);
        else
            sf_map_doubles(p->factor, j, d, p->doubles + at, p->n_drawn, n, mapped);
        sf_put_noise(p, j, index + at, n, places + j * SF_PITCH, mapped, out + j * p->n_drawn + at);
    }
}

/* Kernels cut to intervals: each row's own interval ends are those of the column, told in its bandwidths. */

typedef struct {
    int kind;
    ptrdiff_t n_segments;
    const double *lower, *upper; /* (n_segments,) disjoint */
} sf_cut;

/* Probability that a kernel at center lies in the segments. */
static double sf_cut_mass(const sf_cut *cut, double center, double bandwidth) {
    double total = 0.0;
    for (ptrdiff_t s = 0; s < cut->n_segments; s++)
        total += sf_shape_between(cut->kind, (cut->lower[s] - center) / bandwidth, (cut->upper[s] - center) / bandwidth);
    return total;
}

/* A draw of it at the fraction u of that probability, as noise: in bandwidths from the center. 0 where it has none. */
static double sf_cut_draw(const sf_cut *cut, double center, double bandwidth, double u) {
    const double total = sf_cut_mass(cut, center, bandwidth);
    double aim = u * total, share = 0.0;
    ptrdiff_t chosen = -1;
    for (ptrdiff_t s = 0; s < cut->n_segments; s++) {
        const double p = sf_shape_between(cut->kind, (cut->lower[s] - center) / bandwidth,
                                          (cut->upper[s] - center) / bandwidth);
        if (p > 0.0) {
            chosen = s;
            share = aim < p ? aim / p : 1.0;
            if (aim < p)
                break;
            aim -= p;
        }
    }
    if (chosen < 0)
        return 0.0;
    return sf_shape_inside(cut->kind, (cut->lower[chosen] - center) / bandwidth,
                           (cut->upper[chosen] - center) / bandwidth, share);
}

/* Levels: the row's own, or another one by the kernel of unordered (Aitchison and Aitken) or ordered levels (Li and Racine),
   cut to those that are allowed. */

typedef struct {
    int ordered;
    double leave;             /* unordered: probability of another level than the own; ordered: factor of each step */
    ptrdiff_t n_levels, n_allowed;
    const int32_t *allowed;   /* (n_allowed,) codes, ascending */
    const int32_t *rank;      /* (n_levels,) place of a level among the allowed ones, or -1 */
    const double *mass;       /* (n_levels,) total of the kernel of an own level over the allowed ones */
} sf_level_law;

static int32_t sf_draw_unordered(const sf_level_law *law, int32_t own, double u) {
    const int32_t rank = law->rank[own];
    double aim = u * law->mass[own];
    if (rank >= 0) {
        if (aim < 1.0 - law->leave || law->n_allowed == 1)
            return own;
        aim -= 1.0 - law->leave;
    }
    const ptrdiff_t n_others = law->n_allowed - (rank >= 0);
    ptrdiff_t k = (ptrdiff_t)(aim / (law->leave / (double)(law->n_levels - 1)));
    k = k < 0 ? 0 : (k >= n_others ? n_others - 1 : k);
    return law->allowed[k + (rank >= 0 && k >= rank)];
}

static int32_t sf_draw_ordered(const sf_level_law *law, int32_t own, double u) {
    double aim = u * law->mass[own], weight = 1.0;
    int32_t chosen = -1;
    for (int32_t step = 0; step < law->n_levels; step++, weight *= law->leave)
        for (int side = 0; side < (step ? 2 : 1); side++) {
            const int32_t level = side ? own + step : own - step;
            if (level < 0 || level >= law->n_levels || law->rank[level] < 0 || !(weight > 0.0))
                continue;
            chosen = level;
            if (aim < weight)
                return chosen;
            aim -= weight;
        }
    return chosen < 0 ? law->allowed[0] : chosen;
}

static int32_t sf_draw_level(const sf_level_law *law, int32_t own, double u) {
    if (own < 0 || law->n_allowed == 0)
        return own;
    return law->ordered ? sf_draw_ordered(law, own, u) : sf_draw_unordered(law, own, u);
}
#endif
