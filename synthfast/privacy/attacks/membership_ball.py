"""Membership by the number of synthetic rows in a ball."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthfast.privacy.attacks._figures import AttackResult
from synthfast.privacy.attacks._membership import guess_membership
from synthfast.privacy.attacks._tables import AttackTables, Targets

__all__ = ["attack"]

THREAT: Final = "holds the synthetic table and a person's whole record, asks whether the person was in the original"

Floats = NDArray[np.float64]


def attack(tables: AttackTables) -> AttackResult:
    """Call those rows members that have most synthetic rows within the median distance of a row from its nearest.

    Notes
    -----
    The radius is the median, over all rows attacked, of the distance to the nearest synthetic row. Rows with equal
    counts are ranked by that distance.

    References
    ----------
    B. Hilprecht, M. Haerterich, D. Bernau (2019), doi:10.2478/popets-2019-0067.
    """
    return guess_membership("membership_ball", THREAT, tables, _score)


def _score(tables: AttackTables, targets: Targets) -> Floats:
    distances = tables.nearest_synthetic()
    radius = float(np.median(distances))
    counts = tables.space().count_within(tables.attacked_points(), tables.points("synthetic"), radius)
    scores: Floats = counts - distances / (1.0 + distances)  # within a count, the nearer first
    return scores
