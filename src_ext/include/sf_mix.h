/* One 64-bit word from another, by which counters become random bits. */
#ifndef SF_MIX_H
#define SF_MIX_H
#include <stdint.h>
#include "sf_clones.h"

#define SF_GOLDEN 0x9E3779B97F4A7C15u /* 2^64 over the golden ratio: multiples of it are far apart */

/* The finaliser of SplitMix64 (Stafford's variant 13): each input bit reaches each output bit. */
SF_INLINE uint64_t sf_mix(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}
#endif
