"""Linkability: two halves of a person's record that meet in the same synthetic rows."""

from collections.abc import Collection, Hashable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthfast._core.validation import check_integer
from synthfast.exceptions import DataError
from synthfast.privacy.attacks._figures import AttackResult, not_applicable
from synthfast.privacy.attacks._guesses import excess_success, success_rate
from synthfast.privacy.attacks._tables import AttackTables

__all__ = ["attack"]

THREAT: Final = (
    "holds the synthetic table and two data sets with different columns of the same people, links their records"
)
NAME: Final = "linkability"

Halves = tuple[Collection[Hashable], Collection[Hashable]]
Integers = NDArray[np.int64]


def attack(tables: AttackTables, *, halves: Halves | None = None, n_neighbors: int = 1) -> AttackResult:
    """Link the two halves of a record where their nearest synthetic rows have one in common.

    Parameters
    ----------
    tables : AttackTables
        The tables.
    halves : two collections of hashable or None, default None
        The columns of either data set; by default every other one of those that the attacker knows.
    n_neighbors : int, default 1
        Nearest synthetic rows of a half, by Gower's distance; of equally near ones those that come first in a random
        order.

    Raises
    ------
    DataError
        If the halves share a column, or name one that is not compared.

    References
    ----------
    M. Giomi, F. Boenisch, C. Wehmeyer, B. Tasnadi (2023), doi:10.56553/popets-2023-0055.
    """
    k = min(check_integer("n_neighbors", n_neighbors, minimum=1), tables.n_rows("synthetic"))
    one, other = (tables.known[::2], tables.known[1::2]) if halves is None else halves
    shared = [name for name in one if name in other]
    if shared:
        raise DataError(f"halves: expected two sets of columns without a common one, got {shared!r} in both.")
    if not one or not other:
        return not_applicable(NAME, THREAT, "fewer than two columns are known to the attacker")
    size = min(tables.max_targets, *(tables.n_rows(role) for role in tables.tables if role != "synthetic"))
    detail = {"halves": [list(one), list(other)], "n_neighbors": k, "n_attacks": size}
    attacked = success_rate(_linked(tables, "original", size, (one, other), k))
    chance = 1.0 - float(np.prod(1.0 - k / (tables.n_rows("synthetic") - np.arange(k)))) if k > 0 else 0.0
    detail["baseline"] = chance
    figures = {"rate": attacked}
    if not tables.has_holdout:
        return AttackResult(NAME, THREAT, figures, detail=detail)
    figures["control"] = success_rate(_linked(tables, "holdout", size, (one, other), k))
    figures["excess"] = excess_success(attacked, figures["control"])
    return AttackResult(NAME, THREAT, figures, ("excess",), detail)


def _linked(tables: AttackTables, role: str, size: int, halves: Halves, k: int) -> NDArray[np.bool_]:
    rows = tables.draw(role, size, "linkability")
    near = [_nearest_synthetic(tables, role, rows, names, k) for names in halves]
    return (near[0][:, :, None] == near[1][:, None, :]).any(axis=(1, 2))


def _nearest_synthetic(
    tables: AttackTables, role: str, rows: Integers, names: Collection[Hashable], k: int
) -> Integers:
    space, positions = tables.space("gower").select(names)
    queries, points = (tables.points(of, "gower")[:, positions] for of in (role, "synthetic"))
    return space.nearest(queries[rows], points[tables.synthetic_order()], n_neighbors=k)[1]
