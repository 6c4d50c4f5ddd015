"""Numbers near the largest floats: their quantile tables are kept in eighths, whose sums and differences are floats."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthfast.encoding import Bounds, EncodedColumn, TableCodec
from synthfast.marginals.quantile_table import QuantileTable

__all__ = ["LargeTable", "in_eighths", "quantile_table"]

Floats = NDArray[np.float64]

LARGE = float(np.finfo(np.float64).max) / 8.0


@dataclass(frozen=True)
class LargeTable(QuantileTable):
    """A quantile table that is looked up in eighths of its values. Numbers as large have no grid."""

    @classmethod
    def of_eighths(cls, table: QuantileTable) -> "LargeTable":
        """The table of numbers, given that of their eighths."""
        return cls(table.probabilities, 8.0 * table.values)

    @cached_property
    def _eighths(self) -> QuantileTable:
        return QuantileTable(self.probabilities, self.values / 8.0)

    def ppf(self, u: ArrayLike, *, n_threads: int | None = None) -> Floats:
        """As `QuantileTable.ppf`."""
        return 8.0 * self._eighths.ppf(u, n_threads=n_threads)

    def cdf(self, x: ArrayLike, *, n_threads: int | None = None) -> Floats:
        """As `QuantileTable.cdf`."""
        return self._eighths.cdf(np.asarray(x) / 8.0, n_threads=n_threads)

    def interval(self, lower: ArrayLike, upper: ArrayLike) -> tuple[Floats, Floats]:
        """As `QuantileTable.interval`."""
        return self._eighths.interval(np.asarray(lower) / 8.0, np.asarray(upper) / 8.0)


def quantile_table(probabilities: Floats, values: Floats, step: float | None) -> QuantileTable:
    """The table of some knots, in eighths where it must be."""
    if _are_large(values):
        return LargeTable(probabilities, values)
    return QuantileTable(probabilities, values, step)


def in_eighths(
    columns: Mapping[Hashable, EncodedColumn], codec: TableCodec
) -> tuple[Mapping[Hashable, EncodedColumn], TableCodec, set[Hashable]]:
    """The columns with eighths in place of large numbers, what tells their bounds, and which columns they are."""
    large = {name for name, column in columns.items() if column.kind == "numeric" and _has_large(column, codec)}
    if not large:
        return columns, codec, large
    small = {
        name: replace(column, values=column.values / 8.0) if name in large else column
        for name, column in columns.items()
    }
    return small, cast(TableCodec, _BoundsInEighths(codec, large)), large


def _has_large(column: EncodedColumn, codec: TableCodec) -> bool:
    bounds = codec.bounds(column.name)
    ends = [bound for bound in (bounds.minimum, bounds.maximum) if bound is not None]
    return _are_large(np.array(ends)) or _are_large(column.values)


def _are_large(values: Floats) -> bool:
    """Whether some of the values are, missing ones left out."""
    return bool(np.fmax.reduce(values, initial=0.0) > LARGE or np.fmin.reduce(values, initial=0.0) < -LARGE)


class _BoundsInEighths:
    """What a codec tells of the range and resolution of columns, those of large numbers in eighths."""

    def __init__(self, codec: TableCodec, large: set[Hashable]) -> None:
        self._codec, self._large = codec, large

    def bounds(self, name: Hashable) -> Bounds:
        own = self._codec.bounds(name)
        if name not in self._large:
            return own
        low, high = (None if bound is None else bound / 8.0 for bound in (own.minimum, own.maximum))
        return Bounds(low, high, None)
