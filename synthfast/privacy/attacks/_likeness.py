"""Which of two tables the nearest row of each row comes from: what adversarial accuracy and identifiability count."""

import numpy as np
from numpy.typing import NDArray

from synthfast.neighbors import RecordSpace
from synthfast.privacy.attacks._intervals import linked_variance
from synthfast.privacy.attacks._tables import AttackTables

__all__ = ["Likeness", "nearest_of_either"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Likeness:
    """For rows of two tables of one size, whether the nearest other row is of their own table.

    Parameters
    ----------
    rows : ndarray of int64, shape (n_asked,)
        The rows that were asked, by their place among the rows of both tables.
    same : ndarray of float64, shape (n_asked,)
        1 where the nearest row is of the same table, 0.5 where both tables have one as near, else 0.
    owner : ndarray of int64, shape (n_asked,)
        That nearest row, by its place.
    n_rows : int
        Rows of each table.
    """

    def __init__(self, rows: Integers, same: Floats, owner: Integers, n_rows: int) -> None:
        self.rows, self.same, self.owner, self.n_rows = rows, same, owner, n_rows

    def variance(self, scores: Floats) -> float:
        """Variance of the mean of scores of the rows asked, which depend on each other as neighbours."""
        rest, owner = np.zeros(2 * self.n_rows), np.arange(2 * self.n_rows)
        rest[self.rows], owner[self.rows] = scores - scores.mean(), self.owner
        return linked_variance(rest, owner) / len(scores) ** 2


def nearest_of_either(tables: AttackTables, role: str, n_rows: int, *, both: bool = True) -> Likeness:
    """Ask rows of a real table, and with `both` synthetic ones, for their nearest other row.

    Parameters
    ----------
    role : {"original", "holdout"}
        The real table.
    n_rows : int
        Rows of each table to look among, at least 2; at most ``max_targets`` of each are asked.
    both : bool, default True
        Whether the synthetic rows are asked too.
    """
    space, asked = tables.space(), tables.generator("asked", role)
    real = tables.points(role)[tables.draw(role, n_rows, "likeness")]
    synthetic = tables.points("synthetic")[tables.draw("synthetic", n_rows, "likeness")]
    rows, same, owner = [], [], []
    for own, other, offset in ((real, synthetic, 0), (synthetic, real, n_rows))[: 1 + both]:
        some = np.sort(asked.choice(n_rows, min(n_rows, tables.max_targets), replace=False))
        within, at_own = _nearest_other(space, own, some)
        across, at_other = space.nearest(own[some], other)
        rows.append(some + offset)
        same.append(np.where(within == across, 0.5, (within < across).astype(np.float64)))
        owner.append(np.where(within <= across, at_own + offset, at_other + (n_rows - offset)))
    return Likeness(np.concatenate(rows), np.concatenate(same), np.concatenate(owner), n_rows)


def _nearest_other(space: RecordSpace, points: Floats, rows: Integers) -> tuple[Floats, Integers]:
    """The nearest other point of some of the points."""
    distances, indices = space.nearest(points[rows], points, n_neighbors=2)
    rank = (indices[:, 0] == rows).astype(np.int64)[:, None]
    return np.take_along_axis(distances, rank, 1)[:, 0], np.take_along_axis(indices, rank, 1)[:, 0]
