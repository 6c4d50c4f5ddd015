"""Slow, obvious twin of the search for nearest rows, and of counting those within a distance."""

import numpy as np


def pair_costs(queries, points, n_numbers, squared, exclude_own):
    """What every point costs every query, (n_queries, n_points); infinite where it does not count."""
    costs = np.zeros((len(queries), len(points)))
    for c in range(queries.shape[1]):
        gaps = np.abs(points[:, c] - queries[:, c, None])
        if c >= n_numbers:
            costs += gaps > 0
        else:
            costs += gaps * gaps if squared else np.minimum(gaps, 1.0)
    if exclude_own:
        np.fill_diagonal(costs, np.inf)
    return costs


def find_nearest(queries, points, n_numbers, squared, exclude_own, k=1):
    """The k least costs of each query and the first rows that have them, from all pairs."""
    costs = pair_costs(queries, points, n_numbers, squared, exclude_own)
    nearest = np.argsort(costs, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(costs, nearest, axis=1), nearest


def count_within(queries, points, n_numbers, squared, exclude_own, most):
    """How many points cost a query at most so much."""
    return (pair_costs(queries, points, n_numbers, squared, exclude_own) <= most[:, None]).sum(axis=1)
