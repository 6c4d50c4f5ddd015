"""Arrow types as text and back."""

import re

import pyarrow as pa

from synthfast.exceptions import SchemaError

__all__ = ["parse_arrow_type", "write_arrow_type"]

_PARAMETRIC = re.compile(r"^(\w+)\[(\w+)(?:, tz=(.+))?\]$")
_DECIMAL = re.compile(r"^decimal(32|64|128|256)\((\d+), (-?\d+)\)$")
_DICTIONARY = re.compile(r"^dictionary<values=(.+), indices=(\w+), ordered=(\d)>$")
_UNITED = frozenset({"time32", "time64", "duration", "timestamp"})
_PLAIN = (
    pa.null(), pa.bool_(), pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(),
    pa.uint64(), pa.float16(), pa.float32(), pa.float64(), pa.string(), pa.large_string(), pa.string_view(),
)  # fmt: skip


def write_arrow_type(kind: pa.DataType) -> str:
    """The type's text, as ``str`` gives it."""
    return str(kind)


def parse_arrow_type(text: str) -> pa.DataType:
    """Undo ``write_arrow_type`` for the types a column can have.

    Raises
    ------
    SchemaError
        If the text names no such type.
    """
    if match := _DICTIONARY.match(text):
        values, indices, ordered = match.groups()
        return pa.dictionary(parse_arrow_type(indices), parse_arrow_type(values), ordered == "1")
    if match := _DECIMAL.match(text):
        bits, precision, scale = match.groups()
        return getattr(pa, f"decimal{bits}")(int(precision), int(scale))
    if match := _PARAMETRIC.match(text):
        name, unit, zone = match.groups()
        if name in ("date32", "date64"):
            return getattr(pa, name)()
        if name in _UNITED:
            return pa.timestamp(unit, zone) if name == "timestamp" else getattr(pa, name)(unit)
    for kind in _PLAIN:
        if str(kind) == text:
            return kind
    raise SchemaError(f"expected the name of an Arrow type, got {text!r}.")
