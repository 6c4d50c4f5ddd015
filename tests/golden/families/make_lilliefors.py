"""Simulates the table in synthfast/marginals/lilliefors.py: run ``python make_lilliefors.py`` and paste what it prints.

For each law the null distribution of sqrt(n) D, D the Kolmogorov-Smirnov distance to the law fitted by maximum
likelihood, does not depend on the true parameters, because they are of location and scale. So standard samples are
drawn (NumPy, seed 20260101), fitted by NumPy alone, and quantiles are taken.
"""

import sys

import numpy as np
from scipy.special import expit, ndtr

SIZES = (5, 10, 20, 50, 200, 1000)
UPPER = (0.99, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.15, 0.1, 0.05, 0.025, 0.01, 0.005, 0.001, 0.0002)
DRAWS = 400_000
BATCH = 2_000_000


def standard_norm(x):
    return ndtr((x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True))


def standard_expon(x):
    return -np.expm1(-x / x.mean(1, keepdims=True))


def standard_expon_loc(x):
    return standard_expon(x - x[:, :1])


def standard_uniform(x):
    return (x - x[:, :1]) / (x[:, -1:] - x[:, :1])


def standard_gumbel(x):
    rate = np.pi / np.sqrt(6.0) / x.std(1, keepdims=True)
    d = x - x[:, :1]
    for _ in range(60):
        e = np.exp(-rate * d)
        m0, m1, m2 = e.mean(1, keepdims=True), (e * d).mean(1, keepdims=True), (e * d * d).mean(1, keepdims=True)
        slope = 1.0 / rate - d.mean(1, keepdims=True) + m1 / m0
        step = slope / (1.0 / rate**2 + m2 / m0 - (m1 / m0) ** 2)
        rate = np.clip(rate + step, 0.3 * rate, 3.0 * rate)
        if np.abs(step / rate).max() < 1e-10:
            break
    return np.exp(-np.exp(-rate * d - np.log(np.exp(-rate * d).mean(1, keepdims=True))))


def standard_logistic(x):
    loc, log_scale = x.mean(1, keepdims=True), np.log(np.sqrt(3.0) / np.pi * x.std(1, keepdims=True))
    for _ in range(200):
        z = (x - loc) / np.exp(log_scale)
        t = np.tanh(0.5 * z)
        q = 0.25 * (1.0 - t * t)
        g0, g1 = t.mean(1, keepdims=True), (z * t).mean(1, keepdims=True) - 1.0
        h00 = 2.0 * q.mean(1, keepdims=True)
        h01 = (t + 2.0 * z * q).mean(1, keepdims=True)
        h11 = (z * t + 2.0 * z * z * q).mean(1, keepdims=True)
        det = h00 * h11 - h01 * h01
        d0, d1 = (h11 * g0 - h01 * g1) / det, (h00 * g1 - h01 * g0) / det
        d0, d1 = np.clip(d0, -1.0, 1.0), np.clip(d1, -0.5, 0.5)
        loc, log_scale = loc + d0 * np.exp(log_scale), log_scale + d1
        if max(np.abs(d0).max(), np.abs(d1).max()) < 1e-10:
            break
    return expit((x - loc) / np.exp(log_scale))


LAWS = {
    "norm": (lambda g, s: g.standard_normal(s), standard_norm),
    "expon": (lambda g, s: g.standard_exponential(s), standard_expon),
    "expon_loc": (lambda g, s: g.standard_exponential(s), standard_expon_loc),
    "uniform": (lambda g, s: g.random(s), standard_uniform),
    "logistic": (lambda g, s: g.logistic(size=s), standard_logistic),
    "gumbel_r": (lambda g, s: g.gumbel(size=s), standard_gumbel),
}


def distances(draw, fit, n, generator):
    steps = np.arange(n + 1) / n
    parts, left = [], DRAWS if n <= 200 else DRAWS // 4
    while left > 0:
        rows = min(left, max(1, BATCH // n))
        u = fit(np.sort(draw(generator, (rows, n)), axis=1))
        parts.append(np.maximum((steps[1:] - u).max(1), (u - steps[:-1]).max(1)))
        left -= rows
    return np.sqrt(n) * np.concatenate(parts)


def main():
    for name, (draw, fit) in LAWS.items():
        sys.stdout.write(f'    "{name}": """\n')
        for n in SIZES:
            generator = np.random.default_rng([20260101, n, len(name)])
            quantiles = np.quantile(distances(draw, fit, n, generator), 1.0 - np.array(UPPER))
            sys.stdout.write("        " + " ".join(f"{1e4 * q:.0f}" for q in quantiles) + "\n")
        sys.stdout.write('    """,\n')


if __name__ == "__main__":
    main()
