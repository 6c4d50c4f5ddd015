"""Tables of two columns, one of them a category at least, as SDMetrics compares them."""

import itertools
from collections.abc import Hashable
from typing import Any

import numpy as np

from synthfast.quality import two_sample
from synthfast.quality.columns import CodedTable, FloatArray, share_columns
from synthfast.quality.result import MetricResult, not_applicable
from synthfast.quality.sampling import SeedLike, stage_generator

__all__ = ["contingency_similarity"]

N_BINS = 10
MAX_ROWS = 50_000
WORST_PAIRS = 5
DENSE = 4  # cells a row: tables with more of them are counted by their filled cells alone
UNIT_RANGE = (0.0, 1.0)


def contingency_similarity(
    real: Any,
    synthetic: Any,
    *,
    holdout: Any = None,
    n_bins: int = N_BINS,
    max_rows: int = MAX_ROWS,
    random_state: SeedLike = 0,
) -> MetricResult:
    """Mean, over all pairs of columns with a category in them, of 1 less the total variation distance of their tables.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw; their similarity is the reference. Without them it is the expectation for a
        fresh real sample of the synthetic table's size.
    n_bins : int, default 10
        Bins of a number, of equal width over the real range; values beyond fall in the outer ones.
    max_rows : int, default 50000
        Most rows of each table; beyond, that many are drawn at random.
    random_state : None, int, SeedSequence or Generator, default 0
        Seed of the draws.

    Returns
    -------
    MetricResult
        ``detail`` holds the ``worst_pairs``, the number of ``pairs`` and the rows used of each table.

    Notes
    -----
    SDMetrics' ContingencySimilarity with ``real_association_threshold=0``. All levels are told apart, and missing is a
    level. SDMetrics' report cuts the numbers of the two tables by their own ranges; here they share the real table's,
    as in its ``discretize_column``. O(n_rows) time a pair.

    Examples
    --------
    >>> from synthfast.quality import contingency_similarity
    >>> real = {"a": ["x", "x", "y", "y"], "b": ["p", "p", "q", "q"]}
    >>> contingency_similarity(real, {"a": ["x", "x", "y", "y"], "b": ["p", "q", "p", "q"]}).value
    0.5
    """
    tables = share_columns(real, synthetic, holdout)
    coding = tables.real.coding
    categorical = set(coding.categorical)
    pairs = [pair for pair in itertools.combinations(coding.compared, 2) if not categorical.isdisjoint(pair)]
    if not pairs:
        reason = "no pair of columns with a category in it"
        return not_applicable("contingency_similarity", reason, goal=1.0, range=UNIT_RANGE)
    generator = stage_generator(random_state, "contingency")
    used = [table.sample(max_rows, generator) for table in tables if table is not None]
    edges = {name: _edges(tables.real.sorted_values(name), n_bins) for name in coding.numeric}
    codes = [_codes(table, edges) for table in used]
    found, references = {}, []
    for pair in pairs:
        counts = _count_pair(codes, *pair)
        found[pair] = 1.0 - two_sample.total_variation(counts[0], counts[1])
        if holdout is None:
            references.append(1.0 - two_sample.expected_total_variation(counts[0], used[1].n_rows))
        else:
            references.append(1.0 - two_sample.total_variation(counts[0], counts[2]))
    worst = sorted(pairs, key=found.__getitem__)[:WORST_PAIRS]
    detail = {
        "worst_pairs": [{"pair": list(pair), "similarity": found[pair]} for pair in worst],
        "pairs": len(pairs),
        "rows_used": [table.n_rows for table in used],
    }
    value, reference = float(np.mean(list(found.values()))), float(np.mean(references))
    return MetricResult("contingency_similarity", value, 1.0, UNIT_RANGE, detail, reference)


def _edges(known: FloatArray, n_bins: int) -> FloatArray:
    """Inner edges of bins of equal width."""
    return np.histogram_bin_edges(known, bins=n_bins)[1:-1] if len(known) else np.empty(0)


def _codes(table: CodedTable, edges: dict[Hashable, FloatArray]) -> dict[Hashable, np.ndarray]:
    """int64 codes of all compared columns, 0 for missing."""
    codes = {}
    for name in table.coding.compared:
        column = table.values(name)
        if name in edges:
            codes[name] = np.where(np.isnan(column), 0, np.searchsorted(edges[name], column, side="right") + 1)
        else:
            codes[name] = column.astype(np.int64) + 1
    return codes


def _count_pair(codes: list[dict[Hashable, np.ndarray]], one: Hashable, two: Hashable) -> list[np.ndarray]:
    """Rows per cell of the table of two columns, the same cells for all tables."""
    width = 1 + max(int(of_table[two].max()) for of_table in codes)
    cells = [of_table[one] * width + of_table[two] for of_table in codes]
    n_cells = 1 + max(int(cell.max()) for cell in cells)
    if n_cells > DENSE * sum(map(len, cells)):
        filled, places = np.unique(np.concatenate(cells), return_inverse=True)
        cells, n_cells = np.split(places, np.cumsum([len(cell) for cell in cells])[:-1]), len(filled)
    return [np.bincount(cell, minlength=n_cells) for cell in cells]
