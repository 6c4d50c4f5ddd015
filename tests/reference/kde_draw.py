"""Slow, obvious twins of the draws from kernel estimates."""

import numpy as np
from reference.kde_shapes import LAWS
from scipy import stats


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
            x = rows[row, j] + bandwidth[j] * local[row] * mapped[j, i]
            if fixed[row, j]:
                x = rows[row, j]
            elif np.isfinite(x):
                x = fold(x, low[j], high[j])
            out[j, i] = x
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
