"""Correct attribution probability: what the synthetic rows that match a person's keys say of the secret."""

from collections.abc import Hashable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from synthfast._core.validation import check_integer
from synthfast.neighbors import RecordSpace
from synthfast.privacy.attacks._figures import AttackResult, Figure, not_applicable
from synthfast.privacy.attacks._guesses import excess_success, success_rate
from synthfast.privacy.attacks._tables import AttackTables

__all__ = ["attack", "attributions"]

THREAT: Final = "holds the synthetic table and a person's known columns, reads a secret one off the matching rows"
NAME: Final = "correct_attribution"

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def attack(tables: AttackTables, *, n_bins: int = 10) -> AttackResult:
    """Probability that a synthetic row that matches a person in the keys also has the person's secret.

    Parameters
    ----------
    tables : AttackTables
        The tables; keys are the columns that the attacker knows, less the secret one.
    n_bins : int, default 10
        Equal-width bins of the original's range that numbers are cut into.

    Notes
    -----
    The headline is the generalised probability, among the rows that match in most keys. ``detail`` has, for each secret,
    ``cap`` (over people whose keys match exactly; None without any), ``zero_cap`` (who count 0 otherwise),
    ``generalized_cap``, ``matched`` (share of people with an exact match) and ``protection``: 1 less the generalised
    probability, of what guessing levels evenly would leave; at most 1.

    References
    ----------
    M. Elliot (2014), Final report on the disclosure risk associated with the synthetic data produced by the SYLLS team.
    J. Taub, M. Elliot, M. Pampaka, D. Smith (2018), doi:10.1007/978-3-319-99771-1_9.
    """
    n_bins = check_integer("n_bins", n_bins, minimum=1)
    roles = [role for role in tables.tables if role != "synthetic"]
    size = min(tables.max_targets, *(tables.n_rows(role) for role in roles))
    rows = {role: tables.draw(role, size, "attribution") for role in roles}
    codes = {name: _codes(tables, name, n_bins) for name in dict.fromkeys((*tables.known, *tables.secrets))}
    figures: dict[str, Figure] = {}
    headline, detail = [], {}
    for secret in tables.secrets:
        keys = [name for name in tables.known if name != secret]
        if not keys:
            continue
        found = {role: _attributions(codes, role, some, secret, keys) for role, some in rows.items()}
        attacked, matched = found["original"]
        n_levels = len(np.unique(np.concatenate([codes[secret][role] for role in tables.tables])))
        detail[str(secret)] = _summary(attacked, matched, n_levels)
        figures[f"rate of {secret}"] = success_rate(attacked)
        if tables.has_holdout:
            figures[f"control of {secret}"] = success_rate(found["holdout"][0])
            figures[str(secret)] = excess_success(figures[f"rate of {secret}"], figures[f"control of {secret}"])
            headline.append(str(secret))
    if not figures:
        return not_applicable(NAME, THREAT, "the attacker knows no column beside the secret one")
    return AttackResult(NAME, THREAT, figures, tuple(headline), {"n_attacks": size, "secrets": detail})


def attributions(
    keys: Floats, secret: Integers, synthetic_keys: Floats, synthetic_secret: Integers
) -> tuple[Floats, NDArray[np.bool_]]:
    """Among the synthetic rows that match in most keys, the share that has the person's secret.

    Parameters
    ----------
    keys, synthetic_keys : ndarray of float64, shape (n_people, n_keys), (n_synthetic, n_keys)
        Codes.
    secret, synthetic_secret : ndarray of int64, shape (n_people,), (n_synthetic,)
        Codes.

    Returns
    -------
    share : ndarray of float64, shape (n_people,)
    matched : ndarray of bool, shape (n_people,)
        Whether a row matches in all keys.

    Notes
    -----
    All rows that match in equally many keys count. Cost as `RecordSpace.count_within`.
    """
    space = RecordSpace("gower", (), (), {position: {} for position in range(keys.shape[1])})
    distances, _ = space.nearest(keys, synthetic_keys)
    matching = space.count_within(keys, synthetic_keys, distances)
    agreeing = np.zeros(len(keys))
    for level in np.unique(secret).tolist():
        people, rows = secret == level, synthetic_secret == level
        if rows.any():
            agreeing[people] = space.count_within(keys[people], synthetic_keys[rows], distances[people])
    return agreeing / matching, distances == 0.0


def _attributions(
    codes: dict[Hashable, dict[str, Integers]], role: str, rows: Integers, secret: Hashable, keys: list[Hashable]
) -> tuple[Floats, NDArray[np.bool_]]:
    of_people = np.column_stack([codes[name][role][rows] for name in keys]).astype(np.float64)
    of_synthetic = np.column_stack([codes[name]["synthetic"] for name in keys]).astype(np.float64)
    return attributions(of_people, codes[secret][role][rows], of_synthetic, codes[secret]["synthetic"])


def _codes(tables: AttackTables, name: Hashable, n_bins: int) -> dict[str, Integers]:
    """A column as codes in every table: levels, or bins of numbers; -1 where missing."""
    values = {role: tables.values(role, name) for role in tables.tables}
    if not tables.is_number(name):
        return values
    known = values["original"][~np.isnan(values["original"])]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    edges = np.linspace(low, high, n_bins + 1)[1:-1]
    return {
        role: np.where(np.isnan(column), -1, np.searchsorted(edges, column, side="right")).astype(np.int64)
        for role, column in values.items()
    }


def _summary(attacked: Floats, matched: NDArray[np.bool_], n_levels: int) -> dict[str, Any]:
    generalized = float(attacked.mean())
    even = 1.0 - 1.0 / n_levels
    return {
        "cap": float(attacked[matched].mean()) if matched.any() else None,
        "zero_cap": float(np.where(matched, attacked, 0.0).mean()),
        "generalized_cap": generalized,
        "matched": float(matched.mean()),
        "protection": min(1.0, (1.0 - generalized) / even) if even > 0.0 else 0.0,
    }
