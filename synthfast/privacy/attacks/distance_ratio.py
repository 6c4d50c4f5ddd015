"""Ratio of the distances to the nearest and the second nearest record."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from synthfast.neighbors import RecordSpace
from synthfast.privacy.attacks._figures import AttackResult, not_applicable
from synthfast.privacy.attacks._tables import AttackTables
from synthfast.privacy.attacks.closest_record import share_nearer

__all__ = ["attack", "nearest_ratios"]

THREAT: Final = "holds the synthetic table, takes its rows for copies of single people's records"
NAME: Final = "distance_ratio"

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def attack(tables: AttackTables) -> AttackResult:
    """Share of the synthetic rows that sit more tightly on one original row than on one of as many hold-out rows.

    Notes
    -----
    The ratio (NNDR) is near 0 on top of a single record and 1 between two equally near ones. A ratio of 0 to 0 counts
    as 1: a record that occurs twice singles nobody out. Intervals as in `closest_record`.
    """
    smallest = min(tables.n_rows("original"), tables.n_rows("holdout") if tables.has_holdout else 2)
    if smallest < 2:
        return not_applicable(NAME, THREAT, "expected at least two original and two hold-out rows, got one")
    queries = tables.draw("synthetic", tables.max_targets, "closest")
    if not tables.has_holdout:
        ratios, _ = _ratios(tables, "original", np.arange(tables.n_rows("original")), queries)
        reason = "no hold-out: the ratios have nothing to be compared with"
        return AttackResult(NAME, THREAT, detail={"to_original": _summary(ratios)}, reason=reason)
    own, other = tables.equal_rows()
    to_own, owners = _ratios(tables, "original", own, queries)
    to_other, other_owners = _ratios(tables, "holdout", other, queries)
    figure = share_nearer((to_own, to_other), (owners, other_owners))
    detail: dict[str, Any] = {
        "n_queries": len(queries),
        "n_points": len(own),
        "to_original": _summary(to_own),
        "to_holdout": _summary(to_other),
    }
    return AttackResult(NAME, THREAT, {"share": figure}, ("share",), detail)


def nearest_ratios(space: RecordSpace, queries: Floats, points: Floats) -> tuple[Floats, Integers]:
    """Distance of each query to the nearest point over that to the second nearest, and the nearest point."""
    distances, nearest = space.nearest(queries, points, n_neighbors=2)
    first, second = distances.T
    return np.divide(first, second, out=np.ones(len(first)), where=second > 0.0), nearest[:, 0]


def _ratios(tables: AttackTables, role: str, rows: Integers, queries: Integers) -> tuple[Floats, Integers]:
    return nearest_ratios(tables.space(), tables.points("synthetic")[queries], tables.points(role)[rows])


def _summary(ratios: Floats) -> dict[str, float]:
    return {"median": float(np.median(ratios)), "quantile_05": float(np.quantile(ratios, 0.05))}
