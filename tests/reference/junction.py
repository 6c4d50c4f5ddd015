"""Slow, obvious twins of the tables of junction trees."""

import numpy as np


def sum_groups(cells, group, out):
    for cell, place in zip(cells, group, strict=True):
        out[place] += cell


def add_groups(addend, group, cells):
    for i, place in enumerate(group):
        cells[i] += addend[place]


def scale_groups(factor, group, cells):
    for i, place in enumerate(group):
        cells[i] *= factor[place]


def draw_levels(cumulated, key, place, out):
    for i, row in enumerate(key):
        level = next((j for j, share in enumerate(cumulated[row][:-1]) if share > place[i]), cumulated.shape[1] - 1)
        bottom = cumulated[row][level - 1] if level else 0.0
        width = cumulated[row][level] - bottom
        within = (place[i] - bottom) / width if width > 0 else 0.0
        out[i] = level
        place[i] = within if 0.0 <= within < 1.0 else (0.0 if within < 0.0 else np.nextafter(1.0, 0.0))


def scramble_points(seed, points):
    """Bit by bit from the highest: each is flipped or not by the bits above it and the seed."""
    for j in range(len(points)):
        points[j] = [_scrambled(int(x), int(seed[j])) for x in points[j]]


def _scrambled(x, seed):
    mask = 2**32 - 1
    x = int(f"{x:032b}"[::-1], 2)
    x ^= x * 0x3D20ADEA & mask
    x = (x + seed) & mask
    x = x * (seed >> 16 | 1) & mask
    x ^= x * 0x05526C56 & mask
    x ^= x * 0x53A22864 & mask
    return int(f"{x:032b}"[::-1], 2)
