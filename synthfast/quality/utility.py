"""Whether the synthetic table serves to train models: trained on it or on real rows, tested on real rows."""

from collections.abc import Hashable
from typing import Any

import numpy as np

from synthfast.quality.columns import share_columns
from synthfast.quality.features import linear_features, tree_features
from synthfast.quality.result import MetricResult, not_applicable
from synthfast.quality.sampling import SeedLike, stage_generator
from synthfast.quality.training import choose_target, class_task, forest_figures, share_retained, split_rows

__all__ = ["utility_classification", "utility_regression"]

MAX_ROWS = 20_000
RIDGE = 1.0
BOUNDS = (0.0, float("inf"))


def utility_classification(
    real: Any,
    synthetic: Any,
    *,
    holdout: Any = None,
    target: Hashable | None = None,
    max_rows: int = MAX_ROWS,
    random_state: SeedLike = 0,
    n_threads: int | None = None,
) -> MetricResult:
    """Accuracy on real rows of a random forest trained on synthetic rows, over that of one trained on real rows.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    holdout : table, CodedTable or None, default None
        Real test rows. By default three tenths of the real rows are kept for testing, drawn at random.
    target : hashable or None, default None
        Column to predict; the last compared one by default. A continuous one is cut at its median in the real table.
    max_rows : int, default 20000
        Most training rows, and most test rows; as many synthetic rows as real ones train.
    random_state : None, int, SeedSequence or Generator, default 0
        Seed of the draws and the forests.
    n_threads : int or None, default None
        Threads of the forests; the number in force by default.

    Returns
    -------
    MetricResult
        1 if synthetic rows teach as much as real ones. ``detail`` holds ``target``, ``original_accuracy``,
        ``synthetic_accuracy``, ``baseline_accuracy`` (always the commonest class), with two classes ``original_auc``
        and ``synthetic_auc``, and ``skill_retained``: the share kept of what the real rows teach beyond the baseline
        (by area under the curve for two classes, by accuracy for more), None where they teach nothing.

    Raises
    ------
    DataError
        If the target is not a compared column of the real table.

    Notes
    -----
    60 trees with leaves of at least 3 rows. Without a hold-out the model that made the synthetic table has seen the
    test rows, and a table that copies them can score above 1. Rows with a missing target are left out; classes beyond
    the 20 most frequent are one class.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast.quality import utility_classification
    >>> real = {"x": np.arange(200.0), "y": np.arange(200) >= 100}
    >>> utility_classification(real, real, target="y").value
    1.0
    """
    name = "utility_classification"
    tables = share_columns(real, synthetic, holdout)
    target = choose_target(tables.real, target)
    task = class_task(tables, target, max_rows, random_state)
    if isinstance(task, str):
        return not_applicable(name, task, goal=1.0, range=BOUNDS, detail={"target": target})
    rows, y_real, y_test = task.rows, task.y_real, task.y_test
    x_real, x_test, x_synthetic = (
        tree_features(part, task.features) for part in (rows.real, rows.test, rows.synthetic)
    )
    of_real = forest_figures(x_real, y_real, x_test, y_test, task.seed, n_threads)
    of_synthetic = forest_figures(x_synthetic, task.y_synthetic, x_test, y_test, task.seed, n_threads)
    baseline = float(np.mean(y_test == np.bincount(y_real).argmax()))
    detail: dict[str, Any] = {"target": target, "baseline_accuracy": baseline, **task.detail()}
    shared = [key for key in of_real if key in of_synthetic]  # synthetic rows may have a third class
    for key in shared:
        detail |= {f"original_{key}": of_real[key], f"synthetic_{key}": of_synthetic[key]}
    measure, floor = ("auc", 0.5) if "auc" in shared else ("accuracy", baseline)
    detail["skill_retained"] = share_retained(of_real[measure] - floor, of_synthetic[measure] - floor)
    ratio = of_synthetic["accuracy"] / of_real["accuracy"] if of_real["accuracy"] else 1.0
    return MetricResult(name, ratio, 1.0, BOUNDS, detail, 1.0)


def utility_regression(
    real: Any,
    synthetic: Any,
    *,
    holdout: Any = None,
    target: Hashable | None = None,
    max_rows: int = MAX_ROWS,
    random_state: SeedLike = 0,
) -> MetricResult:
    """Share of the explained variance on real rows that a ridge regression keeps when trained on synthetic rows.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    holdout : table, CodedTable or None, default None
        Real test rows. By default three tenths of the real rows are kept for testing, drawn at random.
    target : hashable or None, default None
        Numeric column to predict; the last compared one by default. The metric does not apply to a categorical one.
    max_rows : int, default 20000
        Most training rows, and most test rows; as many synthetic rows as real ones train.
    random_state : None, int, SeedSequence or Generator, default 0
        Seed of the draws.

    Returns
    -------
    MetricResult
        ``synthetic_r2 / original_r2``, not below 0; ``detail`` holds both. Does not apply where the real rows explain
        less than 1 % of the variance.

    Raises
    ------
    DataError
        If the target is not a compared column of the real table.

    Notes
    -----
    Numbers standardised by the real training rows, one indicator per frequent level of a category, penalty 1.
    R2 compares with the mean of the test rows and is negative where a model does worse than that.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast.quality import utility_regression
    >>> real = {"x": np.arange(200.0), "y": 3.0 * np.arange(200.0)}
    >>> round(utility_regression(real, real, target="y").value, 3)
    1.0
    """
    name = "utility_regression"
    tables = share_columns(real, synthetic, holdout)
    target = choose_target(tables.real, target)
    features = [column for column in tables.real.coding.compared if column != target]
    if target not in tables.real.coding.numeric:
        reason = f"the target {target!r} is categorical"
        return not_applicable(name, reason, goal=1.0, range=BOUNDS, detail={"target": target})
    rows = split_rows(tables, target, max_rows, stage_generator(random_state, "utility"))
    if isinstance(rows, str) or not features:
        reason = rows if isinstance(rows, str) else "there is no column to predict from"
        return not_applicable(name, reason, goal=1.0, range=BOUNDS, detail={"target": target})
    detail: dict[str, Any] = {"target": target, **rows.sizes()}
    y_test = rows.test.values(target)
    if y_test.min() == y_test.max():
        reason = f"{target!r} is constant among the test rows"
        return not_applicable(name, reason, goal=1.0, range=BOUNDS, detail=detail)
    x_test = linear_features(rows.test, features, rows.real)
    for origin, part in (("original", rows.real), ("synthetic", rows.synthetic)):
        predicted = _ridge(linear_features(part, features, rows.real), part.values(target), x_test)
        detail[f"{origin}_r2"] = 1.0 - float(((y_test - predicted) ** 2).sum() / ((y_test - y_test.mean()) ** 2).sum())
    retained = share_retained(detail["original_r2"], detail["synthetic_r2"])
    if retained is None:
        reason = f"the real rows explain {detail['original_r2']:.1%} of the variance of {target!r}: nothing to keep"
        return not_applicable(name, reason, goal=1.0, range=BOUNDS, detail=detail)
    return MetricResult(name, retained, 1.0, BOUNDS, detail, 1.0)


def _ridge(x: np.ndarray, y: np.ndarray, x_test: np.ndarray) -> np.ndarray:
    """Predictions of a least-squares fit with an unpenalised mean and penalty 1 on the standardised columns."""
    centre, mean = x.mean(axis=0), float(y.mean())
    shifted = x - centre
    gram = shifted.T @ shifted + RIDGE * np.eye(x.shape[1])
    weights = np.linalg.solve(gram, shifted.T @ (y - mean))
    return (x_test - centre) @ weights + mean
