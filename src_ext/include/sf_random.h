/* Where random bits come from. A chunk of SF_CHUNK values owns 16 lanes of xoshiro256++, seeded from Philox4x64-10 of
   (key, chunk, law): a pure function of position, so threads, partitions and offsets cannot change a value.
   Salmon et al. (2011), "Parallel random numbers: as easy as 1, 2, 3"; Blackman and Vigna (2021), "Scrambled linear
   pseudorandom number generators". */
#ifndef SF_RANDOM_H
#define SF_RANDOM_H
#include <stdint.h>
#include "sf_mix.h"

enum { SF_CHUNK = 4096, SF_LANES = 16, SF_WORDS = 256 };

/* One law never shares bits with another law of the same key. Values are part of the promise: do not renumber. */
enum {
    SF_LAW_KEY = 1, SF_LAW_UNIFORM64, SF_LAW_UNIFORM32, SF_LAW_NORMAL64, SF_LAW_NORMAL32, SF_LAW_EXPONENTIAL,
    SF_LAW_GAMMA, SF_LAW_INTEGERS, SF_LAW_CHOICE, SF_LAW_BUCKETS, SF_LAW_SHUFFLE
};

typedef struct { uint64_t a[SF_LANES], b[SF_LANES], c[SF_LANES], d[SF_LANES]; } sf_lanes;
typedef union { uint64_t words[SF_WORDS]; uint32_t halves[2 * SF_WORDS]; } sf_block;

/* The 128-bit product, as (high word returned, low word stored). */
SF_INLINE uint64_t sf_multiply(uint64_t x, uint64_t y, uint64_t *low) {
#if defined(__SIZEOF_INT128__)
    unsigned __int128 product = (unsigned __int128)x * y;
    *low = (uint64_t)product;
    return (uint64_t)(product >> 64);
#else
    uint64_t x0 = x & 0xffffffffu, x1 = x >> 32, y0 = y & 0xffffffffu, y1 = y >> 32;
    uint64_t middle = x1 * y0 + ((x0 * y0) >> 32), other = x0 * y1 + (middle & 0xffffffffu);
    *low = x * y;
    return x1 * y1 + (middle >> 32) + (other >> 32);
#endif
}

SF_INLINE void sf_philox(uint64_t key0, uint64_t key1, uint64_t words[4]) {
    for (int round = 0; round < 10; round++) {
        uint64_t low0, low1;
        uint64_t high0 = sf_multiply(0xD2E7470EE14C6C93u, words[0], &low0);
        uint64_t high1 = sf_multiply(0xCA5A826395121157u, words[2], &low1);
        words[0] = high1 ^ words[1] ^ key0;
        words[1] = low1;
        words[2] = high0 ^ words[3] ^ key1;
        words[3] = low0;
        key0 += SF_GOLDEN;
        key1 += 0xBB67AE8584CAA73Bu;
    }
}

/* Lanes of one chunk start from unrelated states. */
SF_INLINE void sf_seed_lanes(sf_lanes *lanes, uint64_t key0, uint64_t key1, int64_t chunk, uint64_t law) {
    uint64_t words[4] = {(uint64_t)chunk, 0, 0, law};
    sf_philox(key0, key1, words);
    for (uint64_t l = 0; l < SF_LANES; l++) {
        uint64_t step = l * SF_GOLDEN;
        lanes->a[l] = sf_mix(words[0] + step);
        lanes->b[l] = sf_mix(words[1] + step);
        lanes->c[l] = sf_mix(words[2] + step);
        lanes->d[l] = sf_mix(words[3] + step);
    }
}

SF_INLINE uint64_t sf_rotate(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

/* The next SF_WORDS words of a chunk: word i belongs to lane i % SF_LANES. */
SF_INLINE void sf_next_block(sf_lanes *lanes, sf_block *block) {
    sf_lanes s = *lanes;
    for (int i = 0; i < SF_WORDS; i += SF_LANES) {
        for (int l = 0; l < SF_LANES; l++) {
            block->words[i + l] = sf_rotate(s.a[l] + s.d[l], 23) + s.a[l];
            uint64_t t = s.b[l] << 17;
            s.c[l] ^= s.a[l];
            s.d[l] ^= s.b[l];
            s.b[l] ^= s.c[l];
            s.a[l] ^= s.d[l];
            s.c[l] ^= t;
            s.d[l] = sf_rotate(s.d[l], 45);
        }
    }
    *lanes = s;
}
#endif
