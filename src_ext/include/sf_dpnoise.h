/* Exact draws for differential privacy: integers only, every probability a ratio of integers or exp(-ratio) itself.
   Canonne, Kamath and Steinke (2020), "The discrete Gaussian for differential privacy", algorithms 1 to 3; Lemire (2019),
   "Fast random integer generation in an interval". Proofs: synthfast/privacy/PROOFS.md. Not of constant time.

   Random bits are a tape of words. Where it ends within a draw the tape is dry, the draw is void, and the caller begins
   it again from the same words with more behind them: a draw is a function of the endless tape, never of its cuts. */
#ifndef SF_DPNOISE_H
#define SF_DPNOISE_H
#include <stdint.h>
#include "sf_random.h"

enum { SF_MAX_ROUNDS = 512 }; /* of exp(-1) in one Laplace draw: more come once in exp(512) draws, and void the call */

typedef struct {
    const uint32_t *words;
    int64_t next, end;
    int dry, overflown;
} sf_tape;

typedef int64_t (*sf_law)(sf_tape *tape, uint64_t p, uint64_t q);

SF_INLINE uint32_t sf_next_word(sf_tape *tape) {
    if (tape->next == tape->end) {
        tape->dry = 1;
        return 0;
    }
    return tape->words[tape->next++];
}

/* Uniform on 0 .. n - 1, for n >= 1. */
SF_INLINE uint64_t sf_below(sf_tape *tape, uint64_t n) {
    if (n == 1) return 0;
    if (n <= 0x100000000u) {
        uint64_t product = sf_next_word(tape) * n;
        if ((uint32_t)product < n) {
            uint64_t least = (0x100000000u - n) % n;
            while ((uint32_t)product < least && !tape->dry) product = sf_next_word(tape) * n;
        }
        return product >> 32;
    }
    uint64_t least = (0 - n) % n, low, high;
    do {
        uint64_t first = sf_next_word(tape);
        high = sf_multiply(first << 32 | sf_next_word(tape), n, &low);
    } while (low < least && !tape->dry);
    return high;
}

/* One with probability exp(-1): algorithm 1 at its end, where the first round is certain. */
SF_INLINE int sf_survives(sf_tape *tape) {
    uint64_t k = 2;
    while (sf_below(tape, k) == 0 && !tape->dry) k++;
    return k & 1;
}

/* One with probability exp(-numerator / (denominator scale)), for numerator <= denominator and scale >= 1; where
   `squared`, exp(-(numerator / denominator)^2 / scale). */
SF_INLINE int sf_survives_part(sf_tape *tape, uint64_t numerator, uint64_t denominator, uint64_t scale, int squared) {
    uint64_t k = 1;
    while (sf_below(tape, k * scale) == 0 && sf_below(tape, denominator) < numerator
           && (!squared || sf_below(tape, denominator) < numerator) && !tape->dry)
        k++;
    return k & 1;
}

/* One with probability exp(-numerator / denominator). */
SF_INLINE int sf_survives_ratio(sf_tape *tape, uint64_t numerator, uint64_t denominator) {
    for (uint64_t i = numerator / denominator; i > 0; i--)
        if (!sf_survives(tape) || tape->dry) return 0;
    return sf_survives_part(tape, numerator % denominator, denominator, 1, 0);
}

/* P(y) in proportion to exp(-|y| q / p); 1 <= p, q < 2^52. */
SF_INLINE int64_t sf_draw_laplace(sf_tape *tape, uint64_t p, uint64_t q) {
    while (!tape->dry) {
        uint64_t within = sf_below(tape, p), rounds = 0;
        if (!sf_survives_part(tape, within, p, 1, 0)) continue;
        while (rounds < SF_MAX_ROUNDS && sf_survives(tape)) rounds++;
        if (rounds == SF_MAX_ROUNDS) tape->overflown = 1;
        int64_t size = (int64_t)((within + p * rounds) / q);
        int negative = sf_next_word(tape) & 1;
        if (!negative) return size;
        if (size != 0) return -size;
    }
    return 0;
}

/* One with probability exp(-(w / p)^2 / 2): with w = i p + r the square is i^2 + 2 i r/p + (r/p)^2. */
SF_INLINE int sf_survives_square(sf_tape *tape, uint64_t w, uint64_t p) {
    uint64_t i = w / p, r = w % p;
    for (uint64_t k = i * i / 2; k > 0; k--)
        if (!sf_survives(tape) || tape->dry) return 0;
    if ((i & 1) && !sf_survives_part(tape, 1, 1, 2, 0)) return 0;
    for (uint64_t k = i; k > 0; k--)
        if (!sf_survives_part(tape, r, p, 1, 0) || tape->dry) return 0;
    return sf_survives_part(tape, r, p, 2, 1);
}

/* P(y) in proportion to exp(-y^2 q^2 / (2 p^2)); 1 <= p, q < 2^52. */
SF_INLINE int64_t sf_draw_gaussian(sf_tape *tape, uint64_t p, uint64_t q) {
    while (!tape->dry) {
        int64_t y = sf_draw_laplace(tape, p, q);
        uint64_t size = (uint64_t)(y < 0 ? -y : y) * q;
        if (sf_survives_square(tape, size > p ? size - p : p - size, p)) return y;
    }
    return 0;
}

/* One with probability exp(-gap a / b), for a and b up to 2^32: gap a / b = (gap / b) a + (gap % b) a / b. */
SF_INLINE int sf_survives_gap(sf_tape *tape, uint64_t gap, uint64_t a, uint64_t b) {
    for (uint64_t whole = a ? gap / b : 0; whole > 0; whole--)
        for (uint64_t k = a; k > 0; k--)
            if (!sf_survives(tape) || tape->dry) return 0;
    return sf_survives_ratio(tape, gap % b * a, b);
}
#endif
