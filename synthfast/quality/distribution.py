"""Whether each column alone is distributed as in the real table: distances, tests, and a verdict by effect size."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

from synthfast.quality import two_sample
from synthfast.quality.casting import UNCOMPARED_KINDS
from synthfast.quality.cdf_gaps import cdf_gaps
from synthfast.quality.columns import CodedTable, share_columns
from synthfast.quality.result import MetricResult, not_applicable

__all__ = [
    "TOLERANCE",
    "column_shapes",
    "kolmogorov_smirnov",
    "missing_rates",
    "total_variation",
    "worst_first",
]

TOLERANCE = 0.05
"""Distance below which a column passes whatever its p-value: a shift of an eighth of a standard deviation of a normal
column, or one row in twenty in another category."""

UNIT_RANGE = (0.0, 1.0)


def kolmogorov_smirnov(real: Any, synthetic: Any, *, holdout: Any = None, tolerance: float = TOLERANCE) -> MetricResult:
    """Mean Kolmogorov-Smirnov distance of the numeric columns.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw; their distance is the reference.
    tolerance : float, default 0.05
        Distance up to which a column passes even where a fresh real sample would come closer.

    Returns
    -------
    MetricResult
        ``detail["columns"]`` holds for every numeric column ``statistic`` with its 95 % ``interval``, ``p_value``,
        ``passed``, ``limit`` and ``reference``. A column passes if its distance is within what a fresh real sample of
        that size exceeds once in a thousand times, or within `tolerance`: a p-value alone fails 5 % of perfect columns,
        and any column at all once the table is large.

    Notes
    -----
    Of known values; times count as numbers. 1 where only one of the tables has any value, 0 where none has.
    O(n log n) time per column. The p-value is that of SciPy's ``ks_2samp(method="asymp")``.

    Examples
    --------
    >>> from synthfast.quality import kolmogorov_smirnov
    >>> kolmogorov_smirnov({"x": [1.0, 2.0, 3.0, 4.0]}, {"x": [1.0, 2.0, 3.0, 9.0]}).value
    0.25
    """
    real, synthetic, holdout = share_columns(real, synthetic, holdout)
    columns = {name: _compare_numbers(real, synthetic, holdout, name, tolerance) for name in real.coding.numeric}
    return _mean_of_columns("kolmogorov_smirnov", columns, holdout, tolerance, "no numeric column")


def total_variation(real: Any, synthetic: Any, *, holdout: Any = None, tolerance: float = TOLERANCE) -> MetricResult:
    """Mean total variation distance of the categorical columns, with missing as a level of its own.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw; their distance is the reference.
    tolerance : float, default 0.05
        Distance up to which a column passes even where a fresh real sample would come closer.

    Returns
    -------
    MetricResult
        ``detail["columns"]`` holds for every categorical column ``statistic`` (the distance), ``p_value`` and
        ``chi_square`` of the chi-square test with its ``degrees_of_freedom``, ``interval`` (95 %), ``passed``,
        ``limit``, ``reference`` and ``unseen``, the share of synthetic rows whose level the real table does not have.

    Notes
    -----
    O(n) time per column.

    Examples
    --------
    >>> from synthfast.quality import total_variation
    >>> total_variation({"c": ["a", "a", "b", "b"]}, {"c": ["a", "b", "b", "b"]}).value
    0.25
    """
    real, synthetic, holdout = share_columns(real, synthetic, holdout)
    columns = {name: _compare_levels(real, synthetic, holdout, name, tolerance) for name in real.coding.categorical}
    return _mean_of_columns("total_variation", columns, holdout, tolerance, "no categorical column")


def missing_rates(real: Any, synthetic: Any, *, holdout: Any = None, tolerance: float = TOLERANCE) -> MetricResult:
    """Mean absolute difference of the columns' missing rates, text and identifiers among them.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw; their difference is the reference.
    tolerance : float, default 0.05
        Difference up to which a column passes even where a fresh real sample would come closer.

    Returns
    -------
    MetricResult
        ``detail["columns"]`` holds for every column the rates ``original`` and ``synthetic``, the ``difference``,
        ``passed`` and ``reference``.

    Examples
    --------
    >>> from synthfast.quality import missing_rates
    >>> missing_rates({"x": [1.0, None, 3.0, None]}, {"x": [1.0, 2.0, 3.0, None]}).value
    0.25
    """
    real, synthetic, holdout = share_columns(real, synthetic, holdout)
    columns = {name: _compare_missing(real, synthetic, holdout, name, tolerance) for name in real.coding.kinds}
    value = float(np.mean([part["difference"] for part in columns.values()]))
    reference = float(np.mean([part["reference"] for part in columns.values()]))
    detail = {"columns": columns, "tolerance": tolerance, "reference_from": _reference_source(holdout)}
    return MetricResult("missing_rates", value, 0.0, UNIT_RANGE, detail, reference)


def column_shapes(real: Any, synthetic: Any, *, holdout: Any = None, tolerance: float = TOLERANCE) -> MetricResult:
    """Mean over the columns of the distance that suits each: Kolmogorov-Smirnov, or total variation of categories.

    Where the missing rates lie farther apart than the distributions, that difference counts instead.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw; their distance is the reference.
    tolerance : float, default 0.05
        Distance up to which a column passes even where a fresh real sample would come closer.

    Returns
    -------
    MetricResult
        ``detail["columns"]`` holds for every column what :func:`kolmogorov_smirnov`, :func:`total_variation` or (text,
        identifiers) :func:`missing_rates` says of it, and ``distance``, the part that counts;
        ``detail["share_passed"]`` the share of columns that pass.

    Examples
    --------
    >>> from synthfast.quality import column_shapes
    >>> shapes = column_shapes({"x": [1, 2, 3, 4], "c": list("aabb")}, {"x": [1, 2, 3, None], "c": list("abbb")})
    >>> round(shapes.value, 4), shapes.detail["columns"]["x"]["missing_synthetic"]
    (0.25, 0.25)
    """
    real, synthetic, holdout = share_columns(real, synthetic, holdout)
    columns = {name: _compare_column(real, synthetic, holdout, name, tolerance) for name in real.coding.kinds}
    value = float(np.mean([part["distance"] for part in columns.values()]))
    reference = float(np.mean([part["reference"] for part in columns.values()]))
    detail = {
        "columns": columns,
        "share_passed": float(np.mean([part["passed"] for part in columns.values()])),
        "tolerance": tolerance,
        "reference_from": _reference_source(holdout),
    }
    return MetricResult("column_shapes", value, 0.0, UNIT_RANGE, detail, reference)


def worst_first(columns: Mapping[Hashable, Mapping[str, Any]]) -> list[Hashable]:
    """Names of the columns of :func:`column_shapes`: by what lies beyond the reference, then by distance."""

    def key(name: Hashable) -> tuple[float, float]:
        part = columns[name]
        return max(0.0, part["distance"] - part["reference"]), part["distance"]

    return sorted(columns, key=key, reverse=True)


def _compare_column(
    real: CodedTable, synthetic: CodedTable, holdout: CodedTable | None, name: Hashable, tolerance: float
) -> dict[str, Any]:
    missing = _compare_missing(real, synthetic, holdout, name, tolerance)
    rates = {"missing_original": missing["original"], "missing_synthetic": missing["synthetic"]}
    kind = real.coding.kinds[name]
    if kind in UNCOMPARED_KINDS:
        verdict = {"metric": "missing rate", "statistic": missing["difference"], "p_value": None}
        shared = {key: missing[key] for key in ("passed", "limit", "reference", "interval")}
        return {"kind": kind, **verdict, **shared, **rates, "distance": missing["difference"]}
    if kind == "categorical":
        parts = _compare_levels(real, synthetic, holdout, name, tolerance)
        return {"kind": kind, "metric": "total variation", **parts, **rates, "distance": parts["statistic"]}
    parts = _compare_numbers(real, synthetic, holdout, name, tolerance)
    parts["passed"] = parts["passed"] and missing["passed"]
    distance = max(parts["statistic"], missing["difference"])
    return {"kind": kind, "metric": "Kolmogorov-Smirnov", **parts, **rates, "distance": distance}


def _compare_numbers(
    real: CodedTable, synthetic: CodedTable, holdout: CodedTable | None, name: Hashable, tolerance: float
) -> dict[str, Any]:
    own, other = real.sorted_values(name), synthetic.sorted_values(name)
    if len(own) == 0 or len(other) == 0:
        same = len(own) == len(other)
        lone = {
            "statistic": 0.0 if same else 1.0,
            "p_value": None,
            "passed": same,
            "limit": tolerance,
            "interval": None,
        }
        return {**lone, "reference": 0.0, "reason": "no known value in " + ("both tables" if same else "one table")}
    statistic = cdf_gaps(real, synthetic, name).kolmogorov_smirnov
    fresh = None if holdout is None else holdout.sorted_values(name)
    if holdout is None or fresh is None or len(fresh) == 0:
        reference = two_sample.expected_ks(own, len(other))
    else:
        reference = cdf_gaps(real, holdout, name).kolmogorov_smirnov
    limit = max(tolerance, two_sample.ks_limit(len(own), len(other)), reference)
    return {
        "statistic": statistic,
        "p_value": two_sample.ks_p_value(statistic, len(own), len(other)),
        "passed": statistic <= limit,
        "limit": limit,
        "reference": reference,
        "interval": two_sample.ks_interval(statistic, len(own), len(other)),
    }


def _compare_levels(
    real: CodedTable, synthetic: CodedTable, holdout: CodedTable | None, name: Hashable, tolerance: float
) -> dict[str, Any]:
    own, other = real.level_counts(name), synthetic.level_counts(name)
    statistic = two_sample.total_variation(own, other)
    test = two_sample.chi_square_test(own, other)
    if holdout is None:
        reference = two_sample.expected_total_variation(own, synthetic.n_rows)
    else:
        reference = two_sample.total_variation(own, holdout.level_counts(name))
    limit = max(tolerance, two_sample.total_variation_limit(own, synthetic.n_rows), reference)
    unseen = int(other[1 + real.coding.n_real_levels[name] :].sum())
    return {
        "statistic": statistic,
        "p_value": test.p_value,
        "chi_square": test.statistic,
        "degrees_of_freedom": test.degrees_of_freedom,
        "passed": statistic <= limit,
        "limit": limit,
        "reference": reference,
        "interval": two_sample.total_variation_interval(statistic, own, other),
        "unseen": unseen / synthetic.n_rows,
    }


def _compare_missing(
    real: CodedTable, synthetic: CodedTable, holdout: CodedTable | None, name: Hashable, tolerance: float
) -> dict[str, Any]:
    own, other = real.missing_rate(name), synthetic.missing_rate(name)
    counts = np.array([round(own * real.n_rows), round((1.0 - own) * real.n_rows)])
    if holdout is None:
        reference = two_sample.expected_total_variation(counts, synthetic.n_rows)
    else:
        reference = abs(own - holdout.missing_rate(name))
    limit = max(tolerance, two_sample.total_variation_limit(counts, synthetic.n_rows), reference)
    difference = abs(own - other)
    rates: dict[str, Any] = {"original": own, "synthetic": other, "difference": difference}
    rates["interval"] = two_sample.share_interval(own, other, real.n_rows, synthetic.n_rows)
    return {**rates, "passed": difference <= limit, "limit": limit, "reference": reference}


def _reference_source(holdout: CodedTable | None) -> str:
    if holdout is None:
        return "expectation for a fresh real sample of the synthetic table's size"
    return f"hold-out of {holdout.n_rows} rows"


def _mean_of_columns(
    name: str, columns: dict[Hashable, dict[str, Any]], holdout: CodedTable | None, tolerance: float, reason: str
) -> MetricResult:
    detail = {"columns": columns, "tolerance": tolerance, "reference_from": _reference_source(holdout)}
    if not columns:
        return not_applicable(name, reason, goal=0.0, range=UNIT_RANGE, detail=detail)
    value = float(np.mean([part["statistic"] for part in columns.values()]))
    reference = float(np.mean([part["reference"] for part in columns.values()]))
    return MetricResult(name, value, 0.0, UNIT_RANGE, detail, reference)
