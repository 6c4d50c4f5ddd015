/* Random permutations in two steps: every item goes to a random bucket, then each bucket, small enough for the cache, is
   shuffled by itself. The result is exactly uniform (Rao 1961, Sandelius 1962), and buckets need no order among threads. */
#ifndef SF_RANDOM_SHUFFLE_H
#define SF_RANDOM_SHUFFLE_H
#include "sf_random_fill.h"

SF_INLINE void sf_buckets(const sf_block *SF_RESTRICT bits, uint16_t *SF_RESTRICT out, const sf_draw *draw, int64_t at) {
    (void)at;
    for (int i = 0; i < SF_WORDS; i++) out[i] = (uint16_t)((bits->words[i] >> 48) & (draw->n_outcomes - 1));
}

SF_DEFINE_FILL(sf_fill_buckets, uint16_t, SF_WORDS, SF_LAW_BUCKETS, sf_buckets)

/* Fisher and Yates, from the end, with Lemire's unbiased bounded integers. */
static void sf_shuffle_bucket(int64_t *SF_RESTRICT values, int64_t n, int64_t bucket, const sf_draw *draw) {
    sf_lanes lanes;
    sf_block bits;
    int used = SF_WORDS;
    sf_seed_lanes(&lanes, draw->key0, draw->key1, bucket, SF_LAW_SHUFFLE);
    for (uint64_t bound = (uint64_t)n; bound > 1;) {
        if (used == SF_WORDS) {
            sf_next_block(&lanes, &bits);
            used = 0;
        }
        uint64_t low, other = sf_multiply(bits.words[used++], bound, &low);
        if (low < bound && low < (0 - bound) % bound) continue;
        bound--;
        int64_t moved = values[bound];
        values[bound] = values[other];
        values[other] = moved;
    }
}
#endif
