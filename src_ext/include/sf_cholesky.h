/* Small dense matrices, row after row, in a fixed order of operations: the same bits on every processor. Inner loops run
   along rows, so that they vectorise without any sum being taken in another order. */
#ifndef SF_CHOLESKY_H
#define SF_CHOLESKY_H
#include <math.h>
#include <stdint.h>
#include "sf_clones.h"

/* The upper Cholesky factor of a symmetric matrix in place, from its upper half; the lower half is left as it is. The
   first `done` columns hold the factor already, `scales` the inverses of its diagonal, NULL where none are kept and none
   are done. 0 where the matrix is not positive definite. Where it is taken up changes no bit. */
SF_CLONES static int sf_cholesky(double *a, int64_t n, int64_t stride, int64_t done, double *SF_RESTRICT scales) {
    for (int64_t j = 0; j < n; j++) {
        double *SF_RESTRICT row = a + j * stride;
        const int64_t first = j < done ? done : j;
        double root = 0.0, scale;
        if (j >= done) {
            if (!(row[j] > 0.0 && row[j] < INFINITY)) return 0;
            root = sqrt(row[j]);
            scale = 1.0 / root;
            if (scales) scales[j] = scale;
        } else
            scale = scales[j];
        for (int64_t l = first; l < n; l++) row[l] *= scale;
        if (j >= done) row[j] = root;
        for (int64_t i = j + 1; i < n; i++) {
            double *SF_RESTRICT other = a + i * stride;
            const double own = row[i];
            for (int64_t l = i < done ? done : i; l < n; l++) other[l] -= own * row[l];
        }
    }
    return 1;
}

/* The inverse of the transpose of an upper triangular matrix: lower triangular, zeros above the diagonal as far as the
   stride goes. The first `done` rows are there already. */
SF_CLONES static void sf_invert_transpose(const double *upper, int64_t n, int64_t stride, int64_t done, double *inverse) {
    for (int64_t j = done; j < n; j++) {
        double *SF_RESTRICT out = inverse + j * stride;
        for (int64_t l = 0; l < stride; l++) out[l] = 0.0;
        for (int64_t i = 0; i < j; i++) {
            const double *SF_RESTRICT above = inverse + i * stride;
            const double own = upper[i * stride + j];
            for (int64_t l = 0; l <= i; l++) out[l] -= own * above[l];
        }
        const double scale = 1.0 / upper[j * stride + j];
        for (int64_t l = 0; l < j; l++) out[l] *= scale;
        out[j] = scale;
    }
}
#endif
