/* Rows drawn from the components of a mixture. */
#ifndef SF_MIXTURE_DRAW_H
#define SF_MIXTURE_DRAW_H
#include <stdint.h>
#include "sf_clones.h"

enum { SF_DRAW_ROWS = 64 };

/* Standard normals z, shape (d, stride), to rows of their components in place, n of them: mean + factor z. A component's
   factor is kept column after column, each filled up with zeros to n_filled. */
SF_CLONES static void sf_draw_rows(
    const int32_t *component, const double *means, const double *factors, int64_t d, int64_t n_filled, int64_t n,
    int64_t stride, double *z, double *SF_RESTRICT room
) {
    for (int64_t r = 0; r < n; r++) {
        const double *SF_RESTRICT mean = means + component[r] * n_filled;
        const double *factor = factors + component[r] * d * n_filled;
        double *SF_RESTRICT row = room + r * n_filled;
        for (int64_t i = 0; i < n_filled; i++) row[i] = mean[i];
        for (int64_t j = 0; j < d; j++) {
            const double own = z[j * stride + r];
            const double *SF_RESTRICT column = factor + j * n_filled;
            for (int64_t i = 0; i < n_filled; i++) row[i] += own * column[i];
        }
    }
    for (int64_t i = 0; i < d; i++)
        for (int64_t r = 0; r < n; r++) z[i * stride + r] = room[r * n_filled + i];
}

/* The same where the columns of a component are independent: mean + deviation z. */
static void sf_draw_independent(
    const int32_t *component, const double *means, const double *deviations, int64_t d, int64_t n, int64_t stride,
    double *z
) {
    for (int64_t i = 0; i < d; i++)
        for (int64_t r = 0; r < n; r++)
            z[i * stride + r] = means[component[r] * d + i] + deviations[component[r] * d + i] * z[i * stride + r];
}

/* The first level at which the running sum of its component's probabilities passes u. */
SF_INLINE int32_t sf_draw_level(const double *cumulated, int64_t n_levels, double u) {
    int64_t low = 0, high = n_levels - 1;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (u < cumulated[middle]) high = middle;
        else low = middle + 1;
    }
    return (int32_t)low;
}
#endif
