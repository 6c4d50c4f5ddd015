"""Correct attribution probability: what the synthetic rows that match a person's keys say of the secret."""

from collections.abc import Hashable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from synthfast._core.threads import effective_n_threads
from synthfast._core.validation import check_integer
from synthfast._ext import _attribution
from synthfast.privacy.attacks._figures import AttackResult, Figure, not_applicable
from synthfast.privacy.attacks._guesses import excess_success, success_rate
from synthfast.privacy.attacks._tables import AttackTables

__all__ = ["attack", "attributions", "row_tiles"]

THREAT: Final = "holds the synthetic table and a person's known columns, reads a secret one off the matching rows"
NAME: Final = "correct_attribution"

LANES: Final = 64  # rows of a tile, as compiled

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]
Mask = NDArray[np.bool_]
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
    The headline is the generalised probability, among the rows that match in most keys. ``detail`` has, per secret,
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
    names = tuple(dict.fromkeys((*tables.known, *tables.secrets)))
    codes = _shared_codes(tables, names, n_bins)
    keys = [names.index(name) for name in tables.known]
    secrets = [names.index(name) for name in tables.secrets if set(tables.known) - {name}]
    if not secrets:
        return not_applicable(NAME, THREAT, "the attacker knows no column beside the secret one")
    found = {
        role: attributions(codes[role][tables.draw(role, size, "attribution")], codes["synthetic"], keys, secrets)
        for role in roles
    }
    figures: dict[str, Figure] = {}
    headline, detail = [], {}
    for position, column in enumerate(secrets):
        secret = str(names[column])
        share, matched = found["original"][0][:, position], found["original"][1][:, position]
        n_levels = len(np.unique(np.concatenate([table[:, column] for table in codes.values()])))
        detail[secret] = _summary(share, matched, n_levels)
        figures[f"rate of {secret}"] = success_rate(share)
        if tables.has_holdout:
            figures[f"control of {secret}"] = success_rate(found["holdout"][0][:, position])
            figures[secret] = excess_success(figures[f"rate of {secret}"], figures[f"control of {secret}"])
            headline.append(secret)
    return AttackResult(NAME, THREAT, figures, tuple(headline), {"n_attacks": size, "secrets": detail})


def attributions(
    codes: Codes, synthetic: Codes, keys: list[int], secrets: list[int], *, n_threads: int | None = None
) -> tuple[Floats, Mask]:
    """Among the synthetic rows that match a person in most keys, the share that has the person's secret.

    Parameters
    ----------
    codes, synthetic : ndarray of int32, shape (n_people, n_columns), (n_synthetic, n_columns)
        Levels, or bins.
    keys, secrets : list of int
        Columns that are known, and that are guessed; a secret is not its own key.
    n_threads : int or None, default None
        Threads; None takes the setting in force.

    Returns
    -------
    share : ndarray of float64, shape (n_people, n_secrets)
    matched : ndarray of bool, shape (n_people, n_secrets)
        Whether a row matches in all keys.

    Notes
    -----
    All rows that match in equally many keys count. O(n_people n_synthetic n_columns), all secrets in one pass.
    """
    is_key = np.zeros(codes.shape[1], dtype=np.uint8)
    is_key[keys] = 1
    shape = len(codes), len(secrets)
    least, matching, agreeing = np.empty(shape, np.int32), np.empty(shape, np.int64), np.empty(shape, np.int64)
    asked, among = np.array(secrets, dtype=np.int64), row_tiles(synthetic)
    people, threads = np.ascontiguousarray(codes), effective_n_threads(n_threads)
    _attribution.count_agreeing(people, among, len(synthetic), is_key, asked, least, matching, agreeing, threads)
    return agreeing / matching, least == 0


def row_tiles(codes: Codes) -> NDArray[np.int32]:
    """(n_rows, n_columns) as (n_tiles, n_columns, 64), spare lanes 0."""
    padded = np.pad(codes, ((0, -len(codes) % LANES), (0, 0)))
    return np.ascontiguousarray(padded.reshape(-1, LANES, codes.shape[1]).transpose(0, 2, 1))


def _shared_codes(tables: AttackTables, names: tuple[Hashable, ...], n_bins: int) -> dict[str, Codes]:
    """Columns as codes, (n_rows, n_names) of each table."""
    columns = [_codes(tables, name, n_bins) for name in names]
    return {role: np.column_stack([column[role] for column in columns]).astype(np.int32) for role in tables.tables}


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


def _summary(attacked: Floats, matched: Mask, n_levels: int) -> dict[str, Any]:
    generalized = float(attacked.mean())
    even = 1.0 - 1.0 / n_levels
    return {
        "cap": float(attacked[matched].mean()) if matched.any() else None,
        "zero_cap": float(np.where(matched, attacked, 0.0).mean()),
        "generalized_cap": generalized,
        "matched": float(matched.mean()),
        "protection": min(1.0, (1.0 - generalized) / even) if even > 0.0 else 0.0,
    }
