"""Slow, obvious twin of the search for nearest rows."""

import numpy as np


def find_nearest(queries, points, n_numbers, squared, exclude_own):
    """Least cost of each query and the first row that has it, from all pairs."""
    costs = np.zeros((len(queries), len(points)))
    for c in range(queries.shape[1]):
        gaps = np.abs(points[:, c] - queries[:, c, None])
        if c >= n_numbers:
            costs += gaps > 0
        else:
            costs += gaps * gaps if squared else np.minimum(gaps, 1.0)
    if exclude_own:
        np.fill_diagonal(costs, np.inf)
    nearest = costs.argmin(axis=1)
    return costs[np.arange(len(queries)), nearest], nearest
