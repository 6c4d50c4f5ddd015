/* Standard normal probabilities and quantiles of whole arrays, compiled for wide registers (sf_clones.h). */
#ifndef SF_NORMAL_FILL_H
#define SF_NORMAL_FILL_H

#include <stddef.h>
#include <string.h>

#include "sf_clones.h"
#include "sf_normal.h"

enum { SF_BLOCK = 512 };

SF_CLONES static void sf_fill_ndtr(const double *x, double *out, size_t n) {
    for (size_t i = 0; i < n; i++)
        out[i] = sf_ndtr(x[i]);
}

/* In blocks, so that a rare far value sends few others a second time through the checks. */
SF_CLONES static void sf_fill_ndtri(const double *p, double *out, size_t n) {
    for (size_t start = 0; start < n; start += SF_BLOCK) {
        const size_t stop = start + SF_BLOCK < n ? start + SF_BLOCK : n;
        int64_t n_far = 0;
        for (size_t i = start; i < stop; i++)
            n_far += sf_is_far(p[i]);
        double block[SF_BLOCK];
        for (size_t i = start; i < stop; i++)
            block[i - start] = sf_ndtri_near(p[i]);
        for (size_t i = start; n_far && i < stop; i++)
            if (sf_is_far(p[i]))
                block[i - start] = sf_ndtri_far(p[i]);
        memcpy(out + start, block, (stop - start) * sizeof *out);
    }
}

#endif
