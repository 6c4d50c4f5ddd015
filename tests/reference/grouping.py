"""Slow, obvious twins of the grouping kernel."""

import numpy as np


def fill_keys(columns, lows, widths, keys):
    """Digits appended to numbers, in Python's own integers, modulo 2**64."""
    out = [int(key) for key in keys]
    for values, low, width in zip(columns, lows, widths, strict=True):
        out = [(key * width + int(value) - low) % 2**64 for key, value in zip(out, values, strict=True)]
    return np.array(out, dtype=np.uint64)


def count_keys(keys, n_parts, n_cells):
    """Counts by stretch of rows."""
    counts = np.zeros((n_parts, n_cells), dtype=np.int32)
    for part in range(n_parts):
        for key in keys[len(keys) * part // n_parts : len(keys) * (part + 1) // n_parts]:
            counts[part, int(key)] += 1
    return counts


def number_keys(keys):
    """Numbers by first appearance, the distinct keys and how often each comes."""
    places, counts = {}, []
    numbers = []
    for key in keys:
        number = places.setdefault(int(key), len(places))
        if number == len(counts):
            counts.append(0)
        counts[number] += 1
        numbers.append(number)
    return numbers, list(places), counts


def group_rows(columns):
    """Classes in lexicographic order, and their sizes."""
    rows = list(zip(*[[int(value) for value in column] for column in columns], strict=True))
    known = sorted(set(rows))
    place = {row: number for number, row in enumerate(known)}
    ids = [place[row] for row in rows]
    return ids, [ids.count(number) for number in range(len(known))] if len(ids) < 2_000 else np.bincount(ids)
