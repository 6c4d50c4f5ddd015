"""Identifiability: people who have a synthetic row nearer than any other person."""

from typing import Final

from synthfast.privacy.attacks._figures import AttackResult, Figure, not_applicable
from synthfast.privacy.attacks._intervals import size_of, wilson_bounds
from synthfast.privacy.attacks._likeness import nearest_of_either
from synthfast.privacy.attacks._tables import AttackTables

__all__ = ["attack"]

THREAT: Final = "holds the synthetic table, takes the row nearest to a person for that person's"
NAME: Final = "identifiability"


def attack(tables: AttackTables) -> AttackResult:
    """Share of the original rows that have a synthetic row nearer than any other original row.

    Notes
    -----
    Among as many synthetic as original rows, ties counted half, so that fresh rows of the same law give 1/2: that, and
    not 0, is where risk begins. Needs no hold-out.

    References
    ----------
    J. Yoon, L. N. Drumright, M. van der Schaar (2020), ADS-GAN, doi:10.1109/JBHI.2020.2980262.
    """
    size = min(tables.n_rows("original"), tables.n_rows("synthetic"))
    if size < 2:
        return not_applicable(NAME, THREAT, "expected at least two original and two synthetic rows, got one")
    likeness = nearest_of_either(tables, "original", size, both=False)
    nearer = 1.0 - likeness.same
    share = float(nearer.mean())
    bounds = wilson_bounds(share, size_of(share, likeness.variance(nearer), len(nearer)))
    figure = Figure(share, len(nearer), bounds, 0.5)
    return AttackResult(NAME, THREAT, {"share": figure}, ("share",), {"n_rows": size})
