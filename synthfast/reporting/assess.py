"""The toolkit's dictionary of a report, under its exact keys."""

from collections.abc import Hashable, Sequence
from typing import Any

from synthfast._core.random import SeedLike
from synthfast.quality.result import MetricResult
from synthfast.reporting.evaluate import evaluate
from synthfast.reporting.report import QualityReport

__all__ = ["assess_quality"]

STATISTICAL = (
    "mean_preservation",
    "std_ratio",
    "mean_difference",
    "median_difference",
    "variance_difference",
    "quantile_difference",
    "mean_absolute_percentage_error",
    "median_absolute_error",
    "energy_distance",
    "anderson_darling",
    "jensen_shannon",
    "missing_rates",
    "marginal_accuracy",
    "alpha_precision",
    "beta_recall",
    "classifier_two_sample",
)
PER_COLUMN = (("mean_preservation", "percent"), ("std_ratio", "ratio"), ("wasserstein", "normalised"))


def assess_quality(
    original: Any,
    synthetic: Any,
    metrics: Sequence[str] | None = None,
    target: Hashable | None = None,
    *,
    holdout: Any = None,
    random_state: SeedLike = 0,
    n_threads: int | None = None,
) -> dict[str, Any]:
    """Quality of a synthetic table as one dictionary.

    Parameters
    ----------
    original, synthetic : table of shape (n_rows, n_columns)
        The table that the model was trained on, and the one to judge.
    metrics : sequence of str or None, default None
        Families to measure, as in :func:`synthfast.evaluate`; all by default. Keys of the others are there with None or
        an empty dict.
    target : hashable or None, default None
        Column to predict; the last compared one by default. A continuous one is cut at its median for the accuracies
        and used as it is for the regression.
    holdout : table or None, default None
        Real rows that the model never saw.
    random_state : None, int, SeedSequence or Generator, default 0
        Seed of all samples, folds and models.
    n_threads : int or None, default None
        Threads of the models and matrix products.

    Returns
    -------
    dict
        - ``statistical_metrics``: name to float; ``mean_preservation`` (percent), ``std_ratio``, ... over all columns,
          and ``<column>.mean_preservation``, ``<column>.std_ratio``, ``<column>.wasserstein`` (in standard deviations);
        - ``ks_test_scores``: column to ``statistic``, ``p_value`` and ``passed`` (by effect size); for categories the
          total variation distance with ``chi_square``;
        - ``wasserstein``: numeric column to distance in its unit;
        - ``correlation_difference`` (Frobenius norm), ``correlation_rmse``, ``correlation_score`` (mean of
          ``1 - |difference| / 2``): of the associations of all pairs of columns, Pearson correlations where all columns
          are numbers;
        - ``original_accuracy``, ``synthetic_accuracy``, ``utility_score`` (the ratio) of a random forest tested on real
          rows; ``regression``: ``original_r2``, ``synthetic_r2``, ``utility_score``;
        - ``privacy``: ``nearest_neighbor_distance_ratio``, ``membership_inference_accuracy``, ``disclosure_risk``;
        - ``overall_score``: 0 to 100;
        - ``quality_plot``: a matplotlib Figure.

        Figures that do not apply are None.

    Raises
    ------
    DataError
        If a table has no rows, lacks columns of the original, or holds other things in them; or there is no such
        target.
    ValueError
        If a name in `metrics` is not known.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast.reporting import assess_quality
    >>> rng = np.random.default_rng(0)
    >>> original, synthetic = ({"x": rng.normal(size=300), "y": rng.normal(size=300)} for _ in range(2))
    >>> found = assess_quality(original, synthetic, metrics=["ks", "correlation"])
    >>> found["ks_test_scores"]["x"]["passed"], found["correlation_score"] > 0.9
    (True, True)
    """
    report = evaluate(
        original,
        synthetic,
        holdout=holdout,
        target=target,
        metrics=metrics,
        random_state=random_state,
        n_threads=n_threads,
    )
    associations = _detail(report, "associations")
    classification = _detail(report, "utility_classification")
    return {
        "statistical_metrics": _statistical(report),
        "ks_test_scores": _test_scores(report),
        "wasserstein": {name: part["distance"] for name, part in _columns(report, "wasserstein").items()},
        "correlation_difference": associations.get("frobenius"),
        "correlation_rmse": associations.get("rmse"),
        "correlation_score": associations.get("similarity"),
        "original_accuracy": classification.get("original_accuracy"),
        "synthetic_accuracy": classification.get("synthetic_accuracy"),
        "utility_score": _value(report, "utility_classification"),
        "regression": {
            "original_r2": _detail(report, "utility_regression").get("original_r2"),
            "synthetic_r2": _detail(report, "utility_regression").get("synthetic_r2"),
            "utility_score": _value(report, "utility_regression"),
        },
        "privacy": {
            "nearest_neighbor_distance_ratio": _value(report, "nearest_neighbor_distance_ratio"),
            "membership_inference_accuracy": _value(report, "membership_inference"),
            "disclosure_risk": _value(report, "disclosure_risk"),
        },
        "overall_score": report.score,
        "quality_plot": report.plot(),
    }


def _result(report: QualityReport, name: str) -> MetricResult | None:
    return report.results.get(name)


def _value(report: QualityReport, name: str) -> float | None:
    result = _result(report, name)
    return None if result is None else result.value


def _detail(report: QualityReport, name: str) -> dict[str, Any]:
    result = _result(report, name)
    return {} if result is None else result.detail


def _columns(report: QualityReport, name: str) -> dict[Hashable, dict[str, Any]]:
    return _detail(report, name).get("columns", {})


def _statistical(report: QualityReport) -> dict[str, float]:
    figures = {name: _value(report, name) for name in STATISTICAL}
    for name, key in PER_COLUMN:
        figures |= {f"{column}.{name}": part[key] for column, part in _columns(report, name).items()}
    return {name: float(value) for name, value in figures.items() if value is not None}


def _test_scores(report: QualityReport) -> dict[Hashable, dict[str, Any]]:
    kept = ("statistic", "p_value", "passed", "metric", "chi_square")
    return {
        name: {key: part[key] for key in kept if key in part}
        for name, part in _columns(report, "column_shapes").items()
    }
