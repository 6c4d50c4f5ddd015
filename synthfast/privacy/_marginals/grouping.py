"""Levels put together until each group holds enough rows to be told from noise."""

import numpy as np
import numpy.typing as npt

__all__ = ["group_levels", "group_sums"]


def group_levels(
    counts: npt.NDArray[np.float64], n_groups: int, least: float, *, ordered: bool
) -> npt.NDArray[np.int32] | None:
    """Group of each level, or None where every level stands alone.

    Parameters
    ----------
    counts : ndarray, shape (n_levels,)
        Estimated rows of each level, none negative.
    n_groups : int
        At most about as many groups as this, of about as many rows each.
    least : float
        Rows that a group should hold at least.
    ordered : bool
        Neighbouring levels are put together; else the rare ones, whichever they are.

    Returns
    -------
    ndarray of int32, shape (n_levels,), or None
    """
    group = _neighbours(counts, n_groups, least) if ordered else _rare_together(counts, n_groups, least)
    return None if int(group.max()) + 1 == len(counts) else group


def _neighbours(counts: npt.NDArray[np.float64], n_groups: int, least: float) -> npt.NDArray[np.int32]:
    n_levels = len(counts)
    wanted = max(least, float(counts.sum()) / n_groups if n_levels > n_groups else 0.0)
    group, current, held = np.zeros(n_levels, dtype=np.int32), 0, 0.0
    for level, count in enumerate(counts):
        # A new group begins where the old one is full, or where a heavy level should stand apart.
        if level and held > 0 and (held >= wanted or held + count > 1.5 * wanted):
            current, held = current + 1, 0.0
        group[level] = current
        held += float(count)
    if current and held < wanted / 2:
        group[group == current] = current - 1
    return group


def _rare_together(counts: npt.NDArray[np.float64], n_groups: int, least: float) -> npt.NDArray[np.int32]:
    by_count = np.argsort(-counts, kind="stable")
    kept = by_count[: n_groups - 1 if len(counts) > n_groups else len(counts)]
    kept = np.sort(kept[counts[kept] >= least])
    group = np.full(len(counts), len(kept), dtype=np.int32)
    group[kept] = np.arange(len(kept))
    return group


def group_sums(values: npt.NDArray[np.float64], group: npt.NDArray[np.int32] | None) -> npt.NDArray[np.float64]:
    """Sums of the values of each group's levels."""
    return values if group is None else np.bincount(group, weights=values).astype(np.float64)
