"""Kernel densities of the tables of an assessment, as attackers would estimate them."""

import warnings
from collections.abc import Hashable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from synthfast.privacy.attacks._tables import AttackTables, Targets

__all__ = ["log_densities", "synthetic_density"]

RTOL: Final = 0.01  # of a density; ranks need no more
FAR: Final = 100  # power of two from which on a column gets another unit

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def log_densities(tables: AttackTables, role: str, rows: Integers, targets: Targets) -> Floats:
    """Log density of members, then outsiders, under kernels on some rows of a table, (n_members + n_outsiders,).

    Notes
    -----
    `synthfast.KDESynthesizer`, to a relative error of 1 %, of the columns that vary; all equal where none does. What no
    kernel reaches gets the least density of those reached, less one.
    """
    from synthfast import KDESynthesizer, Schema

    learned = {name: column for name, column in _columns(tables, role, rows).items() if _varies(column)}
    if not learned:
        return np.zeros(len(targets.members) + len(targets.outsiders))
    kinds = {name: "categorical" if column.dtype == object else "continuous" for name, column in learned.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of its own choices, which an attacker takes as they come
        model = KDESynthesizer(bounds=None, rtol=RTOL, min_level_count=1)
        model.fit(learned, schema=Schema.infer(learned, overrides=kinds, min_level_count=1))
        asked = (("original", targets.members), ("holdout", targets.outsiders))
        frames = [_columns(tables, of, some) for of, some in asked]
        scores = np.concatenate([model.score_samples({name: frame[name] for name in learned}) for frame in frames])
    reached = np.isfinite(scores)
    return np.where(reached, scores, scores[reached].min(initial=0.0) - 1.0)


def synthetic_density(tables: AttackTables, targets: Targets) -> Floats:
    """The same on at most ``max_learning_rows`` synthetic rows, computed once."""
    rows = tables.draw("synthetic", tables.max_learning_rows, "density")
    return tables.once("synthetic density", lambda: log_densities(tables, "synthetic", rows, targets))


def _columns(tables: AttackTables, role: str, rows: Integers) -> dict[str, NDArray[Any]]:
    """Rows as a dict of columns: numbers as float64, levels as text."""
    columns: dict[str, NDArray[Any]] = {}
    for position, name in enumerate(tables.names):
        values = tables.values(role, name)[rows]
        if tables.is_number(name):
            values = np.ldexp(values, _exponent(tables, name))
        else:
            text = np.array([*(f"level {code}" for code in range(int(values.max(initial=0)) + 1)), None], dtype=object)
            values = text[values]
        columns[f"column {position}"] = values
    return columns


def _exponent(tables: AttackTables, name: Hashable) -> int:
    """Power of two to multiply a far column by so that powers can be held; its unit does not matter to an attacker."""
    columns = [tables.values(role, name) for role in tables.tables]
    largest = max(float(np.abs(values).max(initial=0.0, where=~np.isnan(values))) for values in columns)
    exponent = int(np.frexp(largest)[1])
    return -exponent if exponent > FAR else 0


def _varies(column: NDArray[Any]) -> bool:
    """Whether the known values of a column differ."""
    known = column[column == column] if column.dtype.kind == "f" else column[column != None]  # noqa: E711
    return len(known) > 0 and bool((known != known[0]).any())
