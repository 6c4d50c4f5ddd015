/* Six queries against a block of 64 rows in bytes: four products to an instruction, where the processor has it.

   Exact as the rest: places lie within a known distance ("error") of what their bytes stand for, so rows whose bytes
   are farther apart than what is asked for and both errors cannot be answers. Sums of products of bytes are exact. */
#ifndef SF_NEIGHBOR_BYTES_H
#define SF_NEIGHBOR_BYTES_H
#include <math.h>
#include <string.h>
#include "sf_clones.h"
#include "sf_neighbor_group.h"

enum { SF_MOST_LIMIT = 1000000000 }; /* what is asked for in squared steps, halved, if no less */
#define SF_ROUGH 0.2f                /* share of the distances asked for that errors may have */

/* Bytes of one block of places; see sf_neighbor_bytes. */
static void sf_round_block(
    const float *places, int64_t n_numbers, float fineness, uint8_t *cells, int32_t *halves, float *errors
) {
    const int64_t n_fours = (n_numbers + 3) / 4;
    double off[SF_LANES] = {0.0};
    int32_t norms[SF_LANES] = {0};
    memset(cells, 128, (size_t)(n_fours * 4 * SF_LANES));
    for (int64_t c = 0; c < n_numbers; c++) {
        uint8_t *own = cells + (c / 4) * 4 * SF_LANES + c % 4;
        for (int i = 0; i < SF_LANES; i++) {
            const float steps = places[c * SF_LANES + i] * fineness;
            const float held = steps < -127.0f ? -127.0f : steps > 127.0f ? 127.0f : steps;
            const int32_t step = (int32_t)(held + 127.5f) - 127;
            const double gap = (double)places[c * SF_LANES + i] - (double)step / (double)fineness;
            own[4 * i] = (uint8_t)(step + 128);
            norms[i] += step * step;
            off[i] += gap * gap;
        }
    }
    for (int i = 0; i < SF_LANES; i++) {
        halves[i] = norms[i] / 2;
        errors[i] = (float)(sqrt(off[i]) * (1.0 + 1e-6) + 1e-30);
    }
}

#if defined(SF_HAS_CLONES)
#include <immintrin.h>

static int sf_has_byte_products(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("x86-64-v4") && __builtin_cpu_supports("avx512vnni");
}

#define SF_BYTE_STARTS(S, s) \
    __m512i S##0 = _mm512_sub_epi32(low, _mm512_set1_epi32(limits[s])); \
    __m512i S##1 = _mm512_sub_epi32(high, _mm512_set1_epi32(limits[s]));
#define SF_BYTE_PRODUCTS(S, s) \
    { \
        int32_t own; \
        memcpy(&own, minus[s] + 4 * f, sizeof own); \
        const __m512i q = _mm512_set1_epi32(own); \
        S##0 = _mm512_dpbusd_epi32(S##0, x, q); \
        S##1 = _mm512_dpbusd_epi32(S##1, y, q); \
    }
#define SF_BYTE_HITS(S, s) \
    hits[s] |= (uint64_t)((uint32_t)_mm512_movepi32_mask(S##0) | (uint32_t)_mm512_movepi32_mask(S##1) << 16) << part;

/* Bit i of hits[s]: half the squared norm of row i less its product with query s is below a limit. The sums hold
   128 times the query besides, as cells are 128 too large, and so do the limits. */
__attribute__((target("arch=x86-64-v4,avx512vnni"))) static void sf_match_bytes(
    const uint8_t *cells, const int32_t *halves, int64_t n_fours, const int8_t *const *minus, const int32_t *limits,
    uint64_t *hits
) {
    for (int s = 0; s < SF_SIDE; s++) hits[s] = 0;
    for (int part = 0; part < SF_LANES; part += 32) {
        const __m512i low = _mm512_loadu_si512(halves + part), high = _mm512_loadu_si512(halves + part + 16);
        const uint8_t *four = cells + 4 * part;
        SF_BYTE_STARTS(A, 0) SF_BYTE_STARTS(B, 1) SF_BYTE_STARTS(C, 2)
        SF_BYTE_STARTS(D, 3) SF_BYTE_STARTS(E, 4) SF_BYTE_STARTS(F, 5)
        for (int64_t f = 0; f < n_fours; f++) {
            const __m512i x = _mm512_loadu_si512(four + f * 256), y = _mm512_loadu_si512(four + f * 256 + 64);
            SF_BYTE_PRODUCTS(A, 0) SF_BYTE_PRODUCTS(B, 1) SF_BYTE_PRODUCTS(C, 2)
            SF_BYTE_PRODUCTS(D, 3) SF_BYTE_PRODUCTS(E, 4) SF_BYTE_PRODUCTS(F, 5)
        }
        const __m512i any = _mm512_or_si512(
            _mm512_or_si512(_mm512_or_si512(A0 | A1, B0 | B1), C0 | C1),
            _mm512_or_si512(_mm512_or_si512(D0 | D1, E0 | E1), F0 | F1)
        );
        if (!_mm512_movepi32_mask(any)) continue;
        SF_BYTE_HITS(A, 0) SF_BYTE_HITS(B, 1) SF_BYTE_HITS(C, 2) SF_BYTE_HITS(D, 3) SF_BYTE_HITS(E, 4) SF_BYTE_HITS(F, 5)
    }
}
#else
static int sf_has_byte_products(void) { return 0; }
static void sf_match_bytes(
    const uint8_t *cells, const int32_t *halves, int64_t n_fours, const int8_t *const *minus, const int32_t *limits,
    uint64_t *hits
) {
    (void)cells, (void)halves, (void)n_fours, (void)minus, (void)limits, (void)hits;
}
#endif

/* Whether the errors are small against the distances asked for: else too little would be ruled out. */
static int sf_bytes_suffice(const sf_neighbor_group *g, int64_t block) {
    if (!g->tree->bytes.cells) return 0;
    const float error = g->rough + g->tree->bytes.errors[block];
    return error * error <= SF_ROUGH * SF_ROUGH * g->worst;
}

/* What a group's queries ask of a block's rows in bytes, given the squared distances of places. */
SF_CLONES static void sf_limit_bytes(
    const sf_neighbor_group *g, int64_t block, const float *SF_RESTRICT asked, int32_t *SF_RESTRICT limits
) {
    const float fineness = g->tree->bytes.fineness, error = g->tree->bytes.errors[block];
    for (int i = 0; i < SF_LANES; i++) {
        const float far = (sqrtf(asked[i] > 0.0f ? asked[i] : 0.0f) + g->byte_error[i] + error) * fineness;
        const float half = 0.5f * (1.0f + 1e-5f) * far * far + 2.0f;
        limits[i] = (int32_t)(half < (float)SF_MOST_LIMIT ? half : (float)SF_MOST_LIMIT) + g->byte_base[i];
    }
}

/* Which rows of a block six queries have to measure, by bytes. */
static void sf_match_rounded(
    const sf_neighbor_group *g, int64_t block, const int32_t *all_limits, const int32_t *lanes, uint64_t *hits
) {
    const sf_neighbor_bytes *b = &g->tree->bytes;
    const int8_t *minus[SF_SIDE];
    int32_t limits[SF_SIDE];
    for (int s = 0; s < SF_SIDE; s++) {
        minus[s] = g->minus_bytes + lanes[s] * 4 * b->n_fours;
        limits[s] = all_limits[lanes[s]];
    }
    sf_match_bytes(
        b->cells + block * b->n_fours * 4 * SF_LANES, b->halves + block * SF_LANES, b->n_fours, minus, limits, hits
    );
}

/* Puts the bytes of a group's queries at hand, negated and by row. */
static void sf_open_bytes(sf_neighbor_group *g) {
    const sf_neighbor_bytes *b = &g->all->bytes;
    const uint8_t *cells = b->cells + g->group * b->n_fours * 4 * SF_LANES;
    g->rough = 0.0f;
    for (int i = 0; i < SF_LANES; i++) {
        int32_t sum = 0;
        for (int64_t c = 0; c < 4 * b->n_fours; c++) {
            const int32_t step = (int32_t)cells[(c / 4) * 4 * SF_LANES + 4 * i + c % 4] - 128;
            g->minus_bytes[i * 4 * b->n_fours + c] = (int8_t)-step;
            sum -= step;
        }
        g->byte_base[i] = -b->halves[g->group * SF_LANES + i] + 128 * sum;
        g->byte_error[i] = b->errors[g->group * SF_LANES + i];
        if (g->byte_error[i] > g->rough) g->rough = g->byte_error[i];
    }
}
#endif
