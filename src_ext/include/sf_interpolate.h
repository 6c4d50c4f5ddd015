/* Rows between two rows, gathered and written in one pass; and the level that most of a row's neighbours hold. */
#ifndef SF_INTERPOLATE_H
#define SF_INTERPOLATE_H
#include "sf_mix.h"
#include "sf_prefetch.h"

enum { SF_ROWS_AHEAD = 16, SF_LINKS_AHEAD = 48 }; /* new rows between a prefetch and its use */

SF_INLINE void sf_fetch_row(const void *row, ptrdiff_t n_bytes) {
    for (ptrdiff_t at = 0; at < n_bytes; at += 64) SF_PREFETCH((const char *)row + at);
    SF_PREFETCH((const char *)row + n_bytes - 1);
}

/* out[i] = from + step * (to - from), along link pairs[i]: links hold the numbers of two rows. A step past the middle is
   taken from the other end, so that a row between two others never leaves their box by rounding. */
#define SF_DEFINE_INTERPOLATE(name, type)                                                                              \
    SF_CLONES static void name(const type *points, ptrdiff_t n_columns, const uint32_t *links, const int64_t *pairs,   \
                               const double *steps, ptrdiff_t n, type *out) {                                          \
        const ptrdiff_t n_bytes = n_columns * (ptrdiff_t)sizeof(type);                                                 \
        for (ptrdiff_t i = 0; i < n; i++) {                                                                            \
            if (i + SF_LINKS_AHEAD < n) SF_PREFETCH(links + 2 * pairs[i + SF_LINKS_AHEAD]);                               \
            if (i + SF_ROWS_AHEAD < n) {                                                                               \
                const uint32_t *next = links + 2 * pairs[i + SF_ROWS_AHEAD];                                           \
                sf_fetch_row(points + (ptrdiff_t)next[0] * n_columns, n_bytes);                                        \
                sf_fetch_row(points + (ptrdiff_t)next[1] * n_columns, n_bytes);                                        \
            }                                                                                                          \
            const uint32_t *link = links + 2 * pairs[i];                                                               \
            const int past = steps[i] > 0.5;                                                                           \
            const type *SF_RESTRICT from = points + (ptrdiff_t)link[past] * n_columns;                                 \
            const type *SF_RESTRICT to = points + (ptrdiff_t)link[1 - past] * n_columns;                               \
            const type step = (type)(past ? 1.0 - steps[i] : steps[i]);                                                \
            type *SF_RESTRICT row = out + i * n_columns;                                                               \
            for (ptrdiff_t j = 0; j < n_columns; j++) row[j] = from[j] + step * (to[j] - from[j]);                     \
        }                                                                                                              \
    }
SF_DEFINE_INTERPOLATE(sf_interpolate64, double)
SF_DEFINE_INTERPOLATE(sf_interpolate32, float)

/* The code held by most of the n_neighbors rows in column c. Of codes held by equally many the one of the highest rank;
   of those, each has the same chance: `word` decides. */
SF_INLINE int32_t sf_vote(const int32_t *codes, ptrdiff_t n_columns, ptrdiff_t c, const int64_t *neighbors,
                          int64_t n_neighbors, const int32_t *ranks, uint64_t word) {
    int32_t winner = 0, top = 0;
    int64_t most = 0;
    uint64_t best = 0;
    for (int64_t a = 0; a < n_neighbors; a++) {
        const int32_t code = codes[neighbors[a] * n_columns + c];
        int64_t count = 0;
        for (int64_t b = 0; b < n_neighbors; b++) count += codes[neighbors[b] * n_columns + c] == code;
        if (count < most || (count == most && ranks[code] < top)) continue;
        const uint64_t lot = sf_mix(word + SF_GOLDEN * (uint64_t)code);
        if (count > most || ranks[code] > top || lot > best) {
            winner = code;
            most = count;
            top = ranks[code];
            best = lot;
        }
    }
    return winner;
}
#endif
