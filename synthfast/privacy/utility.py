"""How much of a table is left after its quasi-identifiers have been made coarser."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthfast.exceptions import DataError
from synthfast.privacy._columns import column_levels, read_columns
from synthfast.privacy._keys import Digits, group_columns
from synthfast.privacy._partition import Partition, quasi_column
from synthfast.privacy._release import mean_loss
from synthfast.privacy._tallies import tally
from synthfast.privacy.grouping import table_digits
from synthfast.privacy.hierarchies import as_hierarchies

__all__ = ["UtilityReport", "utility_report"]


@dataclass(frozen=True)
class UtilityReport:
    """Figures of what generalisation lost.

    Attributes
    ----------
    gcp : float
        Global certainty penalty: mean over rows and columns of the normalised one; suppressed rows count as 1.
    ncp : dict of column name to float
        Mean normalised certainty penalty of each column.
    discernibility : int
        Sum of squared class sizes, and the number of rows for each suppressed one.
    average_class_size : float
        Rows a class, over k where one is given.
    classification_metric : float or None
        Share of rows that have another target than their class's majority, or are suppressed; where a target is given.
    non_uniform_entropy : dict of column name to float
        Bits that a cell's label leaves open about its value, as a share of what not knowing the column leaves open:
        0 nothing lost, 1 all.
    n_classes, suppressed_rows : int
    """

    gcp: float
    ncp: dict[Hashable, float]
    discernibility: int
    average_class_size: float
    classification_metric: float | None
    non_uniform_entropy: dict[Hashable, float]
    n_classes: int
    suppressed_rows: int


def utility_report(
    original: Any,
    anonymized: Any,
    quasi_identifiers: Any,
    *,
    k: int | None = None,
    target: Hashable | None = None,
    kept: Any = None,
    hierarchies: Any = None,
) -> UtilityReport:
    """Measure what a generalised table has lost, whoever made it.

    Parameters
    ----------
    original : table of shape (n_rows, n_columns)
        Before.
    anonymized : table of shape (n_kept, n_columns)
        After: the same rows in the same order, less those left out.
    quasi_identifiers : str or sequence of column names
        Columns of both.
    k : int, optional
        Divides the average class size.
    target : column name, optional
        Of ``original``, for the classification metric.
    kept : sequence of bool or of row numbers, optional
        Which rows of ``original`` were not left out; needed where ``anonymized`` has fewer.
    hierarchies : dict of column name to Hierarchy, optional
        By which the loss of a class is measured: its lowest common node.

    Returns
    -------
    UtilityReport

    Raises
    ------
    DataError
        If rows do not match, or a column is not in both.

    Notes
    -----
    A class is what shares all its labels, and its loss is what the original values in it span: the length of their
    interval as a share of the column's range, the share of the column's levels, or of the leaves under their common
    node. So tables of any tool are measured alike, by what rows they put together rather than by how the labels are
    spelled. O(n_rows n_columns).

    References
    ----------
    J. Xu et al. (2006), "Utility-based anonymization using local recoding" (NCP); R. Bayardo and R. Agrawal (2005)
    (discernibility); V. Iyengar (2002) (classification metric); A. Gionis and T. Tassa (2009) (non-uniform entropy).

    Examples
    --------
    >>> from synthfast.privacy import utility_report
    >>> before = {"age": [20, 30, 40, 60]}
    >>> after = {"age": ["20-30", "20-30", "40-60", "40-60"]}
    >>> report = utility_report(before, after, "age", k=2)
    >>> report.gcp, report.discernibility, report.average_class_size
    (0.375, 8, 1.0)
    """
    before, names, _ = read_columns(original, quasi_identifiers, target, "utility_report")
    after, _, _ = read_columns(anonymized, quasi_identifiers, None, "utility_report: anonymized")
    rows = _kept_rows(kept, before.n_rows, after.n_rows)
    classes = group_columns(table_digits(after, names), after.n_rows)
    order, starts = classes.order()
    partition = Partition(rows[order], starts, before.n_rows)
    given = as_hierarchies(hierarchies)
    columns = [quasi_column(before.column(name), given.get(name)) for name in names]
    ncp = mean_loss(columns, partition)
    lost = partition.n_suppressed
    majority = None
    if target is not None:
        levels = column_levels(before.column(target)).with_missing()
        counted = tally(partition.places, partition.sizes, levels.codes[partition.rows], len(levels.values))
        majority = (counted.minority() + lost) / before.n_rows
    return UtilityReport(
        gcp=float(np.mean(list(ncp.values()))),
        ncp=ncp,
        discernibility=int((partition.sizes**2).sum()) + lost * before.n_rows,
        average_class_size=len(rows) / max(1, len(starts)) / (k or 1),
        classification_metric=majority,
        non_uniform_entropy={name: _open_bits(before, after, name, rows) for name in names},
        n_classes=len(starts),
        suppressed_rows=lost,
    )


def _kept_rows(kept: Any, n_before: int, n_after: int) -> Any:
    rows = np.arange(n_before) if kept is None else np.asarray(kept)
    rows = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64)
    if len(rows) != n_after:
        raise DataError(
            f"utility_report: expected an anonymized row for each of {len(rows)} kept rows, got {n_after}. "
            "Say in kept which rows of the original are still there."
        )
    if not n_after:
        raise DataError("utility_report: expected at least one row, got none.")
    return rows


def _open_bits(before: Any, after: Any, name: Hashable, rows: Any) -> float:
    """Entropy of a column's values given their labels over that of the values; a suppressed row leaves all open."""
    levels = column_levels(before.column(name)).with_missing()
    counts = np.bincount(levels.codes).astype(np.float64)
    everything = -float((counts * np.log2(counts / counts.sum(), where=counts > 0, out=np.zeros_like(counts))).sum())
    if everything == 0:
        return 0.0
    labels = group_columns(table_digits(after, [name]), after.n_rows)
    values = group_columns([Digits(levels.codes[rows], 0, len(levels.values))], len(rows))
    pairs = tally(labels.ids, labels.sizes, values.ids, len(values))
    # A label stands for all rows of the original that have one of its values, seen with their frequencies in the table.
    frequency = counts[levels.codes[rows]][values.first_rows()]
    mass = np.bincount(pairs.class_of, frequency[pairs.values], len(labels))
    bits = -pairs.counts * np.log2(frequency[pairs.values] / mass[pairs.class_of])
    shown = np.bincount(levels.codes[rows], minlength=len(counts))
    hidden = counts - shown
    left_out = -float((hidden * np.log2(counts / counts.sum(), where=counts > 0, out=np.zeros_like(counts))).sum())
    return (float(bits.sum()) + left_out) / everything
