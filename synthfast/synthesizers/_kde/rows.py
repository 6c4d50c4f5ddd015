"""Training rows as a kernel estimate holds them: in an order of their own, equal ones as one row of more weight."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.mixing import GOLDEN, mix_words

__all__ = ["align_rows", "collapse_rows", "hash_columns"]

Floats = NDArray[np.float64]
Words = NDArray[np.uint64]

LINE = 64  # bytes


def collapse_rows(
    numbers: Sequence[Floats], codes: Sequence[NDArray[np.int32]], weight: Floats | None, n_rows: int
) -> tuple[Floats, NDArray[np.int32], Floats]:
    """Distinct rows with a positive weight.

    Parameters
    ----------
    numbers : sequence of ndarray of float64, shape (n_rows,)
        Columns of numbers, NaN where missing.
    codes : sequence of ndarray of int32, shape (n_rows,)
        Columns of levels.
    weight : ndarray of float64, shape (n_rows,), or None
        None: all alike.
    n_rows : int

    Returns
    -------
    numbers : ndarray of float64, shape (n_distinct, n_number_columns)
    codes : ndarray of int32, shape (n_distinct, n_level_columns)
    weight : ndarray of float64, shape (n_distinct,)
        Adds up to 1.

    Notes
    -----
    Rows stand in the order of a hash of their values, so the order in which they came does not matter.
    O(n_rows log n_rows + n_rows n_columns).
    """
    plain = [np.where(np.isnan(column), np.nan, column + 0.0) for column in numbers]  # one NaN, one zero
    words = hash_columns([*plain, *(own.astype(np.int64) for own in codes)], n_rows)
    order = np.argsort(words, kind="stable") if weight is None else np.lexsort((weight, words))
    if weight is not None:
        order = order[weight[order] > 0.0]
    first = _first_of_equal(words[order], [*plain, *codes], order)
    kept = order[first]
    starts = np.flatnonzero(first)
    counts = np.diff(np.append(starts, len(order))).astype(np.float64)
    total = counts if weight is None else np.add.reduceat(weight[order], starts)
    return align_rows(_stack(plain, kept, np.float64)), _stack(codes, kept, np.int32), total / total.sum()


def align_rows(values: Floats) -> Floats:
    """A copy of a matrix that begins at a cache line, so that a random row of 8 numbers is one line and not two."""
    raw = np.empty(values.nbytes + LINE, dtype=np.uint8)
    start = -raw.ctypes.data % LINE
    out = raw[start : start + values.nbytes].view(np.float64).reshape(values.shape)
    out[...] = values
    return out


def hash_columns(columns: Iterable[NDArray[Any]], n_rows: int = 0) -> Words:
    """A hash of each row of columns of 64 bits, shape (n_rows,); ``n_rows`` counts where there are no columns."""
    words = np.zeros(n_rows, dtype=np.uint64)
    for column in columns:
        own = mix_words(np.ascontiguousarray(column).view(np.uint64) + GOLDEN)
        words = mix_words(words ^ own if len(words) else own)
    return words


def _first_of_equal(words: Words, columns: Sequence[NDArray[Any]], order: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Mask of the rows, in their order, that are not equal to the one before."""
    first = np.ones(len(words), dtype=bool)
    alike = np.flatnonzero(words[1:] == words[:-1]) + 1
    same = np.ones(len(alike), dtype=bool)
    for column in columns:
        a, b = column[order[alike]], column[order[alike - 1]]
        same &= (a == b) | ((a != a) & (b != b))
    first[alike[same]] = False
    return first


def _stack(columns: Sequence[NDArray[Any]], rows: NDArray[np.intp], dtype: Any) -> NDArray[Any]:
    out = np.empty((len(rows), len(columns)), dtype=dtype)
    for j, column in enumerate(columns):
        out[:, j] = column[rows]
    return out
