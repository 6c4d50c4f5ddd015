"""Whether columns hang together as in the real table: differences of correlation matrices, kind by kind and mixed."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from synthfast.quality import association
from synthfast.quality.bins import ColumnBins
from synthfast.quality.columns import CodedTable, FloatArray, Tables, share_columns
from synthfast.quality.result import MetricResult, not_applicable
from synthfast.quality.sampling import SeedLike, fresh_reference, stage_generator

__all__ = [
    "associations",
    "correlation_ratio",
    "cramers_v",
    "kendall_correlation",
    "mutual_information",
    "pearson_correlation",
    "spearman_correlation",
]

DIFFERENCE_RANGE = (0.0, 2.0)
STRENGTH_RANGE = (0.0, 1.0)
KENDALL_ROWS = 5_000
INFORMATION_ROWS = 100_000
INFORMATION_BINS = 10

Build = Callable[[CodedTable], FloatArray]


def pearson_correlation(real: Any, synthetic: Any, *, holdout: Any = None, random_state: SeedLike = 0) -> MetricResult:
    """Root mean square difference of the Pearson correlations of all pairs of numeric columns.

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
        ``detail`` holds ``rows`` and ``columns`` (names), the matrices ``real``, ``synthetic`` and ``difference``
        (synthetic less real), ``frobenius`` (norm of the difference), ``rmse``, ``mean_absolute``, ``similarity`` (mean
        of ``1 - |difference| / 2``), the pair with the ``largest`` difference and the count of pairs ``compared`` and
        ``undefined``.

    Notes
    -----
    Each pair over the rows in which both are known. A pair that is undefined in the real table, because a column is
    constant, is not compared; one that is undefined only in the synthetic table counts as 0 there: a constant column
    follows nothing. O(n_rows * n_columns**2) time.

    Examples
    --------
    >>> from synthfast.quality import pearson_correlation
    >>> result = pearson_correlation({"x": [1, 2, 3], "y": [1, 2, 3]}, {"x": [1, 2, 3], "y": [3, 2, 1]})
    >>> round(result.value, 9), round(result.detail["similarity"], 9)
    (2.0, 0.0)
    """
    tables = share_columns(real, synthetic, holdout)
    names = tables.real.coding.numeric
    return _compare(
        "pearson_correlation",
        lambda table: association.pearson_matrix(table, names),
        (names, names),
        *tables,
        random_state,
        DIFFERENCE_RANGE,
    )


def spearman_correlation(real: Any, synthetic: Any, *, holdout: Any = None, random_state: SeedLike = 0) -> MetricResult:
    """Root mean square difference of the Spearman rank correlations of all pairs of numeric columns.

    Parameters, result and rules are those of :func:`pearson_correlation`; every column is ranked among its own known
    values, ties at their mean rank.

    Examples
    --------
    >>> from synthfast.quality import spearman_correlation
    >>> spearman_correlation({"x": [1, 2, 3], "y": [1, 2, 3]}, {"x": [1, 2, 3], "y": [1, 4, 100]}).value
    0.0
    """
    tables = share_columns(real, synthetic, holdout)
    names = tables.real.coding.numeric
    return _compare(
        "spearman_correlation",
        lambda table: association.spearman_matrix(table, names),
        (names, names),
        *tables,
        random_state,
        DIFFERENCE_RANGE,
    )


def kendall_correlation(
    real: Any, synthetic: Any, *, holdout: Any = None, max_rows: int = KENDALL_ROWS, random_state: SeedLike = 0
) -> MetricResult:
    """Root mean square difference of Kendall's tau-b of all pairs of numeric columns.

    Parameters, result and rules are those of :func:`pearson_correlation`, on at most `max_rows` rows of each table,
    drawn at random; ``detail["rows_used"]`` says how many. Tau of 5,000 rows has a standard error of at most 0.01.

    References
    ----------
    M. G. Kendall (1945), doi:10.1093/biomet/33.3.239.

    Examples
    --------
    >>> from synthfast.quality import kendall_correlation
    >>> kendall_correlation({"x": [1, 2, 3], "y": [1, 2, 3]}, {"x": [1, 2, 3], "y": [1, 4, 100]}).value
    0.0
    """
    tables = _sampled(share_columns(real, synthetic, holdout), max_rows, random_state, "kendall")
    names = tables.real.coding.numeric
    return _compare(
        "kendall_correlation",
        lambda table: association.kendall_matrix(table, names),
        (names, names),
        *tables,
        random_state,
        DIFFERENCE_RANGE,
    )


def mutual_information(
    real: Any,
    synthetic: Any,
    *,
    holdout: Any = None,
    n_bins: int = INFORMATION_BINS,
    max_rows: int = INFORMATION_ROWS,
    random_state: SeedLike = 0,
) -> MetricResult:
    """Root mean square difference of the normalised mutual information of all pairs of columns, of any kind.

    Parameters and result are those of :func:`pearson_correlation`, on at most `max_rows` rows of each table, drawn at
    random. Numbers fall in at most `n_bins` quantile bins of the real table, categories in their `n_bins` most frequent
    levels and the rest; missing is a bin.

    Notes
    -----
    Mutual information over the mean of the two entropies: 0 for independent columns, 1 for columns that say the same.
    Chance alone makes it positive, the more so the fewer rows there are: read the value beside its reference.

    References
    ----------
    T. M. Cover, J. A. Thomas, Elements of Information Theory, Wiley, 2006.

    Examples
    --------
    >>> from synthfast.quality import mutual_information
    >>> real = {"a": ["x", "x", "y", "y"] * 5, "b": ["p", "p", "q", "q"] * 5}
    >>> round(mutual_information(real, {"a": ["x", "x", "y", "y"] * 5, "b": ["p", "q", "p", "q"] * 5}).value, 9)
    1.0
    """
    tables = _sampled(share_columns(real, synthetic, holdout), max_rows, random_state, "information")
    names = tables.real.coding.compared
    bins = ColumnBins(tables.real, n_bins)
    return _compare(
        "mutual_information",
        lambda table: association.information_matrix(bins.codes(table), bins.widths),
        (names, names),
        *tables,
        random_state,
        STRENGTH_RANGE,
    )


def cramers_v(real: Any, synthetic: Any, *, holdout: Any = None, random_state: SeedLike = 0) -> MetricResult:
    """Root mean square difference of Cramer's V of all pairs of categorical columns.

    Parameters and result are those of :func:`pearson_correlation`. Missing is a level of its own; levels beyond the 255
    most frequent of the real table are pooled.

    Notes
    -----
    Chance alone makes V positive, the more so the more levels and the fewer rows there are: compare tables of similar
    size, and read the value beside its reference.

    References
    ----------
    H. Cramer, Mathematical Methods of Statistics, Princeton University Press, 1946, p. 282.

    Examples
    --------
    >>> from synthfast.quality import cramers_v
    >>> real = {"a": ["x", "x", "y", "y"], "b": ["p", "p", "q", "q"]}
    >>> cramers_v(real, {"a": ["x", "x", "y", "y"], "b": ["p", "q", "p", "q"]}).value
    1.0
    """
    tables = share_columns(real, synthetic, holdout)
    names = tables.real.coding.categorical
    return _compare(
        "cramers_v",
        lambda table: association.cramers_v(table, names),
        (names, names),
        *tables,
        random_state,
        STRENGTH_RANGE,
    )


def correlation_ratio(real: Any, synthetic: Any, *, holdout: Any = None, random_state: SeedLike = 0) -> MetricResult:
    """Root mean square difference of the correlation ratios of all pairs of a numeric and a categorical column.

    Parameters and result are those of :func:`pearson_correlation`, with the numeric columns as ``rows`` and the
    categorical ones as ``columns``.

    References
    ----------
    K. Pearson, On the general theory of skew correlation and non-linear regression, Dulau, 1905.

    Examples
    --------
    >>> from synthfast.quality import correlation_ratio
    >>> real = {"x": [1.0, 1.0, 3.0, 3.0], "c": ["a", "a", "b", "b"]}
    >>> correlation_ratio(real, {"x": [1.0, 3.0, 1.0, 3.0], "c": ["a", "a", "b", "b"]}).value
    1.0
    """
    tables = share_columns(real, synthetic, holdout)
    numeric, categorical = tables.real.coding.numeric, tables.real.coding.categorical
    return _compare(
        "correlation_ratio",
        lambda table: association.correlation_ratios(table, numeric, categorical),
        (numeric, categorical),
        *tables,
        random_state,
        STRENGTH_RANGE,
    )


def associations(real: Any, synthetic: Any, *, holdout: Any = None, random_state: SeedLike = 0) -> MetricResult:
    """Root mean square difference over all pairs of columns, each pair by the measure that suits it.

    Pearson correlation of two numbers, Cramer's V of two categories, correlation ratio of one of each; a table of
    numbers alone gives what :func:`pearson_correlation` gives.

    Parameters and result are those of :func:`pearson_correlation`.

    Examples
    --------
    >>> from synthfast.quality import associations
    >>> real = {"x": [1.0, 1.0, 3.0, 3.0], "c": ["a", "a", "b", "b"]}
    >>> associations(real, real).value
    0.0
    """
    tables = share_columns(real, synthetic, holdout)
    names = tables.real.coding.compared
    return _compare(
        "associations",
        lambda table: association.association_matrix(table, names),
        (names, names),
        *tables,
        random_state,
        DIFFERENCE_RANGE,
    )


def _sampled(tables: Tables, max_rows: int, random_state: SeedLike, stage: str) -> Tables:
    generator = stage_generator(random_state, stage)
    return Tables(*(None if table is None else table.sample(max_rows, generator) for table in tables))  # type: ignore[arg-type]


def _compare(
    name: str,
    build: Build,
    axes: tuple[Sequence[Hashable], Sequence[Hashable]],
    real: CodedTable,
    synthetic: CodedTable,
    holdout: CodedTable | None,
    random_state: SeedLike,
    bounds: tuple[float, float],
) -> MetricResult:
    pairs = _pair_mask(len(axes[0]), len(axes[1]), square=axes[0] is axes[1])
    if not pairs.any():
        reason = "fewer than two columns of the kinds that it compares"
        return not_applicable(name, reason, goal=0.0, range=bounds)
    own, other = build(real), build(synthetic)
    defined = pairs & ~np.isnan(own)
    detail: dict[str, Any] = {"rows": list(axes[0]), "columns": list(axes[1])}
    detail |= {"compared": int(defined.sum()), "undefined": int((pairs & ~defined).sum())}
    if not defined.any():
        return not_applicable(name, "no pair of columns that both vary", goal=0.0, range=bounds, detail=detail)

    def measure(one: CodedTable, two: CodedTable) -> float | None:
        first = own if one is real else build(one)
        return _root_mean_square(first, build(two), pairs)

    reference, source = fresh_reference(measure, real, synthetic.n_rows, holdout, random_state)
    detail |= _differences(own, other, defined, axes) | {"reference_from": source}
    detail["rows_used"] = [real.n_rows, synthetic.n_rows]
    return MetricResult(name, detail["rmse"], 0.0, bounds, detail, reference)


def _pair_mask(n_rows: int, n_columns: int, *, square: bool) -> np.ndarray:
    """Each pair of columns once: the lower triangle of a square matrix, all of an oblong one."""
    full = np.ones((n_rows, n_columns), dtype=bool)
    return np.tril(full, -1) if square else full


def _root_mean_square(own: FloatArray, other: FloatArray, pairs: np.ndarray) -> float | None:
    defined = pairs & ~np.isnan(own)
    if not defined.any():
        return None
    return float(np.sqrt(np.mean((np.nan_to_num(other) - own)[defined] ** 2)))


def _differences(
    own: FloatArray,
    other: FloatArray,
    defined: np.ndarray,
    axes: tuple[Sequence[Hashable], Sequence[Hashable]],
) -> dict[str, Any]:
    own, other = np.nan_to_num(own), np.nan_to_num(other)
    both = defined | defined.T if axes[0] is axes[1] else defined
    difference = np.where(both, other - own, 0.0)
    gaps = np.abs(difference[defined])
    i, j = divmod(int(np.argmax(np.where(defined, np.abs(difference), -1.0))), difference.shape[1])
    return {
        "real": own,
        "synthetic": other,
        "difference": difference,
        "frobenius": float(np.linalg.norm(difference)),
        "rmse": float(np.sqrt(np.mean(gaps**2))),
        "mean_absolute": float(gaps.mean()),
        "similarity": float(np.mean(1.0 - gaps / 2.0)),
        "largest": {
            "pair": [axes[0][i], axes[1][j]],
            "real": float(own[i, j]),
            "synthetic": float(other[i, j]),
        },
    }
