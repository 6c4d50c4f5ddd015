"""pyarrow tables and record batches."""

from collections.abc import Hashable
from typing import Any

import pyarrow as pa

from synthfast._core.frames.arrow_types import parse_arrow_type, write_arrow_type
from synthfast._core.frames.arrow_values import column_from_arrow, column_to_arrow
from synthfast._core.frames.columns import ColumnData
from synthfast._core.frames.table import ContainerTemplate

__all__ = ["ArrowContainer", "build_frame"]


class ArrowContainer:
    """Reads a ``pyarrow.Table``, a ``RecordBatch`` or anything with ``__arrow_c_stream__``."""

    kind = "arrow"

    def __init__(self, data: Any) -> None:
        if isinstance(data, pa.RecordBatch):
            data = pa.Table.from_batches([data])
        self._table = data if isinstance(data, pa.Table) else pa.table(data)
        self.names: list[Hashable] = list(self._table.column_names)
        self.n_rows = self._table.num_rows

    def read(self, position: int) -> tuple[ColumnData, dict[str, Any]]:
        """Return one neutral column and its Arrow type."""
        field = self._table.schema.field(position)
        return column_from_arrow(field.name, self._table.column(position)), {"type": write_arrow_type(field.type)}

    def facts(self) -> dict[str, Any]:
        """An Arrow table needs nothing else."""
        return {}


def build_frame(template: ContainerTemplate, columns: list[ColumnData]) -> pa.Table:
    """Build a ``pyarrow.Table``."""
    kinds = [parse_arrow_type(dtype["type"]) for dtype in template.dtypes]
    arrays = [column_to_arrow(data, kind) for data, kind in zip(columns, kinds, strict=True)]
    return pa.Table.from_arrays(arrays, names=[str(name) for name in template.names])
