"""The only home of dataframes: any container in, neutral columns, the same container out."""

from synthfast._core.frames.assembly import Assembly, Stretch
from synthfast._core.frames.columns import ColumnData
from synthfast._core.frames.table import ContainerTemplate, Table

__all__ = ["Assembly", "ColumnData", "ContainerTemplate", "Stretch", "Table"]
