"""Slow twins of the kernels in src_ext/_families.pyx: the sums as their definitions say, by math.fsum."""

import math


def weights_or_ones(x, w):
    return [1.0] * len(x) if len(w) == 0 else [float(v) for v in w]


def add(x, w, terms):
    """Exactly rounded weighted sums of the terms of each value."""
    rows = [[weight * term for term in terms(float(value))] for value, weight in zip(x, w, strict=True)]
    return [math.fsum(column) for column in zip(*rows, strict=True)]


def sum_moments(x, w, centre):
    return add(x, w, lambda v: [(v - centre) ** power for power in (1, 2, 3, 4)])


def sum_edge(x, w, edge, inverse_unit):
    def terms(v):
        u = (v - edge) * inverse_unit
        log = math.log(u)
        return [log, log * log, 1 / u, 1 / u**2, log / u, log / u**2]

    return add(x, w, terms)


def sum_logs(x, w, edge, inverse_unit):
    return add(x, w, lambda v: [math.log((v - edge) * inverse_unit) ** power for power in (1, 2)])


def sum_tilted(x, w, origin, tilt):
    def terms(v):
        d = v - origin
        e = math.exp(tilt * d)
        return [e, e * d, e * d * d]

    return add(x, w, terms)


def sum_powers(x, w, edge, inverse_unit, power):
    def terms(v):
        u = (v - edge) * inverse_unit
        log, r, e = math.log(u), 1 / u, u**power
        return [log, r, r * r, e, e * log, e * log * log, e * r, e * r * r, e * log * r]

    return add(x, w, terms)


def sum_logistic(x, w, centre, inverse_scale):
    def terms(v):
        z = (v - centre) * inverse_scale
        density = 0.25 / math.cosh(0.5 * z) ** 2
        t = math.tanh(0.5 * z)
        return [math.log(density), t, z * t, density, z * density, z * z * density]

    return add(x, w, terms)


def sum_student(x, w, centre, inverse_scale, inverse_df):
    def terms(v):
        z = (v - centre) * inverse_scale
        u = 1 + z * z * inverse_df
        return [math.log(u), 1 / u, 1 / u**2, z / u, z / u**2]

    return add(x, w, terms)
