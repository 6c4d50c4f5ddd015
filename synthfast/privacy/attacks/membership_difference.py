"""Membership by how much nearer the synthetic rows are than other people."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthfast.privacy.attacks._figures import AttackResult
from synthfast.privacy.attacks._membership import guess_membership
from synthfast.privacy.attacks._tables import AttackTables, Targets

__all__ = ["attack"]

THREAT: Final = (
    "holds the synthetic table, a person's whole record and a sample of other people, asks whether the person was in "
    "the original"
)

Floats = NDArray[np.float64]


def attack(tables: AttackTables) -> AttackResult:
    """Call those rows members whose nearest synthetic row is nearer than their nearest row in the population sample.

    References
    ----------
    D. Chen, N. Yu, Y. Zhang, M. Fritz (2020), GAN-Leaks (calibrated), doi:10.1145/3372297.3417238.
    """
    return guess_membership("membership_difference", THREAT, tables, _score)


def _score(tables: AttackTables, targets: Targets) -> Floats:
    reference = tables.points("holdout")[targets.reference]
    return tables.space().nearest(tables.attacked_points(), reference)[0] - tables.nearest_synthetic()
