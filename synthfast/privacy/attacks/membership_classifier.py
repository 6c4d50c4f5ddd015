"""Membership by a classifier that tells synthetic rows from other people."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthfast._core.threads import effective_n_threads
from synthfast.privacy.attacks._figures import AttackResult
from synthfast.privacy.attacks._membership import guess_membership
from synthfast.privacy.attacks._tables import AttackTables, Targets

__all__ = ["attack"]

THREAT: Final = (
    "holds the synthetic table, a person's whole record and a sample of other people, asks whether the person was in "
    "the original"
)
N_TREES: Final = 100

Floats = NDArray[np.float64]


def attack(tables: AttackTables) -> AttackResult:
    """Call those rows members that a forest takes for synthetic ones.

    Notes
    -----
    A random forest of 100 trees grown out, on as many synthetic rows as there are in the population sample, at most
    ``max_learning_rows`` of each.

    References
    ----------
    J. Hayes, L. Melis, G. Danezis, E. De Cristofaro (2019), LOGAN, doi:10.2478/popets-2019-0008.
    """
    return guess_membership("membership_classifier", THREAT, tables, _score)


def _score(tables: AttackTables, targets: Targets) -> Floats:
    from sklearn.ensemble import RandomForestClassifier

    size = min(tables.max_learning_rows, len(targets.reference), tables.n_rows("synthetic"))
    generator = tables.generator("classifier")
    reference = generator.choice(targets.reference, size, replace=False)
    synthetic = tables.draw("synthetic", size, "classifier")
    rows = np.concatenate([tables.points("synthetic")[synthetic], tables.points("holdout")[reference]])
    seed, n_jobs = int(generator.integers(2**31)), effective_n_threads()
    forest = RandomForestClassifier(N_TREES, random_state=seed, n_jobs=n_jobs).fit(
        _single(rows), np.repeat([1, 0], size)
    )
    scores: Floats = forest.predict_proba(_single(tables.attacked_points()))[:, 1].round(12)  # summed in any order
    return scores


def _single(points: Floats) -> Floats:
    """Coordinates within single precision, which trees compare in."""
    return np.clip(points, -1e30, 1e30)
