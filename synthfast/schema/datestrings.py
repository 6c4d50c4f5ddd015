"""Dates written as text: the format found, the text read, and written again letter for letter."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthfast.schema.dateformats import (
    COMPACT_YEARS,
    FIELDS,
    LIMITS,
    NAMES,
    Part,
    candidates,
    digits_of_second,
    is_fixed,
    parts_of,
)
from synthfast.schema.letters import letters_of, texts_of

__all__ = ["find_date_format", "parse_dates", "write_dates"]

_UNIT_OF_DIGITS = {0: "s", 3: "ms", 6: "us", 9: "ns"}
_DAY = 86_400
_CENTURY = 69  # two digits from here on are of the twentieth century, as POSIX has it
_Fields = dict[str, npt.NDArray[np.int64]]


def find_date_format(levels: pa.Array, sample: list[str]) -> str | None:
    """The first known format that reads every text and writes it again letter for letter; None if none does.

    Where day and month could be either, ``/`` is read as month first, ``.`` and ``-`` as day first.
    """
    if not sample or not sample[0][-1:].isalnum() or not 5 <= len(sample[0]) <= 40:
        return None
    few = pa.array(sample, pa.large_string())
    for pattern in candidates(sample[0]):
        if parse_dates(few, pattern) is not None and parse_dates(levels, pattern) is not None:
            return pattern
    return None


def parse_dates(texts: pa.Array, pattern: str) -> tuple[npt.NDArray[np.int64], str] | None:
    """Read texts without nulls.

    Returns
    -------
    (values, unit) or None
        int64 counts of ``"D"``, ``"s"``, ``"ms"``, ``"us"`` or ``"ns"`` since 1970-01-01; None if a text does not fit.
    """
    fields = _read_fixed(texts, pattern) if is_fixed(pattern) else _read_loose(texts, pattern)
    if fields is None:
        return None
    if "y" in fields:
        fields["Y"] = fields["y"] + np.where(fields["y"] < _CENTURY, 2_000, 1_900)
    for code, (low, high) in LIMITS.items():
        if code in fields and len(fields[code]) and not (low <= fields[code].min() and fields[code].max() <= high):
            return None
    if "q" in fields:
        fields["m"] = 3 * fields["q"] - 2
    return _assemble(fields, pattern)


def _read_fixed(texts: pa.Array, pattern: str) -> _Fields | None:
    parts = parts_of(pattern)
    width = sum(part.width for part in parts)
    letters = letters_of(texts, width)
    if letters is None:
        return None
    fields: _Fields = {}
    for part in parts:
        column = letters[:, part.start : part.start + part.width]
        if not part.code:
            if (column != np.frombuffer(part.text.encode(), dtype=np.uint8)).any():
                return None
        elif part.code in NAMES:
            found = _read_names(column, NAMES[part.code])
            if found is None:
                return None
            fields[part.field] = found
        else:
            digits = column - np.uint8(ord("0"))
            if (digits > 9).any():
                return None
            fields[part.code] = _join_digits(digits)
    return fields


def _join_digits(digits: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    number = digits[:, 0].astype(np.int32)  # at most nine digits
    for place in range(1, digits.shape[1]):
        number *= 10
        number += digits[:, place]
    return number.astype(np.int64)


def _read_names(column: npt.NDArray[np.uint8], names: tuple[str, ...]) -> npt.NDArray[np.int64] | None:
    out = np.zeros(len(column), dtype=np.int64)
    for place, name in enumerate(names, start=1):
        out[(column == np.frombuffer(name.encode(), dtype=np.uint8)).all(axis=1)] = place
    return None if (out == 0).any() else out


def _read_loose(texts: pa.Array, pattern: str) -> _Fields | None:
    parts = parts_of(pattern)
    codes = [part.code for part in parts if part.code]
    reader = re.compile("".join(_loose_regex(part) for part in parts))
    rows = []
    for text in texts.to_pylist():
        match = reader.fullmatch(text)
        if match is None:
            return None
        rows.append([_loose_value(code, found) for code, found in zip(codes, match.groups(), strict=True)])
    table = np.array(rows, dtype=np.int64).reshape(len(rows), len(codes))
    return dict(zip((FIELDS.get(code, code) for code in codes), table.T, strict=True))


def _loose_regex(part: Part) -> str:
    if not part.code:
        return re.escape(part.text)
    if part.code in NAMES:
        return f"({'|'.join(NAMES[part.code])})"
    return rf"(\d{{{part.width}}})" if part.padded else r"(0|[1-9]\d?)"


def _loose_value(code: str, found: str) -> int:
    return NAMES[code].index(found) + 1 if code in NAMES else int(found)


def _assemble(fields: _Fields, pattern: str) -> tuple[npt.NDArray[np.int64], str] | None:
    n = len(next(iter(fields.values())))
    zero = np.zeros(n, dtype=np.int64)
    days = zero
    low, high = COMPACT_YEARS
    if "Y" in fields:
        if pattern.startswith("%Y%m%d") and n and not (low <= fields["Y"].min() and fields["Y"].max() <= high):
            return None
        months = (fields["Y"] - 1970) * 12 + fields["m"] - 1
        days = months.view("M8[M]").astype("M8[D]").view(np.int64) + fields.get("d", zero + 1) - 1
        if (days.view("M8[D]").astype("M8[M]").view(np.int64) != months).any():  # such as 31 February
            return None
    if "M" not in fields:
        return days, "D"
    hours = fields["H"] if "H" in fields else fields["I"] % 12 + 12 * (fields["p"] - 1)
    seconds = ((days * 24 + hours) * 60 + fields["M"]) * 60 + fields.get("S", zero)
    digits = digits_of_second(pattern)
    return seconds * 10**digits + fields.get("f", zero), _UNIT_OF_DIGITS[digits]


def write_dates(values: npt.NDArray[np.int64], unit: str, pattern: str) -> pa.Array:
    """Write int64 times as text, finer units than the format has cut off.

    Returns
    -------
    pyarrow.LargeStringArray of shape (n,)
    """
    digits = digits_of_second(pattern)
    fine = values.view(f"M8[{unit}]").astype(f"M8[{_UNIT_OF_DIGITS[digits]}]").view(np.int64)
    seconds, fraction = (fine, None) if digits == 0 else np.divmod(fine, 10**digits)
    days = seconds // _DAY
    if not is_fixed(pattern):
        fields = {**_split_days(days), **_split_clock(seconds - days * _DAY)}
        return _write_loose(fields if fraction is None else {**fields, "f": fraction}, pattern)
    parts = parts_of(pattern)
    letters = np.empty((len(values), sum(part.width for part in parts)), dtype=np.uint8)
    clock = [part for part in parts if part.code in ("H", "I", "M", "S", "p")]
    for part in parts:
        column = letters[:, part.start : part.start + part.width]
        if not part.code:
            column[:] = np.frombuffer(part.text.encode(), dtype=np.uint8)
        elif part.code == "f":
            _write_digits(column, fraction)  # type: ignore[arg-type]
    _write_by_table(letters, days, [part for part in parts if part.field in ("Y", "y", "q", "m", "d")], _split_days)
    _write_by_table(letters, seconds - days * _DAY, clock, _split_clock)
    return texts_of(letters)


def _write_by_table(
    letters: npt.NDArray[np.uint8],
    numbers: npt.NDArray[np.int64],
    parts: list[Part],
    split: Callable[[npt.NDArray[np.int64]], _Fields],
) -> None:
    """Write the parts of each number; many numbers of a small range are spelled once and looked up."""
    if not parts or not len(numbers):
        return
    low, high = int(numbers.min()), int(numbers.max())
    looked_up = high - low < len(numbers)
    fields = split(np.arange(low, high + 1) if looked_up else numbers)
    for part in parts:
        column = letters[:, part.start : part.start + part.width]
        values = fields[part.field]
        if part.code in NAMES:
            names = np.array([list(name.encode()) for name in NAMES[part.code]], np.uint8)
            spelled = names[values - 1]
        else:
            spelled = np.empty((len(values), part.width), dtype=np.uint8)
            _write_digits(spelled, values)
        column[:] = _take_rows(spelled, numbers - low) if looked_up else spelled


def _take_rows(table: npt.NDArray[np.uint8], places: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """Rows of a table of two, three or four bytes each; whole machine words where that is possible."""
    width = table.shape[1]
    if width in (2, 4):
        return table.view(f"u{width}")[:, 0][places].view(np.uint8).reshape(-1, width)
    return table[places]


def _write_digits(column: npt.NDArray[np.uint8], numbers: npt.NDArray[Any]) -> None:
    rest = numbers.astype(np.uint32)
    for place in range(column.shape[1] - 1, -1, -1):
        quotient = rest // 10
        column[:, place] = rest - 10 * quotient + ord("0")
        rest = quotient


def _split_days(days: npt.NDArray[np.int64]) -> _Fields:
    months = days.view("M8[D]").astype("M8[M]")
    since = months.view(np.int64)
    first = months.astype("M8[D]").view(np.int64)
    years, month = since // 12 + 1970, since % 12 + 1
    return {"Y": years, "y": years % 100, "q": (month - 1) // 3 + 1, "m": month, "d": days - first + 1}


def _split_clock(seconds: npt.NDArray[np.int64]) -> _Fields:
    hours, rest = np.divmod(seconds, 3_600)
    minutes, rest = np.divmod(rest, 60)
    return {"H": hours, "I": (hours - 1) % 12 + 1, "p": hours // 12 + 1, "M": minutes, "S": rest}


def _write_loose(fields: _Fields, pattern: str) -> pa.Array:
    """Unpadded numbers: pieces of text joined, each piece looked up."""
    pieces: list[Any] = []
    for part in parts_of(pattern):
        if not part.code:
            pieces.append(part.text)
            continue
        numbers = fields[part.field]
        if part.code in NAMES:
            names, numbers = list(NAMES[part.code]), numbers - 1
        else:
            names = [str(i).zfill(part.width if part.padded else 1) for i in range(int(numbers.max(initial=0)) + 1)]
        pieces.append(pa.array(names, pa.large_string()).take(pa.array(numbers)))
    return pc.binary_join_element_wise(*[_literal(piece) for piece in pieces], _literal(""))


def _literal(piece: Any) -> Any:
    return pa.scalar(piece, pa.large_string()) if isinstance(piece, str) else piece
