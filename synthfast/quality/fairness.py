"""Whether groups of people are served alike: fidelity, rates of an outcome, and usefulness, group by group."""

from collections.abc import Hashable
from typing import Any

import numpy as np

from synthfast.exceptions import DataError
from synthfast.quality import two_sample
from synthfast.quality.columns import CodedTable, Tables, share_columns
from synthfast.quality.distribution import column_shapes
from synthfast.quality.features import tree_features
from synthfast.quality.result import MetricResult, not_applicable
from synthfast.quality.sampling import SeedLike, fresh_reference
from synthfast.quality.training import choose_target, class_task, fit_forest

__all__ = ["demographic_parity", "group_fidelity", "group_utility"]

MIN_GROUP = 30  # rows of a group in a table; fewer say little about it
MAX_ROWS = 20_000
UNIT_RANGE = (0.0, 1.0)


def group_fidelity(real: Any, synthetic: Any, group: Hashable, *, holdout: Any = None) -> MetricResult:
    """Mean distance of the columns within the group that is served worst.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    group : hashable
        Categorical column that names the group of a row.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw; their distance within that group is the reference. Without them it is the
        expectation for a fresh real sample of the size that the group has in the synthetic table.

    Returns
    -------
    MetricResult
        ``detail["groups"]`` holds for every group the ``distance``, its ``reference``, and ``share_original`` and
        ``share_synthetic``, the group's share of the rows; ``detail["worst_group"]`` the one that lies farthest beyond
        its reference; ``detail["left_out"]`` the groups of fewer than 30 rows in a table.

    Raises
    ------
    DataError
        If `group` is not a categorical column of the real table.

    Notes
    -----
    The distances are those of :func:`column_shapes`. O(n log n) time per column.

    Examples
    --------
    >>> from synthfast.quality import group_fidelity
    >>> table = {"x": list(range(80)), "g": ["a", "b"] * 40}
    >>> group_fidelity(table, table, "g").value
    0.0
    """
    tables = share_columns(real, synthetic, holdout)
    _check_group(tables.real, group)
    groups: dict[str, dict[str, float]] = {}
    left_out = []
    for level, label in enumerate(tables.real.coding.levels[group]):
        parts = [None if table is None else _of_group(table, group, level) for table in tables]
        sizes = [0 if part is None else part.n_rows for part in parts]
        if min(sizes[:2]) < MIN_GROUP or (tables.holdout is not None and sizes[2] < MIN_GROUP):
            left_out.append(label)
            continue
        found = column_shapes(parts[0], parts[1], holdout=parts[2])
        groups[label] = {
            "distance": float(found.value or 0.0),
            "reference": float(found.reference or 0.0),
            "share_original": sizes[0] / tables.real.n_rows,
            "share_synthetic": sizes[1] / tables.synthetic.n_rows,
        }
    detail: dict[str, Any] = {"group": group, "groups": groups, "left_out": left_out}
    if not groups:
        reason = f"no group of {group!r} has {MIN_GROUP} rows in every table"
        return not_applicable("group_fidelity", reason, goal=0.0, range=UNIT_RANGE, detail=detail)
    worst = max(groups, key=lambda label: groups[label]["distance"] - groups[label]["reference"])
    detail["worst_group"] = worst
    part = groups[worst]
    return MetricResult("group_fidelity", part["distance"], 0.0, UNIT_RANGE, detail, part["reference"])


def demographic_parity(
    real: Any,
    synthetic: Any,
    group: Hashable,
    *,
    holdout: Any = None,
    target: Hashable | None = None,
    random_state: SeedLike = 0,
) -> MetricResult:
    """Change of the gap between the groups in the shares of the target's levels.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    group : hashable
        Categorical column that names the group of a row.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw; their change is the reference.
    target : hashable or None, default None
        The outcome; the last compared column by default. A number is cut at its median in the real table.
    random_state : None, int, SeedSequence or Generator, default 0
        Seed of the halving of the real rows that gives the reference without a hold-out.

    Returns
    -------
    MetricResult
        ``detail`` holds the gaps of both tables, ``original`` and ``synthetic``: the largest total variation distance
        between the target's shares in two groups of at least 30 rows, 0 where all groups fare alike.

    Raises
    ------
    DataError
        If `group` is not a categorical column of the real table, or `target` is no other compared one.

    Notes
    -----
    A synthetic table that keeps the real gap has 0: whether the real gap is fair is not asked. O(n) time.

    References
    ----------
    S. Barocas, M. Hardt, A. Narayanan (2023), Fairness and Machine Learning, MIT Press.

    Examples
    --------
    >>> from synthfast.quality import demographic_parity
    >>> real = {"g": ["a", "b"] * 60, "y": ["yes", "no"] * 60}
    >>> demographic_parity(real, {"g": ["a", "b"] * 60, "y": ["yes", "yes", "no", "no"] * 30}, "g").value
    1.0
    """
    tables = share_columns(real, synthetic, holdout)
    _check_group(tables.real, group)
    target = _other_target(tables, group, target)

    def gap(table: CodedTable) -> float | None:
        shares = _outcomes(tables.real, table, group, target)
        if len(shares) < 2:
            return None
        return max(two_sample.total_variation(one, other) for one in shares for other in shares)

    own, other = gap(tables.real), gap(tables.synthetic)
    detail = {"group": group, "target": target, "original": own, "synthetic": other}
    if own is None or other is None:
        reason = f"fewer than two groups of {group!r} have {MIN_GROUP} rows in both tables"
        return not_applicable("demographic_parity", reason, goal=0.0, range=UNIT_RANGE, detail=detail)

    def change(one: CodedTable, two: CodedTable) -> float | None:
        gaps = gap(one), gap(two)
        return None if gaps[0] is None or gaps[1] is None else abs(gaps[0] - gaps[1])

    reference, detail["reference_from"] = fresh_reference(
        change, tables.real, tables.synthetic.n_rows, tables.holdout, random_state
    )
    return MetricResult("demographic_parity", abs(own - other), 0.0, UNIT_RANGE, detail, reference)


def group_utility(
    real: Any,
    synthetic: Any,
    group: Hashable,
    *,
    holdout: Any = None,
    target: Hashable | None = None,
    max_rows: int = MAX_ROWS,
    random_state: SeedLike = 0,
    n_threads: int | None = None,
) -> MetricResult:
    """Accuracy that the group served worst loses when a forest learns from synthetic rows in place of real ones.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    group : hashable
        Categorical column that names the group of a row.
    holdout : table, CodedTable or None, default None
        Real test rows. By default three tenths of the real rows are kept for testing, drawn at random.
    target : hashable or None, default None
        Column to predict; the last compared one by default. A continuous one is cut at its median in the real table.
    max_rows : int, default 20000
        Most training rows, and most test rows.
    random_state : None, int, SeedSequence or Generator, default 0
        Seed of the draws and the forests.
    n_threads : int or None, default None
        Threads of the forests; the number in force by default.

    Returns
    -------
    MetricResult
        ``detail["groups"]`` holds ``original_accuracy``, ``synthetic_accuracy`` and ``n_test`` of every group with at
        least 30 test rows. The reference is 0; for a group of n test rows chance moves an accuracy by up to ``1 /
        sqrt(n)`` in 95 % of cases.

    Raises
    ------
    DataError
        If `group` is not a categorical column of the real table, or `target` is no other compared one.

    Notes
    -----
    The forests of :func:`utility_classification`.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast.quality import group_utility
    >>> real = {"x": np.arange(400.0), "g": ["a", "b"] * 200, "y": np.arange(400) >= 200}
    >>> group_utility(real, real, "g", target="y").value
    0.0
    """
    name, bounds = "group_utility", (-1.0, 1.0)
    tables = share_columns(real, synthetic, holdout)
    _check_group(tables.real, group)
    target = _other_target(tables, group, target)
    task = class_task(tables, target, max_rows, random_state)
    if isinstance(task, str):
        return not_applicable(name, task, goal=0.0, range=bounds, detail={"group": group, "target": target})
    x_real, x_test, x_synthetic = (
        tree_features(part, task.features) for part in (task.rows.real, task.rows.test, task.rows.synthetic)
    )
    right = [
        fit_forest(x, y, task.seed, n_threads).predict(x_test) == task.y_test
        for x, y in ((x_real, task.y_real), (x_synthetic, task.y_synthetic))
    ]
    groups: dict[str, dict[str, float]] = {}
    for level, label in enumerate(tables.real.coding.levels[group]):
        of_group = task.rows.test.values(group) == level
        if of_group.sum() >= MIN_GROUP:
            accuracies = {f"{key}_accuracy": float(part[of_group].mean()) for key, part in _by_origin(right)}
            groups[label] = {**accuracies, "n_test": int(of_group.sum())}
    detail: dict[str, Any] = {"group": group, "target": target, "groups": groups, **task.detail()}
    if not groups:
        reason = f"no group of {group!r} has {MIN_GROUP} test rows"
        return not_applicable(name, reason, goal=0.0, range=bounds, detail=detail)
    lost = {label: part["original_accuracy"] - part["synthetic_accuracy"] for label, part in groups.items()}
    worst = max(lost, key=lost.__getitem__)
    detail["worst_group"] = worst
    return MetricResult(name, lost[worst], 0.0, bounds, detail, 0.0)


def _by_origin(parts: list[np.ndarray]) -> Any:
    return zip(("original", "synthetic"), parts, strict=True)


def _check_group(real: CodedTable, group: Hashable) -> None:
    if group not in real.coding.categorical:
        listed = ", ".join(repr(name) for name in real.coding.categorical) or "none"
        raise DataError(
            f"group={group!r}: expected a categorical column of the real table, of which there are: {listed}."
        )


def _other_target(tables: Tables, group: Hashable, target: Hashable | None) -> Hashable:
    if target is None:
        others = [name for name in tables.real.coding.compared if name != group]
        target = others[-1] if others else group
    if target == group:
        raise DataError(f"target={target!r}: expected another column than the group. Name the outcome.")
    return choose_target(tables.real, target)


def _of_group(table: CodedTable, group: Hashable, level: int) -> CodedTable:
    return table.take(np.flatnonzero(table.values(group) == level))


def _outcomes(real: CodedTable, table: CodedTable, group: Hashable, target: Hashable) -> list[np.ndarray]:
    """Counts of the target's levels, missing first, in each group of at least 30 rows."""
    values = table.values(target)
    if values.dtype.kind == "f":
        known = real.sorted_values(target)
        cut = float(known[len(known) // 2]) if len(known) else 0.0
        codes = np.where(np.isnan(values), 0, 1 + (values >= cut)).astype(np.int64)
        n_codes = 3
    else:
        codes, n_codes = values.astype(np.int64) + 1, len(real.coding.levels[target]) + 1
    groups = table.values(group)
    n_groups = len(real.coding.levels[group])
    counts = np.bincount((groups + 1) * n_codes + codes, minlength=(n_groups + 1) * n_codes).reshape(-1, n_codes)[1:]
    return [row for row in counts if row.sum() >= MIN_GROUP]
