/* Standard normal distribution function and quantiles, with the same bits on every processor: rational approximations
   over the elementary functions of sf_math.h.
   W. J. Cody (1969), Rational Chebyshev approximations for the error function, Math. Comp. 23.
   M. J. Wichura (1988), Algorithm AS 241: the percentage points of the normal distribution, Appl. Statist. 37. */
#ifndef SF_NORMAL_H
#define SF_NORMAL_H

#include <math.h>

#include "sf_clones.h"
#include "sf_math.h"

SF_INLINE double sf_normal_middle(double x) {
    const double s = x * x;
    const double top = (((0.065682337918207449113 * s + 2.2352520354606839287) * s + 161.02823106855587881) * s +
                        1067.6894854603709582) * s + 18154.981253343561249;
    const double bottom = (((s + 47.20258190468824187) * s + 976.09855173777669322) * s + 10260.932208618978205) * s +
                          45507.789335026729956;
    return 0.5 + x * top / bottom;
}

SF_INLINE double sf_normal_shoulder(double y) {
    static const double c[9] = {0.39894151208813466764, 8.8831497943883759412, 93.506656132177855979,
                                597.27027639480026226,  2494.5375852903726711, 6848.1904505362823326,
                                11602.651437647350124,  9842.7148383839780218, 1.0765576773720192317e-8};
    static const double d[8] = {22.266688044328115691, 235.38790178262499861, 1519.377599407554805,
                                6485.558298266760755,  18615.571640885098091, 34900.952721145977266,
                                38912.003286093271411, 19685.429676859990727};
    double top = c[8] * y, bottom = y;
    for (int i = 0; i < 7; i++) {
        top = (top + c[i]) * y;
        bottom = (bottom + d[i]) * y;
    }
    return (top + c[7]) / (bottom + d[7]);
}

SF_INLINE double sf_normal_far(double y) {
    static const double p[6] = {0.21589853405795699,     0.1274011611602473639,  0.022235277870649807,
                                0.001421619193227893466, 2.9112874951168792e-5, 0.02307344176494017303};
    static const double q[5] = {1.28426009614491121, 0.468238212480865118, 0.0659881378689285515,
                                0.00378239633202758244, 7.29751555083966205e-5};
    const double s = 1.0 / (y * y);
    double top = p[5] * s, bottom = s;
    for (int i = 0; i < 4; i++) {
        top = (top + p[i]) * s;
        bottom = (bottom + q[i]) * s;
    }
    return (0.398942280401432677939946 - s * (top + p[4]) / (bottom + q[4])) / y;
}

/* P(Z <= x); NaN for NaN. Relative error below 1e-15 near 0, growing with x^2 to 1e-13 at -38. */
SF_INLINE double sf_ndtr(double x) {
    const double y = fabs(x);
    if (!(y > 0.67448975))
        return sf_normal_middle(x);
    if (y > 38.6)
        return x > 0.0 ? 1.0 : 0.0;
    const double tail = sf_exp(-0.5 * y * y) * (y <= 5.65685424949238 ? sf_normal_shoulder(y) : sf_normal_far(y));
    return x > 0.0 ? 1.0 - tail : tail;
}

/* x with P(Z <= x) = p; infinite at 0 and 1, NaN outside. Relative error below 1e-15 in exact arithmetic. */
SF_INLINE double sf_ndtri(double p) {
    const double q = p - 0.5;
    double r, x;
    if (fabs(q) <= 0.425) {
        r = 0.180625 - q * q;
        return q *
               (((((((r * 2509.0809287301226727 + 33430.575583588128105) * r + 67265.770927008700853) * r +
                    45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r +
                 133.14166789178437745) * r + 3.387132872796366608) /
               (((((((r * 5226.495278852545925 + 28729.085735721942674) * r + 39307.89580009271061) * r +
                    21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r +
                 42.313330701600911252) * r + 1.0);
    }
    if (!(p > 0.0 && p < 1.0))
        return p == 0.0 ? -INFINITY : (p == 1.0 ? INFINITY : NAN);
    r = q < 0.0 ? p : 1.0 - p;
    r = sqrt(r < 2.2250738585072014e-308 ? 744.4400719213812 : -sf_log(r));
    if (r <= 5.0) {
        r -= 1.6;
        x = (((((((r * 7.7454501427834140764e-4 + 0.0227238449892691845833) * r + 0.24178072517745061177) * r +
                1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r +
              4.6303378461565452959) * r + 1.42343711074968357734) /
            (((((((r * 1.05075007164441684324e-9 + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r +
                 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r +
              2.05319162663775882187) * r + 1.0);
    } else {
        r -= 5.0;
        x = (((((((r * 2.01033439929228813265e-7 + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r +
                0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r +
              5.4637849111641143699) * r + 6.6579046435011037772) /
            (((((((r * 2.04426310338993978564e-15 + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r +
                 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r +
              0.59983220655588793769) * r + 1.0);
    }
    return q < 0.0 ? -x : x;
}

#endif
