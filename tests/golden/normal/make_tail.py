"""Fits the rational function in src_ext/include/sf_normal.h: run ``python make_tail.py`` (needs mpmath) and paste.

exp(y^2 / 2) P(Z > y) on 0 <= y <= 39 by a quotient of polynomials of degrees 9 and 10 that agrees with it at 20 points,
the Chebyshev points of (y - c) / (y + c), which keeps the relative error nearly level.
"""

import sys

import mpmath as mp

mp.mp.dps = 60
DEGREE, CENTRE, END = 10, mp.mpf("4.2"), mp.mpf(39)


def scaled_tail(y):
    return mp.erfc(y / mp.sqrt(2)) / 2 * mp.exp(y * y / 2)


def spread(share):
    """A point of 0 .. END for a share of the way in (y - c) / (y + c)."""
    s = -1 + share * (1 + (END - CENTRE) / (END + CENTRE))
    return CENTRE * (1 + s) / (1 - s)


def fit():
    n = 2 * DEGREE
    matrix, right = mp.matrix(n, n), mp.matrix(n, 1)
    for i in range(n):
        y = spread((1 - mp.cos(mp.pi * (2 * i + 1) / (2 * n))) / 2)
        value = scaled_tail(y)
        for j in range(DEGREE):
            matrix[i, j], matrix[i, DEGREE + j] = y**j, -value * y**j
        right[i] = value * y**DEGREE
    solution = list(mp.lu_solve(matrix, right))
    return solution[:DEGREE], [*solution[DEGREE:], mp.mpf(1)]


def largest_error(top, bottom):
    points = [spread(mp.mpf(k) / 2000) for k in range(2001)]
    return max(abs(mp.polyval(top[::-1], y) / mp.polyval(bottom[::-1], y) / scaled_tail(y) - 1) for y in points)


if __name__ == "__main__":
    top, bottom = fit()
    for name, polynomial in (("top", top), ("bottom", bottom)):
        sys.stdout.write(f"{name}: {' '.join(repr(float(c)) for c in reversed(polynomial))}\n")
    sys.stdout.write(f"relative error: {mp.nstr(largest_error(top, bottom), 3)}\n")
