"""What all membership attacks share: who is attacked, and how a score per row becomes figures."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthfast.privacy.attacks._figures import AttackResult, Figure, not_applicable
from synthfast.privacy.attacks._roc import accuracy, area_under_curve, true_positives
from synthfast.privacy.attacks._tables import AttackTables, Targets

__all__ = ["FALSE_POSITIVES", "guess_membership"]

FALSE_POSITIVES: Final = {"tpr_at_0.1%": 0.001, "tpr_at_1%": 0.01, "tpr_at_10%": 0.1}
VULNERABLE: Final = 0.1  # share of the targets
N_ISOLATED: Final = 5  # neighbours whose mean distance says how isolated a row is
MIN_TARGETS: Final = 2

Floats = NDArray[np.float64]
Scoring = Callable[[AttackTables, Targets], Floats]


def guess_membership(name: str, threat: str, tables: AttackTables, scoring: Scoring) -> AttackResult:
    """Say how well scores tell members from outsiders.

    Parameters
    ----------
    name, threat : str
        Of the attack.
    tables : AttackTables
        The tables.
    scoring : callable
        Gives members, then outsiders, scores that are higher for what looks like a member, shape
        (n_members + n_outsiders,).

    Notes
    -----
    The most vulnerable tenth are the rows, members and outsiders alike, that lie farthest from their 5 nearest in the
    attacker's sample of the population, which depends on nobody's membership.

    References
    ----------
    M. Meeus et al. (2023), Achilles' heels: vulnerable record identification in synthetic data publishing.
    """
    if not tables.has_holdout:
        return not_applicable(name, threat, "no hold-out: there are no outsiders to tell members from")
    targets = tables.targets()
    few = min(len(targets.members), len(targets.outsiders), len(targets.reference))
    if few < MIN_TARGETS:
        reason = f"expected at least 2 original and 4 hold-out rows, got {tables.n_rows('original')} and "
        return not_applicable(name, threat, f"{reason}{tables.n_rows('holdout')}")
    n_members = len(targets.members)
    scores = scoring(tables, targets)
    members, outsiders = scores[:n_members], scores[n_members:]
    figures = {"auc": area_under_curve(members, outsiders)}
    figures |= {key: true_positives(members, outsiders, rate) for key, rate in FALSE_POSITIVES.items()}
    isolated = tables.once("isolated", lambda: _isolated(tables, targets))
    figures |= _of_vulnerable(members[isolated[:n_members]], outsiders[isolated[n_members:]])
    headline = tuple(figures)
    figures["accuracy"] = accuracy(members, outsiders, tables.generator("accuracy", name))
    detail = {"n_members": len(members), "n_outsiders": len(outsiders), "n_reference": len(targets.reference)}
    return AttackResult(name, threat, figures, headline, detail)


def _of_vulnerable(members: Floats, outsiders: Floats) -> dict[str, Figure]:
    if min(len(members), len(outsiders)) < MIN_TARGETS:
        return {}
    figures = {"vulnerable_auc": area_under_curve(members, outsiders)}
    for key, rate in FALSE_POSITIVES.items():
        figures[f"vulnerable_{key}"] = true_positives(members, outsiders, rate)
    return figures


def _isolated(tables: AttackTables, targets: Targets) -> NDArray[np.bool_]:
    reference = tables.points("holdout")[targets.reference]
    k = min(N_ISOLATED, len(reference))
    far = tables.space().nearest(tables.attacked_points(), reference, n_neighbors=k)[0].mean(axis=1)
    return far >= np.quantile(far, 1.0 - VULNERABLE)
