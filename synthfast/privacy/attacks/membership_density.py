"""Membership by the density of the synthetic rows."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthfast.privacy.attacks._density import synthetic_density
from synthfast.privacy.attacks._figures import AttackResult
from synthfast.privacy.attacks._membership import guess_membership
from synthfast.privacy.attacks._tables import AttackTables, Targets

__all__ = ["attack"]

THREAT: Final = "holds the synthetic table and a person's whole record, asks whether the person was in the original"

Floats = NDArray[np.float64]


def attack(tables: AttackTables) -> AttackResult:
    """Call those rows members at which kernels on the synthetic rows, at most ``max_learning_rows``, are densest.

    References
    ----------
    B. van Breugel et al. (2023), Membership inference attacks against synthetic data through overfitting detection.
    """
    return guess_membership("membership_density", THREAT, tables, _score)


def _score(tables: AttackTables, targets: Targets) -> Floats:
    return synthetic_density(tables, targets)
