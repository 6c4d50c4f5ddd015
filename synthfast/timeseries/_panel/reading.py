"""A long table of many entities, put on one time axis: stretches of steps, one entity after another."""

import warnings
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from synthfast.base.time_axis import TimeAxis
from synthfast.exceptions import DataError, SeriesWarning

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Panel", "read_panel"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Panel:
    """Entities one after another, each with as many steps as lie between its first and its last time.

    Parameters
    ----------
    values : ndarray, shape (n_variables, n_total)
        NaN where a step or a value is missing. Where times are irregular, the steps are the rows, and the last
        variable is the logarithm of the time to the row before.
    offsets : ndarray of int64, shape (n_entities + 1,)
    starts : ndarray of int64, shape (n_entities,)
        Step of the axis at which each begins; nanoseconds or counts where times are irregular.
    present : ndarray of bool, shape (n_total,)
        Whether there is a row.
    axis : TimeAxis or None
        None where times are irregular.
    static : DataFrame, shape (n_entities, n_static)
    names : list
        Variables, without the time step.
    """

    values: Floats
    offsets: Integers
    starts: Integers
    present: NDArray[np.bool_]
    axis: TimeAxis | None
    static: "pd.DataFrame"
    names: list[Hashable]

    @property
    def lengths(self) -> Integers:
        """Steps of each entity."""
        return np.diff(self.offsets)


def read_panel(
    frame: "pd.DataFrame", entity: Hashable, time: Hashable, static: Sequence[Hashable] | None, label: str
) -> Panel:
    """Read a long table.

    Raises
    ------
    DataError
        If there is one entity only, columns are absent, entities or times missing, a time repeats within an entity, a
        static attribute is not constant, or a variable not numeric or infinite.

    Warns
    -----
    SeriesWarning
        If rows were not in order of entity and time.
    """
    _check_columns(frame, entity, time, static, label)
    import pandas as pd

    codes, _ = pd.factorize(frame[entity])
    if (codes < 0).any():
        raise DataError(f"{label}: row {int(np.argmax(codes < 0))} has no {entity!r}; drop or name such rows.")
    frame, codes = _in_order(frame, codes.astype(np.int64), time, label)
    first = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])
    if len(first) < 2:
        raise DataError(f"{label}: expected at least 2 entities, got one; for one series use ARIMASynthesizer.")
    others = [name for name in frame.columns if name not in (entity, time)]
    static = _static_columns(frame, others, first, codes, static, label)
    variables = [name for name in others if name not in static]
    if not variables:
        raise DataError(f"{label}: no column varies in time; every one but {entity!r} and {time!r} is static.")
    raw = np.stack([_numbers(frame[name], name, label) for name in variables])
    return _on_axis(frame, raw, first, time, variables, frame[static].iloc[first].reset_index(drop=True), label)


def _check_columns(
    frame: "pd.DataFrame", entity: Hashable, time: Hashable, static: Sequence[Hashable] | None, label: str
) -> None:
    if not len(frame):
        raise DataError(f"{label}: expected a table with rows, got none.")
    if not frame.columns.is_unique:
        raise DataError(f"{label}: column {frame.columns[frame.columns.duplicated()][0]!r} occurs more than once.")
    for role, name in [("entity", entity), ("time", time), *(("static", name) for name in static or [])]:
        if name not in frame.columns:
            raise DataError(f"{label}: {role}={name!r} is no column; there are {list(frame.columns)}.")
    if entity == time:
        raise DataError(f"{label}: entity and time are the same column {entity!r}.")
    if frame[time].isna().any():
        raise DataError(f"{label}: row {int(np.argmax(frame[time].isna()))} has no time in {time!r}.")
    kind = frame[time].dtype.kind
    if kind not in "Miu" and not hasattr(frame[time].dtype, "tz") and not hasattr(frame[time].dtype, "freq"):
        raise DataError(
            f"{label}: column {time!r} must hold stamps, periods or whole numbers, got {frame[time].dtype}; convert it"
            " with pandas.to_datetime."
        )


def _in_order(frame: "pd.DataFrame", codes: Integers, time: Hashable, label: str) -> tuple["pd.DataFrame", Integers]:
    """The table with its rows in order of entity and time, and the codes of entities along with it."""
    stamps = _ticks(frame[time])
    behind = (codes[1:] < codes[:-1]) | ((codes[1:] == codes[:-1]) & (stamps[1:] < stamps[:-1]))
    if behind.any():
        warnings.warn(
            f"{label}: rows were not in order of entity and time; they were sorted.", SeriesWarning, stacklevel=4
        )
        order = np.lexsort((stamps, codes))
        frame, codes, stamps = frame.iloc[order], codes[order], stamps[order]
    twice = (codes[1:] == codes[:-1]) & (stamps[1:] == stamps[:-1])
    if twice.any():
        at = int(np.argmax(twice))
        raise DataError(
            f"{label}: {frame[time].iloc[at]} occurs more than once in one entity; average or drop such rows."
        )
    return frame.reset_index(drop=True), codes


def _ticks(times: "pd.Series[Any]") -> Integers:
    """Times as whole numbers that keep their order."""
    dtype: Any = times.dtype
    if hasattr(dtype, "tz"):
        times = times.dt.tz_convert("UTC").dt.tz_localize(None)
    if times.dtype.kind == "M":
        return times.to_numpy().astype("datetime64[ns]").view(np.int64)
    return times.array.asi8 if hasattr(times.array, "asi8") else times.to_numpy(dtype=np.int64)


def _static_columns(
    frame: "pd.DataFrame",
    others: list[Hashable],
    first: Integers,
    codes: Integers,
    static: Sequence[Hashable] | None,
    label: str,
) -> list[Hashable]:
    """Attributes: those named, else those that never change within an entity or are no numbers."""
    same = codes[1:] == codes[:-1]

    def constant(name: Hashable) -> bool:
        values = frame[name]
        moved = (values.to_numpy()[1:] != values.to_numpy()[:-1]) & ~(values.isna().to_numpy()[1:] & same)
        return not (moved & same).any()

    if static is None:
        return [name for name in others if constant(name)]
    for name in static:
        if not constant(name):
            raise DataError(f"{label}: static={name!r} changes within an entity; leave it out of static.")
    return list(static)


def _numbers(column: "pd.Series[Any]", name: Hashable, label: str) -> Floats:
    if column.dtype.kind not in "iufb" or column.dtype == bool:
        raise DataError(
            f"{label}: column {name!r} changes in time and must hold numbers, got {column.dtype}; drop or encode it."
        )
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isinf(values).any():
        raise DataError(f"{label}: column {name!r} is infinite in row {int(np.argmax(np.isinf(values)))}.")
    if np.isnan(values).all():
        raise DataError(f"{label}: column {name!r} is all missing; drop it.")
    return values


def _on_axis(
    frame: "pd.DataFrame",
    raw: Floats,
    first: Integers,
    time: Hashable,
    names: list[Hashable],
    static: "pd.DataFrame",
    label: str,
) -> Panel:
    import pandas as pd

    bounds = np.r_[first, len(frame)].astype(np.int64)
    unique = pd.Index(frame[time].unique()).sort_values()
    try:
        axis, place_of = TimeAxis.read(unique.rename(time), label)
    except DataError:  # no one frequency
        return _by_rows(_ticks(frame[time]), raw, bounds, names, static)
    place = place_of[unique.get_indexer(pd.Index(frame[time]))]
    starts, ends = place[bounds[:-1]], place[bounds[1:] - 1]
    offsets = np.r_[0, np.cumsum(ends - starts + 1)]
    at = np.repeat(offsets[:-1] - starts, np.diff(bounds)) + place
    values, present = np.full((len(raw), int(offsets[-1])), np.nan), np.zeros(int(offsets[-1]), bool)
    values[:, at], present[at] = raw, True
    return Panel(values, offsets, starts, present, axis, static, names)


def _by_rows(ticks: Integers, raw: Floats, bounds: Integers, names: list[Hashable], static: "pd.DataFrame") -> Panel:
    """Each row a step, with the logarithm of the time to the row before as one more variable."""
    gaps = np.log(np.diff(ticks, prepend=ticks[0] - 1).clip(1).astype(np.float64))
    begins = bounds[:-1]
    lengths = np.diff(bounds)
    gaps[begins] = np.where(lengths > 1, gaps[np.minimum(begins + 1, len(gaps) - 1)], np.nan)
    known = gaps[~np.isnan(gaps)]
    gaps = np.where(np.isnan(gaps), known.mean() if len(known) else 0.0, gaps)
    present = np.ones(len(ticks), bool)
    return Panel(np.vstack([raw, gaps]), bounds, ticks[begins], present, None, static, names)
