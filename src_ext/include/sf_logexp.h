/* exp and log for loops that the compiler vectorises: no branches, no tables, no libm, so every CPU gives the same bits.
   Errors stay below 1 ulp (log, after fdlibm) and 2 ulp (exp). */
#ifndef SF_LOGEXP_H
#define SF_LOGEXP_H
#include <stdint.h>
#include <string.h>
#include "sf_clones.h"

SF_INLINE double sf_from_bits(uint64_t bits) { double x; memcpy(&x, &bits, 8); return x; }
SF_INLINE uint64_t sf_to_bits(double x) { uint64_t bits; memcpy(&bits, &x, 8); return bits; }

/* x must be positive, finite and normal; NaN gives NaN. */
SF_INLINE double sf_log(double x) {
    /* Split x = 2^k m with m in [sqrt(1/2), sqrt(2)); the exponent becomes a double through the 2^52 trick, because
       integer-to-double conversions exist in AVX-512 only. */
    uint64_t shifted = sf_to_bits(x) + (0x3FF0000000000000ull - 0x3FE6A09E667F3BCDull);
    double k = sf_from_bits((shifted >> 52) | 0x4330000000000000ull) - 4503599627371519.0; /* 2^52 + 1023 */
    double m = sf_from_bits((shifted & 0x000FFFFFFFFFFFFFull) + 0x3FE6A09E667F3BCDull);
    double f = m - 1.0, s = f / (2.0 + f), z = s * s, w = z * z;
    double even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
    double odd = z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01
                 + w * 1.479819860511658591e-01)));
    double half = 0.5 * f * f;
    return k * 6.93147180369123816490e-01
           - ((half - (s * (half + even + odd) + k * 1.90821492927058770002e-10)) - f) + (x - x);
}

/* Saturates at exp(-708) and exp(709). */
SF_INLINE double sf_exp(double x) {
    x = x < -708.0 ? -708.0 : x;
    x = x > 709.0 ? 709.0 : x;
    double shifted = x * 1.4426950408889634 + 6755399441055744.0; /* the integer lands in the low bits */
    double k = shifted - 6755399441055744.0;
    double r = (x - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10;
    double r2 = r * r, r4 = r2 * r2;
    double low = (1.0 + r) + r2 * (0.5 + r * 1.6666666666666666e-01);
    double mid = (4.1666666666666664e-02 + r * 8.3333333333333333e-03)
                 + r2 * (1.3888888888888889e-03 + r * 1.9841269841269841e-04);
    double high = (2.4801587301587302e-05 + r * 2.7557319223985893e-06)
                  + r2 * (2.7557319223985888e-07 + r * 2.5052108385441720e-08) + r4 * 2.0876756987868099e-09;
    double p = low + r4 * (mid + r4 * high);
    return sf_from_bits(sf_to_bits(p) + (sf_to_bits(shifted) << 52));
}
#endif
