/* Order-preserving integers of float64 values: k(x) < k(y) if and only if x < y. Magnitude is added to or taken from 2^63,
   so -0.0 and 0.0 share a key, and low bits that are zero in a value are zero in its key whatever the sign. */
#ifndef SF_KEYS_H
#define SF_KEYS_H
#include "sf_math.h"

#define SF_SIGN 0x8000000000000000u

SF_INLINE uint64_t sf_key_of_bits(uint64_t bits) {
    uint64_t negative = 0 - (bits >> 63);
    return SF_SIGN + (((bits & ~SF_SIGN) ^ negative) - negative);
}

SF_INLINE uint64_t sf_bits_of_key(uint64_t key) {
    uint64_t distance = key - SF_SIGN, negative = 0 - (distance >> 63);
    return ((distance ^ negative) - negative) | (negative & SF_SIGN);
}

SF_INLINE uint64_t sf_key(double x) { return sf_key_of_bits(sf_bits(x)); }

/* How many low bits it takes to hold x; 0 for 0. */
SF_INLINE int sf_bit_length(uint64_t x) {
#if defined(__GNUC__)
    return x ? 64 - __builtin_clzll(x) : 0;
#else
    int n = 0;
    for (int step = 32; step; step >>= 1) {
        if (x >> step) { x >>= step; n += step; }
    }
    return n + (x != 0);
#endif
}
#endif
