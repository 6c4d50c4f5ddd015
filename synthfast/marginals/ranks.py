"""Sorting, ordering and ranking of numeric columns by radix: several times faster than by comparisons."""

from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthfast._core.validation import check_choice
from synthfast._ext import _sort

__all__ = ["argsort_values", "count_runs", "rank_values", "sort_values"]

Floats = NDArray[np.float64]

MAX_VALUES: Final = 2**32 - 1
_METHODS: Final = ("average", "min", "max", "ordinal")


def sort_values(x: ArrayLike) -> Floats:
    """Sort a column.

    Parameters
    ----------
    x : array_like of float, shape (n_values,)
        Anything but float64 is converted to it; integers past 2**53 are rounded by that.

    Returns
    -------
    ndarray of float64, shape (n_values,)
        A sorted copy, NaN last. -0.0 becomes 0.0.

    Raises
    ------
    ValueError
        If ``x`` is not one-dimensional or has 2**32 values or more.

    Notes
    -----
    O(n_values): at most four counting passes over the 32 leading bits of order-preserving keys, then what shares all of
    them is sorted by the bits left. Decimal numbers such as prices go by their short integers instead; ascending and
    descending columns are only copied. Memory 16 bytes a value. Runs in one thread with the interpreter's lock
    released: spread columns over threads.

    References
    ----------
    Knuth, "The Art of Computer Programming", volume 3, section 5.2.5.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast.marginals.ranks import sort_values
    >>> sort_values([2.5, np.nan, -1.0, 0.0])
    array([-1. ,  0. ,  2.5,  nan])
    """
    values = _column("sort_values", x)
    out, scratch = _words(values), _words(values)
    _sort.sort_values(values, out, scratch)
    return out.view(np.float64)


def argsort_values(x: ArrayLike) -> NDArray[np.int64]:
    """Positions that put a column in ascending order.

    Parameters
    ----------
    x : array_like of float, shape (n_values,)
        As in `sort_values`.

    Returns
    -------
    ndarray of int64, shape (n_values,)
        ``x[argsort_values(x)]`` is sorted. Ties stay in order of position (the order is stable); NaN comes last.

    Raises
    ------
    ValueError
        If ``x`` is not one-dimensional or has 2**32 values or more.

    Notes
    -----
    O(n_values), 16 bytes a value; see `sort_values`.

    Examples
    --------
    >>> from synthfast.marginals.ranks import argsort_values
    >>> argsort_values([2.5, -1.0, 2.5, 0.0])
    array([1, 3, 0, 2])
    """
    values = _column("argsort_values", x)
    order, scratch = _words(values), _words(values)
    _sort.argsort_values(values, order, scratch)
    return order.view(np.int64)


def rank_values(x: ArrayLike, method: Literal["average", "min", "max", "ordinal"] = "average") -> Floats:
    """Rank the values of a column from 1.

    Parameters
    ----------
    x : array_like of float, shape (n_values,)
        As in `sort_values`; -0.0 ties with 0.0.
    method : {"average", "min", "max", "ordinal"}, default "average"
        What tied values get: the mean, the smallest or the largest of the ranks that they take up, or each its own in
        order of position.

    Returns
    -------
    ndarray of float64, shape (n_values,)
        Ranks among the values that are not NaN; NaN for NaN.

    Raises
    ------
    ValueError
        If ``method`` is unknown, or ``x`` is not one-dimensional or has 2**32 values or more.

    Notes
    -----
    O(n_values), 16 bytes a value; see `sort_values`.

    Examples
    --------
    >>> from synthfast.marginals.ranks import rank_values
    >>> rank_values([10.0, 20.0, 10.0, 5.0])
    array([2.5, 4. , 2.5, 1. ])
    """
    check_choice("rank_values: method", method, _METHODS)
    values = _column("rank_values", x)
    ranks, scratch = _words(values), _words(values)
    _sort.rank_values(values, _METHODS.index(method), ranks, scratch)
    return ranks.view(np.float64)


def count_runs(sorted_values: ArrayLike) -> tuple[Floats, NDArray[np.int64]]:
    """Distinct values of a sorted column and how often each occurs.

    Parameters
    ----------
    sorted_values : array_like of float, shape (n_values,)
        Equal values stand together, as after `sort_values`.

    Returns
    -------
    values : ndarray of float64, shape (n_distinct,)
        In the order of the column; NaN counts as one value.
    counts : ndarray of int64, shape (n_distinct,)
        Length of each run.

    Raises
    ------
    ValueError
        If ``sorted_values`` is not one-dimensional or has 2**32 values or more.

    Notes
    -----
    O(n_values). Whether the column is sorted is not checked.

    Examples
    --------
    >>> from synthfast.marginals.ranks import count_runs
    >>> count_runs([1.0, 1.0, 3.5])
    (array([1. , 3.5]), array([2, 1]))
    """
    column = _column("count_runs", sorted_values)
    values, counts = np.empty(len(column)), np.empty(len(column), dtype=np.int64)
    n_runs = _sort.count_runs(column, values, counts)
    return values[:n_runs].copy(), counts[:n_runs].copy()


def _column(name: str, x: ArrayLike) -> Floats:
    """A contiguous float64 column, or an error that names the function."""
    values = np.ascontiguousarray(x, dtype=np.float64)
    if values.ndim != 1:
        raise ValueError(f"{name}: expected one dimension, got shape {values.shape}. Pass one column at a time.")
    if len(values) > MAX_VALUES:
        raise ValueError(f"{name}: expected fewer than 2**32 values, got {len(values)}. Work on parts of the column.")
    return values


def _words(values: Floats) -> NDArray[np.uint64]:
    return np.empty(len(values), dtype=np.uint64)
