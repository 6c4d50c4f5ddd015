"""A table at the boundary: names, one neutral column at a time, and how to rebuild the caller's container."""

from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from synthfast._core.frames.assembly import Assembly, ColumnAssembly
from synthfast._core.frames.columns import ColumnData
from synthfast._core.json_values import from_json_value, to_json_value
from synthfast._core.unicode import check_unicode, unicode_only
from synthfast.exceptions import DataError, SchemaError

__all__ = ["Container", "ContainerTemplate", "Table"]


class Container(Protocol):
    """What a container module gives: names, length, neutral columns, and the facts that rebuild it."""

    kind: str
    names: list[Hashable]
    n_rows: int

    def read(self, position: int) -> tuple[ColumnData, dict[str, Any]]:
        """Return the column at a position and its JSON-able native dtype."""
        ...

    def facts(self) -> dict[str, Any]:
        """JSON-able facts about the container itself."""
        ...


@dataclass(frozen=True)
class ContainerTemplate:
    """How to rebuild the caller's container from neutral columns; goes to JSON and back.

    Parameters
    ----------
    kind : {"pandas", "polars", "arrow", "numpy"}
        The container.
    names : tuple of hashable
        Column names in order.
    dtypes : tuple of dict
        Native dtype of each column, JSON-able.
    facts : dict
        What else the container needs, JSON-able.
    """

    kind: str
    names: tuple[Hashable, ...]
    dtypes: tuple[dict[str, Any], ...]
    facts: dict[str, Any]

    def forget_categories(self, names: Collection[Hashable]) -> "ContainerTemplate":
        """The template without the categories of columns whose values must not be kept; built ones take their place."""
        emptied: dict[str, list[Any]] = {"categories": [], "enum": []}
        dtypes = [
            {key: emptied.get(key, value) for key, value in dtype.items()} if name in names else dtype
            for name, dtype in zip(self.names, self.dtypes, strict=True)
        ]
        return replace(self, dtypes=tuple(dtypes))

    def build(self, columns: Mapping[Hashable, ColumnData]) -> Any:
        """Rebuild the container, columns in the template's order and rows under a fresh RangeIndex.

        Raises
        ------
        SchemaError
            If a column is missing from ``columns``.
        """
        absent = [name for name in self.names if name not in columns]
        if absent:
            raise SchemaError(f"expected the columns {list(self.names)!r}, missing {absent!r}.")
        return _builder(self.kind)(self, [columns[name] for name in self.names])

    def assembly(self, n_rows: int) -> Assembly:
        """What the container is built with out of stretches of rows."""
        if self.kind == "numpy":
            from synthfast._core.frames.array_frame import MatrixAssembly

            if MatrixAssembly.serves(self):
                return MatrixAssembly(self, n_rows)
        return ColumnAssembly(n_rows, self.build)

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return {
            "kind": self.kind,
            "names": [to_json_value(name) for name in self.names],
            "dtypes": list(self.dtypes),
            "facts": self.facts,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "ContainerTemplate":
        """Undo ``to_dict``."""
        names = tuple(from_json_value(name) for name in document["names"])
        return cls(document["kind"], names, tuple(document["dtypes"]), dict(document["facts"]))


class Table:
    """A table of any container, read one neutral column at a time.

    Parameters
    ----------
    container : Container
        The reader of one container; use ``Table.from_any``.

    Notes
    -----
    Plain numeric columns are views of the caller's memory; strings are dictionary-encoded once and kept as codes.
    """

    def __init__(self, container: Container) -> None:
        self.names = list(container.names)
        self.n_rows = int(container.n_rows)
        self._container = container
        self._columns: dict[Hashable, tuple[ColumnData, dict[str, Any]]] = {}
        check_unicode(self.names, "column names")
        seen: set[Hashable] = set()
        repeated = [name for name in self.names if name in seen or seen.add(name)]  # type: ignore[func-returns-value]
        if repeated:
            raise SchemaError(
                f"expected column names that differ, got {list(dict.fromkeys(repeated))!r} more than once. "
                "Rename or drop the repeated columns."
            )

    @classmethod
    def from_any(cls, data: Any, *, by_cell: bool = False) -> "Table":
        """Read a pandas, polars or Arrow table, a NumPy array, a dict of columns or a list of dicts.

        Parameters
        ----------
        data : table-like of shape (n_rows, n_columns)
            ``pandas.DataFrame``; ``polars.DataFrame`` or ``LazyFrame`` (collected); ``pyarrow.Table`` or
            ``RecordBatch``; anything else with ``__arrow_c_stream__`` (comes back as a ``pyarrow.Table``); a 2-D or
            structured NumPy array; a dict of columns or a list of dicts (come back as a ``pandas.DataFrame``).
        by_cell : bool, default False
            Read pandas' and NumPy's columns of Python objects, and text that Python holds, by `read_cells`: the storage
            follows from the dtype alone, and no cell is refused. Such a table is not rebuilt.

        Raises
        ------
        SchemaError
            If two columns have one name, a column's dtype cannot be used, or text is no Unicode.
        DataError
            If ``data`` is not a table.
        """
        if isinstance(data, Table):
            return data
        return cls(_open_container(data, by_cell))

    def __len__(self) -> int:
        return self.n_rows

    def __repr__(self) -> str:
        return f"Table({self._container.kind}, {self.n_rows} rows x {len(self.names)} columns)"

    @property
    def kind(self) -> str:
        """The container: ``"pandas"``, ``"polars"``, ``"arrow"`` or ``"numpy"``."""
        return self._container.kind

    def column(self, name: Hashable) -> ColumnData:
        """Return one column in neutral form.

        Raises
        ------
        SchemaError
            If there is no such column, its dtype cannot be used, or its text is no Unicode.
        """
        return self._read(name)[0]

    def _read(self, name: Hashable) -> tuple[ColumnData, dict[str, Any]]:
        if name not in self._columns:
            if name not in self.names:
                raise SchemaError(f"expected one of the columns {self.names!r}, got {name!r}.")
            self._columns[name] = self._container.read(self.names.index(name))
        return self._columns[name]

    def template(self) -> ContainerTemplate:
        """Return what rebuilds this container."""
        dtypes = tuple(self._read(name)[1] for name in self.names)
        return ContainerTemplate(self._container.kind, tuple(self.names), dtypes, self._container.facts())


def _open_container(data: Any, by_cell: bool) -> Container:
    module = type(data).__module__.partition(".")[0]
    if isinstance(data, (Mapping, list)) and not hasattr(data, "__arrow_c_stream__"):
        return _open_pandas(_frame_from_python(data), by_cell)
    if module == "pandas" and hasattr(data, "columns"):
        return _open_pandas(data, by_cell)
    if module == "polars" and hasattr(data, "columns" if not hasattr(data, "collect") else "collect"):
        from synthfast._core.frames.polars_frame import PolarsContainer

        return PolarsContainer(data.collect() if hasattr(data, "collect") else data)
    if module == "numpy" and hasattr(data, "ndim"):
        from synthfast._core.frames.array_frame import open_array

        return open_array(data, by_cell)
    if hasattr(data, "__arrow_c_stream__") and module not in ("pandas", "polars"):
        from synthfast._core.frames.arrow_frame import ArrowContainer

        return ArrowContainer(data)
    raise DataError(
        f"expected a table (pandas, polars, Arrow, 2-D NumPy, dict of columns, list of dicts), got "
        f"{type(data).__module__}.{type(data).__qualname__}. A pandas or polars Series becomes one with .to_frame()."
    )


def _open_pandas(frame: Any, by_cell: bool) -> Container:
    from synthfast._core.frames.pandas_frame import PandasContainer

    return PandasContainer(frame, by_cell)


def _frame_from_python(data: Any) -> Any:
    import pandas as pd

    if isinstance(data, list) and not all(isinstance(row, Mapping) for row in data):
        raise DataError(
            "expected a list of dicts, one per row, got a list with other things in it. "
            "Pass rows as dicts, or a NumPy array or DataFrame."
        )
    try:
        with unicode_only("the columns"):
            return pd.DataFrame(data)
    except SchemaError:
        raise
    except ValueError as error:
        raise DataError(f"expected columns of one length, got: {error}.") from error


def _builder(kind: str) -> Callable[[ContainerTemplate, list[ColumnData]], Any]:
    if kind == "pandas":
        from synthfast._core.frames.pandas_frame import build_frame
    elif kind == "polars":
        from synthfast._core.frames.polars_frame import build_frame
    elif kind == "arrow":
        from synthfast._core.frames.arrow_frame import build_frame
    elif kind == "numpy":
        from synthfast._core.frames.array_frame import build_frame
    else:
        raise SchemaError(f"expected a container of 'pandas', 'polars', 'arrow' or 'numpy', got {kind!r}.")
    return build_frame
