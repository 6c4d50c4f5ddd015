"""Accuracy of the tables of one, two and three columns: whether rows are right, not just columns."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from synthfast.quality import two_sample
from synthfast.quality.bins import bin_tables
from synthfast.quality.columns import share_columns
from synthfast.quality.result import MetricResult, not_applicable
from synthfast.quality.sampling import SeedLike, stage_generator

__all__ = ["marginal_accuracy"]

N_BINS = 10
MAX_TRIPLES = 10_000
MAX_ROWS = 100_000
WORST_PAIRS = 5
BOUNDS = (0.0, 1.0)

Columns = Sequence[np.ndarray]
Counts = dict[tuple[int, ...], np.ndarray]


def marginal_accuracy(
    real: Any,
    synthetic: Any,
    *,
    holdout: Any = None,
    n_bins: int = N_BINS,
    max_triples: int = MAX_TRIPLES,
    max_rows: int = MAX_ROWS,
    random_state: SeedLike = 0,
) -> MetricResult:
    """Mean accuracy, 1 less the total variation distance, of all tables of one, of two and of three columns.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw; their accuracy is the reference.
    n_bins : int, default 10
        Most quantile bins of a number and most levels of a category that are told apart.
    max_triples : int, default 10000
        Most tables of three columns; beyond, that many are drawn at random.
    max_rows : int, default 100000
        Most rows of each table; beyond, that many are drawn at random.
    random_state : None, int, SeedSequence or Generator, default 0
        Seed of both draws.

    Returns
    -------
    MetricResult
        The mean of the means over columns, pairs and triples. ``detail`` holds these as ``univariate``, ``bivariate``
        and ``trivariate`` (None where there are not so many columns), ``columns`` (name to accuracy), ``pairs`` (matrix
        of accuracies in the order of ``names``), the ``worst_pairs``, ``n_triples`` of ``all_triples`` and the rows
        used of each table.

    Notes
    -----
    Bins are cut by the real table alone and shared; missing is a bin of its own. Two samples of one law do not reach 1:
    the reference says what they reach, measured on the hold-out or by a normal approximation cell by cell.
    O(n_rows * (n_columns**2 + n_triples)) time.

    References
    ----------
    M. Platzer and T. Reutterer, Holdout-based empirical assessment of mixed-type synthetic data, Frontiers in Big Data
    4, 2021.

    Examples
    --------
    >>> from synthfast.quality import marginal_accuracy
    >>> real = {"a": ["x", "x", "y", "y"] * 5, "b": ["p", "p", "q", "q"] * 5}
    >>> result = marginal_accuracy(real, {"a": ["x", "x", "y", "y"] * 5, "b": ["p", "q", "p", "q"] * 5})
    >>> result.detail["univariate"], result.detail["bivariate"]
    (1.0, 0.5)
    """
    tables = share_columns(real, synthetic, holdout)
    names = tables.real.coding.compared
    if not names:
        return not_applicable(
            "marginal_accuracy", "only text and identifiers, which are not compared", goal=1.0, range=BOUNDS
        )
    generator = stage_generator(random_state, "marginals")
    used = [table.sample(max_rows, generator) for table in tables if table is not None]
    codes, widths = bin_tables(used[0], used[1:], n_bins)
    triples, n_possible = _triples(len(names), max_triples, generator)
    subsets = [*_subsets(len(names), 1), *_subsets(len(names), 2), *triples]
    counts = [_count_tables(columns, widths, triples) for columns in codes]
    accuracy = {key: 1.0 - two_sample.total_variation(counts[0][key], counts[1][key]) for key in subsets}
    if holdout is None:
        floor = {key: 1.0 - two_sample.expected_total_variation(counts[0][key], len(used[1])) for key in subsets}
        source = "expectation for a fresh real sample of the synthetic table's size"
    else:
        floor = {key: 1.0 - two_sample.total_variation(counts[0][key], counts[2][key]) for key in subsets}
        source = f"hold-out of {len(used[2])} rows"
    detail = _detail(names, accuracy) | {
        "n_triples": len(triples),
        "all_triples": n_possible,
        "rows_used": [len(table) for table in used],
        "reference_from": source,
        "reference_by_order": _mean_by_order(floor),
    }
    return MetricResult("marginal_accuracy", _overall(accuracy), 1.0, BOUNDS, detail, _overall(floor))


def _subsets(n_columns: int, size: int) -> Iterable[tuple[int, ...]]:
    return itertools.combinations(range(n_columns), size)


def _triples(n_columns: int, most: int, generator: np.random.Generator) -> tuple[list[tuple[int, ...]], int]:
    """At most so many triples of columns in lexicographic order, and how many there are."""
    possible = n_columns * (n_columns - 1) * (n_columns - 2) // 6
    if possible <= most:
        return list(_subsets(n_columns, 3)), possible
    chosen: set[tuple[int, ...]] = set()
    while len(chosen) < most:
        drawn = np.sort(generator.integers(0, n_columns, (2 * most, 3)), axis=1)
        distinct = drawn[(drawn[:, 0] < drawn[:, 1]) & (drawn[:, 1] < drawn[:, 2])]
        for triple in map(tuple, distinct.tolist()):
            if len(chosen) == most:
                break
            chosen.add(triple)
    return sorted(chosen), possible


def _count_tables(columns: Columns, widths: Sequence[int], triples: Sequence[tuple[int, ...]]) -> Counts:
    """Rows per cell of every table of one column, of every pair and of the given triples (lexicographic)."""
    counts: Counts = {}
    thirds: dict[tuple[int, ...], list[int]] = {}
    for i, j, k in triples:
        thirds.setdefault((i, j), []).append(k)
    for i, first in enumerate(columns):
        wide = first.astype(np.intp)
        counts[i,] = np.bincount(wide, minlength=widths[i])
        for j in range(i + 1, len(columns)):
            pair = wide * widths[j] + columns[j]
            counts[i, j] = np.bincount(pair, minlength=widths[i] * widths[j])
            for k in thirds.get((i, j), ()):
                cells = widths[i] * widths[j] * widths[k]
                counts[i, j, k] = np.bincount(pair * widths[k] + columns[k], minlength=cells)
    return counts


def _mean_by_order(values: dict[tuple[int, ...], float]) -> list[float | None]:
    orders: list[list[float]] = [[], [], []]
    for key, value in values.items():
        orders[len(key) - 1].append(value)
    return [float(np.mean(of_order)) if of_order else None for of_order in orders]


def _overall(values: dict[tuple[int, ...], float]) -> float:
    return float(np.mean([mean for mean in _mean_by_order(values) if mean is not None]))


def _detail(names: Sequence[Any], accuracy: dict[tuple[int, ...], float]) -> dict[str, Any]:
    one, two, three = _mean_by_order(accuracy)
    pairs = np.ones((len(names), len(names)))
    for i, j in _subsets(len(names), 2):
        pairs[i, j] = pairs[j, i] = accuracy[i, j]
    rank: Callable[[tuple[int, ...]], float] = accuracy.__getitem__
    worst = sorted(_subsets(len(names), 2), key=rank)[:WORST_PAIRS]
    return {
        "univariate": one,
        "bivariate": two,
        "trivariate": three,
        "names": list(names),
        "columns": {name: accuracy[i,] for i, name in enumerate(names)},
        "pairs": pairs,
        "worst_pairs": [{"pair": [names[i], names[j]], "accuracy": accuracy[i, j]} for i, j in worst],
    }
