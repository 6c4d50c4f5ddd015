"""Slow, obvious twins of interpolation and votes."""

import numpy as np

MASK = 2**64 - 1


def interpolate_rows(points, links, pairs, steps):
    """One row after another; a step past the middle is taken from the other end."""
    out = np.empty((len(pairs), points.shape[1]), dtype=points.dtype)
    for i, (pair, step) in enumerate(zip(pairs, steps, strict=True)):
        start, end = points[links[pair]]
        if step > 0.5:
            start, end, step = end, start, 1.0 - step
        out[i] = start + points.dtype.type(step) * (end - start)
    return out


def mix(x):
    """The finaliser of SplitMix64."""
    x &= MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def vote_levels(codes, neighbors, bases, ranks, offsets, key, start):
    """The code held most often; of several those of the highest rank, and of these the one of the highest lot."""
    out = np.empty((len(bases), codes.shape[1]), dtype=np.int32)
    for i, base in enumerate(bases.tolist()):
        for c, offset in enumerate(offsets.tolist()):
            levels, counts = np.unique(codes[neighbors[base], c], return_counts=True)
            word = mix(mix(key ^ (start + i)) + c)
            tied = levels[counts == counts.max()].tolist()
            lots = {code: (ranks[offset + code], mix(word + 0x9E3779B97F4A7C15 * code)) for code in tied}
            out[i, c] = max(tied, key=lots.__getitem__)
    return out
