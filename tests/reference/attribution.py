"""Slow, obvious twin of the count of matching and agreeing rows."""

import numpy as np


def count_agreeing(codes, rows, is_key, secrets):
    """Least mismatches, matching rows and agreeing ones, each (n_people, n_secrets)."""
    shape = len(codes), len(secrets)
    least, matching, agreeing = np.empty(shape, np.int32), np.empty(shape, np.int64), np.empty(shape, np.int64)
    for i, person in enumerate(codes):
        for s, secret in enumerate(secrets):
            keys = [c for c in range(codes.shape[1]) if is_key[c] and c != secret]
            apart = (rows[:, keys] != person[keys]).sum(axis=1)
            found = apart == apart.min()
            least[i, s], matching[i, s] = apart.min(), found.sum()
            agreeing[i, s] = (rows[found, secret] == person[secret]).sum()
    return least, matching, agreeing
