"""How close a synthetic table is to the real one, and what it discloses: one metric family a file."""

from synthfast.quality.columns import CodedTable, Coding, Tables, share_columns
from synthfast.quality.result import MetricResult

__all__ = ["CodedTable", "Coding", "MetricResult", "Tables", "share_columns"]
