"""pandas frames: every dtype read into a neutral column and rebuilt exactly."""

from collections.abc import Hashable
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa

from synthfast._core.frames.array_frame import from_numpy, to_numpy
from synthfast._core.frames.arrow_types import parse_arrow_type, write_arrow_type
from synthfast._core.frames.arrow_values import column_from_arrow, column_to_arrow, missing_to_nat
from synthfast._core.frames.cells import read_cells
from synthfast._core.frames.columns import ColumnData, as_large_string
from synthfast._core.frames.object_values import read_object, write_object
from synthfast._core.frames.table import ContainerTemplate
from synthfast._core.json_values import from_json_value, to_json_value
from synthfast._core.unicode import check_unicode, unicode_only
from synthfast.exceptions import SchemaError

__all__ = ["PandasContainer", "build_frame"]


class PandasContainer:
    """Reads a ``pandas.DataFrame``; the index is not part of the table.

    Parameters
    ----------
    frame : pandas.DataFrame
    by_cell : bool, default False
        Read Python objects by `read_cells`.
    """

    kind = "pandas"

    def __init__(self, frame: pd.DataFrame, by_cell: bool = False) -> None:
        self._frame, self._by_cell = frame, by_cell
        self.names: list[Hashable] = list(frame.columns)
        self.n_rows = len(frame)

    def read(self, position: int) -> tuple[ColumnData, dict[str, Any]]:
        """Return one neutral column and its dtype."""
        name, series = self.names[position], self._frame.iloc[:, position]
        if self._by_cell:
            series = series.sparse.to_dense() if isinstance(series.dtype, pd.SparseDtype) else series
            if _holds_objects(series.dtype):
                return read_cells(name, series.to_numpy(dtype=object))
        return _read_series(name, series)

    def facts(self) -> dict[str, Any]:
        """Names of the column index, and whether it has levels."""
        columns = self._frame.columns
        return {
            "levels": columns.nlevels if isinstance(columns, pd.MultiIndex) else 1,
            "index_names": [to_json_value(name) for name in columns.names],
        }


def _holds_objects(dtype: Any) -> bool:
    """Whether cells are Python's objects, text that may be no Unicode among them."""
    in_python = isinstance(dtype, pd.StringDtype) and dtype.storage == "python"
    return in_python or (isinstance(dtype, np.dtype) and dtype.kind == "O")


def _read_series(name: Hashable, series: pd.Series) -> tuple[ColumnData, dict[str, Any]]:
    dtype = series.dtype
    if isinstance(dtype, np.dtype):
        values = series.to_numpy()
        if dtype.kind == "O":
            data, facts = read_object(name, values)
            return data, {"form": "object", **facts}
        return from_numpy(name, np.ascontiguousarray(values)), {"form": "numpy", "dtype": str(dtype)}
    if isinstance(dtype, pd.CategoricalDtype):
        return _read_category(name, series)
    if isinstance(dtype, pd.DatetimeTZDtype):
        values = series.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
        data = from_numpy(name, values)
        data.timezone, data.dtype = _zone_name(name, dtype), str(dtype)
        return data, {"form": "zoned", "unit": dtype.unit, "zone": data.timezone}
    if isinstance(dtype, pd.StringDtype):
        return _read_strings(name, series)
    if isinstance(dtype, pd.ArrowDtype):
        data = column_from_arrow(name, series.array.__arrow_array__(), str(dtype))
        return data, {"form": "arrow", "type": write_arrow_type(dtype.pyarrow_dtype)}
    if isinstance(dtype, pd.SparseDtype):
        data, facts = _read_series(name, series.sparse.to_dense())
        data.dtype = str(dtype)
        fill = to_json_value(dtype.fill_value)
        return data, {"form": "sparse", "dtype": str(dtype), "fill": fill, "dense": facts}
    if hasattr(dtype, "numpy_dtype") and dtype.kind in "iufb":
        return _read_masked(name, series)
    raise SchemaError(
        f"column {name!r}: expected numbers, strings, booleans, dates or categories, got dtype {dtype}. "
        "Convert periods with .dt.to_timestamp(), intervals with .astype('category'), or drop the column."
    )


def _zone_name(name: Hashable, dtype: pd.DatetimeTZDtype) -> str:
    zone = str(dtype.tz)
    try:
        pd.DatetimeTZDtype(dtype.unit, zone)
    except (KeyError, TypeError, ValueError) as error:
        raise SchemaError(
            f"column {name!r}: expected a time zone with a name, got {zone}. "
            "Convert the column with .dt.tz_convert, to 'UTC' or a name such as 'Europe/Berlin'."
        ) from error
    return zone


def _read_masked(name: Hashable, series: pd.Series) -> tuple[ColumnData, dict[str, Any]]:
    dtype: Any = series.dtype
    facts = {"form": "masked", "dtype": str(dtype)}
    absent = series.isna().to_numpy()
    if dtype.kind == "f":
        values = series.to_numpy(dtype.numpy_dtype, na_value=np.nan)
        return ColumnData(name, "float", len(series), str(dtype), values), facts
    values = series.to_numpy(dtype.numpy_dtype, na_value=dtype.numpy_dtype.type(0))
    storage: Any = "boolean" if dtype.kind == "b" else "integer"
    return ColumnData(name, storage, len(series), str(dtype), values, ~absent if absent.any() else None), facts


def _read_strings(name: Hashable, series: pd.Series) -> tuple[ColumnData, dict[str, Any]]:
    dtype: Any = series.dtype
    with unicode_only(f"column {name!r}", series):
        strings = as_large_string(cast(Any, series.array).__arrow_array__(type=pa.large_string()))
    missing = "NA" if dtype.na_value is pd.NA else "nan"
    facts = {"form": "string", "storage": dtype.storage, "missing": missing}
    return ColumnData(name, "string", len(series), str(dtype), strings=strings), facts


def _read_category(name: Hashable, series: pd.Series) -> tuple[ColumnData, dict[str, Any]]:
    dtype = cast(pd.CategoricalDtype, series.dtype)
    codes = series.cat.codes.to_numpy().astype(np.int32)
    categories = dtype.categories
    check_unicode(categories, f"column {name!r}")
    try:
        listed = [to_json_value(value) for value in categories]
    except TypeError as error:
        raise SchemaError(f"column {name!r}: expected categories of plain values; {error}.") from error
    facts = {"form": "category", "categories": listed, "ordered": bool(dtype.ordered)}
    facts["inner"] = _index_facts(categories)
    data = ColumnData(
        name, "category", len(series), "category", codes, categories=list(categories), ordered=bool(dtype.ordered)
    )
    data.level_storage = _LEVEL_STORAGES.get(getattr(categories.dtype, "kind", ""), "")
    return data, facts


_LEVEL_STORAGES = {"i": "integer", "u": "integer", "f": "float", "b": "boolean"}  # by the kind of a dtype


def _index_facts(categories: pd.Index) -> dict[str, Any]:
    """The native dtype of the categories themselves; intervals rebuild from their own JSON form."""
    if isinstance(categories.dtype, pd.IntervalDtype):
        return {"form": "interval"}
    return _read_series("categories", pd.Series(categories[:0]))[1]


def build_frame(template: ContainerTemplate, columns: list[ColumnData]) -> pd.DataFrame:
    """Build a ``pandas.DataFrame`` under a RangeIndex."""
    n_rows = columns[0].n_rows if columns else 0
    arrays = [_write_column(data, facts) for data, facts in zip(columns, template.dtypes, strict=True)]
    frame = pd.DataFrame(dict(enumerate(arrays)), index=pd.RangeIndex(n_rows), copy=False)
    index_names = [from_json_value(name) for name in template.facts["index_names"]]
    if template.facts["levels"] > 1:
        frame.columns = pd.MultiIndex.from_tuples(cast(Any, template.names), names=index_names)
    else:
        names = pd.Index(list(template.names), name=index_names[0], tupleize_cols=False)
        frame.columns = names
    return frame


def _write_column(data: ColumnData, facts: dict[str, Any]) -> Any:
    return _WRITERS[facts["form"]](data, facts)


def _write_objects(data: ColumnData, facts: dict[str, Any]) -> Any:
    return pd.Series(write_object(data, facts), dtype=object)  # a bare array of strings would turn into dtype str


def _write_numpy(data: ColumnData, facts: dict[str, Any]) -> Any:
    return to_numpy(data, np.dtype(facts["dtype"]))


def _write_zoned(data: ColumnData, facts: dict[str, Any]) -> Any:
    if data.storage == "null":
        stamps = np.full(data.n_rows, "NaT", dtype=f"M8[{facts['unit']}]")
    else:
        stamps = missing_to_nat(data).view(f"M8[{data.unit}]").astype(f"M8[{facts['unit']}]", copy=False)
    return pd.DatetimeIndex(stamps).tz_localize("UTC").tz_convert(facts["zone"]).array


def _write_strings(data: ColumnData, facts: dict[str, Any]) -> Any:
    dtype = pd.StringDtype(facts["storage"], na_value=pd.NA if facts["missing"] == "NA" else np.nan)
    if data.storage == "null":
        return dtype.__from_arrow__(pa.nulls(data.n_rows, pa.large_string()))
    return dtype.__from_arrow__(data.strings)


def _write_masked(data: ColumnData, facts: dict[str, Any]) -> Any:
    dtype: Any = pd.array([], dtype=facts["dtype"]).dtype
    mask = data.missing()
    if mask is None:
        mask = np.zeros(data.n_rows, dtype=bool)
    values = np.zeros(data.n_rows) if data.values is None else data.values
    values = np.where(mask, 1, values) if data.storage == "float" and mask.any() else values
    return dtype.construct_array_type()(values.astype(dtype.numpy_dtype, copy=False), mask)


def _write_category(data: ColumnData, facts: dict[str, Any]) -> Any:
    values = [from_json_value(value) for value in facts["categories"]]
    if data.storage == "null":
        codes = np.full(data.n_rows, -1, dtype=np.int32)
    else:
        values, codes = _match_categories(list(data.categories or ()), values, data.array)
    inner = None if facts["inner"]["form"] == "interval" else _pandas_dtype(facts["inner"])
    dtype = pd.CategoricalDtype(pd.Index(values, dtype=inner), ordered=facts["ordered"])
    return pd.Categorical.from_codes(codes, dtype=dtype)


def _match_categories(found: list[Any], native: list[Any], codes: Any) -> tuple[list[Any], Any]:
    """Codes into the native categories; categories that the native ones do not have take their place."""
    if found == native:
        return native, codes
    places = {value: place for place, value in enumerate(native)}
    if any(value not in places for value in found):
        return found, codes
    table = np.array([*(places[value] for value in found), -1], dtype=np.int32)
    return native, table[codes]


def _pandas_dtype(facts: dict[str, Any]) -> Any:
    return _write_column(ColumnData("categories", "null", 0), facts).dtype


def _write_arrow(data: ColumnData, facts: dict[str, Any]) -> Any:
    return pd.arrays.ArrowExtensionArray(column_to_arrow(data, parse_arrow_type(facts["type"])))


def _write_sparse(data: ColumnData, facts: dict[str, Any]) -> Any:
    dense = pd.Series(_write_column(data, facts["dense"]))
    if "fill" not in facts:  # as version 0.1 wrote models
        return dense.astype(facts["dtype"]).array
    return dense.astype(pd.SparseDtype(dense.dtype, from_json_value(facts["fill"]))).array


_WRITERS = {
    "numpy": _write_numpy,
    "object": _write_objects,
    "zoned": _write_zoned,
    "string": _write_strings,
    "masked": _write_masked,
    "category": _write_category,
    "arrow": _write_arrow,
    "sparse": _write_sparse,
}
