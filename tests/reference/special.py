"""Slow twins of the kernels in src_ext/_special.pyx, by scipy and the definitions."""

import math

import numpy as np
from scipy import optimize, special


def polygamma(x):
    return float(special.gammaln(x)), float(special.digamma(x)), float(special.polygamma(1, x))


def gamma_gaps(a):
    """Differences by their definitions; they cancel for large a, so compare below 1e4 only."""
    lg, digamma, trigamma = polygamma(a)
    return a * math.log(a) - a - lg, math.log(a) - digamma, trigamma - 1.0 / a


def solve_gamma_shape(gap):
    return math.exp(optimize.brentq(lambda t: gamma_gaps(math.exp(t))[1] - gap, -20.0, 12.0, xtol=1e-14, rtol=1e-14))


def beta_means(a, b):
    """Mean log x and mean log(1 - x) of a beta law."""
    both = special.digamma(a + b)
    return float(special.digamma(a) - both), float(special.digamma(b) - both)


def sum_polygammas(x, w, shift):
    y = np.asarray(x) + shift
    return [math.fsum(w * f) for f in (special.gammaln(y), special.digamma(y), special.polygamma(1, y))]


def exp_values(x):
    return np.array([math.exp(min(v, 709.0)) if v >= -708.0 else 0.0 for v in x])


def log_values(x):
    return np.array([math.log(v) for v in x])
