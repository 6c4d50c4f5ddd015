"""Membership by the density of the synthetic rows over that of other people."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthfast.privacy.attacks._density import log_densities, synthetic_density
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
    """Call those rows members where the synthetic rows are denser than the population sample: local overfitting.

    Notes
    -----
    The ratio of two kernel densities, on at most ``max_learning_rows`` rows each.

    References
    ----------
    B. van Breugel et al. (2023), Membership inference attacks against synthetic data through overfitting detection
    (DOMIAS).
    """
    return guess_membership("membership_density_ratio", THREAT, tables, _score)


def _score(tables: AttackTables, targets: Targets) -> Floats:
    size = min(tables.max_learning_rows, len(targets.reference))
    reference = np.sort(tables.generator("density ratio").choice(targets.reference, size, replace=False))
    return synthetic_density(tables, targets) - log_densities(tables, "holdout", reference, targets)
