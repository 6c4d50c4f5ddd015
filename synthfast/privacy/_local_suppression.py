"""Local suppression: single cells blanked, as few as a greedy search finds, until each row has k - 1 likes."""

from collections.abc import Sequence
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthfast.exceptions import DataError
from synthfast.privacy._keys import Digits, group_columns

__all__ = ["blank_cells"]

MAX_COLUMNS: Final = 20


def blank_cells(columns: Sequence[Digits], k: int, n_rows: int, importance: Sequence[float]) -> NDArray[np.bool_]:
    """Which cells to blank so that, a blank being a value of its own, every row's class has at least k rows.

    Parameters
    ----------
    columns : sequence of Digits
    k, n_rows : int
        ``k`` is at most ``n_rows``.
    importance : sequence of float, length n_columns
        Cost of a blank in each column.

    Returns
    -------
    ndarray of bool, shape (n_columns, n_rows)

    Notes
    -----
    Sets of columns are tried from the cheapest on: rows that have no class yet are put together by the columns outside
    the set, and those in groups of k or more are settled. Fewer than k rows that are left when all columns are blank
    are joined by rows of the largest classes, whole classes where none can spare any. At most 2**n_columns groupings,
    of ever fewer rows.

    Raises
    ------
    DataError
        If there are more than 20 columns.
    """
    d = len(columns)
    if d > MAX_COLUMNS:
        raise DataError(
            f"enforce_k_anonymity: local suppression tries sets of columns, expected at most {MAX_COLUMNS}, got {d}. "
            "Use method='mondrian'."
        )
    blank = np.zeros((d, n_rows), dtype=bool)
    left = np.arange(n_rows)
    sets = [chosen for size in range(d + 1) for chosen in combinations(range(d), size)]
    for chosen in sorted(sets, key=lambda chosen: sum(importance[c] for c in chosen)):
        if not len(left):
            return blank
        shown = [Digits(columns[c].values[left], columns[c].low, columns[c].width) for c in range(d) if c not in chosen]
        classes = group_columns(shown, len(left))
        settled = classes.sizes[classes.ids] >= k
        blank[np.ix_(np.array(chosen, dtype=np.int64), left[settled])] = True
        left = left[~settled]
    if len(left):
        blank[:, left] = True
        blank[:, _joined(columns, blank, left, k)] = True
    return blank


def _joined(columns: Sequence[Digits], blank: NDArray[np.bool_], left: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    """Rows to blank wholly so that those left over are k: what the largest classes can spare, else the smallest one."""
    masked = [Digits(np.where(b, 0, 1), 0, 2) for b in blank]
    hidden = [Digits(_hidden(c, b), 0, c.width) for c, b in zip(columns, blank, strict=True)]
    classes = group_columns([*masked, *hidden], blank.shape[1])
    own = classes.ids[left[0]]
    spare = np.where(np.arange(len(classes)) == own, 0, classes.sizes - k)
    taken: list[NDArray[np.int64]] = []
    wanted = k - int(classes.sizes[own])
    for place in np.argsort(-spare, kind="stable"):
        if wanted <= 0 or spare[place] <= 0:
            break
        rows = np.flatnonzero(classes.ids == place)[: min(int(spare[place]), wanted)]
        taken.append(rows)
        wanted -= len(rows)
    if wanted > 0:
        rest = np.where(np.arange(len(classes)) == own, np.iinfo(np.int64).max, classes.sizes)
        taken.append(np.flatnonzero(classes.ids == int(np.argmin(rest))))
    return np.concatenate(taken) if taken else np.empty(0, dtype=np.int64)


def _hidden(column: Digits, blank: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """The column from 0 on, 0 where blank."""
    values = column.values.astype(np.uint64) - np.uint64(column.low % 2**64)
    return np.where(blank, np.uint64(0), values)
