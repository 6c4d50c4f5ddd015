"""What the synthetic rows give away about single real ones: copies, closeness, membership, and the worst of them.

A first look that needs nothing but the tables. None of these figures is a guarantee; a low risk says that these
attacks fail, not that all do.
"""

from typing import Any

import numpy as np

from synthfast.quality.columns import FloatArray, Tables, share_columns
from synthfast.quality.distances import NeighbourSearch, row_fingerprints
from synthfast.quality.result import MetricResult, not_applicable
from synthfast.quality.sampling import SeedLike, stage_generator

__all__ = [
    "closer_to_training",
    "disclosure_risk",
    "exact_copies",
    "membership_inference",
    "nearest_neighbor_distance_ratio",
]

UNIT_RANGE = (0.0, 1.0)
NORMAL_95 = 1.959964
TIE = 1e-9  # distances closer than this are equal
FALSE_POSITIVES = 0.01
NO_COLUMNS = "only text and identifiers, whose values are not compared"


def exact_copies(real: Any, synthetic: Any, *, holdout: Any = None) -> MetricResult:
    """Share of the synthetic rows that are, in all compared columns, equal to a real row.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw: their share of copies is the reference. Without it the reference is the
        share of real rows that occur in the real table more than once.

    Returns
    -------
    MetricResult
        ``detail["advantage"]`` is the share above the reference, of what there is above it.

    Notes
    -----
    Numbers that agree in 12 digits are equal. O(n log n) time.

    Examples
    --------
    >>> from synthfast.quality import exact_copies
    >>> exact_copies({"a": [1, 2, 3]}, {"a": [3.0, 4.0]}).value
    0.5
    """
    tables = share_columns(real, synthetic, holdout)
    if not tables.real.coding.compared:
        return not_applicable("exact_copies", NO_COLUMNS, goal=0.0, range=UNIT_RANGE)
    own = row_fingerprints(tables.real)
    share = float(np.isin(row_fingerprints(tables.synthetic), own).mean())
    if tables.holdout is None:
        _, counts = np.unique(own, return_counts=True)
        reference = float(counts[counts > 1].sum() / len(own))
        source = "real rows that occur more than once"
    else:
        reference = float(np.isin(row_fingerprints(tables.holdout), own).mean())
        source = f"hold-out of {tables.holdout.n_rows} rows"
    advantage = max(0.0, share - reference) / (1.0 - reference) if reference < 1.0 else 0.0
    spread = NORMAL_95 * float(np.sqrt(share * (1.0 - share) / tables.synthetic.n_rows))
    detail = {"n_rows": tables.synthetic.n_rows, "advantage": advantage, "margin": spread, "reference_from": source}
    return MetricResult("exact_copies", share, 0.0, UNIT_RANGE, detail, reference)


def nearest_neighbor_distance_ratio(
    real: Any,
    synthetic: Any,
    *,
    holdout: Any = None,
    random_state: SeedLike = 0,
    search: NeighbourSearch | None = None,
) -> MetricResult:
    """Median, over synthetic rows, of the distance to the nearest real row over that to the second nearest.

    Near 0, rows sit on top of single real ones; near 1, they lie between many.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw, whose ratio is the reference. Without it the reference is the ratio of real
        rows to the other real rows.
    random_state : None, int, SeedSequence or Generator, default 0
        Seed of the row samples.
    search : NeighbourSearch or None, default None
        Distances shared with other metrics; made anew by default.

    Returns
    -------
    MetricResult
        ``detail`` holds the 5 % quantile of the ratio, the rows used and where the reference comes from.

    Notes
    -----
    Distances are those of :class:`~synthfast.quality.distances.Embedding`. A ratio of 0 to 0 counts as 1: a row that
    occurs twice singles nobody out. O(2000 * min(n_rows, 50000) * n_columns) time.

    Examples
    --------
    >>> from synthfast.quality import nearest_neighbor_distance_ratio
    >>> nearest_neighbor_distance_ratio({"x": [1.0, 2.0, 3.0]}, {"x": [1.0, 3.0]}).value
    0.0
    """
    name = "nearest_neighbor_distance_ratio"
    tables, search = _searched(real, synthetic, holdout, random_state, search)
    if not tables.real.coding.compared:
        return not_applicable(name, NO_COLUMNS, goal=1.0, range=UNIT_RANGE)
    if search.n_rows("real") < 2:
        return not_applicable(name, "fewer than two real rows", goal=1.0, range=UNIT_RANGE)
    ratios = _ratios(*search.distances("synthetic", "real"))
    reference = None
    if search.has_holdout:
        reference = float(np.median(_ratios(*search.distances("holdout", "real"))))
    elif search.n_rows("real") > 2:
        reference = float(np.median(_ratios(*search.distances("real", "real"))))
    detail = {
        "quantile_05": float(np.quantile(ratios, 0.05)),
        "n_queries": search.n_asked("synthetic"),
        "n_points": search.n_rows("real"),
        "reference_from": "hold-out rows" if search.has_holdout else "real rows against the other real rows",
    }
    return MetricResult(name, float(np.median(ratios)), 1.0, UNIT_RANGE, detail, reference)


def closer_to_training(
    real: Any,
    synthetic: Any,
    *,
    holdout: Any = None,
    random_state: SeedLike = 0,
    search: NeighbourSearch | None = None,
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
    search : NeighbourSearch or None, default None
        Distances shared with other metrics; made anew by default.

    Returns
    -------
    MetricResult
        ``detail`` holds the 95 % ``margin``, the ``advantage`` over chance, twice the excess above one half, and the
        rows used.

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
    if holdout is None:
        reason = "no hold-out rows to compare the distances with"
        return not_applicable(name, reason, goal=0.5, range=UNIT_RANGE)
    tables, search = _searched(real, synthetic, holdout, random_state, search)
    if not tables.real.coding.compared:
        return not_applicable(name, NO_COLUMNS, goal=0.5, range=UNIT_RANGE)
    size = min(search.n_rows("real"), search.n_rows("holdout"))
    to_real = search.distances("synthetic", "real", size)[0]
    to_holdout = search.distances("synthetic", "holdout", size)[0]
    detail = {"n_queries": len(to_real), "n_points": size}
    return _against_chance(name, _share_nearer(to_real, to_holdout), len(to_real), detail)


def membership_inference(
    real: Any,
    synthetic: Any,
    *,
    holdout: Any = None,
    random_state: SeedLike = 0,
    search: NeighbourSearch | None = None,
) -> MetricResult:
    """Accuracy of guessing, from the distance to the nearest synthetic row, whether a row was trained on.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes; the real table is the one that the model was trained on.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw: the outsiders.
    random_state : None, int, SeedSequence or Generator, default 0
        Seed of the row samples.
    search : NeighbourSearch or None, default None
        Distances shared with other metrics; made anew by default.

    Returns
    -------
    MetricResult
        ``detail`` holds the name of the ``attack``, the 95 % ``margin``, the ``advantage`` over chance, and with a
        hold-out ``auc`` and ``true_positives_at_1_percent``.

    Notes
    -----
    With a hold-out: balanced accuracy of the best distance threshold, chosen on one half of the rows and tried on the
    other, and the other way round. Without one there are no outsiders to be mistaken about; the attack then calls a
    real row a member if a synthetic row lies nearer to it than any other real row (among as many rows, ties counted
    half), and the value is how often it does: one half if the synthetic table is as good as fresh real rows, less if it
    is farther off, more if it follows the very rows.

    References
    ----------
    A. Alaa, B. van Breugel, E. Saveliev, M. van der Schaar, How faithful is your synthetic data?, ICML 2022
    (authenticity, the comparison without a hold-out).

    Examples
    --------
    >>> from synthfast.quality import membership_inference
    >>> membership_inference({"x": [1.0, 2.0, 4.0]}, {"x": [1.0, 2.0, 4.0]}).value
    1.0
    """
    name = "membership_inference"
    tables, search = _searched(real, synthetic, holdout, random_state, search)
    if not tables.real.coding.compared:
        return not_applicable(name, NO_COLUMNS, goal=0.5, range=UNIT_RANGE)
    if search.has_holdout:
        return _threshold_attack(search, stage_generator(random_state, "membership"))
    if search.n_rows("real") < 2:
        return not_applicable(name, "no hold-out and fewer than two real rows", goal=0.5, range=UNIT_RANGE)
    size = min(search.n_rows("real"), search.n_rows("synthetic"))
    to_synthetic = search.distances("real", "synthetic", size)[0]
    to_others = search.distances("real", "real", size)[0]
    detail = {"attack": "nearer than any other real row", "n_queries": len(to_synthetic), "n_points": size}
    return _against_chance(name, _share_nearer(to_synthetic, to_others), len(to_synthetic), detail)


def disclosure_risk(
    real: Any,
    synthetic: Any,
    *,
    holdout: Any = None,
    random_state: SeedLike = 0,
    search: NeighbourSearch | None = None,
) -> MetricResult:
    """Advantage over chance of the worst attack: copies, closeness to the training rows, or membership inference.

    0 means that none does better than on rows of fresh real people, 1 that one always succeeds.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes; the real table is the one that the model was trained on.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw. With them all three attacks are tried and their chance level is measured.
    random_state : None, int, SeedSequence or Generator, default 0
        Seed of the row samples.
    search : NeighbourSearch or None, default None
        Distances shared with other metrics; made anew by default.

    Returns
    -------
    MetricResult
        ``detail`` holds the ``worst_attack``, its 95 % ``interval``, and under ``attacks`` the advantage of each.

    Notes
    -----
    The advantages: of copies, the share above what fresh rows show; of closeness and membership, twice the excess of
    the share or accuracy above one half. Attacks that aim at single people with side knowledge (singling out,
    linkage, inference of attributes) are not among these three.

    Examples
    --------
    >>> from synthfast.quality import disclosure_risk
    >>> disclosure_risk({"x": [1.0, 2.0, 4.0]}, {"x": [1.0, 2.0, 4.0]}).value
    1.0
    """
    tables, search = _searched(real, synthetic, holdout, random_state, search)
    shared: dict[str, Any] = {"holdout": tables.holdout, "random_state": random_state, "search": search}
    tried = [
        exact_copies(tables.real, tables.synthetic, holdout=tables.holdout),
        closer_to_training(tables.real, tables.synthetic, **shared),
        membership_inference(tables.real, tables.synthetic, **shared),
    ]
    attacks = {result.name: result.detail for result in tried if result.applicable}
    if not attacks:
        return not_applicable("disclosure_risk", "no attack applies to these tables", goal=0.0, range=UNIT_RANGE)
    worst = max(attacks, key=lambda attack: attacks[attack]["advantage"])
    risk, margin = attacks[worst]["advantage"], attacks[worst]["margin"]
    if worst != "exact_copies":
        margin = 2.0 * margin
    detail = {
        "worst_attack": worst,
        "interval": [max(0.0, risk - margin), min(1.0, risk + margin)],
        "attacks": {attack: part["advantage"] for attack, part in attacks.items()},
        "definition": "largest advantage over chance of the attacks tried",
    }
    return MetricResult("disclosure_risk", risk, 0.0, UNIT_RANGE, detail, 0.0)


def _searched(
    real: Any, synthetic: Any, holdout: Any, random_state: SeedLike, search: NeighbourSearch | None
) -> tuple[Tables, NeighbourSearch]:
    tables = share_columns(real, synthetic, holdout)
    return tables, NeighbourSearch(tables, random_state=random_state) if search is None else search


def _ratios(first: FloatArray, second: FloatArray) -> FloatArray:
    known = np.isfinite(second)
    return np.divide(first, second, out=np.ones(len(first)), where=known & (second > 0.0))


def _share_nearer(to_one: FloatArray, to_other: FloatArray) -> float:
    tied = np.abs(to_one - to_other) <= TIE
    return float(np.mean(np.where(tied, 0.5, to_one < to_other)))


def _against_chance(name: str, share: float, n_tries: int, detail: dict[str, Any]) -> MetricResult:
    margin = NORMAL_95 * float(np.sqrt(share * (1.0 - share) / n_tries))
    detail |= {"margin": margin, "advantage": max(0.0, 2.0 * share - 1.0)}
    return MetricResult(name, share, 0.5, UNIT_RANGE, detail, 0.5)


def _threshold_attack(search: NeighbourSearch, generator: np.random.Generator) -> MetricResult:
    members = search.distances("real", "synthetic")[0]
    outsiders = search.distances("holdout", "synthetic")[0]
    members, outsiders = generator.permutation(members), generator.permutation(outsiders)
    halves = [(part[: len(part) // 2], part[len(part) // 2 :]) for part in (members, outsiders)]
    correct = []
    for learn, test in ((0, 1), (1, 0)):
        threshold = _best_threshold(halves[0][learn], halves[1][learn])
        hits, alarms = (float(np.mean(part[test] <= threshold)) if len(part[test]) else 0.5 for part in halves)
        correct.append(0.5 * (hits + 1.0 - alarms))
    alarm_limit = np.quantile(outsiders, FALSE_POSITIVES, method="lower")
    detail = {
        "attack": "distance to the nearest synthetic row",
        "n_queries": [len(members), len(outsiders)],
        "n_points": search.n_rows("synthetic"),
        "auc": _area_under_curve(members, outsiders),
        "true_positives_at_1_percent": float(np.mean(members < alarm_limit)),
    }
    return _against_chance("membership_inference", float(np.mean(correct)), min(len(members), len(outsiders)), detail)


def _best_threshold(members: FloatArray, outsiders: FloatArray) -> float:
    """The distance up to which calling a row a member gives the best balanced accuracy."""
    if len(members) == 0 or len(outsiders) == 0:
        return 0.0
    candidates = np.unique(np.concatenate([members, outsiders]))
    hits = np.searchsorted(np.sort(members), candidates, side="right") / len(members)
    alarms = np.searchsorted(np.sort(outsiders), candidates, side="right") / len(outsiders)
    return float(candidates[np.argmax(hits - alarms)])


def _area_under_curve(members: FloatArray, outsiders: FloatArray) -> float:
    """Probability that a member lies nearer than an outsider, ties counted half."""
    ordered = np.sort(members)
    below = np.searchsorted(ordered, outsiders, side="left")
    up_to = np.searchsorted(ordered, outsiders, side="right")
    return float(0.5 * np.mean(below + up_to) / len(members))
