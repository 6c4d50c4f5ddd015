/* Standard normal distribution function and quantiles, with the same bits on every processor: rational approximations
   over the elementary functions of sf_math.h, written without branches so that loops over them vectorise.
   M. J. Wichura (1988), Algorithm AS 241: the percentage points of the normal distribution, Appl. Statist. 37.
   The tail's rational is fitted by tests/golden/normal/make_tail.py. */
#ifndef SF_NORMAL_H
#define SF_NORMAL_H

#include <math.h>

#include "sf_clones.h"
#include "sf_math.h"

/* exp(y * y / 2) P(Z > y) for 0 <= y <= 39; all terms are positive, so nothing cancels. */
SF_INLINE double sf_normal_scaled_tail(double y) {
    const double top = ((((((((0.398942280400653 * y + 10.64254713683838) * y + 139.20155498272146) * y +
                             1154.241508275659) * y + 6634.238251682851) * y + 27312.433003485872) * y +
                          80536.79985917831) * y + 164669.94602185348) * y + 213900.46557555022) * y +
                       137380.44113094237;
    const double bottom = (((((((((y + 26.676909566873476) * y + 349.92655363277885) * y + 2919.931307610304) * y +
                                16976.495828482875) * y + 71302.01476344322) * y + 217817.59227488935) * y +
                             475707.7761734098) * y + 708213.4192964889) * y + 647028.3970204293) * y +
                          274760.88226188475;
    return top / bottom;
}

/* P(Z <= x); NaN for NaN. Relative error below 2e-15 down to x = -37.5; 0 below -37.63. */
SF_INLINE double sf_ndtr(double x) {
    const double magnitude = sf_choose(x < 0.0, -x, x);
    const double y = sf_choose(magnitude < 39.0, magnitude, 39.0);
    /* y * y / 2 in two parts, the first exact: rounded as one number it would cost 1e-13 of the far tail. */
    const double head = sf_double(sf_bits(y) & 0xfffffffff8000000u), rest = 0.5 * (y - head) * (y + head);
    const double damping = 1.0 - rest * (1.0 - rest * (0.5 - rest * (1.0 / 6.0)));
    const double tail = sf_exp(-0.5 * head * head) * damping * sf_normal_scaled_tail(y);
    return sf_choose(x != x, x, sf_choose(x > 0.0, 1.0 - tail, tail));
}

#define SF_FAR_PROBABILITY 1.3887943864964021e-11 /* exp(-25) */

/* top / bottom is the quantile of 0.5 + q for |q| <= 0.425; r = 0.180625 - q * q. */
SF_INLINE void sf_quantile_middle(double q, double r, double *top, double *bottom) {
    *top = q * (((((((r * 2509.0809287301226727 + 33430.575583588128105) * r + 67265.770927008700853) * r +
                    45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r +
                 133.14166789178437745) * r + 3.387132872796366608);
    *bottom = ((((((r * 5226.495278852545925 + 28729.085735721942674) * r + 39307.89580009271061) * r +
                  21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r +
               42.313330701600911252) * r + 1.0;
}

/* top / bottom is minus the quantile of exp(-(r + 1.6)^2), for 0 <= r <= 3.4. */
SF_INLINE void sf_quantile_tail(double r, double *top, double *bottom) {
    *top = ((((((r * 7.7454501427834140764e-4 + 0.0227238449892691845833) * r + 0.24178072517745061177) * r +
               1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r +
            4.6303378461565452959) * r + 1.42343711074968357734;
    *bottom = ((((((r * 1.05075007164441684324e-9 + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r +
                  0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r +
               2.05319162663775882187) * r + 1.0;
}

/* Minus the quantile of exp(-(r + 5)^2), for 0 <= r <= 22.3. */
SF_INLINE double sf_quantile_far(double r) {
    return (((((((r * 2.01033439929228813265e-7 + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r +
               0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r +
             5.4637849111641143699) * r + 6.6579046435011037772) /
           (((((((r * 2.04426310338993978564e-15 + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r +
                7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r +
             0.59983220655588793769) * r + 1.0);
}

/* Quantile of p for exp(-25) <= p <= 1 - exp(-25); whatever for other p. */
SF_INLINE double sf_ndtri_near(double p) {
    const double q = p - 0.5, outer = sf_choose(q < 0.0, p, 1.0 - p);
    double top, bottom, tail_top, tail_bottom;
    sf_quantile_middle(q, 0.180625 - q * q, &top, &bottom);
    sf_quantile_tail(sqrt(-sf_log(outer)) - 1.6, &tail_top, &tail_bottom);
    const int in_middle = fabs(q) <= 0.425;
    tail_top = sf_choose(q < 0.0, -tail_top, tail_top);
    return sf_choose(in_middle, top, tail_top) / sf_choose(in_middle, bottom, tail_bottom);
}

/* Whether sf_ndtri_near does not serve p. */
SF_INLINE int sf_is_far(double p) {
    return !(p >= SF_FAR_PROBABILITY) | !(1.0 - p >= SF_FAR_PROBABILITY);
}

/* Quantile of p outside of exp(-25) .. 1 - exp(-25). */
static double sf_ndtri_far(double p) {
    if (!(p > 0.0 && p < 1.0))
        return p == 0.0 ? -INFINITY : (p == 1.0 ? INFINITY : NAN);
    const double outer = p < 0.5 ? p : 1.0 - p;
    /* The logarithm takes no subnormal number: 2^54 times it, and 54 log 2 less. */
    const double log_outer = outer < 2.2250738585072014e-308 ? sf_log(outer * 18014398509481984.0) - 37.429947750237047
                                                             : sf_log(outer);
    const double x = sf_quantile_far(sqrt(-log_outer) - 5.0);
    return p < 0.5 ? -x : x;
}

/* x with P(Z <= x) = p; infinite at 0 and 1, NaN outside. Relative error below 1e-15, given p. For single values: it
   computes only the part that p needs, with the bits of sf_ndtri_near. */
SF_INLINE double sf_ndtri(double p) {
    if (sf_is_far(p))
        return sf_ndtri_far(p);
    const double q = p - 0.5;
    double top, bottom;
    if (fabs(q) <= 0.425) {
        sf_quantile_middle(q, 0.180625 - q * q, &top, &bottom);
        return top / bottom;
    }
    sf_quantile_tail(sqrt(-sf_log(q < 0.0 ? p : 1.0 - p)) - 1.6, &top, &bottom);
    return (q < 0.0 ? -top : top) / bottom;
}

#endif
