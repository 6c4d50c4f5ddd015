"""Attribute inference: a person's other columns find the nearest synthetic row, which tells the secret one."""

from collections.abc import Hashable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from synthfast._core.validation import check_number
from synthfast.privacy.attacks._figures import AttackResult, Figure, not_applicable
from synthfast.privacy.attacks._guesses import excess_success, success_rate
from synthfast.privacy.attacks._tables import AttackTables

__all__ = ["attack", "is_right"]

THREAT: Final = "holds the synthetic table and a person's known columns, guesses a secret one"
NAME: Final = "attribute_inference"

Values = NDArray[Any]
Mask = NDArray[np.bool_]


def attack(tables: AttackTables, *, tolerance: float = 0.05) -> AttackResult:
    """Guess each secret column from the nearest synthetic row in the known ones.

    Parameters
    ----------
    tables : AttackTables
        The tables.
    tolerance : float, default 0.05
        A guessed number is right within this share of the true one's size (so that 0 has to be met), a guessed time
        within this share of the column's standard deviation.

    Notes
    -----
    Nearest by Gower's distance; of equally near rows the first in a random order. A level, or that a value is missing,
    has to be met.
    ``baseline`` is the share of right guesses of random synthetic values.

    References
    ----------
    M. Giomi, F. Boenisch, C. Wehmeyer, B. Tasnadi (2023), doi:10.56553/popets-2023-0055.
    """
    tolerance = check_number("tolerance", tolerance, minimum=0.0)
    size = min(tables.max_targets, *(tables.n_rows(role) for role in tables.tables if role != "synthetic"))
    rows = {role: tables.draw(role, size, "inference") for role in tables.tables if role != "synthetic"}
    figures: dict[str, Figure] = {}
    headline, baselines = [], {}
    for secret in tables.secrets:
        known = [name for name in tables.known if name != secret]
        if not known:
            continue
        rates = {
            role: success_rate(_right(tables, role, some, secret, known, tolerance)) for role, some in rows.items()
        }
        figures[f"rate of {secret}"] = rates["original"]
        baselines[str(secret)] = _baseline(tables, rows["original"], secret, tolerance)
        if tables.has_holdout:
            figures[f"control of {secret}"] = rates["holdout"]
            figures[str(secret)] = excess_success(rates["original"], rates["holdout"])
            headline.append(str(secret))
    if not figures:
        return not_applicable(NAME, THREAT, "the attacker knows no column beside the secret one")
    return AttackResult(NAME, THREAT, figures, tuple(headline), {"n_attacks": size, "baseline": baselines})


def is_right(guess: Values, truth: Values, reach: Values | float) -> Mask:
    """Whether guesses are right: within a distance for numbers, equal for codes; missing where it is missing."""
    if truth.dtype.kind != "f":
        return guess == truth
    lost = np.isnan(truth)
    return np.where(lost, np.isnan(guess), np.abs(guess - np.where(lost, 0.0, truth)) <= reach)


def _reach(tables: AttackTables, secret: Hashable, truth: Values, tolerance: float) -> Values | float:
    """How far off a guess may be, by less than rounding more."""
    if truth.dtype.kind != "f":
        return 0.0
    if tables.is_time(secret):
        spread = tables.values("original", secret)
        return tolerance * float(np.nanstd(spread)) if not np.isnan(spread).all() else 0.0
    return tolerance * np.abs(np.nan_to_num(truth)) * (1.0 + 1e-12)


def _right(
    tables: AttackTables,
    role: str,
    rows: NDArray[np.int64],
    secret: Hashable,
    known: list[Hashable],
    tolerance: float,
) -> Mask:
    space, positions = tables.space("gower").select(known)
    queries, points = (tables.points(of, "gower")[:, positions] for of in (role, "synthetic"))
    order = tables.synthetic_order()
    guess = tables.values("synthetic", secret)[order[space.nearest(queries[rows], points[order])[1]]]
    truth = tables.values(role, secret)[rows]
    return is_right(guess, truth, _reach(tables, secret, truth, tolerance))


def _baseline(tables: AttackTables, rows: NDArray[np.int64], secret: Hashable, tolerance: float) -> float:
    guess = tables.generator("guess", str(secret)).choice(tables.values("synthetic", secret), len(rows))
    truth = tables.values("original", secret)[rows]
    return float(is_right(guess, truth, _reach(tables, secret, truth, tolerance)).mean())
