"""What the tests of resamplers share: neighbours by brute force, and where a row lies between two others."""

import numpy as np
from scipy import sparse


def nearest_others(points, k, rows=None, codes=None, mismatch=0.0):
    """Numbers of the k nearest other rows, of equally near ones the lower first."""
    points = np.asarray(points, dtype=np.float64)
    rows = np.arange(len(points)) if rows is None else rows
    squares = np.zeros((len(rows), len(points)))
    for column in points.T:
        squares += (column[rows][:, None] - column[None]) ** 2
    if codes is not None:
        squares += mismatch * (codes[rows][:, None] != codes[None]).sum(axis=2)
    squares[np.arange(len(rows)), rows] = np.inf
    return np.argsort(squares, axis=1, kind="stable")[:, :k]


def places_on(made, bases, ends, tolerance=1e-9, between=(0.0, 1.0)):
    """For each row made, the pair of base and end on whose line it lies, and how far along.

    ``bases`` is (m, d), ``ends`` (m, k, d). Gives (base, end, share of the way), the share within ``between``; the base
    is -1 where there is none. Where base and end are also end and base of another pair, either may be given.
    """
    found = np.full((len(made), 2), -1)
    shares = np.full(len(made), np.nan)
    for i, row in enumerate(made):
        way = ends - bases[:, None]  # (m, k, d)
        length = np.maximum((way * way).sum(axis=2), 1e-300)
        share = ((row - bases[:, None]) * way).sum(axis=2) / length
        off = np.abs(bases[:, None] + share[:, :, None] * way - row).max(axis=2)
        off[(share < between[0] - tolerance) | (share > between[1] + tolerance)] = np.inf
        base, end = np.unravel_index(np.argmin(off), off.shape)
        if off[base, end] < tolerance:
            found[i], shares[i] = (base, end), share[base, end]
    return found[:, 0], found[:, 1], shares


def two_classes(n_common=120, n_rare=40, d=3, gap=1.0, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_common + n_rare, d))
    X[n_common:] += gap / np.sqrt(d)
    return X, np.repeat(["common", "rare"], [n_common, n_rare])


def scattered(n_rows, n_columns, n_cells=50, seed=0):
    """A wide sparse table with about ``n_cells`` numbers in each row."""
    rng = np.random.default_rng(seed)
    places = np.repeat(np.arange(n_rows), n_cells), rng.integers(0, n_columns, n_rows * n_cells)
    return sparse.csr_matrix((rng.random(n_rows * n_cells), places), shape=(n_rows, n_columns))
