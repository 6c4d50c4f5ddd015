"""Slow, obvious twin of the truncated normal rows: the same random numbers, SciPy's normal distribution."""

import numpy as np
from scipy.special import ndtr, ndtri

WORD = 2**64 - 1


def mix64(x):
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & WORD
    return x ^ (x >> 31)


class Units:
    """SplitMix64 from a state, as uniforms on (0, 1)."""

    def __init__(self, state):
        self.state = state

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & WORD
        return ((mix64(self.state) >> 12) + 0.5) / 2**52


def between(a, b):
    if not b > a:
        return 0.0
    return ndtr(-a) - ndtr(-b) if a > 0 else ndtr(b) - ndtr(a)


def inside(a, b, u):
    if a > 0:
        return min(max(-ndtri(ndtr(-b) + (1 - u) * (ndtr(-a) - ndtr(-b))), a), b)
    return min(max(ndtri(ndtr(a) + u * (ndtr(b) - ndtr(a))), a), b)


def draw_coordinate(lower, upper, mean, scale, units):
    """A normal within the segments, and their probability."""
    ends = [
        ((a - mean) / scale, (b - mean) / scale) if b > a else (0.0, 0.0) for a, b in zip(lower, upper, strict=True)
    ]
    masses = [between(a, b) for a, b in ends]
    aim, u = units.next() * sum(masses), units.next()
    if not sum(masses) > 0:
        points = [min(max(mean, a), b) for a, b in zip(lower, upper, strict=True) if b > a]
        return 0.0, min(points, key=lambda p: abs(p - mean), default=0.0)
    for (a, b), mass in zip(ends, masses, strict=True):
        if mass > 0:
            chosen = (a, b)
            if aim < mass:
                break
            aim -= mass
    return sum(masses), mean + scale * inside(*chosen, u)


def draw_row(factor, precision, shift, lower, upper, key, row, n_candidates, n_sweeps):
    """One row: candidates, one kept by weight, Gibbs sweeps; and the mean weight."""
    n = len(factor)
    units = Units(mix64(key ^ mix64((row + 0x9E3779B97F4A7C15) & WORD)))
    total, kept = 0.0, None
    for c in range(n_candidates):
        z, noise, weight = np.empty(n), np.empty(n), 1.0
        for k in range(n):
            mean = shift[k] + factor[k, :k] @ noise[:k]
            mass, z[k] = draw_coordinate(lower[k], upper[k], mean, factor[k, k], units)
            noise[k] = (z[k] - mean) / factor[k, k]
            weight *= mass
        total += weight
        if c == 0 or units.next() * total < weight:
            kept = z.copy()
    z = kept
    for _ in range(n_sweeps):
        for k in range(n):
            others = np.arange(n) != k
            mean = shift[k] - precision[k, others] @ (z - shift)[others] / precision[k, k]
            mass, value = draw_coordinate(lower[k], upper[k], mean, precision[k, k] ** -0.5, units)
            if mass > 0:
                z[k] = value
    return z, total / n_candidates


def fill_truncated(factor, precision, shift, lower, upper, key, n_candidates, n_sweeps):
    rows = [
        draw_row(factor, precision, shift[:, i], lower[:, :, i], upper[:, :, i], key, i, n_candidates, n_sweeps)
        for i in range(shift.shape[1])
    ]
    return np.array([z for z, _ in rows]).T.reshape(len(factor), -1), np.array([weight for _, weight in rows])
