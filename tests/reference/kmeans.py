"""Slow, obvious twins of the clustering kernels."""

import numpy as np


def fill_tiles(points, shift):
    n_rows, n_columns = points.shape
    tiles = np.zeros((-(-n_rows // 64), n_columns, 64))
    for row in range(n_rows):
        tiles[row // 64, :, row % 64] = points[row] - shift
    return tiles


def assign_points(points, centers):
    """The nearest centre of each row by |c|^2 / 2 - x c, the first of several."""
    scores = np.array([[0.5 * (c @ c) - x @ c for c in centers] for x in points]).reshape(len(points), len(centers))
    return np.argmin(scores, axis=1)


def measure_points(points, centers, labels):
    return np.array([((x - centers[k]) ** 2).sum() for x, k in zip(points, labels, strict=True)])


def lower_distances(points, candidates, nearest):
    return np.array(
        [[min(old, ((x - c) ** 2).sum()) for x, old in zip(points, nearest, strict=True)] for c in candidates]
    )


def pick_rows(weights, aims):
    """The row at which the running sum of the weights passes each aim."""
    reach = np.cumsum(weights)
    last = np.flatnonzero(weights > 0)[-1]
    return np.array([min(int(np.searchsorted(reach, aim, side="right")), last) for aim in aims])


def kmeans(points, centers, max_iter):
    """Lloyd's iterations from given centres."""
    for _ in range(max_iter):
        labels = np.argmin(((points[:, None] - centers) ** 2).sum(axis=2), axis=1)
        moved = np.array([points[labels == k].mean(axis=0) for k in range(len(centers))])
        if np.array_equal(moved, centers):
            break
        centers = moved
    return centers, labels
