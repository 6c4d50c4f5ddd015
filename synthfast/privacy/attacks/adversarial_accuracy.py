"""Nearest-neighbour adversarial accuracy, and how much of it is lost on the original rows."""

from typing import Final

import numpy as np

from synthfast.privacy.attacks._figures import AttackResult, Figure, not_applicable
from synthfast.privacy.attacks._intervals import Bounds, combine, size_of, wilson_bounds
from synthfast.privacy.attacks._likeness import Likeness, nearest_of_either
from synthfast.privacy.attacks._tables import AttackTables

__all__ = ["attack"]

THREAT: Final = "holds the synthetic table, tells its rows from real ones by their neighbours"
NAME: Final = "adversarial_accuracy"


def attack(tables: AttackTables) -> AttackResult:
    """Share of rows whose nearest other row is of their own table: with the hold-out, less with the original table.

    Notes
    -----
    The accuracy is 1/2 where real and synthetic rows mix like rows of one law. It is lower on rows that were copied:
    the loss of privacy is the accuracy on hold-out rows less that on original ones. All samples are of one size. The
    interval counts rows that are each other's neighbours together.

    References
    ----------
    A. Yale et al. (2020), Generation and evaluation of privacy preserving synthetic health data,
    doi:10.1016/j.neucom.2019.12.136.
    """
    roles = [role for role in ("original", "holdout") if role in tables.tables]
    size = min(tables.n_rows(role) for role in (*roles, "synthetic"))
    if size < 2:
        return not_applicable(NAME, THREAT, "expected at least two rows of each table, got one")
    accuracies = {role: _accuracy(nearest_of_either(tables, role, size)) for role in roles}
    figures = {f"accuracy_{role}": Figure(value, 2 * size, bounds) for role, (value, bounds) in accuracies.items()}
    if not tables.has_holdout:
        return AttackResult(NAME, THREAT, figures, detail={"n_rows": size})
    (own, own_bounds), (other, other_bounds) = (accuracies[role] for role in roles)
    loss = Figure(other - own, 2 * size, combine(np.subtract, other, own, (other_bounds, own_bounds)), 0.0, 0.5)
    return AttackResult(NAME, THREAT, {"privacy_loss": loss, **figures}, ("privacy_loss",), {"n_rows": size})


def _accuracy(likeness: Likeness) -> tuple[float, Bounds]:
    value = float(likeness.same.mean())
    size = size_of(value, likeness.variance(likeness.same), len(likeness.same))
    return value, wilson_bounds(value, size)
