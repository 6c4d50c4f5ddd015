"""Means, medians, spreads and quantiles of the numeric columns, side by side."""

import math
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

from synthfast.quality.columns import CodedTable, FloatArray, share_columns
from synthfast.quality.result import MetricResult, not_applicable
from synthfast.quality.sampling import SeedLike, fresh_reference

__all__ = [
    "mean_difference",
    "mean_preservation",
    "median_difference",
    "quantile_difference",
    "std_ratio",
    "variance_difference",
]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
SMALL_MEAN = 0.1  # of a standard deviation: the least that a change of the mean is measured against
OPEN_RANGE = (0.0, math.inf)
NO_COLUMNS = "no numeric column with values in both tables"

Measure = Callable[[FloatArray, FloatArray], dict[str, float]]
Columns = dict[Hashable, dict[str, Any]]


def mean_difference(real: Any, synthetic: Any, *, holdout: Any = None, random_state: SeedLike = 0) -> MetricResult:
    """Mean over the numeric columns of the absolute difference of the means, in real standard deviations.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw; their difference is the reference.
    random_state : None, int, SeedSequence or Generator, default 0
        Seed of the halving of the real rows that gives the reference without a hold-out.

    Returns
    -------
    MetricResult
        ``detail["columns"]`` holds ``original``, ``synthetic`` and ``difference`` per column, ``detail["left_out"]``
        the columns without values in one of the tables.

    Notes
    -----
    Times count in seconds since the earliest real one. A constant real column has no standard deviation; its
    difference is then measured in the synthetic one's; between two constants it is 0 or 1.

    Examples
    --------
    >>> from synthfast.quality import mean_difference
    >>> mean_difference({"x": [1.0, 3.0]}, {"x": [2.0, 4.0]}).value
    1.0
    """
    return _over_columns("mean_difference", _located(np.mean), "difference", real, synthetic, holdout, random_state)


def median_difference(real: Any, synthetic: Any, *, holdout: Any = None, random_state: SeedLike = 0) -> MetricResult:
    """Mean over the numeric columns of the absolute difference of the medians, in real standard deviations.

    Parameters and result are those of :func:`mean_difference`.

    Examples
    --------
    >>> from synthfast.quality import median_difference
    >>> median_difference({"x": [0.0, 1.0, 2.0]}, {"x": [0.0, 1.0, 50.0]}).value
    0.0
    """
    return _over_columns("median_difference", _located(_median), "difference", real, synthetic, holdout, random_state)


def variance_difference(real: Any, synthetic: Any, *, holdout: Any = None, random_state: SeedLike = 0) -> MetricResult:
    """Mean over the numeric columns of the absolute difference of the variances, over the larger of the two.

    Parameters and result are those of :func:`mean_difference`; the range is 0 to 1, as both are weighed alike.

    Examples
    --------
    >>> from synthfast.quality import variance_difference
    >>> variance_difference({"x": [0.0, 2.0]}, {"x": [0.0, 4.0]}).value
    0.75
    """
    return _over_columns(
        "variance_difference", _variances, "difference", real, synthetic, holdout, random_state, bounds=(0.0, 1.0)
    )


def quantile_difference(real: Any, synthetic: Any, *, holdout: Any = None, random_state: SeedLike = 0) -> MetricResult:
    """Mean absolute difference of the 5, 25, 50, 75 and 95 % quantiles of the numeric columns, in real deviations.

    Parameters and result are those of :func:`mean_difference`; ``original`` and ``synthetic`` are lists.

    Examples
    --------
    >>> from synthfast.quality import quantile_difference
    >>> quantile_difference({"x": [0.0, 2.0]}, {"x": [1.0, 3.0]}).value
    1.0
    """
    return _over_columns("quantile_difference", _quantiles, "difference", real, synthetic, holdout, random_state)


def std_ratio(real: Any, synthetic: Any, *, holdout: Any = None, random_state: SeedLike = 0) -> MetricResult:
    """Geometric mean over the numeric columns of the smaller standard deviation over the larger.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw; their ratio is the reference. Without them it is that of two halves of the
        real rows.
    random_state : None, int, SeedSequence or Generator, default 0
        Seed of the halving.

    Returns
    -------
    MetricResult
        1 if every spread is kept, 0 if any column is constant in one table only. ``detail["columns"]`` holds
        ``original``, ``synthetic`` and ``ratio``, the synthetic deviation over the real one (None where that is 0).

    Notes
    -----
    Population standard deviations (division by n).

    Examples
    --------
    >>> from synthfast.quality import std_ratio
    >>> round(std_ratio({"x": [0.0, 2.0]}, {"x": [0.0, 4.0]}).value, 12)
    0.5
    """

    def measure(_: str, own: FloatArray, other: FloatArray) -> dict[str, Any]:
        first, second = float(own.std()), float(other.std())
        largest = max(first, second)
        kept = min(first, second) / largest if largest else 1.0
        return {"original": first, "synthetic": second, "ratio": second / first if first else None, "kept": kept}

    def middle(columns: Columns) -> float:
        kept = [part["kept"] for part in columns.values()]
        return math.exp(sum(map(math.log, kept)) / len(kept)) if min(kept) > 0.0 else 0.0

    return _kept_share("std_ratio", measure, middle, (0.0, 1.0), real, synthetic, holdout, random_state)


def mean_preservation(real: Any, synthetic: Any, *, holdout: Any = None, random_state: SeedLike = 0) -> MetricResult:
    """Mean over the numeric columns of how much of the mean is kept, in percent.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw; what they keep is the reference. Without them it is that of two halves of
        the real rows.
    random_state : None, int, SeedSequence or Generator, default 0
        Seed of the halving.

    Returns
    -------
    MetricResult
        ``detail["columns"]`` holds ``original``, ``synthetic`` and ``percent`` per column.

    Notes
    -----
    ``100 * (1 - |difference| / |mean|)``, not below 0. A mean smaller than a tenth of the standard deviation says
    little about the column's size, so the difference is measured against that tenth instead; for times, which have no
    zero, against the standard deviation.

    Examples
    --------
    >>> from synthfast.quality import mean_preservation
    >>> mean_preservation({"age": [20.0, 60.0]}, {"age": [20.0, 58.0]}).value
    97.5
    """

    def measure(kind: str, own: FloatArray, other: FloatArray) -> dict[str, Any]:
        first, second, spread = float(own.mean()), float(other.mean()), float(own.std())
        size = spread if kind == "time" else max(abs(first), SMALL_MEAN * spread)
        percent = 100.0 * max(0.0, 1.0 - abs(second - first) / size) if size else 100.0 * (first == second)
        return {"original": first, "synthetic": second, "percent": percent}

    def middle(columns: Columns) -> float:
        return float(np.mean([part["percent"] for part in columns.values()]))

    return _kept_share("mean_preservation", measure, middle, (0.0, 100.0), real, synthetic, holdout, random_state)


def _kept_share(
    name: str,
    measure: Callable[[str, FloatArray, FloatArray], dict[str, Any]],
    middle: Callable[[Columns], float],
    bounds: tuple[float, float],
    real: Any,
    synthetic: Any,
    holdout: Any,
    random_state: SeedLike,
) -> MetricResult:
    tables = share_columns(real, synthetic, holdout)

    def columns_of(one: CodedTable, two: CodedTable) -> Columns:
        kinds = one.coding.kinds
        return {column: measure(kinds[column], own, other) for column, own, other in _known_columns(one, two)}

    def overall(one: CodedTable, two: CodedTable) -> float | None:
        columns = columns_of(one, two)
        return middle(columns) if columns else None

    columns = columns_of(tables.real, tables.synthetic)
    goal = bounds[1]
    if not columns:
        return not_applicable(name, NO_COLUMNS, goal=goal, range=bounds)
    reference, source = fresh_reference(
        overall, tables.real, tables.synthetic.n_rows, tables.holdout, random_state, scaled=False
    )
    return MetricResult(name, middle(columns), goal, bounds, {"columns": columns, "reference_from": source}, reference)


def _known_columns(one: CodedTable, two: CodedTable) -> list[tuple[Hashable, FloatArray, FloatArray]]:
    found = [(name, one.sorted_values(name), two.sorted_values(name)) for name in one.coding.numeric]
    return [(name, own, other) for name, own, other in found if len(own) and len(other)]


def _in_deviations(difference: float, own: FloatArray, other: FloatArray) -> float:
    scale = float(own.std()) or float(other.std())
    if scale:
        return abs(difference) / scale
    return 0.0 if difference == 0.0 else 1.0


def _quantiles_of(known: FloatArray) -> FloatArray:
    """The quantiles of sorted values, interpolated linearly as NumPy does; nothing has to be sorted again."""
    places = np.array(QUANTILES) * (len(known) - 1)
    below = np.floor(places).astype(np.int64)
    above = np.minimum(below + 1, len(known) - 1)
    return known[below] + (places - below) * (known[above] - known[below])


def _median(known: FloatArray) -> float:
    half = len(known) // 2
    return float(known[half]) if len(known) % 2 else 0.5 * float(known[half - 1] + known[half])


def _located(statistic: Callable[[FloatArray], Any]) -> Measure:
    def measure(own: FloatArray, other: FloatArray) -> dict[str, float]:
        first, second = float(statistic(own)), float(statistic(other))
        return {"original": first, "synthetic": second, "difference": _in_deviations(second - first, own, other)}

    return measure


def _variances(own: FloatArray, other: FloatArray) -> dict[str, float]:
    first, second = float(own.var()), float(other.var())
    largest = max(first, second)
    gap = abs(first - second) / largest if largest else 0.0
    return {"original": first, "synthetic": second, "difference": gap}


def _quantiles(own: FloatArray, other: FloatArray) -> dict[str, Any]:
    first, second = _quantiles_of(own), _quantiles_of(other)
    gaps = [_in_deviations(float(gap), own, other) for gap in second - first]
    return {"original": first, "synthetic": second, "difference": float(np.mean(gaps))}


def _over_columns(
    name: str,
    measure: Measure,
    key: str,
    real: Any,
    synthetic: Any,
    holdout: Any,
    random_state: SeedLike,
    *,
    bounds: tuple[float, float] = OPEN_RANGE,
) -> MetricResult:
    tables = share_columns(real, synthetic, holdout)
    columns = {column: measure(own, other) for column, own, other in _known_columns(tables.real, tables.synthetic)}
    left_out = [column for column in tables.real.coding.numeric if column not in columns]
    detail: dict[str, Any] = {"columns": columns, "left_out": left_out}
    if not columns:
        return not_applicable(name, NO_COLUMNS, goal=0.0, range=bounds, detail=detail)

    def average(one: CodedTable, two: CodedTable) -> float | None:
        parts = [measure(own, other)[key] for _, own, other in _known_columns(one, two)]
        return float(np.mean(parts)) if parts else None

    reference, detail["reference_from"] = fresh_reference(
        average, tables.real, tables.synthetic.n_rows, tables.holdout, random_state
    )
    value = float(np.mean([part[key] for part in columns.values()]))
    return MetricResult(name, value, 0.0, bounds, detail, reference)
