/* Which half of an interval a normal variable lies in. */
#ifndef SF_NORMAL_ODDS_H
#define SF_NORMAL_ODDS_H
#include <stddef.h>

#include "sf_clones.h"
#include "sf_math.h"

#define SF_LEAST_HALF 1e-30f

/* P(Z > y) for y >= 0, held at y = 13; relative error below 1e-6 up to y = 3, 1e-5 beyond. */
SF_INLINE float sf_normal_tailf(float y) {
    y = sf_choosef(y > 13.0f, 13.0f, y);
    float top = 0.004980487283319235f, bottom = 0.012484212405979633f;
    top = top * y + 0.04625135660171509f;
    top = top * y + 0.199551060795784f;
    top = top * y + 0.4597304165363312f;
    top = top * y + 0.5f;
    bottom = bottom * y + 0.11593656241893768f;
    bottom = bottom * y + 0.512628436088562f;
    bottom = bottom * y + 1.2693326473236084f;
    bottom = bottom * y + 1.7173467874526978f;
    bottom = bottom * y + 1.0f;
    return sf_expf(-0.5f * y * y) * (top / bottom);
}

/* P(Z <= x) where x <= 0, else 1 - P(Z > x). */
SF_INLINE float sf_ndtrf(float x) {
    const float tail = sf_normal_tailf(fabsf(x));
    return sf_choosef(x < 0.0f, tail, 1.0f - tail);
}

/* Log odds that a standard normal within (middle - left, middle + right) lies above middle. middle is held within 6 and
   probabilities are taken in the nearer tail. */
SF_CLONES static void sf_normal_odds(const float *SF_RESTRICT middle, const float *SF_RESTRICT left,
                                     const float *SF_RESTRICT right, ptrdiff_t n, float *SF_RESTRICT odds) {
    for (ptrdiff_t i = 0; i < n; i++) {
        const float m = sf_choosef(middle[i] < -6.0f, -6.0f, sf_choosef(middle[i] > 6.0f, 6.0f, middle[i]));
        const int flip = m > 0.0f;
        const float inwards = sf_choosef(flip, left[i], right[i]), outwards = sf_choosef(flip, right[i], left[i]);
        const float depth = fabsf(m), near = sf_normal_tailf(depth);
        const float away = near - sf_normal_tailf(depth + outwards), towards = sf_ndtrf(inwards - depth) - near;
        const float above = sf_choosef(flip, away, towards), below = sf_choosef(flip, towards, away);
        odds[i] = sf_logf(sf_choosef(above > SF_LEAST_HALF, above, SF_LEAST_HALF))
                  - sf_logf(sf_choosef(below > SF_LEAST_HALF, below, SF_LEAST_HALF));
    }
}

#endif
