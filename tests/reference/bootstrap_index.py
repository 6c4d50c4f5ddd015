"""Block bootstrap walks, one step at a time."""

import numpy as np


def stationary(jump, place, n, rate):
    out = np.empty(jump.shape, np.int64)
    for s in range(len(jump)):
        for t in range(jump.shape[1]):
            new = t == 0 or jump[s, t] < rate
            out[s, t] = int(place[s, t] * n) if new else (out[s, t - 1] + 1) % n
    return out


def blocks(place, n, n_starts, length, n_steps):
    out = np.empty((len(place), n_steps), np.int64)
    for s in range(len(place)):
        for t in range(n_steps):
            out[s, t] = (int(place[s, t // length] * n_starts) + t % length) % n
    return out
