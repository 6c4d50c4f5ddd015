"""Whether a classifier can tell synthetic rows from real ones."""

import math
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from synthfast.privacy.attacks._roc import area_under_curve
from synthfast.quality.columns import CodedTable, FloatArray, share_columns
from synthfast.quality.features import linear_features, tree_features
from synthfast.quality.result import MetricResult, not_applicable
from synthfast.quality.sampling import SeedLike, stage_generator

__all__ = ["classifier_two_sample", "logistic_two_sample"]

MAX_ROWS = 5_000
N_FOLDS = 3
N_ROUNDS = 40
MIN_ROWS = 20  # of each table: fewer leave nothing to learn from in a fold
FAR = 20.0  # standard deviations from the mean beyond which a value counts no more in a regression
BOUNDS = (0.0, 1.0)

Judge = Callable[[list[CodedTable], list[CodedTable], Sequence[Hashable], int], tuple[FloatArray, FloatArray]]


def classifier_two_sample(
    real: Any,
    synthetic: Any,
    *,
    holdout: Any = None,
    max_rows: int = MAX_ROWS,
    random_state: SeedLike = 0,
) -> MetricResult:
    """Cross-validated area under the ROC curve of boosted trees that tell synthetic rows from real ones.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw. Where given they are the real side: rows that copy the training table then
        do not look real.
    max_rows : int, default 5000
        Most rows of either side; as many are drawn from both.
    random_state : None, int, SeedSequence or Generator, default 0
        Seed of the draws, the folds and the trees.

    Returns
    -------
    MetricResult
        0.5 if nothing tells the rows apart, 1 if everything does. ``detail`` holds the rows of each side, the
        ``margin`` that chance alone stays within in 95 % of cases, and which table was the real side.

    Notes
    -----
    Three folds of 40 rounds of gradient boosting with scikit-learn's histogram trees, on one thread: tables this small
    gain nothing from more. A longer search finds somewhat more. Without a hold-out, a table that repeats training rows
    can score below one half.

    References
    ----------
    D. Lopez-Paz and M. Oquab, Revisiting classifier two-sample tests, ICLR 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast.quality import classifier_two_sample
    >>> real = {"x": np.arange(100.0)}
    >>> classifier_two_sample(real, {"x": np.arange(100.0) + 1000.0}).value
    1.0
    """
    settings = {"n_folds": N_FOLDS, "n_rounds": N_ROUNDS}
    return _told_apart("classifier_two_sample", _trees, settings, real, synthetic, holdout, max_rows, random_state)


def logistic_two_sample(
    real: Any,
    synthetic: Any,
    *,
    holdout: Any = None,
    max_rows: int = MAX_ROWS,
    random_state: SeedLike = 0,
) -> MetricResult:
    """Cross-validated area under the ROC curve of a logistic regression that tells synthetic rows from real ones.

    Parameters and result are those of :func:`classifier_two_sample`.

    Notes
    -----
    Three folds; numbers standardised, one indicator a frequent level. It sees means and shares, and nothing of how
    columns hang together: a table of shuffled columns passes. Read it beside the boosted trees.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast.quality import logistic_two_sample
    >>> real = {"x": np.arange(100.0)}
    >>> logistic_two_sample(real, {"x": np.arange(100.0) + 1000.0}).value
    1.0
    """
    settings = {"n_folds": N_FOLDS}
    return _told_apart("logistic_two_sample", _regression, settings, real, synthetic, holdout, max_rows, random_state)


def _told_apart(
    name: str,
    judge: Judge,
    settings: dict[str, int],
    real: Any,
    synthetic: Any,
    holdout: Any,
    max_rows: int,
    random_state: SeedLike,
) -> MetricResult:
    tables = share_columns(real, synthetic, holdout)
    names = tables.real.coding.compared
    genuine = tables.real if tables.holdout is None else tables.holdout
    size = min(genuine.n_rows, tables.synthetic.n_rows, max_rows)
    if not names or size < MIN_ROWS:
        reason = "only text and identifiers" if not names else f"fewer than {MIN_ROWS} rows in one of the tables"
        return not_applicable(name, reason, goal=0.5, range=BOUNDS)
    generator = stage_generator(random_state, "detection")
    sides = [table.sample(size, generator) for table in (genuine, tables.synthetic)]
    area, interval = _cross_validated_area(judge, sides, names, generator)
    detail = {
        "n_rows": size,
        "margin": 1.959964 * math.sqrt((2 * size + 1) / (12 * size * size)),
        "real_side": "real" if tables.holdout is None else "holdout",
        **settings,
    }
    return MetricResult(name, area, 0.5, BOUNDS, detail, 0.5, interval=interval)


def _cross_validated_area(
    judge: Judge, sides: list[CodedTable], names: Sequence[Hashable], generator: np.random.Generator
) -> tuple[float, tuple[float, float]]:
    """Mean over the folds of the area under the curve on rows that the fold's judge did not see, and its interval."""
    size = sides[0].n_rows
    folds = [generator.permutation(np.arange(size) % N_FOLDS) for _ in sides]
    areas, spread = [], 0.0
    for held in range(N_FOLDS):
        seen = [table.take(np.flatnonzero(fold != held)) for table, fold in zip(sides, folds, strict=True)]
        asked = [table.take(np.flatnonzero(fold == held)) for table, fold in zip(sides, folds, strict=True)]
        genuine, made = judge(seen, asked, names, int(generator.integers(2**31)))
        found = area_under_curve(made, genuine)
        low, high = found.interval(0.95)
        areas.append(found.value)
        spread += (0.5 * (high - low)) ** 2
    # Judges of two folds share most of their rows, so that folds vary together: Nadeau and Bengio (2003).
    area, reach = float(np.mean(areas)), math.sqrt(spread / N_FOLDS * (1 / N_FOLDS + 1 / (N_FOLDS - 1)))
    return area, (max(0.0, area - reach), min(1.0, area + reach))


def _trees(
    seen: list[CodedTable], asked: list[CodedTable], names: Sequence[Hashable], seed: int
) -> tuple[FloatArray, FloatArray]:
    """Scores of the asked rows of both sides by boosted trees."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    features = np.vstack([tree_features(table, names) for table in seen])
    features[:, np.isnan(features).all(axis=0)] = 0.0  # scikit-learn cuts no bins where nothing is known
    model = HistGradientBoostingClassifier(max_iter=N_ROUNDS, early_stopping=False, random_state=seed)
    with threadpool_limits(limits=1, user_api="openmp"):
        model.fit(features, np.repeat([0, 1], [table.n_rows for table in seen]))
        one, two = (model.decision_function(tree_features(table, names)) for table in asked)
    return one, two


def _regression(
    seen: list[CodedTable], asked: list[CodedTable], names: Sequence[Hashable], seed: int
) -> tuple[FloatArray, FloatArray]:
    """Scores of the asked rows of both sides by a logistic regression; it draws nothing."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    features = np.vstack([linear_features(table, names, seen[0]) for table in seen])
    model = LogisticRegression(solver="newton-cholesky", max_iter=50)
    with threadpool_limits(limits=1):
        model.fit(np.clip(features, -FAR, FAR), np.repeat([0, 1], [table.n_rows for table in seen]))
    one, two = (model.decision_function(np.clip(linear_features(table, names, seen[0]), -FAR, FAR)) for table in asked)
    return one, two
