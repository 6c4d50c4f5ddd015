"""Continuous and integer columns: the plain number, its decimals, step and range put back when decoded."""

from fractions import Fraction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from synthfast._core.frames import ColumnData
from synthfast.encoding.encoded import Bounds, DecodeRequest, EncodedColumn
from synthfast.encoding.exact import Held, code_of_end, code_of_value, held_by_no_row, nearest_code, read_number
from synthfast.encoding.missing import is_missing
from synthfast.exceptions import ConditionError, SchemaError
from synthfast.schema import Column
from synthfast.schema.numbers import check_finite
from synthfast.schema.spelling import read_spelled, write_spelled

__all__ = ["NumericCodec", "float_type_of"]

_EXACT = 2**53
_SINGLE = ("float32", "Float32", "float", "Float", "float32[pyarrow]")
_HALF = ("float16", "Float16", "halffloat")
_GRID_SLACK = 1e-6  # steps by which a float may miss a number of few decimals for rounding
_LARGEST = float(2**62)  # what a column without bounds is cut to, so that it fits int64


class NumericCodec:
    """Codec of a number column.

    Parameters
    ----------
    column : Column
        A continuous or integer column.

    Notes
    -----
    Integers that pass 2**53 are coded as their exact offset from the column's minimum; the offset is exact where the
    range is narrower than 2**53.
    """

    kind: Literal["numeric"] = "numeric"

    def __init__(self, column: Column) -> None:
        self.column = column
        bounds = [bound for bound in (column.minimum, column.maximum) if bound is not None]
        self._wide = column.storage == "integer" and any(abs(bound) > _EXACT for bound in bounds)
        self.origin = int(column.minimum) if self._wide else 0
        ends = np.array([bound - self.origin for bound in bounds], dtype=np.float64)
        rounded = ends.copy()
        _round_in_place(rounded, 0 if column.kind == "integer" else column.decimals or 0, column.step)
        self._ends_off_grid = bool((rounded != ends).any())  # only a range that the user gives

    def bounds(self) -> Bounds:
        """Range and resolution of the encoded values."""
        column = self.column
        decimals = 0 if column.kind == "integer" else column.decimals
        step = None if decimals is None else float(column.step or 10.0**-decimals)
        return Bounds(_bound(column.minimum, self.origin), _bound(column.maximum, self.origin), step)

    def encode(self, data: ColumnData) -> EncodedColumn:
        """Encode to float64; plain float64 columns are passed on without a copy."""
        if data.storage == "null":
            return EncodedColumn(self.column.name, "numeric", np.full(data.n_rows, np.nan))
        if self.column.format is not None:
            data = read_spelled(data, self.column.format)
        values = data.array
        if data.storage == "float":
            check_finite(self.column.name, values)
            coded = values.astype(np.float64, copy=False)
            if coded is not values:
                coded = self._told_apart(coded, values)
        elif data.storage in ("integer", "decimal", "boolean"):
            coded = self._encode_whole(values)
            if data.storage == "decimal":
                coded /= 10.0**data.scale
            if data.valid is not None:
                coded[~data.valid] = np.nan
        else:
            raise SchemaError(f"column {self.column.name!r}: expected numbers, got dtype {data.dtype}.")
        if coded is values:
            coded = coded.view()
            coded.flags.writeable = False
        return EncodedColumn(self.column.name, "numeric", coded)

    def _told_apart(
        self, coded: npt.NDArray[np.float64], values: npt.NDArray[np.floating[Any]]
    ) -> npt.NDArray[np.float64]:
        """Short floats as the numbers of few decimals that they stand for: 0.1 is 0.09998 in half precision."""
        written = self.on_grid(coded)
        with np.errstate(over="ignore"):
            return np.where(written.astype(values.dtype) == values, written, coded)

    def _encode_whole(self, values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        if not self._wide:
            return values.astype(np.float64)
        offset = values.astype(np.uint64) - np.uint64(self.origin % 2**64)  # exact in arithmetic modulo 2**64
        below = values < self.origin
        coded = offset.astype(np.float64)
        coded[below] = -(np.uint64(0) - offset[below]).astype(np.float64)
        return coded

    def encode_value(self, value: Any) -> float | None:
        """Encode one number.

        Raises
        ------
        ConditionError
            If the value is not a finite number, or one that no row can have, such as 2.5 in a column of integers.
        """
        if is_missing(value):
            return None
        exact = self._read(value)
        held = self._held(exact, value)
        if held is None:
            return nearest_code(exact, self.origin)
        code = code_of_value(exact, self.origin, held, self.bounds())
        if code is None:
            nearest = held(nearest_code(exact, self.origin))
            shown = int(nearest) if nearest.denominator == 1 else float(nearest)
            raise held_by_no_row(self.column.name, value, shown)
        return code

    def encode_end(self, value: Any, *, upward: bool) -> float | None:
        """Encode an end of a range, moved into the range to the next number that rows can have.

        Raises
        ------
        ConditionError
            If the value is not a finite number.
        """
        if is_missing(value):
            return None
        exact = self._read(value)
        held = self._held(exact, value)
        if held is None:
            return nearest_code(exact, self.origin)
        return code_of_end(exact, self.origin, held, self.bounds(), upward=upward)

    def _read(self, value: Any) -> Fraction:
        try:
            exact = self._settled(read_number(value))
            nearest_code(exact, self.origin)
        except (TypeError, ValueError) as error:
            raise ConditionError(f"column {self.column.name!r}: expected a number, got {value!r}.") from error
        except OverflowError as error:
            raise ConditionError(f"column {self.column.name!r}: expected a finite number, got {value!r}.") from error
        return exact

    def _settled(self, exact: Fraction) -> Fraction:
        """The number of the column's decimals that a float stands for, where only the digits of floats part them."""
        if not self._is_written(exact):
            return exact
        nearest = self._value_of(nearest_code(exact, self.origin))
        single = float_type_of(self.column)
        slack = _GRID_SLACK * float(self.bounds().step or 0.0)
        alike = single is not np.float64 and single(float(nearest)) == single(float(exact))
        return nearest if alike or abs(nearest - exact) <= slack else exact

    def _is_written(self, exact: Fraction) -> bool:
        """Whether rows hold floats of few decimals there, so that each is the nearest to its text."""
        column = self.column
        if column.storage in ("integer", "decimal"):
            return False
        decimals = 0 if column.kind == "integer" else column.decimals
        return decimals is not None and abs(exact) * 10**decimals < _EXACT

    def _held(self, exact: Fraction, value: Any) -> Held | None:
        """What rows hold by their code; None among floats, where a number stands for those that round to it."""
        if self.column.storage in ("integer", "decimal") or self._is_written(exact):
            return self._value_of
        return Fraction if str(value).lstrip("-").isdecimal() else None

    def _value_of(self, code: float) -> Fraction:
        number = np.array([code])
        data = self._restored(number, number)
        held = data.array[0].item()
        return read_number(held) if data.storage == "float" else Fraction(held) / 10**data.scale

    def decode(self, values: npt.NDArray[Any] | None, request: DecodeRequest) -> ColumnData:
        """Round to step and decimals, clip to the range, restore the storage."""
        column, codes = self.column, np.asarray(values, dtype=np.float64)
        if column.format is not None:
            return write_spelled(column, self._restored(codes, np.empty(len(codes))))
        if column.storage in ("integer", "decimal"):
            return self._restored(codes, np.empty(len(codes)))
        return self._restored(codes, request.empty(column.name, np.float64))

    def _restored(self, codes: npt.NDArray[np.float64], numbers: npt.NDArray[np.float64]) -> ColumnData:
        """Codes as numbers in the column's storage; ``numbers`` is overwritten and, of a float column, kept."""
        column = self.column
        self._put_on_grid(codes, numbers)
        if column.storage not in ("integer", "decimal"):
            return ColumnData(column.name, "float", len(numbers), column.dtype, numbers)
        missing = np.isnan(numbers)
        valid = ~missing if missing.any() else None
        if column.storage == "integer":
            return ColumnData(column.name, "integer", len(numbers), column.dtype, self._whole(numbers, missing), valid)
        scale = int(column.decimals or 0)
        numbers = np.rint(numbers * 10.0**scale)
        numbers[missing] = 0
        return ColumnData(
            column.name, "decimal", len(numbers), column.dtype, numbers.astype(np.int64), valid, scale=scale
        )

    def on_grid(self, codes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The codes rounded to whole steps, else to the decimals; not clipped to the range. A fresh array."""
        numbers = np.array(codes, dtype=np.float64)
        decimals = 0 if self.column.kind == "integer" else self.column.decimals
        if decimals is not None:
            _round_in_place(numbers, decimals, self.column.step)
        return numbers

    def _put_on_grid(self, codes: npt.NDArray[np.float64], numbers: npt.NDArray[np.float64]) -> None:
        """``numbers`` = codes clipped to the range, and rounded to whole steps, else to the decimals."""
        column = self.column
        low, high = _bound(column.minimum, self.origin), _bound(column.maximum, self.origin)
        decimals = 0 if column.kind == "integer" else column.decimals
        _clip(codes, low, high, numbers)
        if decimals is not None:
            _round_in_place(numbers, decimals, column.step)
            if self._ends_off_grid:
                _clip(numbers, low, high, numbers)

    def _whole(self, numbers: npt.NDArray[np.float64], missing: npt.NDArray[np.bool_]) -> npt.NDArray[Any]:
        numbers[missing] = 0.0
        dtype = np.uint64 if (self.column.maximum or 0) >= 2**63 else np.int64
        if not self._wide:
            return np.clip(numbers, -_LARGEST, _LARGEST, out=numbers).astype(dtype)
        highest = int(self.column.maximum) - self.origin
        whole = np.clip(numbers, 0.0, np.nextafter(2.0**64, 0)).astype(np.uint64)
        whole[numbers >= float(highest)] = highest
        return (whole + np.uint64(self.origin % 2**64)).astype(dtype)


def float_type_of(column: Column) -> Any:
    """The precision that a column's numbers are stored in, as a NumPy type; float64 for all but short floats."""
    if column.storage != "float" or column.format is not None:
        return np.float64
    return np.float32 if column.dtype in _SINGLE else np.float16 if column.dtype in _HALF else np.float64


def _round_in_place(numbers: npt.NDArray[np.float64], decimals: int, step: int | float | None) -> None:
    """To ``whole * step``, computed as ``whole * unit / 10**decimals`` so that it is the float nearest to the text."""
    power = 10.0**decimals
    unit = 1.0 if step is None else float(np.rint(step * power))
    if power != unit:
        numbers *= power / unit
    np.rint(numbers, out=numbers)
    if unit != 1.0:
        numbers *= unit
    if power != 1.0:
        numbers /= power
    numbers += 0.0  # a zero reached from below becomes plain zero


def _clip(codes: npt.NDArray[np.float64], low: float | None, high: float | None, out: npt.NDArray[np.float64]) -> None:
    if low is not None or high is not None:
        np.clip(codes, low, high, out=out)
    elif out is not codes:
        np.copyto(out, codes)


def _bound(bound: Any, origin: int) -> float | None:
    return None if bound is None else float(bound - origin)
