"""Dynamic time warping as its definition says it, one cell at a time."""

import numpy as np


def sums(x, y, low, high):
    """Best sums of squared differences to every cell, shape (n, m); row i keeps to columns low[i] .. high[i] - 1."""
    n, m = len(x), len(y)
    total = np.full((n + 1, m + 1), np.inf)
    total[0, 0] = 0.0
    for i in range(n):
        for j in range(low[i], high[i]):
            cost = 0.0
            for a, b in zip(x[i], y[j], strict=True):
                cost += (a - b) * (a - b)
            total[i + 1, j + 1] = cost + min(total[i, j], total[i, j + 1], total[i + 1, j])
    return total[1:, 1:]


def distances(x, y, low, high):
    return np.array([[sums(a, b, low, high)[-1, -1] for b in y] for a in x])


def softly(x, y, gamma):
    """Soft minimum over all paths, by enumeration."""

    def paths(i, j):
        cost = float(np.sum((x[i] - y[j]) ** 2))
        if i == 0 and j == 0:
            yield cost
            return
        for a, b in ((i - 1, j), (i, j - 1), (i - 1, j - 1)):
            if a >= 0 and b >= 0:
                for rest in paths(a, b):
                    yield rest + cost

    return -gamma * np.log(np.sum(np.exp(-np.array(list(paths(len(x) - 1, len(y) - 1))) / gamma)))
