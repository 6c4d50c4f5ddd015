"""Slow, obvious twin of the pairing of ranks."""


def pair_ranks(uniforms, window):
    """Partner of each place."""
    n = len(uniforms)
    partners = [-1] * n
    for i in range(n):
        if partners[i] >= 0:
            continue
        free = [j for j in range(i + 1, min(n, i + window + 1)) if partners[j] < 0]
        partners[i] = free[int(uniforms[i] * len(free))] if free else i
        partners[partners[i]] = i
    return partners
