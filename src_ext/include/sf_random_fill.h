/* Values of one chunk: uniform, normal, exponential, bounded integers, weighted codes. Each transform turns one block of
   words into a block of values; blocks are always computed whole, so a prefix of a draw is the draw of a prefix. */
#ifndef SF_RANDOM_FILL_H
#define SF_RANDOM_FILL_H
#include <string.h>
#include "sf_math.h"
#include "sf_random.h"

/* What a fill needs to know besides its place; each law reads its own part. */
typedef struct {
    uint64_t key0, key1, n_outcomes;
    double shape;
    const uint64_t *thresholds;
    const int32_t *aliases;
} sf_draw;

typedef void (*sf_fill)(void *values, int64_t n, int64_t start, int64_t chunk, const sf_draw *draw);

/* Odd multiples of 2^-53: never 0 or 1, and exact. */
SF_INLINE double sf_open_unit(uint64_t word) {
    return sf_double((word >> 12) | 0x3ff0000000000000u) - (1.0 - 0x1p-53);
}

/* Exact odd multiples of 2^-53 in (-1/2, 1/2). */
SF_INLINE double sf_centred_unit(uint64_t word) {
    return sf_double((word >> 12) | 0x3ff0000000000000u) - (1.5 - 0x1p-53);
}

SF_INLINE void sf_uniforms64(const sf_block *SF_RESTRICT bits, double *SF_RESTRICT out, const sf_draw *draw, int64_t at) {
    (void)draw, (void)at;
    for (int i = 0; i < SF_WORDS; i++) out[i] = sf_open_unit(bits->words[i]);
}

SF_INLINE void sf_uniforms32(const sf_block *SF_RESTRICT bits, float *SF_RESTRICT out, const sf_draw *draw, int64_t at) {
    (void)draw, (void)at;
    for (int i = 0; i < 2 * SF_WORDS; i++) {
        out[i] = sf_float((bits->halves[i] >> 9) | 0x3f800000u) - (1.0f - 0x1p-24f);
    }
}

SF_INLINE void sf_exponentials64(const sf_block *SF_RESTRICT bits, double *SF_RESTRICT out, const sf_draw *draw, int64_t at) {
    (void)draw, (void)at;
    for (int i = 0; i < SF_WORDS; i++) out[i] = -sf_log(sf_open_unit(bits->words[i]));
}

SF_INLINE void sf_exponentials32(const sf_block *SF_RESTRICT bits, float *SF_RESTRICT out, const sf_draw *draw, int64_t at) {
    (void)draw, (void)at;
    for (int i = 0; i < SF_WORDS; i++) out[i] = (float)-sf_log(sf_open_unit(bits->words[i]));
}

/* Box and Muller (1958): a radius from one word, and from another an eighth turn to either side of the axis, then turned
   by a random quarter (bits 0 and 1): swap for odd quarters, then the signs. */
SF_INLINE void sf_normals64(const sf_block *SF_RESTRICT bits, double *SF_RESTRICT out, const sf_draw *draw, int64_t at) {
    (void)draw, (void)at;
    for (int i = 0; i < SF_WORDS / 2; i++) {
        uint64_t turn = bits->words[SF_WORDS / 2 + i];
        double radius = sqrt(-2.0 * sf_log(sf_open_unit(bits->words[i]))), sine, cosine;
        sf_sincos_quarter(sf_centred_unit(turn), &sine, &cosine);
        uint64_t s = sf_bits(sine), c = sf_bits(cosine), swap = (s ^ c) & (0 - (turn & 1));
        out[i] = radius * sf_double(c ^ swap ^ (((turn ^ (turn >> 1)) & 1) << 63));
        out[SF_WORDS / 2 + i] = radius * sf_double(s ^ swap ^ ((turn >> 1) << 63));
    }
}

/* The same in float. The radius takes 31 bits of one half word and 8 spare bits of the other, so its tail is right to
   more than 7 standard deviations; where it rounds to 1 the added constant, lost elsewhere, keeps the radius positive. The
   angle has 22 bits and a quarter. */
SF_INLINE void sf_normals32(const sf_block *SF_RESTRICT bits, float *SF_RESTRICT out, const sf_draw *draw, int64_t at) {
    (void)draw, (void)at;
    for (int i = 0; i < SF_WORDS; i++) {
        uint32_t turn = bits->halves[SF_WORDS + i];
        float fine = (float)(int32_t)((turn >> 2) & 0xffu) * 0x1p-8f + 0x1p-9f;
        float unit = ((float)(int32_t)(bits->halves[i] >> 1) + fine) * 0x1p-31f, sine, cosine;
        float radius = sqrtf(0x1p-25f - 2.0f * sf_logf(unit));
        float angle = sf_float(((turn >> 10) << 1) | 0x3f800000u) - (1.5f - 0x1p-23f);
        sf_sincos_quarterf(angle, &sine, &cosine);
        uint32_t s = sf_bitsf(sine), c = sf_bitsf(cosine), swap = (s ^ c) & (0 - (turn & 1));
        out[i] = radius * sf_float(c ^ swap ^ (((turn ^ (turn >> 1)) & 1) << 31));
        out[SF_WORDS + i] = radius * sf_float(s ^ swap ^ ((turn >> 1) << 31));
    }
}

/* Lemire (2019), "Fast random integer generation in an interval". A rejected word, one in 2^64 / n_outcomes at most, is
   replaced by words of Philox at its own position, so that no value depends on its neighbours. */
SF_INLINE void sf_integers(const sf_block *SF_RESTRICT bits, int64_t *SF_RESTRICT out, const sf_draw *draw, int64_t at) {
    uint64_t high = draw->n_outcomes, limit = (0 - high) % high;
    for (int i = 0; i < SF_WORDS; i++) {
        uint64_t low, value = sf_multiply(bits->words[i], high, &low);
        for (uint64_t attempt = 1; low < limit; attempt++) {
            uint64_t words[4] = {(uint64_t)(at + i), attempt, 1, SF_LAW_INTEGERS};
            sf_philox(draw->key0, draw->key1, words);
            value = sf_multiply(words[0], high, &low);
        }
        out[i] = (int64_t)value;
    }
}

/* Walker (1977): the word's product with the number of cells gives a cell and, below, a fraction that keeps or leaves it. */
SF_INLINE void sf_choices(const sf_block *SF_RESTRICT bits, int32_t *SF_RESTRICT out, const sf_draw *draw, int64_t at) {
    (void)at;
    for (int i = 0; i < SF_WORDS; i++) {
        uint64_t fraction, cell = sf_multiply(bits->words[i], draw->n_outcomes, &fraction);
        int32_t own = (int32_t)cell, other = draw->aliases[cell];
        out[i] = other ^ ((own ^ other) & -(int32_t)(fraction < draw->thresholds[cell]));
    }
}

/* Defines name(values, n, start, chunk, draw): the values of that chunk that lie in start .. start + n of the endless
   sequence, written to their places in `values`. One block of words gives `block` values. */
#define SF_DEFINE_FILL(name, type, block, law, transform)                                                              \
    SF_CLONES static void name(void *values, int64_t n, int64_t start, int64_t chunk, const sf_draw *draw) {           \
        int64_t origin = chunk * SF_CHUNK, shift = origin - start;                                                     \
        int64_t begin = start > origin ? start - origin : 0;                                                           \
        int64_t end = n - shift < SF_CHUNK ? n - shift : SF_CHUNK;                                                     \
        type *SF_RESTRICT out = (type *)values;                                                                        \
        sf_lanes lanes;                                                                                                \
        sf_block bits;                                                                                                 \
        type spare[block];                                                                                             \
        sf_seed_lanes(&lanes, draw->key0, draw->key1, chunk, law);                                                     \
        for (int64_t at = 0; at < end; at += (block)) {                                                                \
            int64_t from = at > begin ? at : begin, to = at + (block) < end ? at + (block) : end;                      \
            sf_next_block(&lanes, &bits);                                                                              \
            if (to - from == (block)) {                                                                                \
                transform(&bits, out + at + shift, draw, origin + at);                                                 \
            } else if (to > from) {                                                                                    \
                transform(&bits, spare, draw, origin + at);                                                            \
                memcpy(out + from + shift, spare + (from - at), (size_t)(to - from) * sizeof(type));                   \
            }                                                                                                          \
        }                                                                                                              \
    }

SF_DEFINE_FILL(sf_fill_uniform64, double, SF_WORDS, SF_LAW_UNIFORM64, sf_uniforms64)
SF_DEFINE_FILL(sf_fill_uniform32, float, 2 * SF_WORDS, SF_LAW_UNIFORM32, sf_uniforms32)
SF_DEFINE_FILL(sf_fill_normal64, double, SF_WORDS, SF_LAW_NORMAL64, sf_normals64)
SF_DEFINE_FILL(sf_fill_normal32, float, 2 * SF_WORDS, SF_LAW_NORMAL32, sf_normals32)
SF_DEFINE_FILL(sf_fill_exponential64, double, SF_WORDS, SF_LAW_EXPONENTIAL, sf_exponentials64)
SF_DEFINE_FILL(sf_fill_exponential32, float, SF_WORDS, SF_LAW_EXPONENTIAL, sf_exponentials32)
SF_DEFINE_FILL(sf_fill_integers, int64_t, SF_WORDS, SF_LAW_INTEGERS, sf_integers)
SF_DEFINE_FILL(sf_fill_choices, int32_t, SF_WORDS, SF_LAW_CHOICE, sf_choices)
#endif
