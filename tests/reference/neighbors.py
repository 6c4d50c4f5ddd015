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


def round_places(places, fineness):
    """Cells, halves of squared norms and errors of places (n_blocks, n_columns, 64); see ``_neighbors.pyi``."""
    n_blocks, n_columns, lanes = places.shape
    held = np.clip(places * np.float32(fineness), -127, 127)
    steps = (held + np.float32(127.5)).astype(np.int64) - 127  # to the nearest, with the roundings of the kernel
    cells = np.full((n_blocks, -(-n_columns // 4) * 4, lanes), 128, dtype=np.uint8)
    cells[:, :n_columns] = steps + 128
    cells = cells.reshape(n_blocks, -1, 4, lanes).transpose(0, 1, 3, 2)
    gaps = places.astype(np.float64) - steps / np.float64(np.float32(fineness))
    return cells, (steps**2).sum(axis=1) // 2, np.sqrt((gaps**2).sum(axis=1))
