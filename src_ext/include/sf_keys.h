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
SF_INLINE double sf_double_of_key(uint64_t key) { return sf_double(sf_bits_of_key(key)); }

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

/* What a scan finds: the range of the keys, which of their bits differ anywhere, and whether a value is above or below
   the one before. NaN is not present, and both rises and falls. */
typedef struct { int64_t n_present; uint64_t lowest, highest, varying; int rises, falls; } sf_key_range;

SF_INLINE int sf_is_nan_bits(uint64_t bits) { return (bits & ~SF_SIGN) > 0x7ff0000000000000u; }

SF_CLONES static sf_key_range sf_scan_keys(const double *values, int64_t n) {
    sf_key_range r = {0, 0, 0, 0, 1, 1};
    int64_t start = 0;
    while (start < n && values[start] != values[start]) start++;
    if (start == n) return r;
    uint64_t first = sf_key(values[start]), lowest = first, highest = first, varying = 0, n_present = 0;
    uint64_t n_not_falling = 0, n_not_rising = 0;
    for (int64_t i = start; i < n; i++) {
        uint64_t bits = sf_bits(values[i]), present = 0 - (uint64_t)!sf_is_nan_bits(bits), key = sf_key_of_bits(bits);
        uint64_t low = key | ~present, high = key & present;
        lowest = low < lowest ? low : lowest;
        highest = high > highest ? high : highest;
        varying |= (key ^ first) & present;
        n_present -= present;
    }
    for (int64_t i = start + 1; i < n; i++) {
        n_not_falling += values[i] >= values[i - 1];
        n_not_rising += values[i] <= values[i - 1];
    }
    r.n_present = (int64_t)n_present, r.lowest = lowest, r.highest = highest, r.varying = varying;
    r.falls = n_not_falling != (uint64_t)(n - 1), r.rises = n_not_rising != (uint64_t)(n - 1);
    return r;
}

SF_INLINE int sf_trailing_zeros(uint64_t x) { return x ? sf_bit_length(x & (0 - x)) - 1 : 0; }
#endif
