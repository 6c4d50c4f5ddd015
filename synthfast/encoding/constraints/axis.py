"""A scale on which columns of numbers, or of times in different units, are compared and added."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast.encoding.datetime import TimeCodec
from synthfast.encoding.numeric import NumericCodec, float_type_of
from synthfast.exceptions import ConstraintError
from synthfast.schema.times import RESOLUTIONS

__all__ = ["Axis", "axes_of"]

Floats = NDArray[np.float64]
_NUMPY_UNIT = {"day": "D", "hour": "h", "minute": "m", "second": "s", "ms": "ms", "us": "us", "ns": "ns"}


@dataclass(frozen=True)
class Axis:
    """Codes of one column as values of the common scale, and back.

    Parameters
    ----------
    codec : NumericCodec or TimeCodec
    factor : int
        Units of the scale in one unit of the column.
    origin : int
        Where the scale begins, in its own units.
    """

    codec: NumericCodec | TimeCodec
    factor: int = 1
    origin: int = 0

    @property
    def _low(self) -> int:
        return int(self.codec.low) if isinstance(self.codec, TimeCodec) else 0

    def values(self, codes: Floats) -> Floats:
        """Values of codes; NaN stays."""
        if isinstance(self.codec, NumericCodec):
            return np.asarray(codes, dtype=np.float64)
        return np.rint(codes) * self.factor + float(self._low * self.factor - self.origin)

    def codes(self, values: Floats) -> Floats:
        """Undo `values`; values between two codes give what lies between."""
        if isinstance(self.codec, NumericCodec):
            return values
        return (values - float(self._low * self.factor - self.origin)) / self.factor

    def nearest(self, values: Floats) -> Floats:
        """The values that rows can have nearest to these."""
        if isinstance(self.codec, NumericCodec):
            return self._single(self.codec.on_grid(values))
        return self.values(self.codes(values))

    def above(self, values: Floats, *, strict: bool = False) -> Floats:
        """The least values that rows can have which are not below these; ``strict``: which are above."""
        return self._beyond(values, 1.0, strict)

    def below(self, values: Floats, *, strict: bool = False) -> Floats:
        """The greatest values that rows can have which are not above these; ``strict``: which are below."""
        return self._beyond(values, -1.0, strict)

    def _beyond(self, values: Floats, way: float, strict: bool) -> Floats:
        out = self.nearest(values)
        short = (out - values) * way <= 0.0 if strict else (out - values) * way < 0.0
        if short.any():
            out[short] = self._next(out[short], way)
        return out

    def _next(self, values: Floats, way: float) -> Floats:
        step = self.codec.bounds().step
        if isinstance(self.codec, TimeCodec):
            return values + way * self.factor
        if step is not None:
            return self.nearest(values + way * step)
        kind = self._kind()
        return np.nextafter(values.astype(kind), kind(way * np.inf)).astype(np.float64)

    def _single(self, values: Floats) -> Floats:
        kind = self._kind()
        return values if kind is np.float64 else values.astype(kind).astype(np.float64)

    def _kind(self) -> Any:
        return float_type_of(self.codec.column)

    @property
    def limits(self) -> tuple[float, float]:
        """The column's range, on the scale and on the column's own grid."""
        bounds = self.codec.bounds()
        low = -math.inf if bounds.minimum is None else bounds.minimum
        high = math.inf if bounds.maximum is None else bounds.maximum
        if isinstance(self.codec, NumericCodec):
            ends = np.array([low, high])
            return float(self.above(ends[:1])[0]), float(self.below(ends[1:])[0])
        ends = self.values(np.array([low, high]))
        return float(ends[0]), float(ends[1])

    def fact(self, value: float) -> Any:
        """A value of the scale as a schema tells it: a number, ISO text, or a count."""
        if isinstance(self.codec, NumericCodec):
            return int(value) if self.codec.column.kind == "integer" else float(value)
        count = (int(value) + self.origin) // self.factor
        if self.codec.column.kind == "timedelta":
            return count
        return str(np.array(count).view(f"M8[{_NUMPY_UNIT[str(self.codec.column.unit)]}]"))


def axes_of(codecs: list[Any], what: str) -> list[Axis]:
    """One scale for several columns.

    Raises
    ------
    ConstraintError
        If they are not all numbers, all dates of one zone, or all spans; or integers beyond 2**53.
    """
    for codec in codecs:
        if not isinstance(codec, NumericCodec | TimeCodec):
            raise ConstraintError(
                f"{what}: expected columns of numbers, dates or spans; column {codec.column.name!r} is of kind "
                f"{codec.column.kind!r}."
            )
        if isinstance(codec, NumericCodec) and codec.origin:
            raise ConstraintError(f"{what}: column {codec.column.name!r} holds integers beyond 2**53.")
    sorts = {
        ("number", None, None)
        if isinstance(codec, NumericCodec)
        else (codec.column.kind, codec.column.timezone, codec.column.local)
        for codec in codecs
    }
    if len(sorts) > 1:
        named = ", ".join(f"{codec.column.name!r} ({codec.column.kind})" for codec in codecs)
        raise ConstraintError(f"{what}: expected all numbers, all dates of one zone and clock, or all spans: {named}.")
    if isinstance(codecs[0], NumericCodec):
        return [Axis(codec) for codec in codecs]
    finest = max(RESOLUTIONS[str(codec.column.unit)] for codec in codecs)
    factors = [finest // RESOLUTIONS[str(codec.column.unit)] for codec in codecs]
    origin = min(codec.low * factor for codec, factor in zip(codecs, factors, strict=True))
    return [Axis(codec, factor, origin) for codec, factor in zip(codecs, factors, strict=True)]
