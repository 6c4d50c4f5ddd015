/* log gamma and its first two derivatives for x > 0, and the two likelihood equations built on them.

   x is raised above 10 by the recurrence and the asymptotic series (Abramowitz & Stegun 6.1.41, 6.3.18, 6.4.12) does
   the rest, so that differences such as log x - digamma x can be formed from the series alone, without cancellation. */
#ifndef SF_SPECIAL_H
#define SF_SPECIAL_H
#include <math.h>
#include "sf_math.h"

#define SF_SERIES_FROM 10.0
#define SF_HALF_LOG_2PI 0.91893853320467274178

/* lgamma(x) - ((x - 1/2) log x - x + log(2 pi)/2), x >= 10 */
SF_INLINE double sf_stirling_rest(double x) {
    double r = 1.0 / x, q = r * r;
    return r * (1.0 / 12 - q * (1.0 / 360 - q * (1.0 / 1260 - q * (1.0 / 1680 - q * (1.0 / 1188
           - q * (691.0 / 360360 - q / 156))))));
}

/* log x - digamma(x), x >= 10 */
SF_INLINE double sf_digamma_gap_series(double x) {
    double r = 1.0 / x, q = r * r;
    return 0.5 * r + q * (1.0 / 12 - q * (1.0 / 120 - q * (1.0 / 252 - q * (1.0 / 240 - q * (1.0 / 132
           - q * (691.0 / 32760 - q / 12))))));
}

/* trigamma(x) - 1/x, x >= 10 */
SF_INLINE double sf_trigamma_gap_series(double x) {
    double r = 1.0 / x, q = r * r;
    return 0.5 * q + q * r * (1.0 / 6 - q * (1.0 / 30 - q * (1.0 / 42 - q * (1.0 / 30 - q * (5.0 / 66
           - q * (691.0 / 2730 - q * 7.0 / 6))))));
}

/* out = lgamma, digamma, trigamma */
SF_INLINE void sf_polygamma(double x, double *out) {
    double product = 1.0, digamma = 0.0, trigamma = 0.0;
    while (x < SF_SERIES_FROM) {
        double r = 1.0 / x;
        product *= x; digamma -= r; trigamma += r * r;
        x += 1.0;
    }
    double logx = log(x);
    out[0] = (x - 0.5) * logx - x + SF_HALF_LOG_2PI + sf_stirling_rest(x) - log(product);
    out[1] = digamma + logx - sf_digamma_gap_series(x);
    out[2] = trigamma + 1.0 / x + sf_trigamma_gap_series(x);
}

/* out = a log a - a - lgamma(a); log a - digamma(a); trigamma(a) - 1/a */
SF_INLINE void sf_gamma_gaps(double a, double *out) {
    if (a >= SF_SERIES_FROM) {
        out[0] = 0.5 * log(a) - SF_HALF_LOG_2PI - sf_stirling_rest(a);
        out[1] = sf_digamma_gap_series(a);
        out[2] = sf_trigamma_gap_series(a);
    } else {
        double g[3], loga = log(a);
        sf_polygamma(a, g);
        out[0] = a * loga - a - g[0]; out[1] = loga - g[1]; out[2] = g[2] - 1.0 / a;
    }
}

/* The a with log a - digamma(a) = gap > 0: Newton in 1/a (Minka 2002, Estimating a Gamma distribution). */
SF_INLINE double sf_solve_gamma_shape(double gap) {
    double a = (3.0 - gap + sqrt((gap - 3.0) * (gap - 3.0) + 24.0 * gap)) / (12.0 * gap);
    for (int i = 0; i < 20; i++) {
        double g[3], inverse, next;
        sf_gamma_gaps(a, g);
        inverse = 1.0 / a + (gap - g[1]) / (a * a * g[2]);
        next = inverse > 0.0 ? 1.0 / inverse : 2.0 * a;
        if (fabs(next - a) <= 1e-15 * a) return next;
        a = next;
    }
    return a;
}

/* The (a, b) whose mean log x and mean log(1 - x) are those given: Newton on a concave function, started from the
   geometric means (Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions 2, 25.4). */
SF_INLINE void sf_solve_beta_shapes(double mean_log, double mean_log1m, double *shapes) {
    double g1 = exp(mean_log), g2 = exp(mean_log1m), rest = 1.0 - g1 - g2;
    rest = rest > 1e-15 ? rest : 1e-15;
    double a = 0.5 + 0.5 * g1 / rest, b = 0.5 + 0.5 * g2 / rest;
    for (int i = 0; i < 100; i++) {
        double pa[3], pb[3], pab[3];
        sf_polygamma(a, pa); sf_polygamma(b, pb); sf_polygamma(a + b, pab);
        double ga = pab[1] - pa[1] + mean_log, gb = pab[1] - pb[1] + mean_log1m;
        double haa = pa[2] - pab[2], hbb = pb[2] - pab[2], hab = -pab[2], det = haa * hbb - hab * hab;
        double da = (hbb * ga - hab * gb) / det, db = (haa * gb - hab * ga) / det;
        double next_a = a + da, next_b = b + db;
        next_a = next_a > 0.2 * a ? next_a : 0.2 * a;
        next_b = next_b > 0.2 * b ? next_b : 0.2 * b;
        int done = fabs(next_a - a) <= 1e-13 * a && fabs(next_b - b) <= 1e-13 * b;
        a = next_a; b = next_b;
        if (done) break;
    }
    shapes[0] = a; shapes[1] = b;
}
#endif
