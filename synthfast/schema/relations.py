"""How tables refer to each other: primary keys and foreign keys. Pure data, with a JSON form."""

import json
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from synthfast._core.frames import Table
from synthfast._core.json_values import from_json_value, to_json_value
from synthfast.exceptions import DataError, SchemaError

__all__ = ["ForeignKey", "RelationalSchema"]

_FORMAT = 1


@dataclass(frozen=True)
class ForeignKey:
    """A column of one table that holds keys of another.

    Parameters
    ----------
    table : str
        The child.
    column : column name
        Of the child.
    parent : str
        The table whose primary key the column holds.
    """

    table: str
    column: Hashable
    parent: str


class RelationalSchema:
    """Tables, their primary keys, and the foreign keys between them.

    Parameters
    ----------
    primary_keys : mapping of table name to column name or None
        All tables, in order. None for a table without a key, to which no other may refer.
    foreign_keys : iterable of ForeignKey or of (table, column, parent)
        The first one of a table says how many rows of it a parent has; the parents of further ones must be tables
        without foreign keys.

    Raises
    ------
    SchemaError
        If a key names an unknown table or a table without a primary key, a column is named twice, or tables refer to
        each other in a circle.

    Examples
    --------
    >>> from synthfast import RelationalSchema
    >>> schema = RelationalSchema({"customers": "id", "orders": None}, [("orders", "customer_id", "customers")])
    >>> schema.children("customers")
    ['orders']
    >>> RelationalSchema.from_json(schema.to_json()) == schema
    True
    """

    def __init__(
        self,
        primary_keys: Mapping[str, Hashable | None],
        foreign_keys: Iterable[ForeignKey | tuple[str, Hashable, str]] = (),
    ) -> None:
        self.primary_keys = dict(primary_keys)
        self.foreign_keys = [key if isinstance(key, ForeignKey) else ForeignKey(*key) for key in foreign_keys]
        self._check()
        self.order = self._ordered()

    def _check(self) -> None:
        if not self.primary_keys:
            raise SchemaError("RelationalSchema: expected at least one table, got none.")
        seen = set()
        for key in self.foreign_keys:
            for name in (key.table, key.parent):
                if name not in self.primary_keys:
                    raise SchemaError(f"{key!r}: expected one of the tables {list(self.primary_keys)!r}, got {name!r}.")
            if self.primary_keys[key.parent] is None:
                raise SchemaError(f"{key!r}: table {key.parent!r} has no primary key to refer to; declare one.")
            if (key.table, key.column) in seen or self.primary_keys[key.table] == key.column:
                raise SchemaError(f"{key!r}: column {key.column!r} is a key of table {key.table!r} already.")
            seen.add((key.table, key.column))

    def _ordered(self) -> list[str]:
        """Tables, every parent before its children."""
        out: list[str] = []
        waiting = list(self.primary_keys)
        while waiting:
            ready = [name for name in waiting if all(key.parent in out for key in self.keys_of(name))]
            if not ready:
                raise SchemaError(
                    f"RelationalSchema: the tables {waiting!r} refer to each other in a circle. Leave out one of their "
                    "foreign keys, so that it is a plain column."
                )
            out += ready
            waiting = [name for name in waiting if name not in ready]
        for name in out:
            for key in self.keys_of(name)[1:]:
                if self.keys_of(key.parent):
                    raise SchemaError(
                        f"{key!r}: only the first foreign key of a table may refer to one that has a parent itself. "
                        "Declare it first, or leave it out."
                    )
        return out

    def keys_of(self, table: str) -> list[ForeignKey]:
        """Foreign keys of a table, in the order in which they were declared.

        Parameters
        ----------
        table : str
            Its name.

        Returns
        -------
        list of ForeignKey
        """
        return [key for key in self.foreign_keys if key.table == table]

    def children(self, table: str) -> list[str]:
        """Tables whose first foreign key refers to a table.

        Parameters
        ----------
        table : str
            Its name.

        Returns
        -------
        list of str
        """
        return [name for name in self.order if self.keys_of(name) and self.keys_of(name)[0].parent == table]

    def roots(self) -> list[str]:
        """Tables without foreign keys: their numbers of rows are the user's to choose.

        Returns
        -------
        list of str
        """
        return [name for name in self.order if not self.keys_of(name)]

    @classmethod
    def infer(cls, tables: Mapping[str, Any]) -> "RelationalSchema":
        """Infer keys from names and values.

        Parameters
        ----------
        tables : mapping of table name to table-like

        Returns
        -------
        RelationalSchema
            A primary key is a column called ``id``, ``<table>_id`` or ``<singular>_id`` (else a first column whose name
            ends in ``id``) that never repeats and is never missing. A foreign key is another column that is called
            like the primary key of another table (but not plain ``id``), or ``<table>_id`` or ``<singular>_id`` of it,
            and all of whose values are keys of that table. Parents of several are taken in the columns' order, those
            that have parents themselves first.

        Raises
        ------
        DataError
            If ``tables`` is no mapping of tables.

        Notes
        -----
        O(n_rows) for each pair of columns with fitting names.
        """
        if not isinstance(tables, Mapping):
            raise DataError(f"expected a dict of tables by name, got {type(tables).__name__}.")
        read = {name: Table.from_any(data) for name, data in tables.items()}
        primary = {name: _find_primary(name, table) for name, table in read.items()}
        found = [
            ForeignKey(name, column, parent)
            for name, table in read.items()
            for column in table.names
            if column != primary[name]
            for parent in read
            if parent != name
            and _refers(column, parent, primary[parent])
            and _holds(table, column, read[parent], primary[parent])
        ]
        deep = {key.table for key in found}
        found.sort(key=lambda key: key.parent not in deep)
        return cls(primary, found)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-able form.

        Returns
        -------
        dict
            ``format``, ``primary_keys`` and ``foreign_keys``.
        """
        return {
            "format": _FORMAT,
            "primary_keys": [[name, to_json_value(key)] for name, key in self.primary_keys.items()],
            "foreign_keys": [[key.table, to_json_value(key.column), key.parent] for key in self.foreign_keys],
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "RelationalSchema":
        """Undo ``to_dict``.

        Parameters
        ----------
        document : mapping
            What ``to_dict`` gave.

        Returns
        -------
        RelationalSchema

        Raises
        ------
        SchemaError
            If the document is no such schema, or of a newer format.
        """
        if not isinstance(document, Mapping) or document.get("format") != _FORMAT:
            raise SchemaError(f"expected a relational schema of format {_FORMAT}, got {document!r:.200}.")
        primary = {name: from_json_value(key) for name, key in document["primary_keys"]}
        return cls(
            primary, [(table, from_json_value(column), parent) for table, column, parent in document["foreign_keys"]]
        )

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
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "RelationalSchema":
        """Undo ``to_json``.

        Parameters
        ----------
        text : str
            What ``to_json`` gave.

        Returns
        -------
        RelationalSchema
        """
        return cls.from_dict(json.loads(text))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RelationalSchema) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        lines = [f"RelationalSchema of {len(self.primary_keys)} tables"]
        for name in self.order:
            refers = ", ".join(f"{key.column} -> {key.parent}" for key in self.keys_of(name))
            lines.append(f"  {name}: key {self.primary_keys[name]}" + (f"; {refers}" if refers else ""))
        return "\n".join(lines)


def _key_names(table: str) -> list[str]:
    """What a key of a table is likely to be called: ``order_id`` of ``orders``, ``city_id`` of ``cities``."""
    singular = table[:-3] + "y" if table.endswith("ies") else table.removesuffix("s")
    return [f"{name}_id".lower() for name in dict.fromkeys((table, singular))]


def _find_primary(name: str, table: Table) -> Hashable | None:
    likely = ["id", *_key_names(name)]
    named = [column for column in table.names if str(column).lower() in likely]
    named += [column for column in table.names[:1] if str(column).lower().endswith("id") and column not in named]
    return next((column for column in named if _is_key(table, column)), None)


def _is_key(table: Table, column: Hashable) -> bool:
    data = table.column(column)
    if data.missing() is not None or data.storage not in ("integer", "string", "category"):
        return False
    codes, _ = data.factorize()
    return len(set(codes.tolist())) == table.n_rows


def _refers(column: Hashable, parent: str, key: Hashable | None) -> bool:
    name = str(column).lower()
    return key is not None and (name in _key_names(parent) or (column == key and name != "id"))


def _holds(child: Table, column: Hashable, parent: Table, key: Hashable) -> bool:
    found, keys = (table.column(name).factorize()[1] for table, name in ((child, column), (parent, key)))
    listed = [values.to_pylist() if hasattr(values, "to_pylist") else values for values in (found, keys)]
    return set(listed[0]) <= set(listed[1])
