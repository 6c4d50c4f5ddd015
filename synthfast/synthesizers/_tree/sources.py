"""What columns say about each other, and which earlier ones a column is modelled on in wide tables."""

import numpy as np
from numpy.typing import NDArray

from synthfast._core.threads import effective_n_threads
from synthfast._ext._contingency import count_pairs
from synthfast.synthesizers._tree.bins import Bins, group_by_mass

__all__ = ["choose_sources", "mutual_information"]

MAX_SOURCES = 40
GROUPS = 8
MAX_ROWS = 20_000


def choose_sources(bins: list[Bins], information: NDArray[np.float64]) -> list[NDArray[np.int32]]:
    """Earlier columns of each column, at most 40: those of most mutual information.

    Parameters
    ----------
    bins : list of Bins
        Columns in order.
    information : ndarray of float64, shape (n_columns, n_columns)
        As `mutual_information` gives it.
    """
    n = len(bins)
    useful = np.array([b.n_leaves > 1 for b in bins], dtype=bool)
    if n <= MAX_SOURCES + 1:
        return [np.flatnonzero(useful[:j]).astype(np.int32) for j in range(n)]
    out = []
    for j in range(n):
        earlier = np.flatnonzero(useful[:j])
        best = earlier[np.argsort(-information[j, earlier], kind="stable")[:MAX_SOURCES]]
        out.append(np.sort(best).astype(np.int32))
    return out


def mutual_information(bins: list[Bins], codes: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Mutual information of every two columns in eight groups each, in nats, less what chance alone gives.

    Parameters
    ----------
    bins : list of Bins
        Columns in order.
    codes : ndarray of uint8, shape (n_columns, n_rows)
        Rows in random order; the first 20,000 are looked at.
    """
    codes = codes[:, :MAX_ROWS]
    groups = np.empty(codes.shape, dtype=np.int32)
    for j, b in enumerate(bins):
        groups[j] = group_by_mass(b.code_grade, GROUPS, b.missing)[codes[j]]
    first, second = np.triu_indices(len(bins), 1)
    counts = np.zeros(len(first) * GROUPS * GROUPS, dtype=np.int64)
    offset = np.arange(len(first), dtype=np.int64) * GROUPS * GROUPS
    width = np.full(len(first), GROUPS, dtype=np.int64)
    count_pairs(groups, first, second, width, offset, counts, effective_n_threads())
    joint = counts.reshape(-1, GROUPS, GROUPS) / max(codes.shape[1], 1)
    apart = joint.sum(axis=2, keepdims=True) * joint.sum(axis=1, keepdims=True)
    ratio = np.divide(joint, apart, out=np.ones_like(joint), where=joint > 0)
    information = np.zeros((len(bins), len(bins)))
    found = (joint * np.log(ratio)).sum(axis=(1, 2))
    found -= (
        ((joint.sum(axis=2) > 0).sum(axis=1) - 1)
        * ((joint.sum(axis=1) > 0).sum(axis=1) - 1)
        / (2 * max(codes.shape[1], 1))
    )
    information[first, second] = information[second, first] = np.maximum(found, 0.0)
    return information
