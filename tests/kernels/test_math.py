"""The elementary functions of sf_math.h against the C library in extended precision."""

import numpy as np
import pytest
from reference.compiled import output_of

# Prints the largest error of each function in units of the last place of the exact result.
PROGRAM = r"""
#include <float.h>
#include <stdio.h>
#include "sf_math.h"
static double ulps(long double got, long double exact, int digits) {
    int exponent;
    frexpl(exact, &exponent);
    return (double)(fabsl(got - exact) / ldexpl(1.0L, exponent - digits));
}
#define KEEP(slot, got, exact, digits) do { \
    double e = ulps(got, exact, digits); if (e > worst[slot]) worst[slot] = e; } while (0)
int main(void) {
    double worst[10] = {0};
    const long double quarter = 1.570796326794896619231321691639751442L;
    for (int i = 0; i < 1000000; i++) {
        double unit = (i + 0.5) * 1e-6, y = unit - 0.5, s, c;
        double wide = ldexp(0.5 + 0.5 * unit, i % 2000 - 1000), x = 1400.0 * unit - 700.0;
        float unitf = (float)unit, yf = (float)y, sf, cf, widef = (float)ldexp(0.5 + 0.5 * unit, i % 240 - 120);
        KEEP(0, sf_log(unit), logl(unit), 53);
        KEEP(0, sf_log(wide), logl(wide), 53);
        KEEP(1, sf_exp(x), expl(x), 53);
        KEEP(1, sf_exp(y), expl(y), 53);
        sf_sincos_quarter(y, &s, &c);
        KEEP(2, s, sinl(y * quarter), 53);
        KEEP(3, c, cosl(y * quarter), 53);
        KEEP(4, sf_logf(unitf), logl(unitf), 24);
        KEEP(4, sf_logf(widef), logl(widef), 24);
        sf_sincos_quarterf(yf, &sf, &cf);
        KEEP(5, sf, sinl(yf * quarter), 24);
        KEEP(6, cf, cosl(yf * quarter), 24);
        float xf = (float)(174.0 * unit - 87.0);
        KEEP(7, sf_expf(xf), expl(xf), 24);
        KEEP(7, sf_expf(yf), expl(yf), 24);
    }
    double below = sf_exp(-708.1), above = sf_exp(709.1), one = sf_exp(0.0), none = sf_log(1.0);
    float ends = sf_expf(-87.0f), top = sf_expf(87.0f);
    worst[8] = LDBL_MANT_DIG;
    worst[9] = below == 0.0 && isinf(above) && one == 1.0 && none == 0.0 && sf_expf(0.0f) == 1.0f && ends >= FLT_MIN
               && sf_expf(-1e30f) == ends && sf_expf(-INFINITY) == ends && top <= FLT_MAX && sf_expf(88.0f) == top
               && sf_expf(INFINITY) == top;
    fwrite(worst, sizeof worst, 1, stdout);
    return 0;
}
"""


def test_errors_are_those_stated(tmp_path, repository):
    errors = np.frombuffer(output_of(PROGRAM, tmp_path, repository, ["-O2"]))
    assert errors[9] == 1.0, "a special value is wrong"
    if errors[8] < 64:
        pytest.skip("long double is hardly wider than double here")
    names = ("log", "exp", "sine", "cosine", "float log", "float sine", "float cosine", "float exp")
    stated = (1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0)
    for name, error, bound in zip(names, errors, stated, strict=False):
        assert error < bound, f"{name}: {error} units in the last place"
