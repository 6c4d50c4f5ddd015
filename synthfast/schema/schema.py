"""A table's schema: its columns in order."""

import json
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from synthfast._core.frames import ColumnData, Table
from synthfast.exceptions import SchemaError
from synthfast.schema.columns import NUMERIC_KINDS, Column
from synthfast.schema.constraints import Constraint, read_constraints
from synthfast.schema.inference import infer_column

__all__ = ["Schema"]

_FORMAT = 1


class Schema:
    """What a table is: the kind of each column and the facts that its encoding rests on.

    Parameters
    ----------
    columns : mapping of name to Column
        The columns in order.
    constraints : iterable of Constraint, optional
        What must hold of the rows; see `synthfast.constraints`.

    Examples
    --------
    >>> import pandas as pd
    >>> from synthfast import Schema
    >>> frame = pd.DataFrame({"age": [31, 42, 57], "city": ["Rome", "Oslo", "Rome"]})
    >>> schema = Schema.infer(frame, overrides={"age": {"kind": "integer", "minimum": 0}})
    >>> schema["age"].kind, schema["age"].minimum, schema["city"].levels
    ('integer', 0, ('Oslo', 'Rome'))
    >>> Schema.from_json(schema.to_json()) == schema
    True
    """

    def __init__(self, columns: Mapping[Hashable, Column], constraints: Iterable[Constraint] = ()) -> None:
        self.columns: dict[Hashable, Column] = dict(columns)
        self.constraints: tuple[Constraint, ...] = _checked(constraints, self.columns)

    @classmethod
    def infer(
        cls,
        data: Any,
        *,
        overrides: Mapping[Hashable, str | Mapping[str, Any]] | None = None,
        constraints: Iterable[Constraint] = (),
        min_level_count: int = 5,
    ) -> "Schema":
        """Infer the schema of a table.

        Parameters
        ----------
        data : table-like of shape (n_rows, n_columns)
            Anything that ``Table.from_any`` reads.
        overrides : mapping of name to str or mapping, optional
            A kind, such as ``{"zip": "categorical"}``, or facts of ``Column``, such as
            ``{"age": {"kind": "integer", "minimum": 0}}``. They win over what the data shows.
        constraints : iterable of Constraint, optional
            What must hold of the rows; see `synthfast.constraints`.
        min_level_count : int, default 5
            Levels and extremes held by fewer rows are not told.

        Returns
        -------
        Schema

        Warns
        -----
        PersonalDataWarning
            Once for each column that looks like personal data.
        PlaceholderTextWarning
            Once for each column of free text.

        Raises
        ------
        SchemaError
            If there are no rows or columns, two columns have one name, a dtype cannot be used, a number is infinite,
            or an override names an unknown column, kind or fact.

        Notes
        -----
        Cost O(n_rows) a column, O(n_rows log n_rows) where numbers are forced into levels; one column at a time.
        """
        table = Table.from_any(data)
        if not table.names:
            raise SchemaError("expected a table with at least one column, got none.")
        if table.n_rows == 0:
            raise SchemaError("expected a table with at least one row, got 0 rows. Check the filter or the file.")
        wanted = _read_overrides(table, overrides or {})
        found = {}
        for name in table.names:  # a loop and no comprehension: a frame more would change which line warnings point to
            found[name] = infer_column(table.column(name), wanted.get(name, {}), min_level_count)
        return cls(found, constraints)

    def with_constraints(self, constraints: Iterable[Constraint]) -> "Schema":
        """Return the schema with these constraints in place of its own.

        Parameters
        ----------
        constraints : iterable of Constraint
            See `synthfast.constraints`.

        Returns
        -------
        Schema

        Raises
        ------
        SchemaError
            If one speaks of a column that is not there.
        """
        return Schema(self.columns, constraints)

    def __getitem__(self, name: Hashable) -> Column:
        if name not in self.columns:
            raise SchemaError(f"expected one of the columns {list(self.columns)!r}, got {name!r}.")
        return self.columns[name]

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Schema)
            and list(self.columns.items()) == list(other.columns.items())
            and self.constraints == other.constraints
        )

    __hash__ = None  # type: ignore[assignment]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-able form.

        Returns
        -------
        dict
            ``format``, a number, and ``columns``, a list of dicts of facts; facts at their defaults are left out. Where
            there are constraints, ``constraints``, a list of dicts.
        """
        columns = [column.to_dict() for column in self.columns.values()]
        constraints = [constraint.to_dict() for constraint in self.constraints]
        return {"format": _FORMAT, "columns": columns} | ({"constraints": constraints} if constraints else {})

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Schema":
        """Undo ``to_dict``.

        Parameters
        ----------
        document : mapping
            What ``to_dict`` gave.

        Returns
        -------
        Schema

        Raises
        ------
        SchemaError
            If the document is no schema, or of a newer format.
        """
        if not isinstance(document, Mapping) or "columns" not in document:
            raise SchemaError(f"expected a schema with 'format' and 'columns', got {document!r:.200}.")
        if document.get("format") != _FORMAT:
            raise SchemaError(f"expected schema format {_FORMAT}, got {document.get('format')!r}. Update synthfast.")
        columns = [Column.from_dict(entry) for entry in document["columns"]]
        return cls({column.name: column for column in columns}, read_constraints(document.get("constraints", ())))

    def to_json(self, *, indent: int | None = 2) -> str:
        """Return the schema as JSON text.

        Parameters
        ----------
        indent : int or None, default 2
            Spaces of indentation; None for one line.

        Returns
        -------
        str
        """
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "Schema":
        """Undo ``to_json``.

        Parameters
        ----------
        text : str
            What ``to_json`` gave.

        Returns
        -------
        Schema

        Raises
        ------
        SchemaError
            If the text is not the JSON of a schema.
        """
        try:
            document = json.loads(text)
        except json.JSONDecodeError as error:
            raise SchemaError(f"expected the JSON text of a schema, got text that is not JSON: {error}.") from error
        return cls.from_dict(document)

    def validate(self, data: Any) -> None:
        """Check that a table has this schema's columns, of dtypes that fit.

        Parameters
        ----------
        data : table-like of shape (n_rows, n_columns)
            Anything that ``Schema.infer`` takes.

        Raises
        ------
        SchemaError
            If columns are missing or too many, or a dtype does not fit its column's kind.
        """
        table = Table.from_any(data)
        absent = [name for name in self.columns if name not in table.names]
        extra = [name for name in table.names if name not in self.columns]
        if absent or extra:
            raise SchemaError(f"expected the columns {list(self.columns)!r}; missing {absent!r}, unexpected {extra!r}.")
        for name, column in self.columns.items():
            data = table.column(name)
            if not _fits(column, data):
                raise SchemaError(
                    f"column {name!r}: expected a dtype like {column.dtype} ({column.storage}), got {data.dtype} "
                    f"({data.storage}). Cast the column, or infer the schema anew."
                )

    def bind(self, data: Any) -> "Schema":
        """Return the schema for a table whose dtypes are others that fit, such as Int64 for float64.

        Parameters
        ----------
        data : table-like of shape (n_rows, n_columns)
            Anything that ``Schema.infer`` takes.

        Returns
        -------
        Schema

        Raises
        ------
        SchemaError
            As ``validate``.
        """
        table = Table.from_any(data)
        self.validate(table)
        bound = {}
        for name, column in self.columns.items():
            found = table.column(name)
            storage = column.storage if found.storage == "null" and column.storage else found.storage
            bound[name] = replace(column, storage=storage, dtype=found.dtype)
        return Schema(bound, self.constraints)

    def __repr__(self) -> str:
        rows = [("column", "kind", "dtype", "missing", "facts")]
        rows += [
            (str(column.name), column.kind, column.dtype, f"{column.missing_rate:.1%}", _facts_text(column))
            for column in self.columns.values()
        ]
        widths = [max(len(row[i]) for row in rows) for i in range(4)]
        lines = ["  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[4]]) for row in rows]
        return f"Schema of {len(self.columns)} columns\n" + "\n".join(line.rstrip() for line in lines)


def _checked(constraints: Iterable[Constraint], columns: Mapping[Hashable, Column]) -> tuple[Constraint, ...]:
    found = tuple(constraints)
    for constraint in found:
        if not isinstance(constraint, Constraint):
            raise SchemaError(f"constraints: expected objects of synthfast.constraints, got {constraint!r}.")
        unknown = [name for name in constraint.columns if name not in columns]
        if unknown:
            raise SchemaError(f"{constraint!r}: expected columns of {list(columns)!r}, got {unknown!r}.")
    return found


_NUMBERS = frozenset({"float", "integer", "decimal"})
_LEVELS = frozenset({"string", "category", "object"})


def _fits(column: Column, data: ColumnData) -> bool:
    """Whether the column's facts make sense for another storage than they were inferred from."""
    storages = {column.storage, data.storage}
    if len(storages) == 1 or "null" in storages or "" in storages or column.kind == "empty":
        return True
    if column.format is not None:
        return False
    if storages <= _NUMBERS:
        return "decimal" not in storages or column.kind in NUMERIC_KINDS
    return storages <= _LEVELS and column.kind not in NUMERIC_KINDS


def _facts_text(column: Column) -> str:
    parts = []
    if column.minimum is not None:
        parts.append(f"{column.minimum} to {column.maximum}")
    if column.decimals:
        parts.append(f"{column.decimals} decimals")
    if column.step is not None:
        parts.append(f"step {column.step}")
    if column.heavy_values:
        parts.append("heavy at " + ", ".join(f"{value:g}" for value in column.heavy_values[:3]))
    if column.levels:
        parts.append(f"{len(column.levels)} levels")
    if column.pattern is not None and "type" in column.pattern:
        parts.append(str(column.pattern["type"]))
    parts += [str(part) for part in (column.unit, column.timezone, column.format, column.note) if part]
    return "; ".join(parts)


def _read_overrides(
    table: Table, overrides: Mapping[Hashable, str | Mapping[str, Any]]
) -> dict[Hashable, Mapping[str, Any]]:
    facts = set(Column.__dataclass_fields__) - {"name", "dtype", "storage", "missing_rate"}
    out: dict[Hashable, Mapping[str, Any]] = {}
    for name, override in overrides.items():
        if name not in table.names:
            raise SchemaError(f"overrides: expected columns of {table.names!r}, got {name!r}.")
        entry: Mapping[str, Any] = {"kind": override} if isinstance(override, str) else override
        unknown = sorted(set(entry) - facts)
        if unknown:
            raise SchemaError(f"overrides of column {name!r}: expected facts of {sorted(facts)}, got {unknown}.")
        if "kind" in entry:
            Column(name, entry["kind"])
        out[name] = entry
    return out
