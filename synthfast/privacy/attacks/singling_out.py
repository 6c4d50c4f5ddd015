"""Singling out: predicates that hold of one synthetic row, and then of exactly one person."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from synthfast._core.validation import check_integer
from synthfast.privacy.attacks._figures import AttackResult, Figure
from synthfast.privacy.attacks._guesses import excess_success
from synthfast.privacy.attacks._intervals import clustered_size, wilson_bounds
from synthfast.privacy.attacks._tables import AttackTables

__all__ = ["attack"]

THREAT: Final = "holds the synthetic table, looks for a description that fits exactly one person of the original"
NAME: Final = "singling_out"
N_COLUMNS: Final = 4
N_PREDICATES: Final = 1_000
TRIES: Final = 20  # for each predicate over several columns

Values = NDArray[Any]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Predicate:
    """What is asked of one column: that it equals a value, is at most or at least it, or is missing."""

    name: Hashable
    relation: str
    value: float

    def holds(self, values: Values) -> Mask:
        """Where it holds."""
        if self.relation == "missing":
            return np.isnan(values) if values.dtype.kind == "f" else values < 0
        if self.relation == "==":
            return values == self.value
        return values <= self.value if self.relation == "<=" else values >= self.value


class SortedColumn:
    """A column and the order of its values, in which what a predicate holds of is one stretch.

    Parameters
    ----------
    values : ndarray, shape (n_rows,)
        float64 with NaN for missing, or codes with -1.
    """

    def __init__(self, values: Values) -> None:
        self.values = values
        self.order = np.argsort(values, kind="stable")
        self._ranked = values[self.order]
        lost = Predicate("", "missing", 0.0).holds(self._ranked)
        self._first = 0 if values.dtype.kind == "f" else int(lost.sum())
        self._last = len(values) - (int(lost.sum()) if values.dtype.kind == "f" else 0)

    def stretch(self, predicate: Predicate) -> tuple[int, int]:
        """Where what it holds of begins and ends in the order."""
        if predicate.relation == "missing":
            return (0, self._first) if self._first else (self._last, len(self.values))
        known = self._ranked[self._first : self._last]
        low = 0 if predicate.relation == "<=" else int(known.searchsorted(predicate.value, side="left"))
        high = len(known) if predicate.relation == ">=" else int(known.searchsorted(predicate.value, side="right"))
        return self._first + low, self._first + high


Columns = dict[Hashable, SortedColumn]
Description = tuple[Predicate, ...]
Descriptions = dict[Description, int]  # and the synthetic row that each was made of


def attack(tables: AttackTables, *, n_columns: int = N_COLUMNS, n_predicates: int = N_PREDICATES) -> AttackResult:
    """Make descriptions that fit exactly one synthetic row, and see how many fit exactly one original row.

    Parameters
    ----------
    tables : AttackTables
        The tables.
    n_columns : int, default 4
        Columns of a description of several; all, if there are fewer. With 1 there are only those of one column.
    n_predicates : int, default 1000
        Most descriptions of either sort, drawn at random.

    Notes
    -----
    Of one column: values that occur once, at most the least, at least the largest, missing where one value is. Of
    several: those of a synthetic row, numbers at least its value if that is above the column's median, else at most.
    Chances of fitting exactly one depend on the number of rows, so that as many original as hold-out rows are looked
    at; no correction for unequal sizes is needed. Dates count as numbers. Descriptions that fit the same person, or
    were made of the same synthetic row, are one cluster of the interval.

    References
    ----------
    M. Giomi, F. Boenisch, C. Wehmeyer, B. Tasnadi (2023), doi:10.56553/popets-2023-0055.
    """
    n_columns = min(check_integer("n_columns", n_columns, minimum=1), len(tables.names))
    n_predicates = check_integer("n_predicates", n_predicates, minimum=1)
    synthetic = {name: SortedColumn(tables.values("synthetic", name)) for name in tables.names}
    sorts = {"one_column": _of_one_column(synthetic, n_predicates, tables.generator("predicates", 1))}
    if n_columns > 1:
        sorts["several_columns"] = _of_several(tables, synthetic, n_columns, n_predicates)
    people = _people(tables)
    figures: dict[str, Figure] = {}
    headline = []
    for sort, predicates in sorts.items():
        if not predicates:
            continue
        rates = {role: _rate_of_singling(predicates, columns) for role, columns in people.items()}
        figures[f"{sort}_rate"] = rates["original"]
        if "holdout" in rates:
            figures[f"{sort}_control"] = rates["holdout"]
            figures[sort] = excess_success(rates["original"], rates["holdout"])
            headline.append(sort)
    detail = {f"n_{sort}": len(predicates) for sort, predicates in sorts.items()}
    detail["n_rows"] = _count_rows(people["original"])
    reason = None if figures else "no description fits exactly one synthetic row"
    return AttackResult(NAME, THREAT, figures, tuple(headline), detail, reason)


def _people(tables: AttackTables) -> dict[str, Columns]:
    rows = {"original": np.arange(tables.n_rows("original"))}
    if tables.has_holdout:
        rows = dict(zip(("original", "holdout"), tables.equal_rows(), strict=True))
    return {
        role: {name: SortedColumn(tables.values(role, name)[some]) for name in tables.names}
        for role, some in rows.items()
    }


def _count_rows(columns: Columns) -> int:
    return len(next(iter(columns.values())).values)


def _rate_of_singling(descriptions: Descriptions, columns: Columns) -> Figure:
    """Share of the descriptions that fit exactly one row, clustered by that row and by the synthetic one."""
    matches = [_matches(description, columns) for description in descriptions]
    singled = np.array([len(rows) == 1 for rows in matches], dtype=np.float64)
    n_rows = _count_rows(columns)
    person = np.array([int(rows[0]) if len(rows) == 1 else n_rows + i for i, rows in enumerate(matches)])
    share = float(singled.mean())
    size = clustered_size(singled, person, np.array(list(descriptions.values())))
    return Figure(share, len(singled), wilson_bounds(share, size))


def _matches(description: Description, columns: Columns) -> NDArray[np.int64]:
    """The rows that a description fits."""
    stretches = [columns[predicate.name].stretch(predicate) for predicate in description]
    rarest = min(range(len(description)), key=lambda k: stretches[k][1] - stretches[k][0])
    rows = columns[description[rarest].name].order[slice(*stretches[rarest])]
    for k, predicate in enumerate(description):
        if k != rarest and len(rows):
            rows = rows[predicate.holds(columns[predicate.name].values[rows])]
    return rows


def _of_one_column(synthetic: Columns, n_predicates: int, generator: np.random.Generator) -> Descriptions:
    found: list[Predicate] = []
    for name, column in synthetic.items():
        values = column.values
        missing = Predicate(name, "missing", 0.0).holds(values)
        if missing.sum() == 1:
            found.append(Predicate(name, "missing", 0.0))
        known, counts = np.unique(values[~missing], return_counts=True)
        found += [Predicate(name, "==", value) for value in known[counts == 1].tolist()]
        if values.dtype.kind == "f" and len(known):
            ends = (("<=", 0), (">=", -1))
            found += [Predicate(name, relation, float(known[at])) for relation, at in ends if counts[at] == 1]
    if len(found) > n_predicates:
        found = [found[i] for i in np.sort(generator.choice(len(found), n_predicates, replace=False)).tolist()]
    return {(predicate,): int(_matches((predicate,), synthetic)[0]) for predicate in found}


def _of_several(tables: AttackTables, synthetic: Columns, n_columns: int, n_predicates: int) -> Descriptions:
    generator = tables.generator("predicates", 2)
    medians = {
        name: float(np.nanmedian(column.values)) if _has_numbers(column.values) else 0.0
        for name, column in synthetic.items()
    }
    found: Descriptions = {}
    n_tries = TRIES * n_predicates
    rows = generator.integers(tables.n_rows("synthetic"), size=n_tries).tolist()
    ranks = generator.random((n_tries, len(tables.names)))
    chosen = np.sort(np.argsort(ranks, axis=1)[:, :n_columns], axis=1).tolist()
    for row, columns in zip(rows, chosen, strict=True):
        names = [tables.names[i] for i in columns]
        description = tuple(_of_row(name, synthetic[name].values, row, medians[name]) for name in names)
        if description not in found and len(_matches(description, synthetic)) == 1:
            found[description] = row
            if len(found) == n_predicates:
                break
    return found


def _has_numbers(values: Values) -> bool:
    return values.dtype.kind == "f" and not np.isnan(values).all()


def _of_row(name: Hashable, values: Values, row: int, median: float) -> Predicate:
    value = float(values[row])
    if values.dtype.kind != "f":
        return Predicate(name, "missing" if value < 0 else "==", max(value, 0.0))
    if np.isnan(value):
        return Predicate(name, "missing", 0.0)
    return Predicate(name, ">=" if value > median else "<=", value)
