"""What of the real columns' values the synthetic ones reach, and what they reach beyond them."""

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

from synthfast.quality.columns import CodedTable, share_columns
from synthfast.quality.result import MetricResult, not_applicable
from synthfast.quality.sampling import SeedLike, fresh_reference

__all__ = ["boundary_adherence", "category_adherence", "category_coverage", "range_coverage"]

UNIT_RANGE = (0.0, 1.0)
Share = Callable[[CodedTable, CodedTable, Hashable], float | None]  # of one column; None where there is none


def range_coverage(real: Any, synthetic: Any, *, holdout: Any = None, random_state: SeedLike = 0) -> MetricResult:
    """Mean over the numeric columns of the share of the real range that the synthetic range covers.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw; their share is the reference. Without them it is that of one half of the
        real rows against the other.
    random_state : None, int, SeedSequence or Generator, default 0
        Seed of the halving.

    Returns
    -------
    MetricResult
        ``detail["columns"]`` holds the share of every column.

    Notes
    -----
    SDMetrics' RangeCoverage. Extremes are single rows: a table that reaches all of them repeats or exceeds them, so 1
    is not to be had without either; read it beside the reference. A constant real column is covered if its value is.

    Examples
    --------
    >>> from synthfast.quality import range_coverage
    >>> range_coverage({"x": [0.0, 10.0]}, {"x": [2.0, 12.0]}).value
    0.8
    """

    def covered(one: CodedTable, two: CodedTable, name: Hashable) -> float | None:
        own, other = one.sorted_values(name), two.sorted_values(name)
        if len(own) == 0:
            return None
        if len(other) == 0:
            return 0.0
        span = float(own[-1] - own[0])
        if span == 0.0:
            return float(other[0] <= own[0] <= other[-1])
        return max(0.0, float(min(own[-1], other[-1]) - max(own[0], other[0])) / span)

    return _over_columns("range_coverage", "numeric", covered, real, synthetic, holdout, random_state)


def category_coverage(real: Any, synthetic: Any, *, holdout: Any = None, random_state: SeedLike = 0) -> MetricResult:
    """Mean over the categorical columns of the share of the real levels that occur in the synthetic table.

    Parameters and result are those of :func:`range_coverage`.

    Notes
    -----
    SDMetrics' CategoryCoverage. Levels of single rows count like any other, and a table that has them all discloses
    them.

    Examples
    --------
    >>> from synthfast.quality import category_coverage
    >>> category_coverage({"c": ["a", "b", "b", "c"]}, {"c": ["b", "c"]}).value
    0.6666666666666666
    """

    def covered(one: CodedTable, two: CodedTable, name: Hashable) -> float | None:
        own, other = (table.level_counts(name, missing=False) > 0 for table in (one, two))
        return float(np.mean(other[own])) if own.any() else None

    return _over_columns("category_coverage", "categorical", covered, real, synthetic, holdout, random_state)


def boundary_adherence(real: Any, synthetic: Any, *, holdout: Any = None, random_state: SeedLike = 0) -> MetricResult:
    """Mean over the numeric columns of the share of the synthetic values that lie within the real range.

    Parameters and result are those of :func:`range_coverage`.

    Notes
    -----
    SDMetrics' BoundaryAdherence, of known values. Fresh real rows go beyond the range of others now and then, as the
    reference tells.

    Examples
    --------
    >>> from synthfast.quality import boundary_adherence
    >>> boundary_adherence({"x": [0.0, 10.0]}, {"x": [2.0, 12.0]}).value
    0.5
    """

    def within(one: CodedTable, two: CodedTable, name: Hashable) -> float | None:
        own, other = one.sorted_values(name), two.sorted_values(name)
        if len(other) == 0:
            return None
        if len(own) == 0:
            return 0.0
        first, last = np.searchsorted(other, own[0], side="left"), np.searchsorted(other, own[-1], side="right")
        return float(last - first) / len(other)

    return _over_columns("boundary_adherence", "numeric", within, real, synthetic, holdout, random_state)


def category_adherence(real: Any, synthetic: Any, *, holdout: Any = None, random_state: SeedLike = 0) -> MetricResult:
    """Mean over the categorical columns of the share of the synthetic values whose level the real table has.

    Parameters and result are those of :func:`range_coverage`.

    Notes
    -----
    SDMetrics' CategoryAdherence, of known values.

    Examples
    --------
    >>> from synthfast.quality import category_adherence
    >>> category_adherence({"c": ["a", "b"]}, {"c": ["b", "new"]}).value
    0.5
    """

    def within(one: CodedTable, two: CodedTable, name: Hashable) -> float | None:
        own, other = (table.level_counts(name, missing=False) for table in (one, two))
        return float(other[own > 0].sum() / other.sum()) if other.sum() else None

    return _over_columns("category_adherence", "categorical", within, real, synthetic, holdout, random_state)


def _over_columns(
    name: str, kind: str, share: Share, real: Any, synthetic: Any, holdout: Any, random_state: SeedLike
) -> MetricResult:
    tables = share_columns(real, synthetic, holdout)

    def shares(one: CodedTable, two: CodedTable) -> dict[Hashable, float]:
        names = one.coding.numeric if kind == "numeric" else one.coding.categorical
        found = {column: share(one, two, column) for column in names}
        return {column: value for column, value in found.items() if value is not None}

    def mean(one: CodedTable, two: CodedTable) -> float | None:
        found = list(shares(one, two).values())
        return float(np.mean(found)) if found else None

    columns = shares(tables.real, tables.synthetic)
    if not columns:
        return not_applicable(name, f"no {kind} column with values", goal=1.0, range=UNIT_RANGE)
    reference, source = fresh_reference(
        mean, tables.real, tables.synthetic.n_rows, tables.holdout, random_state, scaled=False
    )
    detail = {"columns": columns, "reference_from": source}
    return MetricResult(name, float(np.mean(list(columns.values()))), 1.0, UNIT_RANGE, detail, reference)
