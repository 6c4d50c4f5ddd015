"""Whether the synthetic table serves to train models: trained on it or on real rows, tested on real rows."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthfast._core.threads import effective_n_threads
from synthfast.exceptions import DataError
from synthfast.marginals.ranks import count_runs
from synthfast.quality.columns import CodedTable, Tables, share_columns
from synthfast.quality.features import linear_features, tree_features
from synthfast.quality.result import MetricResult, not_applicable
from synthfast.quality.sampling import SeedLike, stage_generator

__all__ = ["choose_target", "utility_classification", "utility_regression"]

MAX_ROWS = 20_000
TEST_SHARE = 0.3
MIN_ROWS = 10  # in training and in test rows; fewer say nothing about a model
MAX_CLASSES = 20
FEW_VALUES = 10  # a number with no more distinct values is a class label, not cut at its median
N_TREES = 60
MIN_LEAF = 3
RIDGE = 1.0
MIN_SKILL = 0.01  # below this the real rows themselves teach nothing, and shares of it mean nothing
BOUNDS = (0.0, float("inf"))


@dataclass(frozen=True)
class _Rows:
    """Training rows of both origins, as many of each, and real test rows that neither holds."""

    real: CodedTable
    synthetic: CodedTable
    test: CodedTable
    source: str

    def sizes(self) -> dict[str, Any]:
        return {"n_train": self.real.n_rows, "n_test": self.test.n_rows, "test_rows": self.source}


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
    features = [column for column in tables.real.coding.compared if column != target]
    generator = stage_generator(random_state, "utility")
    rows = _split(tables, target, max_rows, generator)
    if isinstance(rows, str) or not features:
        reason = rows if isinstance(rows, str) else "there is no column to predict from"
        return not_applicable(name, reason, goal=1.0, range=BOUNDS, detail={"target": target})
    labels, cut = _labels(tables.real, rows, target)
    detail: dict[str, Any] = {"target": target, "cut_at": cut, **rows.sizes()}
    for origin, of_origin in zip(("real training", "test", "synthetic"), labels, strict=True):
        if len(np.unique(of_origin)) < 2:
            return not_applicable(
                name, f"only one class of {target!r} among the {origin} rows", goal=1.0, range=BOUNDS, detail=detail
            )
    y_real, y_test, y_synthetic = labels
    seed = int(generator.integers(2**31))
    x_real, x_test, x_synthetic = (tree_features(part, features) for part in (rows.real, rows.test, rows.synthetic))
    of_real = _forest_figures(x_real, y_real, x_test, y_test, seed, n_threads)
    of_synthetic = _forest_figures(x_synthetic, y_synthetic, x_test, y_test, seed, n_threads)
    baseline = float(np.mean(y_test == np.bincount(y_real).argmax()))
    detail |= {"baseline_accuracy": baseline, "n_classes": len(np.unique(y_real))}
    for key in of_real:
        detail |= {f"original_{key}": of_real[key], f"synthetic_{key}": of_synthetic[key]}
    measure, floor = ("auc", 0.5) if "auc" in of_real else ("accuracy", baseline)
    detail["skill_retained"] = _retained(of_real[measure] - floor, of_synthetic[measure] - floor)
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
    rows = _split(tables, target, max_rows, stage_generator(random_state, "utility"))
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
    retained = _retained(detail["original_r2"], detail["synthetic_r2"])
    if retained is None:
        reason = f"the real rows explain {detail['original_r2']:.1%} of the variance of {target!r}: nothing to keep"
        return not_applicable(name, reason, goal=1.0, range=BOUNDS, detail=detail)
    return MetricResult(name, retained, 1.0, BOUNDS, detail, 1.0)


def choose_target(real: CodedTable, target: Hashable | None) -> Hashable:
    """The column to predict: the given one, or the last that is compared.

    Raises
    ------
    DataError
        If there is no such column, or its values are identifiers or text that hardly ever repeats.
    """
    compared = real.coding.compared
    if target is None:
        if not compared:
            raise DataError("There is no column to predict: all are identifiers or text.")
        return compared[-1]
    if target not in real.coding.kinds:
        listed = ", ".join(repr(name) for name in real.coding.kinds)
        raise DataError(f"target={target!r} is not a column of the real table. Its columns are: {listed}.")
    if target not in compared:
        raise DataError(
            f"target={target!r} holds identifiers or text that hardly ever repeats; name a number or a category."
        )
    return target


def _split(tables: Tables, target: Hashable, max_rows: int, generator: np.random.Generator) -> _Rows | str:
    """Training and test rows with a known target, or why there are none."""
    real, synthetic = _with_target(tables.real, target), _with_target(tables.synthetic, target)
    test = None if tables.holdout is None else _with_target(tables.holdout, target)
    source = "hold-out"
    if test is None:
        order = generator.permutation(real.n_rows)
        n_test = round(TEST_SHARE * real.n_rows)
        test, real = real.take(np.sort(order[:n_test])), real.take(np.sort(order[n_test:]))
        source = "kept from the real table"
    size = min(real.n_rows, synthetic.n_rows, max_rows)
    test = test.sample(max_rows, generator)
    if min(size, test.n_rows) < MIN_ROWS:
        return f"fewer than {MIN_ROWS} rows to train on or to test on"
    return _Rows(real.sample(size, generator), synthetic.sample(size, generator), test, source)


def _with_target(table: CodedTable, target: Hashable) -> CodedTable:
    return table.take(np.flatnonzero(~table.is_missing(target)))


def _labels(real: CodedTable, rows: _Rows, target: Hashable) -> tuple[list[np.ndarray], float | None]:
    """Class of every row of the real, the test and the synthetic rows, and where a number was cut."""
    parts = [table.values(target) for table in (rows.real, rows.test, rows.synthetic)]
    if parts[0].dtype.kind != "f":
        return [np.minimum(part, MAX_CLASSES).astype(np.int64) for part in parts], None
    known = real.sorted_values(target)
    distinct = count_runs(known)[0]
    if len(distinct) <= FEW_VALUES:
        middles = 0.5 * (distinct[1:] + distinct[:-1])  # a synthetic value between two classes belongs to the nearer
        return [np.searchsorted(middles, part) for part in parts], None
    cut = float(np.median(known))
    if cut == known[-1]:
        return [(part >= cut).astype(np.int64) for part in parts], cut
    return [(part > cut).astype(np.int64) for part in parts], cut


def _forest_figures(
    x: np.ndarray, y: np.ndarray, x_test: np.ndarray, y_test: np.ndarray, seed: int, n_threads: int | None
) -> dict[str, float]:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import roc_auc_score

    model = RandomForestClassifier(
        n_estimators=N_TREES, min_samples_leaf=MIN_LEAF, n_jobs=effective_n_threads(n_threads), random_state=seed
    ).fit(x, y)
    model.set_params(n_jobs=1)  # threads would add the trees' votes in the order in which they finish
    probabilities = model.predict_proba(x_test)
    figures = {"accuracy": float(np.mean(model.classes_[probabilities.argmax(axis=1)] == y_test))}
    both = np.unique(np.concatenate([model.classes_, y_test]))
    if len(both) == 2:
        figures["auc"] = float(roc_auc_score(y_test == both[1], probabilities[:, -1]))
    return figures


def _ridge(x: np.ndarray, y: np.ndarray, x_test: np.ndarray) -> np.ndarray:
    """Predictions of a least-squares fit with an unpenalised mean and penalty 1 on the standardised columns."""
    centre, mean = x.mean(axis=0), float(y.mean())
    shifted = x - centre
    gram = shifted.T @ shifted + RIDGE * np.eye(x.shape[1])
    weights = np.linalg.solve(gram, shifted.T @ (y - mean))
    return (x_test - centre) @ weights + mean


def _retained(of_real: float, of_synthetic: float) -> float | None:
    return None if of_real < MIN_SKILL else max(0.0, of_synthetic) / of_real
