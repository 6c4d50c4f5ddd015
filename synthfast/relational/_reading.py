"""Tables and their keys, read and checked: every child row finds its parent."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synthfast._core.frames import ColumnData, Table
from synthfast.exceptions import DataError, SchemaError
from synthfast.schema.relations import ForeignKey, RelationalSchema

__all__ = ["find_parents", "read_tables"]

Index = NDArray[np.int64]


def read_tables(tables: Mapping[str, Any], relations: RelationalSchema) -> dict[str, Table]:
    """The tables of a schema, their primary keys checked.

    Raises
    ------
    SchemaError, DataError
        If tables or key columns are missing or too many, a table has no rows, or a primary key repeats or is missing.
    """
    if not isinstance(tables, Mapping):
        raise DataError(f"expected a dict of tables by name, got {type(tables).__name__}.")
    absent = [name for name in relations.primary_keys if name not in tables]
    extra = [name for name in tables if name not in relations.primary_keys]
    if absent or extra:
        raise SchemaError(f"expected the tables {relations.order!r}; missing {absent!r}, unexpected {extra!r}.")
    read = {name: Table.from_any(tables[name]) for name in relations.order}
    for name, table in read.items():
        keys = [key.column for key in relations.keys_of(name)]
        primary = relations.primary_keys[name]
        for column in [*keys, *([] if primary is None else [primary])]:
            if column not in table.names:
                raise SchemaError(f"table {name!r}: expected its key column {column!r}, got {table.names!r}.")
        if not table.n_rows:
            raise DataError(f"table {name!r}: expected at least one row, got none. Leave the table out.")
        if primary is not None:
            _check_primary(name, table.column(primary))
    return read


def _check_primary(name: str, data: ColumnData) -> None:
    missing = data.missing()
    if missing is not None:
        raise DataError(
            f"table {name!r}: its primary key {data.name!r} is missing in {np.count_nonzero(missing):,} rows (first: "
            f"{int(np.argmax(missing))}). Drop or fill them."
        )
    codes, levels = data.factorize()
    repeated = np.bincount(codes) > 1
    if repeated.any():
        raise DataError(
            f"table {name!r}: its primary key {data.name!r} repeats {np.count_nonzero(repeated):,} of its values, such "
            f"as {_listed(levels)[int(np.argmax(repeated))]!r}. Drop the repeated rows, or declare another key."
        )


def _listed(levels: Any) -> list[Any]:
    return levels.to_pylist() if isinstance(levels, pa.Array) else list(levels)


def find_parents(key: ForeignKey, child: Table, parent: Table, primary: Hashable) -> Index:
    """The parent's row of each child row, shape (n_child_rows,).

    Raises
    ------
    DataError
        If a foreign key is missing, or no row of the parent has it.
    """
    data = child.column(key.column)
    codes, levels = data.factorize()
    own, keys = parent.column(primary).factorize()
    row_of_code = np.empty(len(own), dtype=np.int64)
    row_of_code[own] = np.arange(len(own))
    place = {value: int(row_of_code[code]) for code, value in enumerate(_listed(keys)) if code < len(own)}
    found = _listed(levels)
    rows = np.array([*(place.get(value, -2) for value in found), -1], dtype=np.int64)[codes]
    missing, orphans = rows == -1, rows == -2
    if missing.any():
        raise DataError(
            f"table {key.table!r}: its foreign key {key.column!r} is missing in {np.count_nonzero(missing):,} rows "
            f"(first: {int(np.argmax(missing))}). Drop them, or give them a parent of their own."
        )
    if orphans.any():
        first = int(np.argmax(orphans))
        raise DataError(
            f"table {key.table!r}: {np.count_nonzero(orphans):,} rows are orphans, for their {key.column!r} is no key "
            f"of table {key.parent!r} (first: row {first}, {found[codes[first]]!r}). Drop them, or add their parents."
        )
    return rows
