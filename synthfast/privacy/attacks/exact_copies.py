"""Synthetic rows that are original rows."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from synthfast._core.mixing import GOLDEN, mix_words
from synthfast.privacy.attacks._figures import AttackResult, Figure
from synthfast.privacy.attacks._intervals import Bounds, clustered_size, combine, wilson_bounds
from synthfast.privacy.attacks._tables import AttackTables

__all__ = ["attack", "equal_row_codes"]

THREAT: Final = "holds the synthetic table, takes its rows for people's records"
NAME: Final = "exact_copies"

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]


def attack(tables: AttackTables) -> AttackResult:
    """Share of the synthetic rows that equal an original row, above the share that equals one of as many hold-out rows.

    Notes
    -----
    Rows are equal if they agree in all compared columns. Only rows that one of the two tables holds and the other
    does not tell them apart; those that share a record count as one cluster. Without a hold-out the share of original
    rows that equal another original row stands for that of fresh people. O(n log n).
    """
    roles = [role for role in ("original", "synthetic", "holdout") if role in tables.tables]
    codes = dict(zip(roles, equal_row_codes(*(tables.points(role) for role in roles)), strict=True))
    synthetic = codes["synthetic"]
    copied = np.isin(synthetic, codes["original"])
    share, distinct = float(copied.mean()), len(np.unique(synthetic[copied]))
    detail: dict[str, Any] = {"share": share, "n_copied_rows": int(copied.sum()), "n_copied_records": distinct}
    if not tables.has_holdout:
        counts = np.bincount(codes["original"])[codes["original"]]
        repeated = counts > 1
        figure = _excess(copied, repeated, wilson_bounds(float(repeated.mean()), len(repeated)))
        detail["reference"] = "original rows that equal another original row"
        return AttackResult(NAME, THREAT, {"excess": figure}, ("excess",), detail)
    own, other = tables.equal_rows()
    copied = np.isin(synthetic, codes["original"][own])
    chance = np.isin(synthetic, codes["holdout"][other])
    detail |= {"reference": f"{len(other)} hold-out rows", "share_holdout": float(chance.mean())}
    detail["share_of_holdout_rows"] = float(np.isin(codes["holdout"], codes["original"]).mean())
    return AttackResult(NAME, THREAT, {"excess": _paired_excess(copied, chance, synthetic)}, ("excess",), detail)


def equal_row_codes(*points: NDArray[np.float64]) -> list[Integers]:
    """Numbers of rows, the same for equal rows of whatever table, from 0.

    Notes
    -----
    Rows get fingerprints, and those of one fingerprint are compared: exact. O(n_rows n_columns) and a sort of the
    fingerprints; 32 bytes a row.
    """
    words = np.full(sum(len(part) for part in points), GOLDEN)
    for column in _columns(points):
        words = mix_words(words ^ column.view(np.uint64)) + GOLDEN
    _, first, codes = np.unique(words, return_index=True, return_inverse=True)
    codes = codes.ravel().astype(np.int64)
    if any((column != column[first[codes]]).any() for column in _columns(points)):  # two rows of one fingerprint
        codes = np.unique(np.stack(list(_columns(points))), axis=1, return_inverse=True)[1].ravel().astype(np.int64)
    return np.split(codes, np.cumsum([len(part) for part in points])[:-1])


def _columns(points: tuple[NDArray[np.float64], ...]) -> Iterator[NDArray[np.float64]]:
    """Each coordinate of all rows, the negative zero as the positive one."""
    for position in range(points[0].shape[1]):
        yield np.concatenate([part[:, position] for part in points]) + 0.0


def _excess(copied: Mask, reference: Mask, reference_bounds: Bounds) -> Figure:
    share, chance = float(copied.mean()), float(reference.mean())
    bounds = combine(np.subtract, share, chance, (wilson_bounds(share, len(copied)), reference_bounds))
    return Figure(share - chance, len(copied), bounds, 0.0, 1.0 - chance)


def _paired_excess(copied: Mask, chance: Mask, record: Integers) -> Figure:
    """Difference of two shares of the same rows: of those that are in one table only."""
    only = [copied & ~chance, chance & ~copied]
    shares = [float(part.mean()) for part in only]
    sizes = [clustered_size(part.astype(np.float64), record) for part in only]
    one, other = (wilson_bounds(share, size) for share, size in zip(shares, sizes, strict=True))
    bounds = combine(np.subtract, shares[0], shares[1], (one, other))
    return Figure(shares[0] - shares[1], len(copied), bounds, 0.0, 1.0 - float(chance.mean()))
