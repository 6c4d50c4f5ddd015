"""Exact distances from the rows of one mixed table to their nearest rows in another."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast.neighbors.record_space import Metric, RecordSpace, read_table

__all__ = ["record_distances"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def record_distances(
    query: Any,
    reference: Any,
    *,
    n_neighbors: int | None = None,
    metric: Metric = "euclidean",
    scale_by: Any = None,
    exclude_self: bool = False,
    n_threads: int | None = None,
) -> tuple[Floats, Integers]:
    """Distance from every row of a table to its nearest row, or rows, in another, and which those are.

    Parameters
    ----------
    query : table of shape (n_query, n_columns)
        pandas, polars or Arrow, a 2-D or structured array, a dict of columns or a list of dicts. May have no rows.
    reference : table of shape (n_reference, n_columns)
        The rows among which the nearest is looked for; the columns of ``query`` in any order, matched by name. Numbers
        are compared as float64, dates, times and durations as seconds, and all else (booleans, categories, strings) as
        levels by their text, in which 1 and 1.0 are the same.
    n_neighbors : int or None, default None
        How many nearest rows; None for the nearest one alone.
    metric : {"euclidean", "gower"}, default "euclidean"
        ``"euclidean"``: the square root of the sum, over the columns, of the squared difference of numbers in standard
        deviations, and of 1 for each differing level. A missing number lies 5 standard deviations below the mean: two
        missing ones are 0 apart, a missing and a known one ``5 + z`` for a value that is z deviations above the mean.
        ``"gower"``: the mean, over the columns, of the difference of numbers as a share of the column's range, at most
        1, and of 1 for each differing level; a missing and a known value are 1 apart. Where a column's range is 0, any
        difference is 1. This is the distance to the closest record of SDMetrics.
        In both, two missing values are equal, and a missing level is a level of its own.
    scale_by : table of shape (n_rows, n_columns) or None, default None
        Where the means, the standard deviations (population ones) and the ranges come from; ``reference`` by default. A
        column that is constant there has a standard deviation of 1.
    exclude_self : bool, default False
        Whether row i of ``reference`` does not count for row i of ``query``; for the nearest other row of one table.
    n_threads : int or None, default None
        Threads; None takes the setting in force. Results do not depend on it.

    Returns
    -------
    distances : ndarray of float64, shape (n_query,) or (n_query, n_neighbors)
        Ascending. Exactly 0 where the nearest row is equal, which it counts as where numbers differ by less than about
        1e-16 of the column's largest distance from its mean (or of its range).
    indices : ndarray of int64, shape (n_query,) or (n_query, n_neighbors)
        Positions in ``reference``; of equally near rows, the first ones in their order.

    Raises
    ------
    DataError
        If the tables differ in their columns or in what a column holds, a number is infinite, or a row is left without
        so many rows to compare it with.
    ValueError, TypeError
        If ``metric`` is unknown or ``n_neighbors`` is not a positive integer.

    Notes
    -----
    Exact: every row that could be nearest is compared in float64. The reference rows are split by their widest columns
    into a tree of boxes with 64 branches, which is gone through the nearest box first. Time is
    O(n_query * log(n_reference)) where near rows are to be found, at worst (dozens of columns of noise)
    O(n_query * n_reference * n_columns), with SIMD across rows. Memory is 8 bytes a cell of ``query`` and 24 bytes a
    cell of ``reference``. Integers past 2**53 are rounded, and so are fractions of a microsecond where times lie
    decades apart.

    References
    ----------
    Gower, "A General Coefficient of Similarity and Some of Its Properties", Biometrics 27 (1971).
    Bentley, "Multidimensional Binary Search Trees Used for Associative Searching", CACM 18 (1975).

    Examples
    --------
    >>> from synthfast.neighbors import record_distances
    >>> real = {"age": [20.0, 40.0, None], "job": ["clerk", "nurse", "nurse"]}
    >>> made = {"job": ["nurse", "nurse", "pilot"], "age": [40.0, 25.0, 20.0]}
    >>> distances, indices = record_distances(made, real, metric="gower")
    >>> distances, indices
    (array([0.   , 0.375, 0.5  ]), array([1, 1, 0]))
    """
    far = read_table(reference, "reference")
    near = far if query is reference else read_table(query, "query")
    tables = {"reference": far, "query": near}
    if scale_by is not None:
        tables = {"scale_by": read_table(scale_by, "scale_by"), **tables}
    space = RecordSpace.fit(tables, metric=metric)
    points = space.points(far, "reference")
    queries = points if near is far else space.points(near, "query")
    return space.nearest(queries, points, n_neighbors=n_neighbors, exclude_self=exclude_self, n_threads=n_threads)
