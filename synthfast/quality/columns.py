"""One shared view of the tables that are compared: numbers as float64, categories as codes of common levels.

Every metric reads its columns here, so the real, the synthetic and the hold-out table are always cut, coded and
sorted in the same way, and a column means the same in each of them.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from synthfast._core.frames import ColumnData, Table
from synthfast.exceptions import DataError
from synthfast.marginals.ranks import sort_values
from synthfast.quality.casting import (
    NUMERIC_KINDS,
    UNCOMPARED_KINDS,
    as_durations,
    as_numbers,
    as_times,
    column_kind,
    level_codes,
    read_table,
)
from synthfast.schema import Column, Schema

__all__ = ["LARGEST", "CodedTable", "Coding", "Tables", "share_columns"]

LARGEST = 1e150  # larger numbers count as infinite: their squares would be

FloatArray = np.ndarray[Any, np.dtype[np.float64]]
CodeArray = np.ndarray[Any, np.dtype[np.int32]]


@dataclass(frozen=True)
class Coding:
    """What the columns of a group of tables mean; one object shared by all of them.

    Parameters
    ----------
    kinds : dict
        Column name to ``"numeric"``, ``"time"``, ``"duration"``, ``"categorical"``, ``"text"`` or ``"identifier"``, in
        the real table's order. Text holds values that hardly ever repeat, identifiers those that only name rows or
        people: both are compared by their missing rate only.
    levels : dict
        Categorical column to its levels as text, those of the real table first, most frequent first.
    n_real_levels : dict
        Categorical column to how many of its levels occur in the real table.
    units : dict
        Time and duration columns to the meaning of their numbers.
    extra : tuple
        Columns that only the synthetic table has; they are not compared.
    """

    kinds: dict[Hashable, str]
    levels: dict[Hashable, tuple[str, ...]]
    n_real_levels: dict[Hashable, int]
    units: dict[Hashable, str]
    extra: tuple[Hashable, ...] = ()

    @property
    def numeric(self) -> list[Hashable]:
        """Columns held as numbers, times and durations among them."""
        return [name for name, kind in self.kinds.items() if kind in NUMERIC_KINDS]

    @property
    def categorical(self) -> list[Hashable]:
        """Columns held as codes."""
        return [name for name, kind in self.kinds.items() if kind == "categorical"]

    @property
    def text(self) -> list[Hashable]:
        """Columns of text, whose values are not compared."""
        return [name for name, kind in self.kinds.items() if kind == "text"]

    @property
    def compared(self) -> list[Hashable]:
        """Columns whose values are compared, in the real table's order."""
        return [name for name, kind in self.kinds.items() if kind not in UNCOMPARED_KINDS]


class CodedTable:
    """A table as arrays, under a coding that it shares with the tables it is compared with.

    Parameters
    ----------
    coding : Coding
        The meaning of the columns.
    n_rows : int
        Number of rows.
    arrays : dict
        Column name to float64 ``(n_rows,)`` with NaN for missing, or int32 codes ``(n_rows,)`` with -1 for missing.
    n_infinite : dict
        Column name to how many infinite values (beyond 1e150) were read as missing.
    """

    def __init__(
        self,
        coding: Coding,
        n_rows: int,
        arrays: Mapping[Hashable, np.ndarray],
        n_infinite: Mapping[Hashable, int] | None = None,
    ) -> None:
        self.coding = coding
        self.n_rows = n_rows
        self.n_infinite = dict(n_infinite or {})
        self._arrays = dict(arrays)
        self.memo: dict[Hashable, Any] = {}  # what functions of the table alone keep for the next metric
        self._sorted: dict[Hashable, FloatArray] = {}

    def __len__(self) -> int:
        return self.n_rows

    def values(self, name: Hashable) -> np.ndarray:
        """The column's array: float64 with NaN, or int32 codes with -1."""
        return self._arrays[name]

    def is_missing(self, name: Hashable) -> np.ndarray:
        """Boolean ``(n_rows,)``: where the column has no value."""
        column = self._arrays[name]
        return np.isnan(column) if column.dtype.kind == "f" else column < 0

    def missing_rate(self, name: Hashable) -> float:
        """Share of rows without a value."""
        return float(self.is_missing(name).mean())

    def sorted_values(self, name: Hashable) -> FloatArray:
        """The known values of a numeric column in rising order; sorted once, then kept."""
        if name not in self._sorted:
            column = self._arrays[name]
            self._sorted[name] = sort_values(column)[: len(column) - np.count_nonzero(np.isnan(column))]
        return self._sorted[name]

    def level_counts(self, name: Hashable, *, missing: bool = True) -> np.ndarray:
        """Rows per level of a categorical column, int64; the missing rows first where `missing` is true."""
        counts = np.bincount(self._arrays[name] + 1, minlength=len(self.coding.levels[name]) + 1)
        return counts if missing else counts[1:]

    def take(self, rows: np.ndarray) -> "CodedTable":
        """The table of the given rows, in that order."""
        return CodedTable(self.coding, len(rows), {name: column[rows] for name, column in self._arrays.items()})

    def sample(self, n_rows: int, generator: np.random.Generator) -> "CodedTable":
        """At most `n_rows` rows drawn without replacement, in their own order; the table itself if it has no more."""
        if n_rows >= self.n_rows:
            return self
        return self.take(np.sort(generator.choice(self.n_rows, n_rows, replace=False)))


class Tables(NamedTuple):
    """The tables of one comparison under one coding."""

    real: CodedTable
    synthetic: CodedTable
    holdout: CodedTable | None


def share_columns(real: Any, synthetic: Any, holdout: Any = None, *, schema: Schema | None = None) -> Tables:
    """Read two or three tables under one coding, learned from the real one.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        pandas, polars or Arrow tables, anything with the Arrow stream protocol, a 2-D array, a dict of columns, or
        tables that were coded together before, which are handed back as they are.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw.
    schema : Schema or None, default None
        Says which columns of the real table are identifiers, personal data or text; found by their values and names by
        default.

    Returns
    -------
    Tables
        ``(real, synthetic, holdout)`` as coded tables.

    Raises
    ------
    DataError
        If a table has no rows or no columns, lacks a column of the real one, or a column cannot be read as what it is
        in the real table.

    Notes
    -----
    O(n_rows * n_columns) time; 8 bytes a number and 4 bytes a category of memory.

    Examples
    --------
    >>> from synthfast.quality import share_columns
    >>> real, synthetic, _ = share_columns({"x": [1, 2], "c": ["a", "b"]}, {"x": [1.5, None], "c": ["b", "new"]})
    >>> real.coding.levels["c"], synthetic.values("c").tolist()
    (('a', 'b', 'new'), [1, 2])
    """
    given = [table for table in (real, synthetic, holdout) if table is not None]
    if all(isinstance(table, CodedTable) for table in given):
        if any(table.coding is not given[0].coding for table in given):
            raise DataError("The tables were coded apart. Code them in one share_columns call.")
        return Tables(real, synthetic, holdout)
    sources = {"real": read_table(real, "real"), "synthetic": read_table(synthetic, "synthetic")}
    if holdout is not None:
        sources["holdout"] = read_table(holdout, "holdout")
    _check_columns(sources)
    return _code_tables(sources, {} if schema is None else schema.columns)


def _check_columns(sources: Mapping[str, Table]) -> None:
    known = sources["real"].names
    if not known:
        raise DataError("The real table has no columns; there is nothing to compare.")
    for role, table in sources.items():
        have = set(table.names)
        lacking = [name for name in known if name not in have]
        if lacking:
            listed = ", ".join(repr(name) for name in lacking)
            raise DataError(
                f"The {role} table lacks {len(lacking)} of the real table's {len(known)} columns: {listed}."
                f" Add them, or drop them from the real table."
            )
        if table.n_rows == 0:
            raise DataError(f"The {role} table has no rows; at least one is needed to compare it.")


def _code_tables(sources: Mapping[str, Table], declared: Mapping[Hashable, Column]) -> Tables:
    kinds: dict[Hashable, str] = {}
    levels: dict[Hashable, tuple[str, ...]] = {}
    n_real_levels: dict[Hashable, int] = {}
    units: dict[Hashable, str] = {}
    arrays: dict[str, dict[Hashable, np.ndarray]] = {role: {} for role in sources}
    infinite: dict[str, dict[Hashable, int]] = {role: {} for role in sources}
    for name in sources["real"].names:
        columns = {role: table.column(name) for role, table in sources.items()}
        kind = kinds[name] = column_kind(columns["real"], declared.get(name))
        coded: Mapping[str, np.ndarray]
        if kind == "categorical":
            coded, levels[name], n_real_levels[name] = _code_levels(columns)
        elif kind in UNCOMPARED_KINDS:
            coded = {role: _code_missing(column) for role, column in columns.items()}
        else:
            coded, unit = _code_numbers(columns, kind)
            if unit:
                units[name] = unit
        for role, column in coded.items():
            if kind in NUMERIC_KINDS:
                column, infinite[role][name] = _drop_infinite(column)
            arrays[role][name] = column
    extra = tuple(name for name in sources["synthetic"].names if name not in kinds)
    coding = Coding(kinds, levels, n_real_levels, units, extra)
    tables = {role: CodedTable(coding, sources[role].n_rows, arrays[role], infinite[role]) for role in sources}
    return Tables(tables["real"], tables["synthetic"], tables.get("holdout"))


def _code_numbers(columns: Mapping[str, ColumnData], kind: str) -> tuple[dict[str, FloatArray], str]:
    if kind == "time":
        return as_times(columns)
    return as_durations(columns) if kind == "duration" else (as_numbers(columns), "")


def _code_missing(column: ColumnData) -> CodeArray:
    """0 where known, -1 where missing: all that is compared of text and identifiers."""
    missing = column.missing()
    return np.zeros(column.n_rows, np.int32) if missing is None else -missing.astype(np.int32)


def _drop_infinite(column: np.ndarray) -> tuple[np.ndarray, int]:
    infinite = np.abs(column) > LARGEST
    count = int(infinite.sum())
    return (np.where(infinite, np.nan, column), count) if count else (column, 0)


def _code_levels(columns: Mapping[str, ColumnData]) -> tuple[dict[str, CodeArray], tuple[str, ...], int]:
    """Codes of every table in levels that all share: the real table's by falling count, then the others' by name."""
    boolean = columns["real"].storage == "boolean"
    coded = {role: level_codes(column, boolean=boolean) for role, column in columns.items()}
    codes, keys = coded["real"]
    counts = np.bincount(codes[codes >= 0], minlength=len(keys))
    order = sorted(range(len(keys)), key=lambda k: (-counts[k], keys[k]))
    present = [keys[k] for k in order if counts[k]]
    unseen = sorted(_all_keys(coded).difference(present))
    index = {key: k for k, key in enumerate([*present, *unseen])}
    shared = {}
    for role, (own_codes, own_keys) in coded.items():
        table = np.array([*(index.get(key, -1) for key in own_keys), -1], dtype=np.int32)
        shared[role] = table[own_codes]
    return shared, tuple(index), len(present)


def _all_keys(coded: Mapping[str, tuple[np.ndarray, list[str]]]) -> set[str]:
    keys: set[str] = set()
    for codes, names in coded.values():
        used: Iterable[int] = np.flatnonzero(np.bincount(codes[codes >= 0], minlength=len(names)))
        keys.update(names[k] for k in used)
    return keys
