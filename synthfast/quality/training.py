"""What the judges of usefulness share: a target, real test rows, training rows of either origin, and a forest."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthfast._core.threads import effective_n_threads
from synthfast.exceptions import DataError
from synthfast.marginals.ranks import count_runs
from synthfast.quality.columns import CodedTable, Tables
from synthfast.quality.sampling import SeedLike, stage_generator

__all__ = [
    "ClassTask",
    "TrainingRows",
    "choose_target",
    "class_labels",
    "class_task",
    "fit_forest",
    "forest_figures",
    "share_retained",
    "split_rows",
]

TEST_SHARE = 0.3
MIN_ROWS = 10  # in training and in test rows; fewer say nothing about a model
MAX_CLASSES = 20
FEW_VALUES = 10  # a number with no more distinct values is a class label, not cut at its median
N_TREES = 60
MIN_LEAF = 3
MIN_SKILL = 0.01  # below this the real rows themselves teach nothing, and shares of it mean nothing


@dataclass(frozen=True)
class TrainingRows:
    """Training rows of both origins, as many of each, and real test rows that neither holds."""

    real: CodedTable
    synthetic: CodedTable
    test: CodedTable
    source: str

    def sizes(self) -> dict[str, Any]:
        """How many rows there are, and where the test rows come from."""
        return {"n_train": self.real.n_rows, "n_test": self.test.n_rows, "test_rows": self.source}


@dataclass(frozen=True)
class ClassTask:
    """A column to predict as classes from the others.

    Parameters
    ----------
    rows : TrainingRows
        The rows.
    features : list of hashable
        Columns to predict from.
    y_real, y_test, y_synthetic : ndarray of int64
        Classes of the rows.
    cut : float or None
        Where a continuous target was cut.
    seed : int
        Of the forests.
    generator : Generator
        For further draws.
    """

    rows: TrainingRows
    features: list[Hashable]
    y_real: np.ndarray
    y_test: np.ndarray
    y_synthetic: np.ndarray
    cut: float | None
    seed: int
    generator: np.random.Generator

    def detail(self) -> dict[str, Any]:
        """What results tell of the task."""
        return {"cut_at": self.cut, "n_classes": len(np.unique(self.y_real)), **self.rows.sizes()}


def class_task(tables: Tables, target: Hashable, max_rows: int, random_state: SeedLike) -> ClassTask | str:
    """The task of predicting a column as classes, or why there is none."""
    features = [column for column in tables.real.coding.compared if column != target]
    if not features:
        return "there is no column to predict from"
    generator = stage_generator(random_state, "utility")
    rows = split_rows(tables, target, max_rows, generator)
    if isinstance(rows, str):
        return rows
    (y_real, y_test, y_synthetic), cut = class_labels(tables.real, rows, target)
    labels = {"real training": y_real, "test": y_test, "synthetic": y_synthetic}
    for origin, of_origin in labels.items():
        if len(np.unique(of_origin)) < 2:
            return f"only one class of {target!r} among the {origin} rows"
    seed = int(generator.integers(2**31))
    return ClassTask(rows, features, y_real, y_test, y_synthetic, cut, seed, generator)


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


def split_rows(tables: Tables, target: Hashable, max_rows: int, generator: np.random.Generator) -> TrainingRows | str:
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
    return TrainingRows(real.sample(size, generator), synthetic.sample(size, generator), test, source)


def _with_target(table: CodedTable, target: Hashable) -> CodedTable:
    return table.take(np.flatnonzero(~table.is_missing(target)))


def class_labels(real: CodedTable, rows: TrainingRows, target: Hashable) -> tuple[list[np.ndarray], float | None]:
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


def fit_forest(x: np.ndarray, y: np.ndarray, seed: int, n_threads: int | None) -> Any:
    """A random forest of 60 trees with leaves of at least 3 rows, the same on any number of threads."""
    from sklearn.ensemble import RandomForestClassifier

    model = RandomForestClassifier(
        n_estimators=N_TREES, min_samples_leaf=MIN_LEAF, n_jobs=effective_n_threads(n_threads), random_state=seed
    ).fit(x, y)
    return model.set_params(n_jobs=1)  # threads would add the trees' votes in the order in which they finish


def forest_figures(
    x: np.ndarray, y: np.ndarray, x_test: np.ndarray, y_test: np.ndarray, seed: int, n_threads: int | None
) -> dict[str, float]:
    """Accuracy on the test rows of a forest, and with two classes its area under the curve."""
    from sklearn.metrics import roc_auc_score

    model = fit_forest(x, y, seed, n_threads)
    probabilities = model.predict_proba(x_test)
    figures = {"accuracy": float(np.mean(model.classes_[probabilities.argmax(axis=1)] == y_test))}
    both = np.unique(np.concatenate([model.classes_, y_test]))
    if len(both) == 2:
        figures["auc"] = float(roc_auc_score(y_test == both[1], probabilities[:, -1]))
    return figures


def share_retained(of_real: float, of_synthetic: float) -> float | None:
    """Share kept of what real rows teach; None where they teach nothing."""
    return None if of_real < MIN_SKILL else max(0.0, of_synthetic) / of_real
