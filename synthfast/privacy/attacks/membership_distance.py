"""Membership by the distance to the nearest synthetic row."""

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
    """Call those rows members that lie nearest to a synthetic row.

    References
    ----------
    D. Chen, N. Yu, Y. Zhang, M. Fritz (2020), GAN-Leaks, doi:10.1145/3372297.3417238.
    """
    return guess_membership("membership_distance", THREAT, tables, _score)


def _score(tables: AttackTables, targets: Targets) -> Floats:
    return -tables.nearest_synthetic()
