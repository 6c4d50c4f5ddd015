"""How far apart the distribution functions of the numeric columns lie: by area, by squares, and at the tails."""

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

from synthfast.quality import two_sample
from synthfast.quality.cdf_gaps import CdfGaps, cdf_gaps
from synthfast.quality.columns import FloatArray, share_columns
from synthfast.quality.result import MetricResult, not_applicable

__all__ = ["anderson_darling", "energy_distance", "wasserstein"]

OPEN_RANGE = (0.0, float("inf"))
Part = dict[str, float | None]
Measure = Callable[[CdfGaps, FloatArray, FloatArray], Part]  # of sorted values; the part "normalised" counts
Expected = Callable[[FloatArray, int], float]


def wasserstein(real: Any, synthetic: Any, *, holdout: Any = None) -> MetricResult:
    """Mean Wasserstein-1 distance of the numeric columns, in standard deviations of the real column.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw; their distance is the reference. Without them it is the expectation for a
        fresh real sample of the synthetic table's size.

    Returns
    -------
    MetricResult
        ``detail["columns"]`` holds for every numeric column ``distance`` in the column's unit, ``normalised`` and
        ``reference``. A column that has values in only one of the tables is left out and listed.

    Notes
    -----
    A constant real column has no standard deviation; that of both tables together then takes its place.
    O(n log n) time per column.

    Examples
    --------
    >>> from synthfast.quality import wasserstein
    >>> wasserstein({"x": [0.0, 2.0]}, {"x": [1.0, 3.0]}).value
    1.0
    """

    def measure(gaps: CdfGaps, own: FloatArray, other: FloatArray) -> Part:
        scale = _scale(own, other)
        return {"distance": gaps.wasserstein, "normalised": gaps.wasserstein / scale if scale else 0.0}

    def expected(own: FloatArray, n_rows: int) -> float:
        scale = float(own.std())
        return two_sample.expected_wasserstein(own, n_rows) / scale if scale else 0.0

    return _over_columns("wasserstein", measure, expected, real, synthetic, holdout)


def energy_distance(real: Any, synthetic: Any, *, holdout: Any = None) -> MetricResult:
    """Mean energy distance of the numeric columns, each in standard deviations of the real column.

    Parameters and result are those of :func:`wasserstein`; ``distance`` is SciPy's ``energy_distance``, whose unit is
    the root of the column's.

    Notes
    -----
    ``sqrt(2 * integral of (F - G)**2)``: squares weigh a few large differences more than many small ones. The
    reference without a hold-out is the root mean square for fresh real samples.

    References
    ----------
    G. J. Szekely, M. L. Rizzo (2013), doi:10.1016/j.jspi.2013.03.018.

    Examples
    --------
    >>> from synthfast.quality import energy_distance
    >>> energy_distance({"x": [0.0, 2.0]}, {"x": [0.0, 2.0]}).value
    0.0
    """

    def measure(gaps: CdfGaps, own: FloatArray, other: FloatArray) -> Part:
        scale = _scale(own, other)
        return {"distance": gaps.energy, "normalised": gaps.energy / float(np.sqrt(scale)) if scale else 0.0}

    def expected(own: FloatArray, n_rows: int) -> float:
        scale = float(own.std())
        return two_sample.expected_energy(own, n_rows) / float(np.sqrt(scale)) if scale else 0.0

    return _over_columns("energy_distance", measure, expected, real, synthetic, holdout)


def anderson_darling(real: Any, synthetic: Any, *, holdout: Any = None) -> MetricResult:
    """Mean Anderson-Darling distance of the numeric columns, which weighs their tails like their middles.

    Parameters and result are those of :func:`wasserstein`; every column also has the ``statistic`` and the ``p_value``
    of the two-sample test.

    Notes
    -----
    The distance is the squared difference of the distribution functions over ``H (1 - H)`` of the pooled law H,
    averaged over it; it does not grow with the rows. The statistic is the distance times ``n m / (n + m)``. The p-value
    is that of the limit law, too large where values are tied.

    References
    ----------
    F. W. Scholz, M. A. Stephens (1987), doi:10.1080/01621459.1987.10478517.

    Examples
    --------
    >>> from synthfast.quality import anderson_darling
    >>> anderson_darling({"x": [0.0, 1.0, 2.0]}, {"x": [0.0, 1.0, 2.0]}).value
    0.0
    """

    def measure(gaps: CdfGaps, own: FloatArray, other: FloatArray) -> Part:
        distance = gaps.anderson_darling
        statistic = distance / (1.0 / len(own) + 1.0 / len(other))
        p_value = two_sample.anderson_darling_p_value(statistic)
        return {"distance": distance, "normalised": distance, "statistic": statistic, "p_value": p_value}

    def expected(own: FloatArray, n_rows: int) -> float:
        return 1.0 / len(own) + 1.0 / n_rows if own[0] < own[-1] else 0.0

    return _over_columns("anderson_darling", measure, expected, real, synthetic, holdout)


def _scale(own: FloatArray, other: FloatArray) -> float:
    return float(own.std()) or float(np.concatenate([own, other]).std())


def _over_columns(
    name: str, measure: Measure, expected: Expected, real: Any, synthetic: Any, holdout: Any
) -> MetricResult:
    tables = share_columns(real, synthetic, holdout)
    columns: dict[Hashable, Part] = {}
    left_out = []
    for column in tables.real.coding.numeric:
        own, other = tables.real.sorted_values(column), tables.synthetic.sorted_values(column)
        if len(own) == 0 or len(other) == 0:
            left_out.append(column)
            continue
        reference: float | None = expected(own, len(other))
        if tables.holdout is not None and len(fresh := tables.holdout.sorted_values(column)):
            reference = measure(cdf_gaps(tables.real, tables.holdout, column), own, fresh)["normalised"]
        gaps = cdf_gaps(tables.real, tables.synthetic, column)
        columns[column] = {**measure(gaps, own, other), "reference": reference}
    detail = {"columns": columns, "left_out": left_out}
    if not columns:
        return not_applicable(name, "no numeric column with values", goal=0.0, range=OPEN_RANGE, detail=detail)
    value, reference = (float(np.mean([part[key] for part in columns.values()])) for key in ("normalised", "reference"))
    return MetricResult(name, value, 0.0, OPEN_RANGE, detail, reference)
