"""Slow, obvious twins of the loops of kernel estimates."""

import math

import numpy as np
from scipy import stats

GAUSSIAN, TOPHAT, EPANECHNIKOV, EXPONENTIAL, LINEAR, COSINE = range(6)
KINDS = range(6)

SHAPES = {
    GAUSSIAN: lambda u: np.exp(-0.5 * u**2),
    TOPHAT: lambda u: np.where(np.abs(u) < 1, 1.0, 0.0),
    EPANECHNIKOV: lambda u: np.where(np.abs(u) < 1, 1.0 - u**2, 0.0),
    EXPONENTIAL: lambda u: np.exp(-np.abs(u)),
    LINEAR: lambda u: np.where(np.abs(u) < 1, 1.0 - np.abs(u), 0.0),
    COSINE: lambda u: np.where(np.abs(u) < 1, np.cos(0.5 * np.pi * u), 0.0),
}


class Cosine(stats.rv_continuous):
    """The cosine kernel as a distribution."""

    def _pdf(self, x):
        return 0.25 * np.pi * np.cos(0.5 * np.pi * x)

    def _cdf(self, x):
        return 0.5 * (1.0 + np.sin(0.5 * np.pi * x))

    def _ppf(self, p):
        return np.arcsin(2.0 * p - 1.0) * 2.0 / np.pi


LAWS = {
    GAUSSIAN: stats.norm(),
    TOPHAT: stats.uniform(-1, 2),
    EPANECHNIKOV: stats.beta(2, 2, loc=-1, scale=2),
    EXPONENTIAL: stats.laplace(),
    LINEAR: stats.triang(0.5, loc=-1, scale=2),
    COSINE: Cosine(a=-1.0, b=1.0)(),
}


def order_rows(values, tile=64):
    """Sets of rows that share a tile: segments halved across their widest column, ties by row, in whole tiles."""
    out = []

    def halve(rows):
        if len(rows) <= tile:
            out.append(frozenset(rows))
            return
        extent = np.ptp(values[rows], axis=0)
        if not extent.any():
            out.extend(frozenset(rows[k : k + tile]) for k in range(0, len(rows), tile))
            return
        left = -(-(len(rows) // 2) // tile) * tile
        order = sorted(rows, key=lambda row: (values[row, int(np.argmax(extent))], row))
        halve(np.array(order[:left]))
        halve(np.array(order[left:]))

    halve(np.arange(len(values)))
    return out


def kernel_terms(kind, rows, weight, at, *, scale=None, images=(), codes=None, own=None, penalty=(), ordered=()):
    """Weight times kernel of each row at one query; ``images`` are (dimension, coordinate), levels count by penalty."""
    scale = np.ones(len(rows)) if scale is None else scale
    out = weight.astype(float).copy()
    for j in range(rows.shape[1]):
        places = [at[j], *(x for d, x in images if d == j)]
        out = out * sum(SHAPES[kind]((x - rows[:, j]) * scale) for x in places)
    for k, loss in enumerate(penalty):
        steps = np.abs(codes[:, k] - own[k])
        out = out * np.exp(-loss * (steps if ordered[k] else steps > 0))
    return out


def largest_exponent(kind, rows, weight, at, scale=None):
    """The largest log of weight times kernel, Gaussian or exponential."""
    scale = np.ones(len(rows)) if scale is None else scale
    u = (at - rows) * scale[:, None]
    exponent = -0.5 * (u**2).sum(axis=1) if kind == GAUSSIAN else -np.abs(u).sum(axis=1)
    return (exponent + np.log(weight)).max()


def fill_moments(x, weight, n_cells, n_moments, cell=0.25):
    """Moments of the rows of each cell."""
    out = np.zeros((n_cells, n_moments))
    for value, w in zip(x, weight, strict=True):
        c = min(int(value / cell), n_cells - 1)
        y = value - (c + 0.5) * cell
        out[c] += w * np.exp(-0.5 * y * y) * y ** np.arange(n_moments)
    return out


def sum_series(at, series, reach, cell=0.25):
    """The series of all cells that overlap the reach."""
    n_moments, n_cells = series.shape
    out = np.zeros(len(at))
    for i, q in enumerate(at):
        for c in range(max(math.floor((q - reach) / cell), 0), min(math.floor((q + reach) / cell), n_cells - 1) + 1):
            t = q - (c + 0.5) * cell
            out[i] += np.exp(-0.5 * t * t) * np.sum(series[:, c] * t ** np.arange(n_moments))
    return out


def fold(x, low, high):
    """x reflected at both ends until it lies between them."""
    while not low <= x <= high:
        x = 2 * low - x if x < low else 2 * high - x
    return x


def place_rows(rows, fixed, local, factor, bandwidth, low, high, index, noise):
    """Rows with mapped noise on them, folded."""
    mapped = factor @ noise
    out = np.empty_like(noise)
    for i, row in enumerate(index):
        for j in range(rows.shape[1]):
            x = rows[row, j] if fixed[row, j] else rows[row, j] + bandwidth[j] * local[row] * mapped[j, i]
            out[j, i] = fold(x, low[j], high[j]) if np.isfinite(x) else x
    return out


def mass_between(kind, lower, upper, center, bandwidth):
    """Probability of the intervals under one kernel."""
    law = LAWS[kind]
    total = 0.0
    for a, b in zip((lower - center) / bandwidth, (upper - center) / bandwidth, strict=True):
        total += law.cdf(-a) - law.cdf(-b) if a > 0 else law.cdf(b) - law.cdf(a)
    return total


def cut_noise(kind, lower, upper, center, bandwidth, u):
    """The point at the fraction u of that probability, in bandwidths from the centre."""
    law = LAWS[kind]
    aim = u * mass_between(kind, lower, upper, center, bandwidth)
    for a, b in zip((lower - center) / bandwidth, (upper - center) / bandwidth, strict=True):
        p = law.cdf(-a) - law.cdf(-b) if a > 0 else law.cdf(b) - law.cdf(a)
        if p > 0 and aim < p:
            if a > 0:
                return -law.ppf(law.cdf(-b) + (1 - aim / p) * p)
            return law.ppf(law.cdf(a) + aim)
        aim -= p
    return 0.0


def box_mass(factor, lower, upper, step, n_points):
    """Mean over lattice points of the product of conditional probabilities; lower, upper (n_bounded, n_segments)."""
    norm = stats.norm
    total = 0.0
    for m in range(n_points):
        z, product = [], 1.0
        for k in range(len(factor)):
            mean = float(np.dot(factor[k, :k], z))
            a, b = (lower[k] - mean) / factor[k, k], (upper[k] - mean) / factor[k, k]
            p = np.maximum(norm.cdf(b) - norm.cdf(a), 0.0)
            product *= p.sum()
            if product == 0:
                break
            aim = ((m + 0.5) * step[k] % 1.0) * p.sum()
            s = int(np.searchsorted(np.cumsum(p), aim, side="right"))
            z.append(norm.ppf(norm.cdf(a[s]) + aim - np.cumsum(p)[s] + p[s]))
        total += product
    return total / n_points


def level_law(n_levels, ordered, leave, own, allowed):
    """Probabilities of the allowed levels under the kernel of one level."""
    if ordered:
        out = leave ** np.abs(np.arange(n_levels) - own).astype(float)
    else:
        out = np.full(n_levels, leave / max(n_levels - 1, 1))
        out[own] = 1.0 - leave
    out[np.setdiff1d(np.arange(n_levels), allowed)] = 0.0
    return out
