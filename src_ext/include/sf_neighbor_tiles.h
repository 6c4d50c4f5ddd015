/* Six queries against a block of 64 rows in single precision. */
#ifndef SF_NEIGHBOR_TILES_H
#define SF_NEIGHBOR_TILES_H
#include <string.h>
#include "sf_clones.h"
#include "sf_neighbor_group.h"

enum { SF_STRIP = 16, SF_STRIPS = 4, SF_MAX_COUNT = 255 };

/* Unequal codes of each of six queries and the 64 rows of a block, at `half` each. */
SF_CLONES static void sf_count_unequal(
    const uint8_t *marks, const uint8_t *queries, const int32_t *lanes, int64_t n_codes, float half,
    float sums[SF_SIDE][SF_LANES]
) {
    memset(sums, 0, sizeof(float) * SF_SIDE * SF_LANES);
    for (int64_t first = 0; first < n_codes; first += SF_MAX_COUNT) {
        const int64_t last = first + SF_MAX_COUNT < n_codes ? first + SF_MAX_COUNT : n_codes;
        for (int s = 0; s < SF_SIDE; s++) {
            uint8_t counts[SF_LANES] = {0};
            for (int64_t c = first; c < last; c++) {
                const uint8_t *SF_RESTRICT mark = marks + c * SF_LANES;
                const uint8_t own = queries[c * SF_LANES + lanes[s]];
                for (int i = 0; i < SF_LANES; i++) counts[i] += mark[i] != own;
            }
            for (int i = 0; i < SF_LANES; i++) sums[s][i] += half * (float)counts[i];
        }
    }
}

/* Half the squared norm of a row less its product with a query, less what the query asks for: `lead_most` after the
   first coordinates, `most` after all of them. Bit i of hits[s] says that this is negative for row i and query s. */
#if defined(__GNUC__)
typedef float sf_floats __attribute__((vector_size(4 * SF_STRIP), aligned(4)));
typedef int32_t sf_ints __attribute__((vector_size(4 * SF_STRIP)));
#define SF_LANE_BITS ((sf_ints){1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8, 1 << 9, \
    1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15})
#define SF_SIGNS(x) ((sf_ints)(x))
#define SF_ANY_SIGN ((SF_SIGNS(A) | SF_SIGNS(B)) | (SF_SIGNS(C) | SF_SIGNS(D)) | (SF_SIGNS(E) | SF_SIGNS(F)))
#define SF_ADD_PRODUCTS(from, to) \
    for (int64_t i = (from); i < (to); i++) { \
        const sf_floats row = *(const sf_floats *)(x + i * SF_LANES); \
        A += a[i] * row, B += b[i] * row, C += c[i] * row, D += d[i] * row, E += e[i] * row, F += f[i] * row; \
    }

SF_INLINE uint32_t sf_gather_bits(const sf_ints *bits) {
    uint64_t words[8];
    memcpy(words, bits, sizeof words);
    const uint64_t all = (words[0] | words[1]) | (words[2] | words[3]) | (words[4] | words[5]) | (words[6] | words[7]);
    return (uint32_t)(all | all >> 32);
}

/* Sign bits of 16 lanes each of two vectors. */
SF_INLINE uint32_t sf_gather_signs(const sf_floats *low, const sf_floats *high) {
    const sf_ints bits = ((SF_SIGNS(*low) >> 31) & SF_LANE_BITS) | ((SF_SIGNS(*high) >> 31) & (SF_LANE_BITS << 16));
    return sf_gather_bits(&bits);
}

#if defined(SF_HAS_CLONES)
__attribute__((optimize("fp-contract=fast"))) /* rules out only: the last bits do not matter */
#endif
SF_CLONES static void sf_match_tile(
    const float *tile, const float *lead_half, const float *tail_half, const float (*sums)[SF_LANES],
    int64_t n_lead, int64_t n_numbers, const float *const *minus, const float *lead_most, const float *most,
    uint64_t *hits
) {
    const float *a = minus[0], *b = minus[1], *c = minus[2], *d = minus[3], *e = minus[4], *f = minus[5];
    for (int s = 0; s < SF_SIDE; s++) hits[s] = 0;
    for (int strip = 0; strip < SF_STRIPS; strip++) {
        const float *x = tile + strip * SF_STRIP;
        const sf_floats start = *(const sf_floats *)(lead_half + strip * SF_STRIP);
        sf_floats A = start - lead_most[0], B = start - lead_most[1], C = start - lead_most[2];
        sf_floats D = start - lead_most[3], E = start - lead_most[4], F = start - lead_most[5];
        if (sums) {
            A += *(const sf_floats *)(sums[0] + strip * SF_STRIP), B += *(const sf_floats *)(sums[1] + strip * SF_STRIP);
            C += *(const sf_floats *)(sums[2] + strip * SF_STRIP), D += *(const sf_floats *)(sums[3] + strip * SF_STRIP);
            E += *(const sf_floats *)(sums[4] + strip * SF_STRIP), F += *(const sf_floats *)(sums[5] + strip * SF_STRIP);
        }
        SF_ADD_PRODUCTS(0, n_lead)
        if (n_lead < n_numbers) {
            const sf_ints any = SF_ANY_SIGN;
            if (!(sf_gather_bits(&any) >> 31)) continue;
            const sf_floats rest = *(const sf_floats *)(tail_half + strip * SF_STRIP);
            A += rest + (lead_most[0] - most[0]), B += rest + (lead_most[1] - most[1]);
            C += rest + (lead_most[2] - most[2]), D += rest + (lead_most[3] - most[3]);
            E += rest + (lead_most[4] - most[4]), F += rest + (lead_most[5] - most[5]);
            SF_ADD_PRODUCTS(n_lead, n_numbers)
        }
        const sf_ints any = SF_ANY_SIGN;
        if (!(sf_gather_bits(&any) >> 31)) continue;
        const uint32_t pairs[SF_SIDE / 2] = {sf_gather_signs(&A, &B), sf_gather_signs(&C, &D), sf_gather_signs(&E, &F)};
        for (int p = 0; p < SF_SIDE / 2; p++) {
            hits[2 * p] |= (uint64_t)(pairs[p] & 0xFFFFu) << (strip * SF_STRIP);
            hits[2 * p + 1] |= (uint64_t)(pairs[p] >> 16) << (strip * SF_STRIP);
        }
    }
}
#else
static void sf_match_tile(
    const float *tile, const float *lead_half, const float *tail_half, const float (*sums)[SF_LANES],
    int64_t n_lead, int64_t n_numbers, const float *const *minus, const float *lead_most, const float *most,
    uint64_t *hits
) {
    (void)n_lead, (void)lead_most;
    for (int s = 0; s < SF_SIDE; s++) {
        float halves[SF_LANES];
        for (int i = 0; i < SF_LANES; i++) halves[i] = lead_half[i] + tail_half[i] + (sums ? sums[s][i] : 0.0f);
        for (int64_t c = 0; c < n_numbers; c++) {
            const float own = minus[s][c];
            for (int i = 0; i < SF_LANES; i++) halves[i] += own * tile[c * SF_LANES + i];
        }
        hits[s] = 0;
        for (int i = 0; i < SF_LANES; i++) hits[s] |= (uint64_t)(halves[i] <= most[s]) << i;
    }
}
#endif
#endif
