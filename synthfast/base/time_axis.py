"""The time axis of a series: where it starts, its step, and the stamps of any stretch of it."""

import warnings
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from synthfast.exceptions import DataError, SeriesWarning

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TimeAxis"]

LEAST_SHARE = 0.5  # of the stamps of a regular axis that have to be there for holes in it to count as gaps
DAY = 86_400 * 10**9  # nanoseconds
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


@dataclass(frozen=True)
class TimeAxis:
    """Equally spaced times.

    Parameters
    ----------
    kind : {"none", "count", "datetime", "period"}
        No times, whole numbers, pandas stamps, or pandas periods.
    start : str, int or None
        First time, a stamp as ISO text.
    step : str, int or None
        Frequency as pandas spells it, or the difference of two whole numbers.
    zone, unit, name : str or None
        Time zone and resolution of stamps; name of the index.
    """

    kind: str = "none"
    start: str | int | None = None
    step: str | int | None = None
    zone: str | None = None
    unit: str | None = None
    name: Any = None

    @classmethod
    def read(cls, index: "pd.Index[Any]", label: str) -> tuple["TimeAxis", NDArray[np.int64]]:
        """Axis of a pandas index, and the place on it of each row.

        Raises
        ------
        DataError
            If times are duplicated, missing, or follow no one frequency.
        TypeError
            If the index holds no times.

        Warns
        -----
        SeriesWarning
            If the rows were out of order.
        """
        import pandas as pd

        if isinstance(index, pd.MultiIndex):
            raise TypeError(f"{label}: expected one time index, got one of {index.nlevels} levels; take one entity.")
        times = isinstance(index, pd.DatetimeIndex | pd.PeriodIndex) or pd.api.types.is_integer_dtype(index)
        if not times:
            raise TypeError(
                f"{label}: expected an index of stamps, periods or whole numbers, got one of dtype {index.dtype};"
                " set the time as index, or pass the values as an array."
            )
        if index.hasnans:
            raise DataError(f"{label}: the time index has a missing stamp in row {int(np.argmax(index.isna()))}.")
        if not index.is_unique:
            stamp = index[index.duplicated()][0]
            raise DataError(
                f"{label}: expected one row for each time, got {stamp} more than once; average or drop the repeated"
                " rows, or fit one entity at a time."
            )
        order = np.argsort(index.to_numpy(), kind="stable") if isinstance(index, pd.PeriodIndex) else index.argsort()
        if not index.is_monotonic_increasing:
            warnings.warn(
                f"{label}: the rows were not in order of time; they were sorted.", SeriesWarning, stacklevel=5
            )
        axis, place = cls._of_sorted(index[order], label)
        places = np.empty(len(index), np.int64)
        places[order] = place
        return axis, places

    @classmethod
    def _of_sorted(cls, index: "pd.Index[Any]", label: str) -> tuple["TimeAxis", NDArray[np.int64]]:
        import pandas as pd

        if isinstance(index, pd.PeriodIndex):
            ordinals = index.asi8 - index.asi8[0]
            _check_density(ordinals, label)
            return cls("period", str(index[0]), index.freqstr, name=index.name), ordinals
        if isinstance(index, pd.DatetimeIndex):
            step, place = _step_of_stamps(index, label)
            zone = None if index.tz is None else str(index.tz)
            wall = index[0].tz_localize(None)
            return cls("datetime", wall.isoformat(), step, zone, index.unit, index.name), place
        values = index.to_numpy(dtype=np.int64)
        width = int(np.gcd.reduce(np.diff(values))) if len(values) > 1 else 1
        place = (values - values[0]) // width
        _check_density(place, label)
        return cls("count", int(values[0]), width, name=index.name), place

    @property
    def frequency(self) -> str | None:
        """Frequency as pandas spells it, where the axis has one."""
        return self.step if isinstance(self.step, str) else None

    def stamps(self, first: int, n: int) -> "pd.Index[Any]":
        """Times of steps ``first`` to ``first + n``, counted from the first that was fitted."""
        import pandas as pd

        if self.kind == "period":
            return pd.period_range(self.start, periods=first + n, freq=self.step, name=self.name)[first:]
        if self.kind == "datetime":
            start = pd.Timestamp(self.start)
            whole = pd.date_range(start, periods=first + n, freq=self.step, tz=self.zone, name=self.name)
            return whole[first:].as_unit(self.unit or "ns")
        start, width = (self.start, self.step) if self.kind == "count" else (0, 1)
        return pd.RangeIndex(start + first * width, start + (first + n) * width, width, name=self.name)  # type: ignore[operator]

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return asdict(self)


def _check_density(place: NDArray[np.int64], label: str) -> None:
    """Gaps are holes in a regular axis, not another frequency."""
    if len(place) < LEAST_SHARE * (int(place[-1]) + 1):
        raise DataError(
            f"{label}: expected times of one frequency, got {len(place)} times of which no step fits more than"
            f" {100 * len(place) / (int(place[-1]) + 1):.0f} % of the span (mixed frequencies, or mostly gaps);"
            " resample to one frequency first."
        )


def _step_of_stamps(index: "pd.DatetimeIndex", label: str) -> tuple[str, NDArray[np.int64]]:
    """Frequency of sorted stamps, and the place of each on the regular axis."""
    import pandas as pd

    if index.freqstr is not None:
        return index.freqstr, np.arange(len(index))
    if len(index) < 3:
        raise DataError(f"{label}: expected at least 3 stamps to tell their frequency, got {len(index)}.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it returns changes from text to an offset
        inferred = pd.infer_freq(index)
    if inferred is not None:
        return getattr(inferred, "freqstr", inferred), np.arange(len(index))
    wall = index.tz_localize(None)
    for candidate in (index if index.tz is None else index.tz_convert("UTC").tz_localize(None), wall):
        found = _step_with_gaps(candidate)
        if found is not None:
            return found
    nanoseconds = wall.as_unit("ns").asi8
    _check_density((nanoseconds - nanoseconds[0]) // int(np.gcd.reduce(np.diff(nanoseconds))), label)
    raise DataError(f"{label}: expected stamps of one frequency, got mixed ones; resample to one frequency first.")


def _step_with_gaps(stamps: "pd.DatetimeIndex") -> tuple[str, NDArray[np.int64]] | None:
    """The frequency on whose axis all stamps lie with the fewest holes, or None."""
    import pandas as pd

    nanoseconds = stamps.as_unit("ns").asi8
    width = int(np.gcd.reduce(np.diff(nanoseconds)))
    month = MONTHS[stamps[0].month - 1]
    names = ["B", "MS", "ME", "BMS", "BME", *(f"{unit}-{month}" for unit in ("QS", "QE", "YS", "YE"))]
    best = None
    n_steps = int(nanoseconds[-1] - nanoseconds[0]) // width + 1
    if n_steps * LEAST_SHARE <= len(stamps):
        days, part = divmod(width, DAY)
        step = pd.tseries.frequencies.to_offset(pd.Timedelta(width, "ns")).freqstr if part else f"{days}D"
        best = step, (nanoseconds - nanoseconds[0]) // width
    for name in names:
        axis = pd.date_range(stamps[0], stamps[-1], freq=name)
        fewer = best is None or len(axis) < best[1][-1] + 1
        if fewer and len(axis) * LEAST_SHARE <= len(stamps) and stamps.isin(axis).all():
            best = name, axis.get_indexer(stamps).astype(np.int64)
    return best
