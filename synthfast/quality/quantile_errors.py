"""How far the quantiles of the numeric columns lie off, in percent and in standard deviations."""

from collections.abc import Hashable
from typing import Any

import numpy as np

from synthfast.quality.columns import CodedTable, FloatArray, share_columns
from synthfast.quality.result import MetricResult, not_applicable
from synthfast.quality.sampling import SeedLike, fresh_reference

__all__ = ["mean_absolute_percentage_error", "median_absolute_error"]

PERCENTS = np.arange(1, 100) / 100
SMALL = 0.1  # of a standard deviation: the least size that an error is measured against
OPEN_RANGE = (0.0, float("inf"))


def mean_absolute_percentage_error(
    real: Any, synthetic: Any, *, holdout: Any = None, random_state: SeedLike = 0
) -> MetricResult:
    """Mean absolute error of the 1, 2, ... 99 % quantiles of the numeric columns, in percent of the real ones.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw; their error is the reference.
    random_state : None, int, SeedSequence or Generator, default 0
        Seed of the halving of the real rows that gives the reference without a hold-out.

    Returns
    -------
    MetricResult
        ``detail["columns"]`` holds the error of every column, ``detail["left_out"]`` the columns without values in one
        of the tables.

    Notes
    -----
    A quantile smaller than a tenth of the column's standard deviation says little about the column's size, so its error
    is taken in percent of that tenth; for times, which have no zero, in percent of the standard deviation.

    Examples
    --------
    >>> from synthfast.quality import mean_absolute_percentage_error
    >>> round(mean_absolute_percentage_error({"x": [10.0, 20.0]}, {"x": [11.0, 22.0]}).value, 9)
    10.0
    """

    def error(one: CodedTable, name: Hashable, own: FloatArray, gaps: FloatArray, spread: float) -> float:
        small = spread if one.coding.kinds[name] == "time" else SMALL * spread
        size = np.full(len(own), spread) if one.coding.kinds[name] == "time" else np.maximum(np.abs(own), small)
        return 100.0 * float(np.mean(np.divide(gaps, size, out=(gaps > 0.0) * 1.0, where=size > 0.0)))

    return _over_columns("mean_absolute_percentage_error", error, np.mean, real, synthetic, holdout, random_state)


def median_absolute_error(
    real: Any, synthetic: Any, *, holdout: Any = None, random_state: SeedLike = 0
) -> MetricResult:
    """Median over the numeric columns of the median absolute error of the 1, ... 99 % quantiles, in real deviations.

    Parameters and result are those of :func:`mean_absolute_percentage_error`. Medians let a few bad columns and far
    tails go by.

    Examples
    --------
    >>> from synthfast.quality import median_absolute_error
    >>> median_absolute_error({"x": [0.0, 2.0]}, {"x": [1.0, 3.0]}).value
    1.0
    """

    def error(one: CodedTable, name: Hashable, own: FloatArray, gaps: FloatArray, spread: float) -> float:
        middle = float(np.median(gaps))
        return middle / spread if spread else float(middle > 0.0)

    return _over_columns("median_absolute_error", error, np.median, real, synthetic, holdout, random_state)


def _over_columns(
    name: str, error: Any, middle: Any, real: Any, synthetic: Any, holdout: Any, random_state: SeedLike
) -> MetricResult:
    tables = share_columns(real, synthetic, holdout)

    def errors(one: CodedTable, two: CodedTable) -> dict[Hashable, float]:
        found = {}
        for column in one.coding.numeric:
            known = one.sorted_values(column), two.sorted_values(column)
            if all(len(part) for part in known):
                own, other = (np.quantile(part, PERCENTS) for part in known)
                found[column] = error(one, column, own, np.abs(other - own), float(known[0].std()))
        return found

    def overall(one: CodedTable, two: CodedTable) -> float | None:
        found = list(errors(one, two).values())
        return float(middle(found)) if found else None

    columns = errors(tables.real, tables.synthetic)
    left_out = [column for column in tables.real.coding.numeric if column not in columns]
    detail: dict[str, Any] = {"columns": columns, "left_out": left_out}
    if not columns:
        reason = "no numeric column with values in both tables"
        return not_applicable(name, reason, goal=0.0, range=OPEN_RANGE, detail=detail)
    reference, detail["reference_from"] = fresh_reference(
        overall, tables.real, tables.synthetic.n_rows, tables.holdout, random_state
    )
    return MetricResult(name, float(middle(list(columns.values()))), 0.0, OPEN_RANGE, detail, reference)
