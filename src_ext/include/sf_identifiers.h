/* Keyed permutations and hashes of row numbers: every value is a pure function of (key, row). */
#ifndef SF_IDENTIFIERS_H
#define SF_IDENTIFIERS_H
#include "sf_mix.h"

#define SF_ROUNDS 6

/* An unbalanced Feistel network on n_bits >= 2; a round swaps the halves, so an even number of rounds restores them. */
SF_INLINE uint64_t sf_feistel(uint64_t x, int n_bits, const uint64_t *keys)
{
    int left_bits = n_bits / 2, right_bits = n_bits - left_bits;
    uint64_t left = x >> right_bits, right = x & (((uint64_t)1 << right_bits) - 1), swap;
    for (int round = 0; round < SF_ROUNDS; round++) {
        swap = (left ^ sf_mix(right + keys[round])) & (((uint64_t)1 << left_bits) - 1);
        left = right;
        right = swap;
        left_bits = n_bits - left_bits;
    }
    return (left << (n_bits - left_bits)) | right;
}

/* Each value (below size) becomes its place in a keyed permutation of 0 .. size - 1. Walks the cycle of the next power
   of two until it is inside again: fewer than two steps on average. */
SF_INLINE void sf_permute(uint64_t *values, int64_t n, uint64_t size, int n_bits, const uint64_t *keys)
{
    for (int64_t i = 0; i < n; i++) {
        uint64_t x = values[i];
        do x = sf_feistel(x, n_bits, keys); while (x >= size);
        values[i] = x;
    }
}

SF_CLONES static void sf_hash(uint64_t *out, int64_t n, uint64_t start, uint64_t key0, uint64_t key1)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = sf_mix(sf_mix((start + (uint64_t)i) * SF_GOLDEN + key0) ^ key1);
}

/* Writes value, in the mixed radix of the letters that each position may have, into bytes at columns[j]. */
SF_INLINE void sf_spell(
    uint8_t *row, uint64_t value, const uint8_t *letters, const int64_t *offsets, const int64_t *columns, int64_t n)
{
    for (int64_t j = n - 1; j >= 0; j--) {
        uint64_t radix = (uint64_t)(offsets[j + 1] - offsets[j]);
        row[columns[j]] = letters[offsets[j] + (int64_t)(value % radix)];
        value /= radix;
    }
}
#endif
