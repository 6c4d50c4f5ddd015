/* Rows that match a person in most keys, and how many of them share the person's secret: for several secrets in one
   pass, each of which leaves its own column out of the keys. Rows lie in tiles of 64: tile t holds cell (column c, lane
   i) at (t * n_columns + c) * 64 + i. */
#ifndef SF_ATTRIBUTION_H
#define SF_ATTRIBUTION_H
#include <stdint.h>
#include "sf_clones.h"

enum { SF_TILE = 64 };

typedef struct {
    int64_t n_columns, n_secrets, n_rows;
    const int32_t *tiles;    /* spare lanes of the last tile hold anything */
    const uint8_t *is_key;   /* (n_columns,) */
    const int64_t *secrets;  /* (n_secrets,) columns */
} sf_matching;

SF_INLINE void sf_add_mismatches(const int32_t *SF_RESTRICT cells, int32_t code, int32_t *SF_RESTRICT out) {
    for (int i = 0; i < SF_TILE; i++) out[i] += cells[i] != code;
}

SF_INLINE int32_t sf_least_mismatches(
    const int32_t *SF_RESTRICT total, const int32_t *SF_RESTRICT cells, int32_t code, int32_t is_key, int n,
    int32_t *SF_RESTRICT out
) {
    int32_t least = INT32_MAX;
    for (int i = 0; i < SF_TILE; i++) out[i] = total[i] - (cells[i] != code) * is_key;
    for (int i = 0; i < n; i++) least = out[i] < least ? out[i] : least;
    return least;
}

/* One person: least mismatches, matching and agreeing rows of each secret. */
SF_CLONES static void sf_count_agreeing(
    const sf_matching *m, const int32_t *codes, int32_t *least, int64_t *matching, int64_t *agreeing
) {
    int32_t total[SF_TILE], apart[SF_TILE];
    for (int64_t s = 0; s < m->n_secrets; s++) {
        least[s] = INT32_MAX;
        matching[s] = agreeing[s] = 0;
    }
    for (int64_t first = 0; first < m->n_rows; first += SF_TILE) {
        const int32_t *tile = m->tiles + first * m->n_columns;
        const int n = m->n_rows - first < SF_TILE ? (int)(m->n_rows - first) : SF_TILE;
        for (int i = 0; i < SF_TILE; i++) total[i] = 0;
        for (int64_t c = 0; c < m->n_columns; c++)
            if (m->is_key[c]) sf_add_mismatches(tile + c * SF_TILE, codes[c], total);
        for (int64_t s = 0; s < m->n_secrets; s++) {
            const int64_t column = m->secrets[s];
            const int32_t *cells = tile + column * SF_TILE, code = codes[column];
            const int32_t found = sf_least_mismatches(total, cells, code, m->is_key[column], n, apart);
            int32_t matches = 0, agrees = 0;
            if (found > least[s]) continue;
            if (found < least[s]) matching[s] = agreeing[s] = 0;
            least[s] = found;
            for (int i = 0; i < n; i++) {
                matches += apart[i] == found;
                agrees += (apart[i] == found) & (cells[i] == code);
            }
            matching[s] += matches;
            agreeing[s] += agrees;
        }
    }
}
#endif
