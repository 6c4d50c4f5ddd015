"""How far apart the shares of bins and levels lie: Jensen and Shannon's distance, and the chi-square test's effect."""

import math
from collections.abc import Hashable
from typing import Any

import numpy as np

from synthfast.quality import two_sample
from synthfast.quality.bins import ColumnBins
from synthfast.quality.columns import share_columns
from synthfast.quality.result import MetricResult, not_applicable

__all__ = ["chi_square", "jensen_shannon"]

N_BINS = 20
UNIT_RANGE = (0.0, 1.0)


def jensen_shannon(real: Any, synthetic: Any, *, holdout: Any = None, n_bins: int = N_BINS) -> MetricResult:
    """Mean Jensen-Shannon distance of all compared columns, over bins and levels that the real table cuts.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw; their distance is the reference.
    n_bins : int, default 20
        Most quantile bins of a number and most levels of a category that are told apart, at most 253.

    Returns
    -------
    MetricResult
        ``detail["columns"]`` holds the ``distance`` and ``reference`` of every column.

    Notes
    -----
    The root of the divergence in bits, SciPy's ``jensenshannon(p, q, base=2)``; missing is a bin of its own. Without a
    hold-out the reference is the root mean square for fresh real samples, ``(k - 1) (1/n + 1/m) / (8 ln 2)`` under the
    root for k bins. O(n log n) time per column.

    References
    ----------
    J. Lin (1991), doi:10.1109/18.61115.

    Examples
    --------
    >>> from synthfast.quality import jensen_shannon
    >>> jensen_shannon({"c": ["a"] * 9}, {"c": ["b"] * 9}).value
    1.0
    """
    tables = share_columns(real, synthetic, holdout)
    names = tables.real.coding.compared
    if not names:
        reason = "only text and identifiers, which are not compared"
        return not_applicable("jensen_shannon", reason, goal=0.0, range=UNIT_RANGE)
    bins = ColumnBins(tables.real, n_bins)
    counts = [
        [np.bincount(code, minlength=width) for code, width in zip(bins.codes(table), bins.widths, strict=True)]
        for table in tables
        if table is not None
    ]
    columns: dict[Hashable, dict[str, float]] = {}
    for position, name in enumerate(names):
        own, other = counts[0][position], counts[1][position]
        if tables.holdout is None:
            reference = _expected_distance(own, int(other.sum()))
        else:
            reference = _distance(own, counts[2][position])
        columns[name] = {"distance": _distance(own, other), "reference": reference}
    value, reference = (float(np.mean([part[key] for part in columns.values()])) for key in ("distance", "reference"))
    return MetricResult("jensen_shannon", value, 0.0, UNIT_RANGE, {"columns": columns, "n_bins": n_bins}, reference)


def chi_square(real: Any, synthetic: Any, *, holdout: Any = None) -> MetricResult:
    """Mean effect of the chi-square test between the tables' shares of every categorical column.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw; their effect is the reference.

    Returns
    -------
    MetricResult
        ``detail["columns"]`` holds ``effect``, ``statistic``, ``p_value``, ``degrees_of_freedom`` and ``reference`` of
        every column.

    Notes
    -----
    The effect is ``sqrt(statistic / (n + m))``, Cramer's V of the table of origin and level, which does not grow with
    the rows. Levels that are expected less than five times are pooled; missing is a level. Without a hold-out the
    reference is the root mean square for fresh real samples, ``sqrt(degrees_of_freedom / (n + m))``.

    References
    ----------
    K. Pearson (1900), doi:10.1080/14786440009463897.

    Examples
    --------
    >>> from synthfast.quality import chi_square
    >>> chi_square({"c": ["a"] * 9 + ["b"] * 9}, {"c": ["a"] * 9 + ["b"] * 9}).value
    0.0
    """
    tables = share_columns(real, synthetic, holdout)
    columns: dict[Hashable, dict[str, float]] = {}
    for name in tables.real.coding.categorical:
        own, other = tables.real.level_counts(name), tables.synthetic.level_counts(name)
        test, n_rows = two_sample.chi_square_test(own, other), int(own.sum() + other.sum())
        if tables.holdout is None:
            reference = math.sqrt(test.degrees_of_freedom / n_rows)
        else:
            fresh = tables.holdout.level_counts(name)
            reference = math.sqrt(two_sample.chi_square_test(own, fresh).statistic / int(own.sum() + fresh.sum()))
        effect = min(1.0, math.sqrt(test.statistic / n_rows))
        columns[name] = {"effect": effect, **test._asdict(), "reference": min(1.0, reference)}
    if not columns:
        return not_applicable("chi_square", "no categorical column", goal=0.0, range=UNIT_RANGE)
    value, reference = (float(np.mean([part[key] for part in columns.values()])) for key in ("effect", "reference"))
    return MetricResult("chi_square", value, 0.0, UNIT_RANGE, {"columns": columns}, reference)


def _distance(counts_a: np.ndarray, counts_b: np.ndarray) -> float:
    a, b = counts_a / counts_a.sum(), counts_b / counts_b.sum()
    middle = 0.5 * (a + b)
    bits = sum(float(np.sum(part[part > 0.0] * np.log2(part[part > 0.0] / middle[part > 0.0]))) for part in (a, b))
    return math.sqrt(min(1.0, max(0.0, 0.5 * bits)))


def _expected_distance(counts: np.ndarray, n_b: int) -> float:
    n_levels = np.count_nonzero(counts)
    noise = 1.0 / float(counts.sum()) + 1.0 / n_b
    return min(1.0, math.sqrt((n_levels - 1) * noise / (8.0 * math.log(2.0))))
