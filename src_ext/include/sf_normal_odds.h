/* Which half of an interval a normal variable lies in. */
#ifndef SF_NORMAL_ODDS_H
#define SF_NORMAL_ODDS_H
#include <stddef.h>

#include "sf_clones.h"
#include "sf_math.h"
#include "sf_normal.h"

#define SF_LEAST_HALF 1e-12

/* Log odds that a standard normal within (middle - left, middle + right) lies above middle. middle is held within 6 and
   probabilities are taken in the nearer tail, so that nothing cancels. */
SF_CLONES static void sf_normal_odds(const double *SF_RESTRICT middle, const double *SF_RESTRICT left,
                                     const double *SF_RESTRICT right, ptrdiff_t n, double *SF_RESTRICT odds) {
    for (ptrdiff_t i = 0; i < n; i++) {
        const double m = middle[i] < -6.0 ? -6.0 : (middle[i] > 6.0 ? 6.0 : middle[i]);
        const int flip = m > 0.0;
        const double near = sf_ndtr(-fabs(m));
        const double outer = sf_ndtr(sf_choose(flip, -(m + right[i]), m - left[i]));
        const double inner = sf_ndtr(sf_choose(flip, -(m - left[i]), m + right[i]));
        const double away = near - outer, towards = inner - near;
        const double above = sf_choose(flip, away, towards), below = sf_choose(flip, towards, away);
        odds[i] = sf_log((above > SF_LEAST_HALF ? above : SF_LEAST_HALF)
                         / (below > SF_LEAST_HALF ? below : SF_LEAST_HALF));
    }
}

#endif
