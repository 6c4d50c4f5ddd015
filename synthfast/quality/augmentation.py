"""Whether synthetic rows, added to the real ones, teach a model more."""

from collections.abc import Hashable
from typing import Any

import numpy as np

from synthfast.quality.columns import share_columns
from synthfast.quality.features import tree_features
from synthfast.quality.result import MetricResult, not_applicable
from synthfast.quality.sampling import SeedLike
from synthfast.quality.training import choose_target, class_task, forest_figures

__all__ = ["utility_augmentation"]

MAX_ROWS = 20_000
BOUNDS = (0.0, float("inf"))


def utility_augmentation(
    real: Any,
    synthetic: Any,
    *,
    holdout: Any = None,
    target: Hashable | None = None,
    max_rows: int = MAX_ROWS,
    random_state: SeedLike = 0,
    n_threads: int | None = None,
) -> MetricResult:
    """Accuracy on real rows of a forest trained on real and synthetic rows, over that of one trained on the real alone.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    holdout : table, CodedTable or None, default None
        Real test rows. By default three tenths of the real rows are kept for testing, drawn at random.
    target : hashable or None, default None
        Column to predict; the last compared one by default. A continuous one is cut at its median in the real table.
    max_rows : int, default 20000
        Most training rows of either origin, and most test rows.
    random_state : None, int, SeedSequence or Generator, default 0
        Seed of the draws and the forests.
    n_threads : int or None, default None
        Threads of the forests; the number in force by default.

    Returns
    -------
    MetricResult
        1 if the added rows neither help nor harm, which is the reference: rows made of the real ones hold nothing more
        about them. ``detail`` holds ``original_accuracy`` and ``augmented_accuracy``, and with two classes the areas
        under the curve.

    Raises
    ------
    DataError
        If the target is not a compared column of the real table.

    Notes
    -----
    The forests of :func:`utility_classification`. Without a hold-out the model that made the synthetic rows has seen
    the test rows.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast.quality import utility_augmentation
    >>> real = {"x": np.arange(200.0), "y": np.arange(200) >= 100}
    >>> utility_augmentation(real, real, target="y").value
    1.0
    """
    name = "utility_augmentation"
    tables = share_columns(real, synthetic, holdout)
    target = choose_target(tables.real, target)
    task = class_task(tables, target, max_rows, random_state)
    if isinstance(task, str):
        return not_applicable(name, task, goal=1.0, range=BOUNDS, detail={"target": target})
    rows = task.rows
    x_real, x_test, x_synthetic = (
        tree_features(part, task.features) for part in (rows.real, rows.test, rows.synthetic)
    )
    alone = forest_figures(x_real, task.y_real, x_test, task.y_test, task.seed, n_threads)
    both = np.vstack([x_real, x_synthetic]), np.concatenate([task.y_real, task.y_synthetic])
    added = forest_figures(*both, x_test, task.y_test, task.seed, n_threads)
    detail: dict[str, Any] = {"target": target, **task.detail()}
    for key in alone:
        detail |= {f"original_{key}": alone[key], f"augmented_{key}": added.get(key)}
    ratio = added["accuracy"] / alone["accuracy"] if alone["accuracy"] else 1.0
    return MetricResult(name, ratio, 1.0, BOUNDS, detail, 1.0)
