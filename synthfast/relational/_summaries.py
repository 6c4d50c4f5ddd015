"""What a parent's row is told of its children: how many there are, and what they have in common."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames import ColumnData
from synthfast.encoding import EncodedColumn

__all__ = ["count_children", "summarise_children"]


def count_children(name: Hashable, parents: NDArray[np.int64], n_parents: int) -> ColumnData:
    """How many children each parent has."""
    return ColumnData(name, "integer", n_parents, "int64", np.bincount(parents, minlength=n_parents))


def summarise_children(
    table: str, columns: Mapping[Hashable, EncodedColumn], parents: NDArray[np.int64], n_parents: int
) -> dict[Hashable, ColumnData]:
    """The mean of each column of numbers over each parent's children, and their commonest level; missing without any.

    Parameters
    ----------
    table : str
        The children's table.
    columns : mapping of name to EncodedColumn
        Encoded columns of the children.
    parents : ndarray of int64, shape (n_children,)
        The row of each one's parent.
    n_parents : int

    Returns
    -------
    dict of ``(table, column, "siblings")`` to ColumnData of n_parents rows
    """
    out: dict[Hashable, ColumnData] = {}
    for name, column in columns.items():
        label = (table, name, "siblings")
        if column.kind == "numeric":
            out[label] = ColumnData(label, "float", n_parents, "float64", _means(column.values, parents, n_parents))
        elif column.n_levels > 1:
            out[label] = _commonest(label, column, parents, n_parents)
    return out


def _means(values: NDArray[Any], parents: NDArray[np.int64], n_parents: int) -> NDArray[np.float64]:
    known = ~np.isnan(values)
    sums = np.bincount(parents[known], weights=values[known], minlength=n_parents)
    counts = np.bincount(parents[known], minlength=n_parents)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def _commonest(label: Hashable, column: EncodedColumn, parents: NDArray[np.int64], n_parents: int) -> ColumnData:
    known = column.values >= 0
    cells = parents[known] * column.n_levels + column.values[known]
    found, counts = np.unique(cells, return_counts=True)
    order = np.lexsort((-found, counts))  # of equally common levels the first
    best = np.full(n_parents, -1, dtype=np.int32)
    best[found[order] // column.n_levels] = found[order] % column.n_levels  # the last one written stays
    return ColumnData(label, "category", n_parents, "category", best, categories=list(range(column.n_levels)))
