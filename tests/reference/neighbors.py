"""Slow twin of ``_neighbors``: every pair compared."""

import numpy as np


def find_neighbors(queries, rows, k, *, codes=None, query_codes=None, mismatch=0.0, own_rows=None):
    """Distances and row numbers of the k nearest rows, of equally near ones the lower first.

    ``own_rows`` (n_queries,) are rows that do not count, one for each query.
    """
    queries, rows = np.asarray(queries, dtype=np.float64), np.asarray(rows, dtype=np.float64)
    squares = np.zeros((len(queries), len(rows)))
    for c in range(rows.shape[1]):
        squares += (queries[:, c][:, None] - rows[:, c]) ** 2
    if codes is not None:
        unequal = (np.asarray(query_codes)[:, None, :] != np.asarray(codes)[None]).sum(axis=2)
        squares += mismatch * unequal
    order = np.argsort(squares, axis=1, kind="stable")
    if own_rows is not None:
        kept = order != np.asarray(own_rows)[:, None]
        order = order[kept].reshape(len(queries), -1)
    order = order[:, :k]
    return np.sqrt(np.take_along_axis(squares, order, axis=1)), order
