"""Slow, obvious twin of the Mondrian kernel: numbers and hierarchies, k, diversity and closeness."""

import numpy as np


def partition(columns, k, *, scale=None, nodes=None, cut="strict", holds=lambda rows: True):
    """Rows of each part, parts in the order in which they stand."""
    columns = [np.asarray(column, dtype=float) for column in columns]
    nodes = nodes or {}
    scale = scale or [column.max() - column.min() or 1.0 for column in columns]

    def fine(rows):
        return len(rows) >= k and holds(rows)

    def spread(c, rows):
        low, high = columns[c][rows].min(), columns[c][rows].max()
        if low == high:
            return 0.0
        if c not in nodes:
            return (high - low) / scale[c]
        level = common(nodes[c], int(low), int(high))
        row = nodes[c][level]
        return np.mean(row == row[int(low)])

    def cuts(c, rows):
        values = columns[c][rows]
        return children(nodes[c], rows, values, fine) if c in nodes else halves(rows, sides(values, cut), fine)

    def split(rows):
        if len(rows) >= 2 * k:
            spreads = [spread(c, rows) for c in range(len(columns))]
            for c in sorted(range(len(columns)), key=lambda c: -spreads[c]):
                parts = cuts(c, rows) if spreads[c] > 0 else None
                if parts:
                    return [part for piece in parts for part in split(piece)]
        return [rows]

    return split(np.arange(len(columns[0])))


def sides(values, cut):
    """What may go to the left, in the order in which it is tried."""
    half = len(values) // 2
    middle = np.sort(values)[half]
    below, upto = values < middle, values <= middle
    if cut == "relaxed":
        below[np.flatnonzero(values == middle)[: half - below.sum()]] = True
    if cut != "strict":
        return [below]
    return [upto, below] if abs(upto.sum() - half) < abs(below.sum() - half) else [below, upto]


def halves(rows, lefts, fine):
    for left in lefts:
        if fine(rows[left]) and fine(rows[~left]):
            return [rows[left], rows[~left]]
    return None


def common(nodes, low, high):
    return next(level for level, row in enumerate(nodes) if row[low] == row[high])


def children(nodes, rows, values, fine):
    """One part a child that holds; the others together, with the smallest of the former while they do not."""
    level = common(nodes, int(values.min()), int(values.max()))
    child = nodes[level - 1][values.astype(int)]
    alone = [rows[child == node] for node in np.unique(child)]
    rest = [part for part in alone if not fine(part)]
    alone = [part for part in alone if fine(part)]
    while alone and not (len(alone) == 1 and not rest):
        others = np.sort(np.concatenate([rows[:0], *rest]))
        if not rest or fine(np.array([row for row in rows if row in set(others)])):
            return alone + ([np.array([row for row in rows if row in set(others.tolist())])] if rest else [])
        smallest = min(range(len(alone)), key=lambda place: len(alone[place]))
        rest.append(alone.pop(smallest))
    return None
