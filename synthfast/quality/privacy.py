"""What the synthetic rows give away about single real ones: the attacks of ``synthfast.privacy`` as metrics.

The tables are attacked under the coding that all metrics share; `synthfast.assess_disclosure_risk` tries more attacks
and says more of each. None of these figures is a guarantee: a low risk says that these attacks fail, not that all do.
"""

from collections.abc import Collection
from typing import Any, Final

import numpy as np

from synthfast._core.frames import Table
from synthfast._core.random import Stream
from synthfast.privacy.attacks import ATTACKS, AttackResult, AttackTables, Figure, load_attack
from synthfast.privacy.attacks.distance_ratio import nearest_ratios
from synthfast.privacy.disclosure import DisclosureReport
from synthfast.quality.columns import CodedTable, Tables, share_columns
from synthfast.quality.result import MetricResult, not_applicable
from synthfast.quality.sampling import SeedLike, stage_generator

__all__ = [
    "DISTANCE_ATTACKS",
    "AttackedTables",
    "closer_to_training",
    "disclosure_risk",
    "exact_copies",
    "membership_inference",
    "nearest_neighbor_distance_ratio",
]

UNIT_RANGE = (0.0, 1.0)
CONFIDENCE = 0.95
MAX_ROWS: Final = 100_000
MAX_TARGETS: Final = 2_000
DISTANCE_ATTACKS: Final = (
    "exact_copies",
    "closest_record",
    "distance_ratio",
    "identifiability",
    "membership_distance",
    "membership_difference",
    "membership_ball",
)
NO_COLUMNS = "only text and identifiers, whose values are not compared"


class AttackedTables:
    """The tables of a comparison as attackers see them, and what every attack found; each is made once.

    Parameters
    ----------
    tables : Tables
        Coded tables.
    max_rows : int, default 100000
        Most rows of a table that attacks by distance look at, drawn at random; copies are looked for in all rows.
    max_targets : int, default 2000
        Most rows that an attack is tried on, drawn at random; the intervals tell the error of it.
    random_state : None, int, SeedSequence or Generator, default 0
        Seed of the draws and of the attackers' models.
    """

    def __init__(
        self,
        tables: Tables,
        *,
        max_rows: int = MAX_ROWS,
        max_targets: int = MAX_TARGETS,
        random_state: SeedLike = 0,
    ) -> None:
        roles = zip(("original", "synthetic", "holdout"), tables, strict=True)
        self._all = {role: table for role, table in roles if table is not None}
        generator = stage_generator(random_state, "attacked rows")
        self._some = {role: table.sample(max_rows, generator) for role, table in self._all.items()}
        self._stream = Stream.from_seed(random_state).child("quality", "attacks")
        self._max_targets, self._max_rows = max_targets, max_rows
        self._found: dict[str, AttackResult] = {}
        self._sampled: AttackTables | None = None

    @property
    def compares(self) -> bool:
        """Whether there is a column to compare."""
        return bool(self._all["original"].coding.compared)

    @property
    def has_holdout(self) -> bool:
        """Whether there are hold-out rows."""
        return "holdout" in self._all

    @property
    def rows_used(self) -> dict[str, int]:
        """Rows of every table that attacks by distance look at."""
        return {role: table.n_rows for role, table in self._some.items()}

    @property
    def sampled(self) -> AttackTables:
        """The tables of attacks by distance."""
        if self._sampled is None:
            self._sampled = self._read(self._some)
        return self._sampled

    def attack(self, name: str) -> AttackResult:
        """What one attack found."""
        if name not in self._found:
            whole = name == "exact_copies" and self._some != self._all
            self._found[name] = load_attack(name)(self._read(self._all) if whole else self.sampled)
        return self._found[name]

    def report(self, attacks: Collection[str]) -> DisclosureReport:
        """The worst of several attacks, with an interval that holds for all of them at once."""
        found = {name: self.attack(name) for name in attacks}
        return DisclosureReport(found, self.rows_used, CONFIDENCE, (), {})

    def _read(self, tables: dict[str, CodedTable]) -> AttackTables:
        return AttackTables.read(
            {role: _as_frame(table) for role, table in tables.items()},
            columns=self._all["original"].coding.compared,
            known=None,
            secrets=None,
            stream=self._stream,
            metric="euclidean",
            max_targets=self._max_targets,
            max_learning_rows=self._max_targets,
        )


def exact_copies(
    real: Any, synthetic: Any, *, holdout: Any = None, attacked: AttackedTables | None = None
) -> MetricResult:
    """Share of the synthetic rows that are, in all compared columns, equal to a real row.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw: their share of copies is the reference. Without it the reference is the
        share of real rows that occur in the real table more than once.
    attacked : AttackedTables or None, default None
        Attacks shared with other metrics; made anew by default.

    Returns
    -------
    MetricResult
        ``detail["risk"]`` is what of it is above chance, of what there is above it, ``detail["risk_interval"]`` its
        95 % interval.

    Notes
    -----
    The attack ``exact_copies`` of :func:`synthfast.assess_disclosure_risk`, on all rows. O(n log n) time.

    Examples
    --------
    >>> from synthfast.quality import exact_copies
    >>> exact_copies({"a": [1, 2, 3]}, {"a": [3.0, 4.0]}).value
    0.5
    """
    attacked = _attacked(real, synthetic, holdout, 0, attacked)
    if not attacked.compares:
        return not_applicable("exact_copies", NO_COLUMNS, goal=0.0, range=UNIT_RANGE)
    found = attacked.attack("exact_copies")
    figure, share = found.figures["excess"], found.detail["share"]
    reference = found.detail.get("share_of_holdout_rows", 1.0 - figure.best)
    detail = {"n_rows": figure.n, "reference_from": found.detail["reference"], **_risk(figure)}
    return MetricResult("exact_copies", share, 0.0, UNIT_RANGE, detail, reference)


def nearest_neighbor_distance_ratio(
    real: Any,
    synthetic: Any,
    *,
    holdout: Any = None,
    random_state: SeedLike = 0,
    attacked: AttackedTables | None = None,
) -> MetricResult:
    """Median, over synthetic rows, of the distance to the nearest real row over that to the second nearest.

    Near 0, rows sit on top of single real ones; near 1, they lie between many.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw, to which the ratio is the reference. Without it the reference is the ratio
        of one half of the real rows to the other.
    random_state : None, int, SeedSequence or Generator, default 0
        Seed of the row samples.
    attacked : AttackedTables or None, default None
        Attacks shared with other metrics; made anew by default.

    Returns
    -------
    MetricResult
        ``detail`` holds the 5 % quantile of the ratio, the rows used, where the reference comes from, and with a
        hold-out the ``risk`` of the attack and its ``risk_interval``.

    Notes
    -----
    The attack ``distance_ratio``, in the distance of :func:`synthfast.record_distances`. A ratio of 0 to 0 counts as 1:
    a row that occurs twice singles nobody out. At most 2,000 synthetic rows are asked and 100,000 real ones looked
    at, drawn at random.

    Examples
    --------
    >>> from synthfast.quality import nearest_neighbor_distance_ratio
    >>> nearest_neighbor_distance_ratio({"x": [1.0, 2.0, 3.0]}, {"x": [1.0, 3.0]}).value
    0.0
    """
    name = "nearest_neighbor_distance_ratio"
    attacked = _attacked(real, synthetic, holdout, random_state, attacked)
    if not attacked.compares:
        return not_applicable(name, NO_COLUMNS, goal=1.0, range=UNIT_RANGE)
    found = attacked.attack("distance_ratio")
    if "to_original" not in found.detail:
        return not_applicable(name, str(found.reason), goal=1.0, range=UNIT_RANGE)
    ratios = found.detail["to_original"]
    detail: dict[str, Any] = {"quantile_05": ratios["quantile_05"], "rows_used": attacked.rows_used}
    if "share" in found.figures:
        reference = found.detail["to_holdout"]["median"]
        detail |= {"reference_from": "hold-out rows", **_risk(found.figures["share"])}
    else:
        reference = _ratio_of_halves(attacked)
        detail["reference_from"] = "one half of the real rows against the other"
    return MetricResult(name, ratios["median"], 1.0, UNIT_RANGE, detail, reference)


def closer_to_training(
    real: Any,
    synthetic: Any,
    *,
    holdout: Any = None,
    random_state: SeedLike = 0,
    attacked: AttackedTables | None = None,
) -> MetricResult:
    """Share of the synthetic rows that lie nearer to a training row than to any of as many hold-out rows.

    One half, ties counted half, is what a model shows that learned the law and not the rows.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes; the real table is the one that the model was trained on.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw. Without them the metric does not apply.
    random_state : None, int, SeedSequence or Generator, default 0
        Seed of the row samples.
    attacked : AttackedTables or None, default None
        Attacks shared with other metrics; made anew by default.

    Returns
    -------
    MetricResult
        With its 95 % ``interval``; ``detail`` holds the ``risk`` and its ``risk_interval``, quantiles of the distances
        (``to_original``, ``to_holdout``), the protections that SDMetrics reports, and the rows used.

    Notes
    -----
    The attack ``closest_record``: at most 2,000 synthetic rows are asked and 100,000 real ones looked at, drawn at
    random.

    References
    ----------
    M. Platzer and T. Reutterer, Holdout-based empirical assessment of mixed-type synthetic data, Frontiers in Big Data
    4, 2021.

    Examples
    --------
    >>> from synthfast.quality import closer_to_training
    >>> closer_to_training({"x": [1.0, 2.0]}, {"x": [1.0, 2.0]}, holdout={"x": [1.4, 2.6]}).value
    1.0
    """
    name = "closer_to_training"
    if holdout is None and (attacked is None or not attacked.has_holdout):
        reason = "no hold-out rows to compare the distances with"
        return not_applicable(name, reason, goal=0.5, range=UNIT_RANGE)
    attacked = _attacked(real, synthetic, holdout, random_state, attacked)
    if not attacked.compares:
        return not_applicable(name, NO_COLUMNS, goal=0.5, range=UNIT_RANGE)
    found = attacked.attack("closest_record")
    return _share_of(name, found.figures["share"], {**found.detail, "rows_used": attacked.rows_used})


def membership_inference(
    real: Any,
    synthetic: Any,
    *,
    holdout: Any = None,
    random_state: SeedLike = 0,
    attacked: AttackedTables | None = None,
) -> MetricResult:
    """Accuracy of guessing, from the distance to the nearest synthetic row, whether a row was trained on.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes; the real table is the one that the model was trained on.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw: half of them are the outsiders, half what the attacker knows of the
        population.
    random_state : None, int, SeedSequence or Generator, default 0
        Seed of the row samples.
    attacked : AttackedTables or None, default None
        Attacks shared with other metrics; made anew by default.

    Returns
    -------
    MetricResult
        With its 95 % ``interval``; ``detail`` holds the name of the ``attack``, the ``risk`` and its ``risk_interval``,
        the rows used, and with a hold-out ``auc`` and ``true_positives_at_1_percent``.

    Notes
    -----
    With a hold-out the attack ``membership_distance``: balanced accuracy of the best distance threshold, chosen on one
    half of the rows and tried on the other, and the other way round. Without one there are no outsiders to be mistaken
    about; the attack ``identifiability`` then calls a real row a member if a synthetic row lies nearer to it than any
    other real row (among as many rows, ties counted half), and the value is how often it does: one half if the
    synthetic table is as good as fresh real rows, less if it is farther off, more if it follows the very rows. At most
    2,000 rows are attacked, and 100,000 looked at, drawn at random.

    References
    ----------
    J. Yoon, L. N. Drumright, M. van der Schaar, ADS-GAN, IEEE JBHI 24, 2020 (the comparison without a hold-out).

    Examples
    --------
    >>> from synthfast.quality import membership_inference
    >>> membership_inference({"x": [1.0, 2.0, 4.0]}, {"x": [1.0, 2.0, 4.0]}).value
    1.0
    """
    name = "membership_inference"
    attacked = _attacked(real, synthetic, holdout, random_state, attacked)
    if not attacked.compares:
        return not_applicable(name, NO_COLUMNS, goal=0.5, range=UNIT_RANGE)
    found = attacked.attack("membership_distance" if attacked.has_holdout else "identifiability")
    if found.reason is not None:
        return not_applicable(name, found.reason, goal=0.5, range=UNIT_RANGE)
    detail = {"attack": found.name, **found.detail, "rows_used": attacked.rows_used}
    if attacked.has_holdout:
        detail["auc"] = found.figures["auc"].value
        detail["true_positives_at_1_percent"] = found.figures["tpr_at_1%"].value
    return _share_of(name, found.figures["accuracy" if attacked.has_holdout else "share"], detail)


def disclosure_risk(
    real: Any,
    synthetic: Any,
    *,
    holdout: Any = None,
    attacks: Collection[str] = DISTANCE_ATTACKS,
    random_state: SeedLike = 0,
    attacked: AttackedTables | None = None,
) -> MetricResult:
    """How far the worst of several attacks gets: 0 as with people who are not in the table, 1 always right.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes; the real table is the one that the model was trained on.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw: the people with whom the risk begins. Without them most attacks cannot tell
        what they learn of the population from what they learn of its members, and give no risk.
    attacks : collection of str, default DISTANCE_ATTACKS
        Names out of ``synthfast.privacy.attacks.ATTACKS``. By default those by copies and distances, which are quick.
    random_state : None, int, SeedSequence or Generator, default 0
        Seed of the row samples.
    attacked : AttackedTables or None, default None
        Attacks shared with other metrics; made anew by default.

    Returns
    -------
    MetricResult
        ``detail`` holds the ``worst_attack`` and its ``worst_figure``, the ``interval``, which holds for all attacks at
        once, under ``attacks`` the risk of each, and the rows used.

    Raises
    ------
    ValueError
        If there is no attack of a name.

    Notes
    -----
    See :func:`synthfast.assess_disclosure_risk`, whose headline this is. Attacks that aim at single people with side
    knowledge (singling out, linkage, inference of attributes) have to be asked for.

    Examples
    --------
    >>> from synthfast.quality import disclosure_risk
    >>> disclosure_risk({"x": [1.0, 2.0, 4.0]}, {"x": [1.0, 2.0, 4.0]}).value
    1.0
    """
    unknown = [name for name in attacks if name not in ATTACKS]
    if unknown or not len(attacks):
        raise ValueError(f"attacks: expected some of {list(ATTACKS)!r}, got {list(attacks)!r}.")
    attacked = _attacked(real, synthetic, holdout, random_state, attacked)
    if not attacked.compares:
        return not_applicable("disclosure_risk", NO_COLUMNS, goal=0.0, range=UNIT_RANGE)
    report = attacked.report(attacks)
    if report.risk is None or report.interval is None:
        return not_applicable("disclosure_risk", "no attack applies to these tables", goal=0.0, range=UNIT_RANGE)
    worst = {name: result.worst(report.simultaneous_confidence) for name, result in report.results.items()}
    detail = {
        "worst_attack": report.worst_attack,
        "worst_figure": report.worst_figure,
        "interval": list(report.interval),
        "attacks": {name: found[1].risk for name, found in worst.items() if found is not None},
        "rows_used": attacked.rows_used,
        "definition": "share of the way from what people outside the table show to an attack that is always right",
    }
    return MetricResult("disclosure_risk", report.risk, 0.0, UNIT_RANGE, detail, 0.0, interval=report.interval)


def _attacked(
    real: Any, synthetic: Any, holdout: Any, random_state: SeedLike, attacked: AttackedTables | None
) -> AttackedTables:
    if attacked is not None:
        return attacked
    return AttackedTables(share_columns(real, synthetic, holdout), random_state=random_state)


def _as_frame(table: CodedTable) -> Table:
    """The compared columns as a table of numbers and categories, times as their numbers."""
    import pandas as pd

    columns: dict[Any, Any] = {}
    for name in table.coding.compared:
        values = table.values(name)
        if values.dtype.kind == "f":
            columns[name] = values
        else:
            columns[name] = pd.Categorical.from_codes(values, list(table.coding.levels[name]))
    return Table.from_any(pd.DataFrame(columns, copy=False))


def _risk(figure: Figure) -> dict[str, Any]:
    interval = figure.risk_interval(CONFIDENCE)
    return {"risk": figure.risk, "risk_interval": None if interval is None else list(interval)}


def _share_of(name: str, figure: Figure, detail: dict[str, Any]) -> MetricResult:
    interval = figure.interval(CONFIDENCE)
    return MetricResult(name, figure.value, 0.5, UNIT_RANGE, {**detail, **_risk(figure)}, 0.5, interval=interval)


def _ratio_of_halves(attacked: AttackedTables) -> float | None:
    """The median ratio of some rows of one random half of the real table to the rows of the other half."""
    tables = attacked.sampled
    n_rows = tables.n_rows("original")
    if n_rows < 3:
        return None
    order = tables.generator("halves").permutation(n_rows)
    points = tables.points("original")
    asked = points[order[: min(n_rows // 2, tables.max_targets)]]
    if n_rows - n_rows // 2 < 2:
        return None
    return float(np.median(nearest_ratios(tables.space(), asked, points[order[n_rows // 2 :]])[0]))
