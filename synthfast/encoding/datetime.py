"""Datetime and timedelta columns: a count of the column's resolution since its rounded minimum."""

import datetime as dt
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from synthfast._core.frames import ColumnData
from synthfast.encoding.encoded import Bounds, DecodeRequest, EncodedColumn
from synthfast.encoding.exact import code_of_end, code_of_value, held_by_no_row, nearest_code, read_number
from synthfast.encoding.missing import is_missing
from synthfast.exceptions import ConditionError, SchemaError
from synthfast.schema import Column
from synthfast.schema.spelling import read_spelled, write_spelled
from synthfast.schema.times import RESOLUTIONS, per_day
from synthfast.schema.zones import to_local, to_utc

__all__ = ["TimeCodec"]

_NUMPY_UNIT = {"day": "D", "hour": "h", "minute": "m", "second": "s", "ms": "ms", "us": "us", "ns": "ns"}


class TimeCodec:
    """Codec of a datetime or timedelta column.

    Parameters
    ----------
    column : Column
        A datetime or timedelta column.

    Notes
    -----
    Counts are exact while the range holds fewer than 2**53 units of the resolution. Zoned times are counted in UTC, or
    on the zone's own clock where they are coarser there.
    """

    kind: Literal["numeric"] = "numeric"

    def __init__(self, column: Column) -> None:
        self.column = column
        self._unit = _NUMPY_UNIT[str(column.unit)]
        self.low = self._bound(column.minimum)
        self._high = self._bound(column.maximum)

    def _bound(self, bound: Any) -> int:
        if self.column.kind == "timedelta":
            return int(bound)
        return int(np.datetime64(bound).astype(f"M8[{self._unit}]").astype(np.int64))

    def bounds(self) -> Bounds:
        """Range and resolution of the encoded values."""
        return Bounds(0.0, float(self._high - self.low), 1.0)

    def encode(self, data: ColumnData) -> EncodedColumn:
        """Encode to float64 counts, NaN where missing."""
        if data.storage == "null":
            return EncodedColumn(self.column.name, "numeric", np.full(data.n_rows, np.nan))
        if self.column.format is not None:
            data = read_spelled(data, self.column.format)
        if data.storage not in ("datetime", "duration", "time"):
            raise SchemaError(f"column {self.column.name!r}: expected dates or spans, got dtype {data.dtype}.")
        values = data.array
        if self.column.local:
            values = to_local(values, str(data.unit), str(self.column.timezone))
        whole = self._in_resolution(values, str(data.unit))
        coded = (whole - self.low).astype(np.float64)
        if data.valid is not None:
            coded[~data.valid] = np.nan
        return EncodedColumn(self.column.name, "numeric", coded)

    def _in_resolution(self, values: npt.NDArray[np.int64], unit: str) -> npt.NDArray[np.int64]:
        stored, wanted = per_day(unit), RESOLUTIONS[str(self.column.unit)]
        if stored == wanted:
            return values
        return values // (stored // wanted) if stored > wanted else values * (wanted // stored)

    def encode_value(self, value: Any) -> float | None:
        """Encode one date or span: ISO text, datetime, date, Timestamp, datetime64, timedelta, or a count.

        Raises
        ------
        ConditionError
            If the value cannot be read as one, or no row can have it, such as noon in a column of days.
        """
        exact = None if is_missing(value) else self._count(value)
        if exact is None:
            return None
        code = code_of_value(exact, self.low, self._count_of, self.bounds())
        if code is None:
            nearest = self._counts(np.array([nearest_code(exact, self.low)]))
            zone = " UTC" if self.column.timezone is not None and not self.column.local else ""
            kind = "m8" if self.column.kind == "timedelta" else "M8"
            raise held_by_no_row(self.column.name, value, f"{nearest.view(f'{kind}[{self._unit}]')[0]}{zone}")
        return code

    def encode_end(self, value: Any, *, upward: bool) -> float | None:
        """Encode an end of a range, moved into the range to the next date or span that rows can have.

        Raises
        ------
        ConditionError
            If the value cannot be read as one.
        """
        exact = None if is_missing(value) else self._count(value)
        return None if exact is None else code_of_end(exact, self.low, self._count_of, self.bounds(), upward=upward)

    def _count(self, value: Any) -> Fraction | None:
        """A value in the column's resolution; None where it is not a time."""
        try:
            return self._count_span(value) if self.column.kind == "timedelta" else self._count_date(value)
        except (TypeError, ValueError, OverflowError) as error:
            example = "2024-01-31T12:00" if self.column.kind == "datetime" else "datetime.timedelta(hours=1)"
            raise ConditionError(
                f"column {self.column.name!r}: expected a {self.column.kind} such as {example}, got {value!r}."
            ) from error

    def _count_date(self, value: Any) -> Fraction | None:
        import pandas as pd

        stamp = pd.Timestamp(value)
        if stamp is pd.NaT:
            return None
        if self.column.timezone is not None:
            stamp = stamp.tz_localize(self.column.timezone) if stamp.tz is None else stamp
            stamp = stamp.tz_convert(self.column.timezone if self.column.local else "UTC").tz_localize(None)
        elif stamp.tz is not None:
            raise ValueError("a zoned time for a column without a time zone")
        return self._fraction(int(stamp.asm8.view("i8")), stamp.unit)

    def _count_span(self, value: Any) -> Fraction | None:
        import pandas as pd

        if isinstance(value, dt.time):
            value = dt.timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)  # fmt: skip  # noqa: E501
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return read_number(value)
        span = pd.Timedelta(value)
        return None if span is pd.NaT else self._fraction(int(span.asm8.view("i8")), span.unit)

    def _fraction(self, count: int, unit: str) -> Fraction:
        return Fraction(count * RESOLUTIONS[str(self.column.unit)], per_day(unit))

    def _count_of(self, code: float) -> Fraction:
        return Fraction(int(self._counts(np.array([code]))[0]))

    def decode(self, values: npt.NDArray[Any] | None, request: DecodeRequest) -> ColumnData:
        """Round to the resolution, clip to the range, restore unit and zone."""
        coded = np.array(values, dtype=np.float64)
        missing = np.isnan(coded)
        coded[missing] = 0.0
        return self._restored(self._counts(coded), ~missing if missing.any() else None)

    def _counts(self, coded: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """Counts of the resolution from codes, which are overwritten; rounded and clipped to the range."""
        np.rint(coded, out=coded)
        np.clip(coded, 0.0, float(self._high - self.low), out=coded)
        return coded.astype(np.int64) + self.low

    def _restored(self, counts: npt.NDArray[np.int64], valid: npt.NDArray[np.bool_] | None) -> ColumnData:
        """Counts of the resolution as times in the column's storage, unit and zone."""
        column, unit = self.column, self._unit
        if unit in ("h", "m"):
            counts, unit = counts * (3_600 if unit == "h" else 60), "s"
        if column.local:
            counts, unit = to_utc(counts, unit, str(column.timezone)), "s" if unit == "D" else unit
        storage: Any = "datetime" if column.format is not None else column.storage
        restored = ColumnData(
            column.name, storage, len(counts), column.dtype, counts, valid, unit=unit, timezone=column.timezone
        )
        return restored if column.format is None else write_spelled(column, restored)
