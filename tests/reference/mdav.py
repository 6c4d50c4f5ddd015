"""Slow, obvious twin of microaggregation by maximum distance to the average vector."""

import numpy as np


def group_near(points, k):
    """Group of each column of ``points``."""
    points = np.asarray(points, dtype=float)
    groups = np.zeros(points.shape[1], dtype=int)
    left, group = list(range(points.shape[1])), 0

    def distances(centre):
        return ((points[:, left] - centre[:, None]) ** 2).sum(axis=0)

    def take(row):
        nonlocal left, group
        gaps = distances(points[:, row])
        order = sorted(range(len(left)), key=lambda i: (left[i] != row, gaps[i], left[i]))[:k]
        chosen = [left[i] for i in order]
        groups[chosen] = group
        left, group = [row for row in left if row not in chosen], group + 1

    while len(left) >= 2 * k:
        pair = len(left) >= 3 * k
        furthest = left[int(np.argmax(distances(points[:, left].mean(axis=1))))]
        take(furthest)
        if pair:
            take(left[int(np.argmax(distances(points[:, furthest])))])
    groups[left] = group
    return groups, group + (len(left) > 0)
