"""What the leaves of a column are called in an answer: levels, intervals of numbers or of times, None for missing."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames import ColumnData
from synthfast._core.random import Stream
from synthfast.encoding.datetime import TimeCodec
from synthfast.encoding.encoded import DecodeRequest
from synthfast.encoding.numeric import NumericCodec
from synthfast.schema import Column
from synthfast.synthesizers._tree.bins import Bins
from synthfast.synthesizers._tree.grid import Grid
from synthfast.synthesizers._tree.number_values import NumberValues

__all__ = ["leaf_labels"]

Floats = NDArray[np.float64]

INSET = 1e-9  # of a cell: at the edge itself lies the neighbour's value too


def leaf_labels(bins: Bins, column: Column) -> list[tuple[int, Any]]:
    """Leaves and what each stands for, levels in their own order, numbers ascending, missing last."""
    if isinstance(bins.values, NumberValues):
        out = [(cell + int(bins.missing), label) for cell, label in enumerate(_intervals(bins.values, column))]
    else:
        levels = column.levels or ("present",)  # all that is told of values that are generated anew
        leaf_of = bins.encode(np.arange(len(levels), dtype=np.int32))
        out = [(int(leaf), level) for leaf, level in zip(leaf_of, levels, strict=True)]
    return [*out, (0, None)] if bins.missing else out


def _intervals(values: NumberValues, column: Column) -> Any:
    """Least and greatest value of each cell; of numbers without a grid, where it begins and ends."""
    import pandas as pd

    low, high = values.edges[:-1], values.edges[1:]
    if values.table.step is None:
        ends = [values.table.ppf(p) for p in (low, high)]
    else:
        inset = INSET * (high - low)
        ends = [Grid(values.table.step).nearest(values.table.ppf(p)) for p in (low + inset, high - inset)]
    return pd.IntervalIndex.from_arrays(*(_decoded(end, column) for end in ends), closed="both")


def _decoded(values: Floats, column: Column) -> Any:
    """Encoded numbers as the column has them; as times where text spells them, since no interval ends in text."""
    request = DecodeRequest(len(values), 0, Stream((0, 0)))
    if column.kind in ("datetime", "timedelta"):
        return _times(column, TimeCodec(replace(column, format=None)).decode(values, request))
    codec = NumericCodec(column)
    return codec.decode(values, request).array if codec.origin else values


def _times(column: Column, counts: ColumnData) -> Any:
    import pandas as pd

    if column.kind == "timedelta":
        return pd.TimedeltaIndex(counts.array.view(f"m8[{counts.unit}]"))
    times = pd.DatetimeIndex(counts.array.view(f"M8[{counts.unit}]"))
    return times if column.timezone is None else times.tz_localize("UTC").tz_convert(column.timezone)
