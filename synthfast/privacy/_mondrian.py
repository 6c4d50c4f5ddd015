"""Classes by Mondrian: rows cut in halves by the column they spread in most."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthfast._core.threads import effective_n_threads
from synthfast._ext._mondrian import cut_rows
from synthfast.exceptions import DataError
from synthfast.privacy._constraints import Constraints
from synthfast.privacy._partition import Partition, QuasiColumn, TreeColumn

__all__ = ["CUTS", "mondrian_partition"]

CUTS: Final = {"strict": 0, "below": 1, "relaxed": 2}
_DIVERSITIES: Final = {None: 0, "distinct": 1, "entropy": 2, "recursive": 3}
_MAX_CHILDREN: Final = 65_535


def mondrian_partition(
    columns: Sequence[QuasiColumn], k: int, bounds: Constraints, cut: str = "strict", n_threads: int | None = None
) -> Partition:
    """Classes of at least k rows each that meet the bounds; the whole table has to.

    Parameters
    ----------
    columns : sequence of QuasiColumn
    k : int
        At least 1.
    bounds : Constraints
        On sensitive values.
    cut : {"strict", "below", "relaxed"}
        At the median: next to its value on whichever side is nearer to the middle (then on the other), below its value
        only, or through the rows that share it.

    Notes
    -----
    O(n_rows n_columns log(n_rows / k)), and with sensitive columns O(n_values) a cut more. 8 bytes a cell, 20 a row.
    """
    n_rows = len(columns[0].numbers())
    values = np.empty((len(columns), n_rows))
    scale = np.zeros(len(columns))
    for place, column in enumerate(columns):
        values[place] = column.numbers()
        absent = np.isnan(values[place])
        if not isinstance(column, TreeColumn):
            present = values[place][~absent]
            span = present.max() - present.min() if len(present) else 0.0
            scale[place] = span if span > 0 else 1.0
        values[place][absent] = -np.finfo(np.float64).max
    tables, n_leaves, nodes, spans, n_children = _trees(columns)
    secrets, laws_at, laws, ordered, heights, trees_at, trees = bounds.arrays(n_rows)
    rows, starts = np.arange(n_rows, dtype=np.int32), np.zeros(n_rows, dtype=np.uint8)
    cut_rows(
        values,
        rows,
        scale,
        tables,
        n_leaves,
        nodes,
        spans,
        n_children,
        secrets,
        laws_at,
        laws,
        ordered,
        heights,
        trees_at,
        trees,
        k,
        CUTS[cut],
        _DIVERSITIES[bounds.kind],
        bounds.l,
        bounds.c,
        bounds.alpha,
        bounds.t,
        starts,
        effective_n_threads(n_threads),
    )
    return Partition(rows.astype(np.int64), np.flatnonzero(starts), n_rows)


def _trees(
    columns: Sequence[QuasiColumn],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32], NDArray[np.float64], int]:
    """Where each hierarchical column's nodes start, its leaves, all nodes, their spans, the most children of one."""
    tables, n_leaves = np.zeros(len(columns), dtype=np.int64), np.zeros(len(columns), dtype=np.int64)
    nodes, spans, most, total = [np.zeros(1, dtype=np.int32)], [np.zeros(1)], 2, 1
    for place, column in enumerate(columns):
        if not isinstance(column, TreeColumn):
            continue
        tables[place], n_leaves[place] = total, column.nodes.shape[1]
        nodes.append(column.nodes.ravel())
        spans.append(column.spans.ravel())
        total += column.nodes.size
        for below, above in zip(column.nodes, column.nodes[1:], strict=False):
            most = max(most, int(np.bincount(above[np.flatnonzero(np.diff(below, prepend=-1))]).max()))
        if most > _MAX_CHILDREN:
            raise DataError(
                f"enforce_k_anonymity: a node of the hierarchy of column {column.name!r} has {most} children, expected "
                f"at most {_MAX_CHILDREN}. Put a level between."
            )
    return tables, n_leaves, np.concatenate(nodes), np.concatenate(spans), most
