"""From tables to a report: codes them once, runs the metric families, keeps what pictures need instead of rows."""

from collections.abc import Hashable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from synthfast._core.random import SeedLike, as_seed_sequence
from synthfast._core.threads import effective_n_threads
from synthfast.quality import Tables, column_histograms, overall_score, share_columns
from synthfast.quality.training import choose_target
from synthfast.reporting.families import FAMILIES, Settings, choose_families
from synthfast.reporting.report import QualityReport, TableFacts
from synthfast.schema import Schema

__all__ = ["evaluate"]


def evaluate(
    real: Any,
    synthetic: Any,
    holdout: Any = None,
    target: Hashable | None = None,
    schema: Schema | None = None,
    *,
    group: Hashable | None = None,
    metrics: Sequence[str] | None = None,
    random_state: SeedLike = 0,
    n_threads: int | None = None,
) -> QualityReport:
    """Measure how faithful a synthetic table is, how useful, and what it discloses.

    Parameters
    ----------
    real : table of shape (n_real, n_columns)
        The table that the model was trained on: pandas, polars, Arrow, a 2-D array, a dict of columns.
    synthetic : table of shape (n_synthetic, n_columns or more)
        The table to judge. Its columns may come in any order; those that the real table lacks are not compared.
    holdout : table of shape (n_holdout, n_columns or more) or None, default None
        Real rows that the model never saw. They make every reference a measured one, are the test rows of the utility
        figures, and make the privacy figures sharper.
    target : hashable or None, default None
        Column to predict in the utility figures; the last compared one by default.
    schema : Schema or None, default None
        Says which columns of the real table are identifiers, personal data or text, of which only the missing rates are
        compared; found by their values and names by default.
    group : hashable or None, default None
        Categorical column that names the group of a row, for the figures of fairness by group; none without it.
    metrics : sequence of str or None, default None
        Families to measure: ``statistical``, ``distribution`` (also called ``ks`` or ``wasserstein``), ``correlation``,
        ``marginals``, ``coverage``, ``detection``, ``utility``, ``fairness``, ``privacy``. All by default.
    random_state : None, int, SeedSequence or Generator, default 0
        Seed of all samples, folds and models. The same seed gives the same report, up to the rounding of matrix
        products on another number of threads.
    n_threads : int or None, default None
        Threads of the models and matrix products; the number in force by default.

    Returns
    -------
    QualityReport
        ``score`` from 0 to 100, one :class:`~synthfast.quality.MetricResult` per metric, ``summary()``, ``plot()``,
        ``to_dict()`` and ``to_json()``.

    Raises
    ------
    DataError
        If a table has no rows, lacks columns of the real one, or holds other things in them; or there is no such
        target or group.
    ValueError
        If a name in `metrics` is not known.

    Notes
    -----
    A metric that does not apply (one class only, a single column, ...) has no value and says why; nothing is NaN.
    Families that would take long on large tables draw rows at random; each result states how many it used.

    Examples
    --------
    >>> import numpy as np
    >>> import synthfast
    >>> rng = np.random.default_rng(0)
    >>> real, synthetic = ({"x": rng.normal(size=500), "y": rng.normal(size=500)} for _ in range(2))
    >>> report = synthfast.evaluate(real, synthetic, metrics=["distribution", "correlation"])
    >>> report.score > 95, report["column_shapes"].detail["share_passed"]
    (True, 1.0)
    """
    families = choose_families(metrics)
    tables = share_columns(real, synthetic, holdout, schema=schema)
    if target is not None:
        target = choose_target(tables.real, target)
    settings = Settings(target, group, as_seed_sequence(random_state), n_threads)
    with _limited_threads(n_threads):
        measured = {family: _applicable_family(family, tables, settings) for family in families}
    results = {result.name: result for of_family in measured.values() for result in of_family}
    return QualityReport(
        results=results,
        families={family: [result.name for result in of_family] for family, of_family in measured.items()},
        overall=overall_score(results),
        facts=_facts(tables, random_state),
        histograms=column_histograms(tables.real, tables.synthetic),
    )


def _applicable_family(family: str, tables: Tables, settings: Settings) -> list[Any]:
    if family in ("utility", "fairness") and not tables.real.coding.compared:
        return []  # nothing but text: there is no target to speak of
    return FAMILIES[family](tables, settings)


def _limited_threads(n_threads: int | None) -> AbstractContextManager[Any]:
    """The thread pools of BLAS and of the trees kept to the number asked for, if one was."""
    if n_threads is None:
        return nullcontext()
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=effective_n_threads(n_threads))


def _facts(tables: Tables, random_state: SeedLike) -> TableFacts:
    coding = tables.real.coding
    notes = []
    if coding.extra:
        notes.append(f"Columns only in the synthetic table, not compared: {_listed(coding.extra)}.")
    if coding.text:
        notes.append(f"Text whose values hardly ever repeat, compared by missing rate only: {_listed(coding.text)}.")
    for role, table in zip(("real", "synthetic", "hold-out"), tables, strict=True):
        infinite = {name: count for name, count in (table.n_infinite if table else {}).items() if count}
        if infinite:
            notes.append(
                f"Infinite values of the {role} table read as missing: "
                + ", ".join(f"{count} in {name!r}" for name, count in infinite.items())
                + "."
            )
    return TableFacts(
        n_real=tables.real.n_rows,
        n_synthetic=tables.synthetic.n_rows,
        n_holdout=None if tables.holdout is None else tables.holdout.n_rows,
        kinds=dict(coding.kinds),
        random_state=random_state if isinstance(random_state, int) else None,
        notes=tuple(notes),
    )


def _listed(names: Sequence[Hashable]) -> str:
    return ", ".join(repr(name) for name in names)
