"""NumPy arrays as tables: 2-D ones (columns named 0, 1, ...) and structured ones."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from synthfast._core.frames.assembly import Stretch
from synthfast._core.frames.cells import read_cells
from synthfast._core.frames.columns import ColumnData
from synthfast._core.frames.object_values import read_object, write_object
from synthfast._core.frames.table import ContainerTemplate
from synthfast._core.threads import effective_n_threads
from synthfast._core.unicode import unicode_only
from synthfast._ext._weave import weave_columns
from synthfast.exceptions import DataError, SchemaError

__all__ = ["ArrayContainer", "MatrixAssembly", "build_frame", "from_numpy", "open_array", "to_numpy"]


class ArrayContainer:
    """Reads columns of a 2-D or structured array, those of Python objects by `read_cells` if ``by_cell``."""

    kind = "numpy"

    def __init__(
        self, names: list[Hashable], columns: list[npt.NDArray[Any]], structured: bool, by_cell: bool = False
    ) -> None:
        self.names = names
        self.n_rows = len(columns[0]) if columns else 0
        self._columns = columns
        self._structured, self._by_cell = structured, by_cell

    def read(self, position: int) -> tuple[ColumnData, dict[str, Any]]:
        """Return one neutral column and its dtype."""
        values = np.ascontiguousarray(self._columns[position])
        name = self.names[position]
        if self._by_cell and values.dtype.kind in "OU":
            return read_cells(name, values.astype(object))
        if values.dtype.kind == "O":
            data, facts = read_object(name, values)
            return data, {"dtype": "object", **facts}
        return from_numpy(name, values), {"dtype": values.dtype.str}

    def facts(self) -> dict[str, Any]:
        """Whether the array was structured."""
        return {"structured": self._structured}


def open_array(values: npt.NDArray[Any], by_cell: bool = False) -> ArrayContainer:
    """Open a 2-D or structured array; with ``by_cell`` Python objects are read cell by cell.

    Raises
    ------
    DataError
        If the array is of another shape.
    """
    if values.dtype.names is not None and values.ndim == 1:
        return ArrayContainer(list(values.dtype.names), [values[name] for name in values.dtype.names], True, by_cell)
    if values.ndim != 2:
        raise DataError(
            f"expected a 2-D array of shape (n_rows, n_columns), got shape {values.shape}. "
            "Reshape a single column with .reshape(-1, 1)."
        )
    return ArrayContainer(list(range(values.shape[1])), list(values.T), False, by_cell)


def from_numpy(name: Hashable, values: npt.NDArray[Any]) -> ColumnData:
    """Read a plain NumPy array as a neutral column.

    Raises
    ------
    SchemaError
        If the dtype has no storage here, or text is no Unicode.
    """
    n, dtype, kind = len(values), str(values.dtype), values.dtype.kind
    if kind == "f":
        plain = values if values.dtype.itemsize <= 8 else values.astype(np.float64)
        return ColumnData(name, "float", n, dtype, plain)
    if kind in "iu":
        return ColumnData(name, "integer", n, dtype, values)
    if kind == "b":
        return ColumnData(name, "boolean", n, dtype, values)
    if kind in "mM":
        unit = np.datetime_data(values.dtype)[0]
        if unit not in ("D", "s", "ms", "us", "ns") or np.datetime_data(values.dtype)[1] != 1:
            values, unit = values.astype(f"{kind}8[s]"), "s"
        valid = ~np.isnat(values)
        return ColumnData(
            name,
            "datetime" if kind == "M" else "duration",
            n,
            dtype,
            values.view(np.int64),
            None if valid.all() else valid,
            unit=unit,
        )
    if kind == "U":
        import pyarrow as pa

        texts = values.tolist()
        with unicode_only(f"column {name!r}", texts):
            return ColumnData(name, "string", n, dtype, strings=pa.array(texts, pa.large_string()))
    raise SchemaError(
        f"column {name!r}: expected numbers, strings, booleans or dates, got dtype {dtype}. "
        "Split complex numbers into real and imaginary columns; decode bytes to text."
    )


def to_numpy(data: ColumnData, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Write a neutral column as a plain NumPy array of the given dtype.

    Raises
    ------
    SchemaError
        If rows are missing and the dtype has no missing value.
    """
    if data.storage == "string":
        return np.asarray(data.strings.to_pylist(), dtype=dtype)  # type: ignore[union-attr]
    if data.storage in ("datetime", "duration"):
        values = data.array if data.valid is None else np.where(data.valid, data.array, np.iinfo(np.int64).min)
        return values.view(f"{dtype.kind}8[{data.unit}]").astype(dtype, copy=False)
    if data.storage == "null":
        return np.full(data.n_rows, np.nan).astype(dtype) if dtype.kind != "M" else np.full(data.n_rows, "NaT", dtype)
    if data.valid is not None and not data.valid.all():
        raise SchemaError(f"column {data.name!r}: expected no missing values under dtype {dtype}, got some.")
    return data.array.astype(dtype, copy=False)


def build_frame(template: ContainerTemplate, columns: list[ColumnData]) -> npt.NDArray[Any]:
    """Build the array."""
    n_rows = columns[0].n_rows if columns else 0
    parts = [
        write_object(data, dtype) if dtype["dtype"] == "object" else to_numpy(data, np.dtype(dtype["dtype"]))
        for data, dtype in zip(columns, template.dtypes, strict=True)
    ]
    if template.facts.get("structured"):
        out = np.empty(n_rows, dtype=[(name, part.dtype) for name, part in zip(template.names, parts, strict=True)])
        for name, part in zip(template.names, parts, strict=True):
            out[str(name)] = part
        return out
    return np.column_stack(parts) if parts else np.empty((n_rows, 0))


class MatrixAssembly:
    """A 2-D array of one plain dtype put together of stretches of rows.

    Parameters
    ----------
    template : ContainerTemplate
        One that `serves` accepts.
    n_rows : int

    Notes
    -----
    A stretch is decoded column by column into memory of its own, which the cache still holds when it becomes rows.
    """

    def __init__(self, template: ContainerTemplate, n_rows: int) -> None:
        self.template = template
        self.out = np.empty((n_rows, len(template.names)), dtype=template.dtypes[0]["dtype"])

    @staticmethod
    def serves(template: ContainerTemplate) -> bool:
        """Whether the container is a matrix of floats, integers or booleans."""
        dtypes = {dtype["dtype"] for dtype in template.dtypes}
        plain = len(dtypes) == 1 and np.dtype(dtypes.pop()).kind in "fiub"
        return plain and not template.facts.get("structured")

    def stretch(self, start: int, stop: int) -> Stretch:
        """Rows ``start`` to ``stop``."""
        return _MatrixStretch(self.template.names, self.out[start:stop], self.out.nbytes > CACHED)

    def finish(self) -> npt.NDArray[Any]:
        """The array."""
        return self.out


PADDING = 8  # values between columns, so that these do not crowd the same places of the cache
CACHED = 2**24  # bytes of a table that caches may still hold when it is done


class _MatrixStretch:
    def __init__(self, names: tuple[Hashable, ...], out: npt.NDArray[Any], past: bool) -> None:
        self._place = {name: j for j, name in enumerate(names)}
        self._out, self._past = out, past
        self._columns = np.empty((len(names), len(out) + PADDING), dtype=out.dtype)

    def empty(self, name: Hashable, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        if np.dtype(dtype) != self._out.dtype:
            return np.empty(len(self._out), dtype)
        return self._columns[self._place[name], : len(self._out)]

    def put(self, columns: Mapping[Hashable, ColumnData]) -> None:
        for name, j in self._place.items():
            own, values = self._columns[j, : len(self._out)], to_numpy(columns[name], self._out.dtype)
            if not np.may_share_memory(own, values):
                own[...] = values
        if self._out.dtype.itemsize == 8 and self._out.dtype.isnative:
            bits, out = self._columns.view(np.float64), self._out.view(np.float64)
            weave_columns(bits, out, self._past, effective_n_threads())
        else:
            self._out[...] = self._columns[:, : len(self._out)].T
