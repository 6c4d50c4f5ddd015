"""The table that is released: quasi-identifiers as labels, representative or re-sampled values, all else as it was."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synthfast._core.frames import ColumnData, Table
from synthfast._core.frames.arrow_types import write_arrow_type
from synthfast._core.frames.columns import codes_of
from synthfast._core.frames.concat import take_cells
from synthfast._core.random import Stream
from synthfast.privacy._columns import column_levels, is_numeric
from synthfast.privacy._keys import Digits, group_columns
from synthfast.privacy._partition import Partition, QuasiColumn
from synthfast.privacy._tallies import tally

__all__ = [
    "blanked",
    "container_kind",
    "label_columns",
    "mean_loss",
    "release",
    "representative",
    "resampled",
    "text_facts",
]

_FLOAT: Final[dict[str, dict[str, Any]]] = {
    "pandas": {"form": "numpy", "dtype": "float64"},
    "numpy": {"dtype": "<f8"},
}


def release(table: Table, rows: NDArray[np.int64], new: Mapping[Any, tuple[ColumnData, dict[str, Any] | None]]) -> Any:
    """The caller's container with some rows, and some columns replaced, each with the native dtype that it needs.

    Parameters
    ----------
    table : Table
    rows : ndarray of int64
        Rows that stay.
    new : dict of name to (ColumnData, facts)
        Columns of those rows; facts None keeps the dtype.
    """
    template = table.template()
    dtypes = [
        (new[name][1] if name in new else None) or facts
        for name, facts in zip(template.names, template.dtypes, strict=True)
    ]
    columns = {name: new[name][0] if name in new else take_cells(table.column(name), rows) for name in template.names}
    return replace(template, dtypes=tuple(dtypes)).build(columns)


def label_columns(
    columns: Sequence[QuasiColumn], partition: Partition, rows: NDArray[np.int64]
) -> tuple[dict[Any, ColumnData], int]:
    """Labels of the classes that rows are in, column by column, and the rows of the rarest combination of labels."""
    labels, digits = {}, []
    for column in columns:
        texts = column.texts(partition).cast(pa.large_string()).dictionary_encode()
        codes = codes_of(texts)
        digits.append(Digits(codes, 0, max(1, len(texts.dictionary))))
        strings = texts.dictionary.take(pa.array(codes[partition.ids[rows]]))
        labels[column.name] = ColumnData(column.name, "string", len(rows), strings=strings)
    alike = group_columns(digits, len(partition.starts))
    return labels, int(np.bincount(alike.ids, partition.sizes).min(initial=len(partition.rows)))


def text_facts(kind: str) -> dict[str, Any]:
    """Native dtype of a column of text in a container."""
    if kind in ("polars", "arrow"):
        return {"type": write_arrow_type(pa.large_string())}
    if kind == "numpy":
        return {"dtype": "object", "holds": "string", "missing": "nan"}
    import pandas as pd

    dtype: Any = pd.Series(["text"]).dtype
    if not isinstance(dtype, pd.StringDtype):
        return {"form": "object", "holds": "string", "missing": "nan"}
    return {"form": "string", "storage": dtype.storage, "missing": "NA" if dtype.na_value is pd.NA else "nan"}


def representative(data: ColumnData, partition: Partition, rows: NDArray[np.int64]) -> ColumnData:
    """The mean of each class for numbers and dates (rounded to what the column holds), else its most frequent level."""
    if not is_numeric(data) or data.storage == "null":
        return take_cells(data, _modal_rows(data, partition)[partition.ids[rows]])
    missing = data.missing()
    present = np.ones(len(partition.rows), dtype=bool) if missing is None else ~missing[partition.rows]
    values = np.where(present, data.array[partition.rows], data.array.dtype.type(0))
    counts = np.add.reduceat(present.astype(np.int64), partition.starts)
    if data.storage == "float":
        with np.errstate(invalid="ignore"):
            means = np.add.reduceat(values.astype(np.float64), partition.starts) / counts
        return replace(take_cells(data, rows), values=means.astype(data.array.dtype)[partition.ids[rows]])
    means = _whole_means(values, present, counts, partition)
    valid = None if missing is None else (counts > 0)[partition.ids[rows]]
    return replace(take_cells(data, rows), values=means.astype(data.array.dtype)[partition.ids[rows]], valid=valid)


def _whole_means(
    values: NDArray[Any], present: NDArray[np.bool_], counts: NDArray[np.int64], partition: Partition
) -> NDArray[Any]:
    """Means rounded to whole numbers, by way of the distance from the class's least value: no sum is too large."""
    top = np.iinfo(values.dtype).max
    low = np.minimum.reduceat(np.where(present, values, top), partition.starts)
    low = np.where(counts > 0, low, 0).astype(values.dtype)
    gaps = np.where(present, values - low[partition.places], 0).astype(np.float64)
    shift = np.rint(np.add.reduceat(gaps, partition.starts) / np.maximum(counts, 1))
    return low + shift.astype(values.dtype)


def _modal_rows(data: ColumnData, partition: Partition) -> NDArray[np.int64]:
    """A row of each class with its most frequent value, of several the first in order."""
    levels = column_levels(data).with_missing()
    codes = levels.codes[partition.rows]
    counted = tally(partition.places, partition.sizes, codes, len(levels.values))
    order = np.lexsort((counted.values, -counted.counts, counted.class_of))
    modes = counted.values[order][counted.starts]
    places = np.flatnonzero(codes == modes[partition.places])
    first = np.zeros(len(partition.starts), dtype=np.int64)
    first[partition.places[places[::-1]]] = partition.rows[places[::-1]]
    return first


def resampled(data: ColumnData, partition: Partition, rows: NDArray[np.int64], stream: Stream) -> ColumnData:
    """For each row the value of a row of its class drawn at random, with replacement."""
    ids = partition.ids[rows]
    step = (stream.uniform(len(rows)) * partition.sizes[ids]).astype(np.int64)
    return take_cells(data, partition.rows[partition.starts[ids] + step])


def blanked(data: ColumnData, blank: NDArray[np.bool_], kind: str) -> tuple[ColumnData, dict[str, Any] | None]:
    """The column without some cells, and the native dtype that can lack them, where its own cannot."""
    if not blank.any() or data.storage == "null":
        return data, None
    if data.storage == "string":
        kept = pa.array(np.where(blank, -1, np.arange(len(blank))), mask=blank)
        return replace(data, strings=data.strings.take(kept), spelled={}, _factorized=None), None  # type: ignore[union-attr]
    if data.storage in ("category", "object"):
        return replace(data, values=np.where(blank, np.int32(-1), data.array), spelled={}, _factorized=None), None
    if data.storage == "float":
        return replace(data, values=np.where(blank, np.nan, data.array), spelled={}, _factorized=None), None
    valid = ~blank if data.valid is None else data.valid & ~blank
    lacking = replace(data, valid=valid, spelled={}, _factorized=None)
    if data.storage not in ("integer", "boolean") or kind in ("polars", "arrow"):
        return lacking, None
    if kind == "numpy":
        values = np.where(valid, data.array.astype(np.float64), np.nan)
        return ColumnData(data.name, "float", data.n_rows, values=values), _FLOAT["numpy"]
    name = "boolean" if data.storage == "boolean" else _nullable(data.array.dtype)
    return lacking, {"form": "masked", "dtype": name}


def _nullable(dtype: np.dtype[Any]) -> str:
    """Pandas' name of an integer dtype with missing values."""
    return f"{'U' if dtype.kind == 'u' else ''}Int{8 * dtype.itemsize}"


def container_kind(table: Table) -> str:
    """Which container a table came in."""
    return table.template().kind


def mean_loss(columns: Sequence[QuasiColumn], partition: Partition) -> dict[Any, float]:
    """Loss of each column, a mean over all rows; a suppressed row loses all."""
    return {
        column.name: float(
            ((column.losses(partition) * partition.sizes).sum() + partition.n_suppressed) / partition.n_rows
        )
        for column in columns
    }
