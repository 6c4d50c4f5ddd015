"""Slow, obvious twins of the tree kernels."""

import numpy as np


def gain(n, left, right):
    """Gains of splits of a node: what both sides hold, ``(n_left, sums)`` of scores or class counts each."""
    (n_left, of_left), (n_right, of_right) = left, right
    weight = 1.0 / (float(n_left) * float(n_right))
    if np.ndim(of_left) == 0:
        d = float(n) * float(of_left) - float(n_left) * float(of_left + of_right)
        return d * d * weight
    return ((of_left**2).sum() * float(n_right) + (of_right**2).sum() * float(n_left)) * weight


def best_split(codes, y, n_classes, min_leaf):
    """``(feature, threshold)`` of the largest gain, the first of equals, or None where nothing is gained."""
    n = len(y)

    def held(rows):
        return len(rows), np.bincount(rows, minlength=n_classes) if n_classes else rows.sum()

    best, found = 0.0, None
    if n_classes:
        best = (np.bincount(y) ** 2).sum() / float(n) * (1.0 + 1e-12)
    for feature, column in enumerate(codes):
        for threshold in np.unique(column):
            left, right = y[column <= threshold], y[column > threshold]
            if min(len(left), len(right)) < min_leaf:
                continue
            here = gain(n, held(left), held(right))
            if here > best:
                best, found = here, (feature, int(threshold))
    return found


def grow_tree(codes, target, label, n_classes, min_leaf, max_depth):
    """``(feature, threshold, left, right, start, stop, order)``, nodes in order of a walk that goes left first."""
    y = np.asarray(label, dtype=np.int64)[target]
    nodes, order = [], []

    def grow(rows, depth):
        node, start = [-1, 0, -1, -1, len(order), len(order) + len(rows)], len(nodes)
        nodes.append(node)
        split = None
        if len(rows) >= 2 * min_leaf and depth < max_depth and len(np.unique(y[rows])) > 1:
            split = best_split(codes[:, rows], y[rows], n_classes, min_leaf)
        if split is None:
            order.extend(rows)
            return start
        goes_left = codes[split[0], rows] <= split[1]
        node[:2] = split
        node[2] = grow(rows[goes_left], depth + 1)
        node[3] = grow(rows[~goes_left], depth + 1)
        return start

    grow(np.arange(len(y)), 0)
    return (*np.array(nodes).T, np.array(order, dtype=np.int64))


def route_rows(codes, n_rows, feature, threshold, left, right):
    """Leaf of each row, one step after the other."""
    out = []
    for row in range(n_rows):
        node = 0
        while feature[node] >= 0:
            node = left[node] if codes[feature[node], row] <= threshold[node] else right[node]
        out.append(node)
    return np.array(out, dtype=np.int32)


def draw_leaves(node, start, stop, donors, u):
    """``(out, rest)``: the donor at u * size, and where u lies within the donors of that code."""
    out, rest = [], []
    for leaf, x in zip(node, u, strict=True):
        held = donors[start[leaf] : stop[leaf]]
        place = x * len(held)
        code = held[min(int(place), len(held) - 1)]
        run = np.flatnonzero(held == code)
        out.append(code)
        rest.append(min((place - run[0]) / len(run), np.nextafter(1.0, 0.0)))
    return np.array(out, dtype=np.uint16), np.array(rest, dtype=np.float64)
