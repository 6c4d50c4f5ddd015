"""Slow, obvious twins of the sums of kernel estimates."""

import math

import numpy as np
from reference.kde_shapes import GAUSSIAN, SHAPES


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
