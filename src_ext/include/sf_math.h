/* Elementary functions with fixed bits: only + - * / and sqrt, which IEEE 754 rounds the same way everywhere, so with
   contraction off every instruction set gives the same result. Branch-free, so that loops over them vectorise.
   Kernels and coefficients are those of FreeBSD's msun (double) and Cephes (float). */
#ifndef SF_MATH_H
#define SF_MATH_H
#include <math.h>
#include <stdint.h>
#include <string.h>
#include "sf_clones.h"

SF_INLINE uint64_t sf_bits(double x) { uint64_t b; memcpy(&b, &x, sizeof b); return b; }
SF_INLINE double sf_double(uint64_t b) { double x; memcpy(&x, &b, sizeof x); return x; }
SF_INLINE uint32_t sf_bitsf(float x) { uint32_t b; memcpy(&b, &x, sizeof b); return b; }
SF_INLINE float sf_float(uint32_t b) { float x; memcpy(&x, &b, sizeof x); return x; }

/* condition ? yes : no, without the branch that would keep a loop from being vectorised. */
SF_INLINE double sf_choose(int condition, double yes, double no) {
    uint64_t mask = 0 - (uint64_t)condition;
    return sf_double((sf_bits(yes) & mask) | (sf_bits(no) & ~mask));
}

SF_INLINE float sf_choosef(int condition, float yes, float no) {
    uint32_t mask = 0 - (uint32_t)condition;
    return sf_float((sf_bitsf(yes) & mask) | (sf_bitsf(no) & ~mask));
}

/* Natural logarithm of a positive, finite, not subnormal x; error below 1 ulp. */
SF_INLINE double sf_log(double x) {
    const uint64_t root_half = 0x3fe6a09e00000000u;
    uint64_t shifted = sf_bits(x) + (0x3ff0000000000000u - root_half);
    double k = sf_double(0x4330000000000000u | (shifted >> 52)) - (4503599627370496.0 + 1023.0);
    double f = sf_double((shifted & 0x000fffffffffffffu) + root_half) - 1.0;
    double s = f / (2.0 + f), z = s * s, w = z * z;
    double even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
    double odd = z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01
               + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
    double half_square = 0.5 * f * f;
    return k * 6.93147180369123816490e-01
         - ((half_square - (s * (half_square + (even + odd)) + k * 1.90821492927058770002e-10)) - f);
}

/* e to the x; error below 1 ulp. 0 below x = -708, infinite above 709. */
SF_INLINE double sf_exp(double x) {
    double inside = sf_choose(x < -708.0, -708.0, sf_choose(x > 709.0, 709.0, x));
    double shifted = inside * 1.44269504088896338700 + 6755399441055744.0;
    double k = shifted - 6755399441055744.0;
    double hi = inside - k * 6.93147180369123816490e-01, lo = k * 1.90821492927058770002e-10;
    double r = hi - lo, t = r * r;
    double c = r - t * (1.66666666666666019037e-01 + t * (-2.77777777770155933842e-03 + t * (6.61375632143793436117e-05
             + t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))));
    double y = 1.0 - ((lo - (r * c) / (2.0 - c)) - hi);
    y = sf_double(sf_bits(y) + (sf_bits(shifted) << 52));
    return sf_choose(x < -708.0, 0.0, sf_choose(x > 709.0, INFINITY, y));
}

/* Sine and cosine of y quarter turns, |y| <= 1/2; error below 2 ulp. */
SF_INLINE void sf_sincos_quarter(double y, double *sine, double *cosine) {
    double x = y * 1.57079632679489661923, z = x * x;
    double s = -1.66666666666666324348e-01 + z * (8.33333333332248946124e-03 + z * (-1.98412698298579493134e-04
             + z * (2.75573137070700676789e-06 + z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10))));
    double c = 4.16666666666666019037e-02 + z * (-1.38888888888741095749e-03 + z * (2.48015872894767294178e-05
             + z * (-2.75573143513906633035e-07 + z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11))));
    *sine = x + x * z * s;
    *cosine = 1.0 - (0.5 * z - z * z * c);
}

/* Natural logarithm of a positive, finite, not subnormal x; error below 2 ulp. */
SF_INLINE float sf_logf(float x) {
    const uint32_t root_half = 0x3f3504f3u;
    uint32_t shifted = sf_bitsf(x) + (0x3f800000u - root_half);
    float k = (float)((int32_t)(shifted >> 23) - 127);
    float f = sf_float((shifted & 0x007fffffu) + root_half) - 1.0f, z = f * f;
    float p = 7.0376836292e-2f * f - 1.1514610310e-1f;
    p = p * f + 1.1676998740e-1f;
    p = p * f - 1.2420140846e-1f;
    p = p * f + 1.4249322787e-1f;
    p = p * f - 1.6668057665e-1f;
    p = p * f + 2.0000714765e-1f;
    p = p * f - 2.4999993993e-1f;
    p = p * f + 3.3333331174e-1f;
    float y = p * f * z - 2.12194440e-4f * k - 0.5f * z;
    return (f + y) + 0.693359375f * k;
}

/* Sine and cosine of y quarter turns, |y| <= 1/2; error below 2 ulp. */
SF_INLINE void sf_sincos_quarterf(float y, float *sine, float *cosine) {
    float x = y * 1.57079632679f, z = x * x;
    float s = -1.6666654611e-1f + z * (8.3321608736e-3f + z * -1.9515295891e-4f);
    float c = 4.166664568298827e-2f + z * (-1.388731625493765e-3f + z * 2.443315711809948e-5f);
    *sine = x + x * z * s;
    *cosine = 1.0f - (0.5f * z - z * z * c);
}

/* e to the x; error below 2 ulp. Cut off at x = +-87, where floats end. */
SF_INLINE float sf_expf(float x) {
    x = sf_choosef(x < -87.0f, -87.0f, sf_choosef(x > 87.0f, 87.0f, x));
    float shifted = x * 1.44269504f + 12582912.0f;
    float k = shifted - 12582912.0f;
    float r = (x - k * 0.693359375f) + k * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    float y = p * (r * r) + r + 1.0f;
    return sf_float(sf_bitsf(y) + (sf_bitsf(shifted) << 23));
}
#endif
