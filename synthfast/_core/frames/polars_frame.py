"""polars frames, by way of Arrow."""

from collections.abc import Hashable
from typing import Any

import polars as pl
import pyarrow as pa

from synthfast._core.frames.arrow_types import parse_arrow_type, write_arrow_type
from synthfast._core.frames.arrow_values import column_from_arrow, column_to_arrow
from synthfast._core.frames.columns import ColumnData
from synthfast._core.frames.table import ContainerTemplate
from synthfast.exceptions import SchemaError

__all__ = ["PolarsContainer", "build_frame"]


class PolarsContainer:
    """Reads a ``polars.DataFrame``."""

    kind = "polars"

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame
        self.names: list[Hashable] = list(frame.columns)
        self.n_rows = frame.height

    def read(self, position: int) -> tuple[ColumnData, dict[str, Any]]:
        """Return one neutral column and its dtype."""
        series = self._frame.to_series(position)
        dtype = series.dtype
        if isinstance(dtype, pl.Object):
            raise SchemaError(f"column {series.name!r}: expected a native polars dtype, got Object. Cast the column.")
        if isinstance(dtype, pl.Enum):
            return _read_enum(series, dtype)
        values = series.to_arrow()
        data = column_from_arrow(series.name, values, str(dtype))
        data.ordered = False
        facts: dict[str, Any] = {"type": write_arrow_type(values.type)}
        if isinstance(dtype, pl.Categorical):
            facts["categorical"] = True
        return data, facts

    def facts(self) -> dict[str, Any]:
        """A polars frame needs nothing else."""
        return {}


def _read_enum(series: pl.Series, dtype: pl.Enum) -> tuple[ColumnData, dict[str, Any]]:
    categories = dtype.categories.to_list()
    codes = series.to_physical().cast(pl.Int32).fill_null(-1).to_numpy()
    data = ColumnData(series.name, "category", len(series), "Enum", codes, categories=categories, ordered=True)
    return data, {"enum": categories}


def build_frame(template: ContainerTemplate, columns: list[ColumnData]) -> pl.DataFrame:
    """Build a ``polars.DataFrame``."""
    parts = [_write(data, facts) for data, facts in zip(columns, template.dtypes, strict=True)]
    return pl.DataFrame([part.alias(str(name)) for part, name in zip(parts, template.names, strict=True)])


def _write(data: ColumnData, facts: dict[str, Any]) -> pl.Series:
    if "enum" in facts:
        strings = column_to_arrow(data, pa.dictionary(pa.int32(), pa.large_string()))
        return _series(strings.cast(pa.large_string())).cast(pl.Enum(facts["enum"] or list(data.categories or ())))
    kind = parse_arrow_type(facts["type"])
    series = _series(column_to_arrow(data, kind))
    return series.cast(pl.Categorical) if facts.get("categorical") else series


def _series(values: pa.Array) -> pl.Series:
    found = pl.from_arrow(values)
    assert isinstance(found, pl.Series)
    return found
