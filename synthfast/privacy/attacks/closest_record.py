"""Distances of synthetic rows to the closest original record, and whether they are closer than to other people."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from synthfast.privacy.attacks._figures import AttackResult, Figure
from synthfast.privacy.attacks._intervals import clustered_bounds
from synthfast.privacy.attacks._tables import AttackTables

__all__ = ["attack", "share_nearer"]

THREAT: Final = "holds the synthetic table, takes its rows for neighbours of people's records"
NAME: Final = "closest_record"

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def attack(tables: AttackTables) -> AttackResult:
    """Share of the synthetic rows that lie closer to an original row than to any of as many hold-out rows.

    Notes
    -----
    Ties count half. Rows that have the same closest record are one cluster of the interval: a share of 100,000 rows
    among 1,000 records is not known as 100,000 tosses would be. ``detail`` has quantiles of the distances, and in
    Gower's distance (of SDMetrics) the protections: ``baseline_protection``, the median distance over that of rows
    drawn uniformly, and ``overfitting_protection``, in which ties are safe; both at most 1. A table with large
    distances may still betray its members, so none of these is a headline.

    References
    ----------
    M. Platzer, T. Reutterer (2021), doi:10.3389/fdata.2021.679939.
    Z. Yao et al. (2025), The DCR delusion: measuring the privacy risk of synthetic data.
    """
    queries = tables.draw("synthetic", tables.max_targets, "closest")
    detail: dict[str, Any] = {"n_queries": len(queries), "metric": tables.metric}
    if not tables.has_holdout:
        distances, _ = tables.space().nearest(tables.points("synthetic")[queries], tables.points("original"))
        detail |= {"to_original": _quantiles(distances)}
        detail["baseline_protection"] = _baseline_protection(tables, queries)
        reason = "no hold-out: the distances have nothing to be compared with"
        return AttackResult(NAME, THREAT, detail=detail, reason=reason)
    own, other = tables.equal_rows()
    near = [
        tables.space().nearest(tables.points("synthetic")[queries], tables.points(role)[rows])
        for role, rows in (("original", own), ("holdout", other))
    ]
    figure = share_nearer((near[0][0], near[1][0]), (near[0][1], near[1][1]))
    gower = [
        tables.space("gower").nearest(tables.points("synthetic", "gower")[queries], tables.points(role, "gower")[rows])
        for role, rows in (("original", own), ("holdout", other))
    ]
    detail |= {
        "n_points": len(own),
        "to_original": _quantiles(near[0][0]),
        "to_holdout": _quantiles(near[1][0]),
        "baseline_protection": _baseline_protection(tables, queries),
        "overfitting_protection": min(1.0, 2.0 * (1.0 - float(np.mean(gower[0][0] < gower[1][0])))),
    }
    return AttackResult(NAME, THREAT, {"share": figure}, ("share",), detail)


def share_nearer(values: tuple[Floats, Floats], owners: tuple[Integers, Integers]) -> Figure:
    """Share of the rows whose first value is the smaller one, ties counted half, clustered by either owner."""
    scores = np.where(values[0] == values[1], 0.5, (values[0] < values[1]).astype(np.float64))
    share = float(scores.mean())
    return Figure(share, len(scores), clustered_bounds(scores, *owners), 0.5)


def _quantiles(distances: Floats) -> dict[str, float]:
    low, median, high = np.quantile(distances, [0.05, 0.5, 0.95]).tolist()
    return {"quantile_05": low, "median": median, "quantile_95": high}


def _baseline_protection(tables: AttackTables, queries: Integers) -> float | None:
    """Median distance to the original, over that of rows drawn uniformly in its ranges and levels; at most 1."""
    space, original = tables.space("gower"), tables.points("original", "gower")
    distances, _ = space.nearest(tables.points("synthetic", "gower")[queries], original)
    generator = tables.generator("baseline")
    uniform = np.empty((len(queries), original.shape[1]))
    n_measured = len(space.measured)
    for c in range(original.shape[1]):
        if c < n_measured:  # the range is the unit of Gower's distance
            uniform[:, c] = generator.random(len(queries))
        else:
            uniform[:, c] = generator.choice(np.unique(original[:, c]), len(queries))
    baseline = float(np.median(space.nearest(uniform, original)[0]))
    return min(1.0, float(np.median(distances)) / baseline) if baseline > 0.0 else None
