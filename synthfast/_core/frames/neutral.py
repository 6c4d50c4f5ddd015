"""Neutral columns as a table, for tables that are put together inside and never built."""

from collections.abc import Hashable, Mapping
from typing import Any

from synthfast._core.frames.columns import ColumnData

__all__ = ["NeutralContainer"]


class NeutralContainer:
    """A container of columns that are neutral already.

    Parameters
    ----------
    columns : mapping of name to ColumnData
        All of one length.
    """

    kind = "neutral"

    def __init__(self, columns: Mapping[Hashable, ColumnData]) -> None:
        self._columns = list(columns.values())
        self.names = list(columns)
        self.n_rows = self._columns[0].n_rows if self._columns else 0

    def read(self, position: int) -> tuple[ColumnData, dict[str, Any]]:
        """Return the column at a position; there is no native dtype."""
        return self._columns[position], {}

    def facts(self) -> dict[str, Any]:
        """Nothing: such a table is not rebuilt."""
        return {}
