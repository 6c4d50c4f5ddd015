/* Columns written as rows. */
#ifndef SF_WEAVE_H
#define SF_WEAVE_H
#include <stddef.h>
#include <string.h>

#include "sf_clones.h"

#if defined(__x86_64__) || defined(_M_X64)
#include <emmintrin.h>
/* Store past the caches: a table larger than they are would only push out of them what the next block needs. */
SF_INLINE void sf_store_past(double *to, double value) {
    long long bits;
    memcpy(&bits, &value, sizeof bits);
    _mm_stream_si64((long long *)to, bits);
}
SF_INLINE void sf_end_stores(void) { _mm_sfence(); }
#else
SF_INLINE void sf_store_past(double *to, double value) { *to = value; }
SF_INLINE void sf_end_stores(void) {}
#endif

enum { SF_WOVEN_COLUMNS = 8 };

/* out[i][j] = columns[j][i] of n rows and n_columns columns that are `pitch` apart; 8 columns at a time, past the caches
   where whole lines are written. */
static void sf_weave_columns(const double *columns, ptrdiff_t pitch, ptrdiff_t n_columns, ptrdiff_t n, int past,
                             double *SF_RESTRICT out) {
    for (ptrdiff_t j = 0; j < n_columns; j += SF_WOVEN_COLUMNS) {
        const double *first = columns + j * pitch;
        if (n_columns - j < SF_WOVEN_COLUMNS)
            for (ptrdiff_t i = 0; i < n; i++)
                for (ptrdiff_t k = 0; k < n_columns - j; k++)
                    out[i * n_columns + j + k] = first[k * pitch + i];
        else if (past && n_columns == SF_WOVEN_COLUMNS)
            for (ptrdiff_t i = 0; i < n; i++)
                for (int k = 0; k < SF_WOVEN_COLUMNS; k++)
                    sf_store_past(out + i * SF_WOVEN_COLUMNS + k, first[k * pitch + i]);
        else
            for (ptrdiff_t i = 0; i < n; i++)
                for (int k = 0; k < SF_WOVEN_COLUMNS; k++)
                    out[i * n_columns + j + k] = first[k * pitch + i];
    }
    sf_end_stores();
}
#endif
