/* The six kernels of unit bandwidth: density up to its constant, distribution function, quantiles, and draws between two
   points. Compact ones live on [-1, 1]; the Gaussian has standard deviation 1, the exponential falls by e per unit. */
#ifndef SF_KDE_SHAPES_H
#define SF_KDE_SHAPES_H
#include <stddef.h>
#include <stdint.h>

#include "sf_clones.h"
#include "sf_math.h"
#include "sf_normal.h"

enum { SF_GAUSSIAN, SF_TOPHAT, SF_EPANECHNIKOV, SF_EXPONENTIAL, SF_LINEAR, SF_COSINE };

#define SF_HALF_PI 1.57079632679489661923

/* Arc sine on [-1, 1]; error below 2 ulp. Coefficients of FreeBSD's msun. */
SF_INLINE double sf_asin(double x) {
    const double magnitude = fabs(x);
    const int outer = magnitude >= 0.5;
    const double half = 0.5 * (1.0 - magnitude);
    const double z = sf_choose(outer, half > 0.0 ? half : 0.0, x * x);
    const double s = sf_choose(outer, sqrt(z), magnitude);
    const double top = z * (1.66666666666666657415e-01 + z * (-3.25565818622400915405e-01 + z * (2.01212532134862925881e-01
                     + z * (-4.00555345006794114027e-02 + z * (7.91534994289814532176e-04 + z * 3.47933107596021167570e-05)))));
    const double bottom = 1.0 + z * (-2.40339491173441421878e+00 + z * (2.02094576023350569471e+00
                        + z * (-6.88283971605453293030e-01 + z * 7.70381505559019352791e-02)));
    const double y = s + s * (top / bottom);
    const double inner = sf_choose(outer, SF_HALF_PI - 2.0 * y, y);
    return sf_choose(x < 0.0, -inner, inner);
}

/* Sine of y quarter turns, |y| <= 1. */
SF_INLINE double sf_sine_quarters(double y) {
    double sine, cosine;
    sf_sincos_quarter(0.5 * y, &sine, &cosine);
    return 2.0 * sine * cosine;
}

/* P(U <= u); digits are kept where it is small. */
SF_INLINE double sf_shape_below(int kind, double u) {
    if (kind == SF_GAUSSIAN)
        return sf_ndtr(u);
    if (kind == SF_EXPONENTIAL)
        return u < 0.0 ? 0.5 * sf_exp(u) : 1.0 - 0.5 * sf_exp(-u);
    if (!(u > -1.0))
        return u != u ? u : 0.0;
    if (u >= 1.0)
        return 1.0;
    const double in = 1.0 + u;
    if (kind == SF_TOPHAT)
        return 0.5 * in;
    if (kind == SF_EPANECHNIKOV)
        return 0.25 * in * in * (2.0 - u);
    if (kind == SF_LINEAR)
        return u < 0.0 ? 0.5 * in * in : 1.0 - 0.5 * (1.0 - u) * (1.0 - u);
    const double sine = sf_sine_quarters(u < 0.0 ? 0.5 * in : 0.5 * (1.0 - u));
    return u < 0.0 ? sine * sine : 1.0 - sine * sine;
}

/* u with P(U <= u) = p, for 0 <= p <= 1 (0 < p < 1 without bounds to the kernel). */
SF_INLINE double sf_shape_quantile(int kind, double p) {
    const double centred = 2.0 * p - 1.0;
    if (kind == SF_GAUSSIAN)
        return sf_ndtri(p);
    if (kind == SF_TOPHAT)
        return centred;
    if (kind == SF_EPANECHNIKOV)
        return 2.0 * sf_sine_quarters(sf_asin(centred) * (1.0 / (3.0 * SF_HALF_PI)));
    if (kind == SF_COSINE)
        return sf_asin(centred) * (1.0 / SF_HALF_PI);
    const double outer = sf_choose(centred < 0.0, p, 1.0 - p), kept = sf_choose(outer > 1e-300, outer, 1e-300);
    const double x = kind == SF_EXPONENTIAL ? sf_log(2.0 * kept) : sqrt(2.0 * outer) - 1.0;
    return sf_choose(centred < 0.0, x, -x);
}

/* P(a < U < b), from the tail that keeps digits. */
SF_INLINE double sf_shape_between(int kind, double a, double b) {
    if (!(b > a))
        return 0.0;
    return a > 0.0 ? sf_shape_below(kind, -a) - sf_shape_below(kind, -b) : sf_shape_below(kind, b) - sf_shape_below(kind, a);
}

/* A value in (a, b) at the fraction u of its probability. */
SF_INLINE double sf_shape_inside(int kind, double a, double b, double u) {
    double x;
    if (a > 0.0) {
        const double tail = sf_shape_below(kind, -b);
        x = -sf_shape_quantile(kind, tail + (1.0 - u) * (sf_shape_below(kind, -a) - tail));
    } else {
        const double tail = sf_shape_below(kind, a);
        x = sf_shape_quantile(kind, tail + u * (sf_shape_below(kind, b) - tail));
    }
    return x < a ? a : (x > b ? b : x);
}

/* Uniforms to draws from the kernel, in place. */
#define SF_DEFINE_NOISE(name, kind)                                                                                    \
    SF_CLONES static void name(double *values, ptrdiff_t n) {                                                          \
        for (ptrdiff_t i = 0; i < n; i++)                                                                              \
            values[i] = sf_shape_quantile(kind, values[i]);                                                            \
    }
SF_DEFINE_NOISE(sf_noise_tophat, SF_TOPHAT)
SF_DEFINE_NOISE(sf_noise_epanechnikov, SF_EPANECHNIKOV)
SF_DEFINE_NOISE(sf_noise_exponential, SF_EXPONENTIAL)
SF_DEFINE_NOISE(sf_noise_linear, SF_LINEAR)
SF_DEFINE_NOISE(sf_noise_cosine, SF_COSINE)

static void sf_fill_noise(int kind, double *values, ptrdiff_t n) {
    if (kind == SF_TOPHAT)
        sf_noise_tophat(values, n);
    else if (kind == SF_EPANECHNIKOV)
        sf_noise_epanechnikov(values, n);
    else if (kind == SF_EXPONENTIAL)
        sf_noise_exponential(values, n);
    else if (kind == SF_LINEAR)
        sf_noise_linear(values, n);
    else if (kind == SF_COSINE)
        sf_noise_cosine(values, n);
    else
        for (ptrdiff_t i = 0; i < n; i++)
            values[i] = sf_shape_quantile(SF_GAUSSIAN, values[i]);
}
#endif
