"""Rows grouped by what must agree for one to count for another: numbers missing or on a spike, fixed levels."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synthfast.synthesizers._kde.law import Law, number_states
from synthfast.synthesizers._kde.rows import hash_columns

__all__ = ["group_patterns", "patterns_of"]

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]


def patterns_of(
    law: Law, numbers: Floats, codes: Codes, dims: Sequence[int], levels: Sequence[int]
) -> NDArray[np.int64]:
    """What must agree, shape (n_rows, n_dims + n_levels): states of numbers, and of levels what no kernel crosses.

    Parameters
    ----------
    law : Law
    numbers : ndarray of float64, shape (n_rows, n_dims)
    codes : ndarray of int32, shape (n_rows, n_levels)
    dims, levels : sequence of int
        Which of the law's columns these are.
    """
    out = np.zeros((len(numbers), len(dims) + len(levels)), dtype=np.int64)
    out[:, : len(dims)] = number_states(numbers, tuple(law.spikes[j] for j in dims))
    for place, level in enumerate(levels, start=len(dims)):
        kernel, own = law.kernels[level], codes[:, place - len(dims)]
        out[:, place] = (own < 0) if kernel.moves else own
    return out


def group_patterns(patterns: NDArray[np.int64]) -> dict[bytes, NDArray[np.intp]]:
    """Rows of each pattern, ascending."""
    if not len(patterns):
        return {}
    if (patterns == patterns[0]).all():
        return {patterns[0].tobytes(): np.arange(len(patterns))}
    _, first, member = np.unique(hash_columns(patterns.T), return_index=True, return_inverse=True)
    distinct = patterns[first]
    if not (distinct[member] == patterns).all():  # two patterns of one hash
        distinct, member = np.unique(patterns, axis=0, return_inverse=True)
        member = member.ravel()
    order = np.argsort(member, kind="stable")
    ends = np.cumsum(np.bincount(member, minlength=len(distinct)))
    parts = np.split(order, ends[:-1])
    return {pattern.tobytes(): rows for pattern, rows in zip(distinct, parts, strict=True)}
