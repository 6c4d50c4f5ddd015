"""Slow, obvious twins of systematic resampling and of the trades that balance what it chose."""

import numpy as np

GOLDEN, WORD, GROUPS = 0x9E3779B97F4A7C15, 2**64 - 1, 32


def expected_counts(log_weight, n_out, once):
    """How often each row is to be taken: by weight, with ``once`` no more than one where enough rows have weight."""
    log_weight = np.asarray(log_weight) - np.max(log_weight)
    weight = np.where(log_weight < -700, 0.0, np.exp(log_weight))
    if not once or (weight > 0).sum() < n_out:
        return n_out * weight / weight.sum()
    order = np.argsort(-weight, kind="stable")
    for n_full in range(n_out):  # the fewest rows at one that leave no other above it
        rest = weight[order[n_full:]]
        scale = (n_out - n_full) / rest[::-1].sum()
        if rest[0] * scale <= 1.0:
            break
    counts = weight * scale
    counts[order[:n_full]] = 1.0
    return counts


def resample(log_weight, n_out, place, once):
    """The rows that the teeth of a comb fall on."""
    reach = np.cumsum(expected_counts(log_weight, n_out, once))
    teeth = (np.arange(n_out) + np.clip(place, 1e-9, 1 - 1e-9)) * reach[-1] / n_out
    return np.searchsorted(reach, teeth, side="right")


def mix(x):
    """SplitMix64's finaliser."""
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & WORD
    return x ^ (x >> 31)


def deviations(group, weight, chosen):
    """How many chosen rows each group of each column has more than its weights add up to, shape (n_columns, 32)."""
    share = weight / (np.cumsum(weight)[-1] / len(chosen))
    out = np.zeros((len(group), GROUPS))
    for own, groups in zip(out, group, strict=True):
        np.subtract.at(own, groups, share)
        np.add.at(own, groups[chosen], 1.0)
    return out


def balance(group, weight, key, n_passes, chosen):
    """What is chosen once each tooth was offered a row of its share, by weight, ``n_passes`` times."""
    chosen, reach, deviation = np.array(chosen), np.cumsum(weight), deviations(group, weight, chosen)
    scale = reach[-1] / len(chosen)
    for _ in range(n_passes):
        for tooth, now in enumerate(chosen):
            key = (key + GOLDEN) & WORD
            aim = (tooth + (mix(key) >> 11) * 2.0**-53) * scale
            k = min(np.searchsorted(reach, aim, side="right"), len(weight) - 1)
            change = 0.0  # half the change of the sum of squares
            for own, groups in zip(deviation, group, strict=True):
                a, b = groups[now], groups[k]
                change += 0.0 if a == b else 1.0 + own[b] - own[a]
            if k not in chosen[max(tooth - 1, 0) : tooth + 2] and weight[k] > 0 and change < 0:
                for own, groups in zip(deviation, group, strict=True):
                    own[groups[now]] -= 1.0
                    own[groups[k]] += 1.0
                chosen[tooth] = k
    return chosen
