"""Whether a model finds the same columns important in the synthetic table as in the real one."""

from collections.abc import Hashable
from typing import Any

import numpy as np

from synthfast.quality.columns import CodedTable, share_columns
from synthfast.quality.features import tree_features
from synthfast.quality.result import MetricResult, not_applicable
from synthfast.quality.sampling import SeedLike
from synthfast.quality.training import choose_target, class_task, fit_forest

__all__ = ["feature_importance_agreement"]

MAX_ROWS = 20_000
UNIT_RANGE = (0.0, 1.0)


def feature_importance_agreement(
    real: Any,
    synthetic: Any,
    *,
    holdout: Any = None,
    target: Hashable | None = None,
    max_rows: int = MAX_ROWS,
    random_state: SeedLike = 0,
    n_threads: int | None = None,
) -> MetricResult:
    """1 less the total variation distance of the importances that forests give the columns, real against synthetic.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw: the agreement of a forest on them is the reference. By default three tenths
        of the real rows, kept from training, serve for that.
    target : hashable or None, default None
        Column to predict; the last compared one by default. A continuous one is cut at its median in the real table.
    max_rows : int, default 20000
        Most rows that a forest learns from.
    random_state : None, int, SeedSequence or Generator, default 0
        Seed of the draws and the forests.
    n_threads : int or None, default None
        Threads of the forests; the number in force by default.

    Returns
    -------
    MetricResult
        1 if the importances, which add up to 1, are the same. ``detail["columns"]`` holds ``original`` and
        ``synthetic`` importance of every column.

    Raises
    ------
    DataError
        If the target is not a compared column of the real table.

    Notes
    -----
    Mean decrease of impurity in the forests of :func:`utility_classification`; it favours columns of many values, in
    both tables alike. The reference forest learns from fewer rows than the others where the hold-out is small.

    References
    ----------
    L. Breiman (2001), Random forests, doi:10.1023/A:1010933404324.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast.quality import feature_importance_agreement
    >>> real = {"x": np.arange(200.0), "z": np.arange(200.0) % 7, "y": np.arange(200) >= 100}
    >>> feature_importance_agreement(real, real, target="y").value > 0.9
    True
    """
    name = "feature_importance_agreement"
    tables = share_columns(real, synthetic, holdout)
    target = choose_target(tables.real, target)
    task = class_task(tables, target, max_rows, random_state)
    if isinstance(task, str):
        return not_applicable(name, task, goal=1.0, range=UNIT_RANGE, detail={"target": target})

    def importances(rows: CodedTable, labels: np.ndarray) -> np.ndarray:
        forest = fit_forest(tree_features(rows, task.features), labels, task.seed, n_threads)
        return np.asarray(forest.feature_importances_)

    own = importances(task.rows.real, task.y_real)
    other = importances(task.rows.synthetic, task.y_synthetic)
    fresh = importances(task.rows.test, task.y_test)
    columns = {
        column: {"original": float(own[k]), "synthetic": float(other[k])} for k, column in enumerate(task.features)
    }
    detail = {"target": target, "columns": columns, **task.detail()}
    return MetricResult(name, _agreement(own, other), 1.0, UNIT_RANGE, detail, _agreement(own, fresh))


def _agreement(one: np.ndarray, other: np.ndarray) -> float:
    return max(0.0, 1.0 - 0.5 * float(np.abs(one - other).sum()))
