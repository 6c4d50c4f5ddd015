"""Slow, obvious twin of the search by the value difference metric."""

import numpy as np


def find_nearest(codes, shares, offsets, k):
    """Squared distances to the k nearest other rows, and which they are, by comparing all pairs."""
    places = shares[codes + offsets]  # (n_rows, n_columns, n_classes)
    gaps = np.zeros((len(codes), len(codes), codes.shape[1]))
    for c in range(shares.shape[1]):
        gaps += np.abs(places[:, None, :, c] - places[None, :, :, c])
    costs = np.zeros(gaps.shape[:2])
    for column in range(codes.shape[1]):
        costs += gaps[:, :, column] * gaps[:, :, column]
    np.fill_diagonal(costs, np.inf)
    nearest = np.argsort(costs, axis=1, kind="stable")[:, :k]
    found = np.take_along_axis(costs, nearest, axis=1)
    return found, np.where(np.isinf(found), -1, nearest)
