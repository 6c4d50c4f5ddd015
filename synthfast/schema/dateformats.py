"""Formats of dates: directives, what they mean, and the known formats by the shape of their texts.

Directives are those of ``strftime``, and ``%-d`` for numbers without padding, ``%3f`` for three digits of the second,
``%B`` for months in capitals (JAN) and ``%q`` for quarters.
"""

import re
from functools import lru_cache
from itertools import product
from typing import NamedTuple

__all__ = [
    "COMPACT_YEARS",
    "FIELDS",
    "LIMITS",
    "NAMES",
    "Part",
    "all_formats",
    "candidates",
    "digits_of_second",
    "is_fixed",
    "parts_of",
]

_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%d-%b-%Y",
         "%d-%B-%Y", "%d %b %Y", "%b %d, %Y", "%Y%m%d", "%m/%d/%y", "%d/%m/%y", "%d.%m.%y", "%d-%b-%y", "%d-%B-%y",
         "%-m/%-d/%Y", "%-d/%-m/%Y", "%-d.%-m.%Y", "%-m/%-d/%y", "%-d/%-m/%y", "%b %-d, %Y", "%b-%-d-%Y", "%-d %b %Y",
         "%Y-%-m-%-d", "%Y/%-m/%-d")  # fmt: skip
_MONTHS = ("%Y-%m", "%Y/%m", "%m/%Y", "%YM%m", "%b %Y", "%b-%Y", "%b-%y", "%YQ%q", "%Y-Q%q", "%Y Q%q", "Q%q %Y")
_CLOCKS = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%3f", "%H:%M:%S.%6f", "%H:%M:%S.%9f", "%I:%M %p", "%I:%M:%S %p",
           "%-H:%M", "%-H:%M:%S", "%-I:%M %p", "%-I:%M:%S %p")  # fmt: skip
_ZONES = ("", "Z", " UTC")
_WIDTHS = {"Y": 4, "y": 2, "m": 2, "d": 2, "H": 2, "I": 2, "M": 2, "S": 2, "b": 3, "B": 3, "p": 2, "q": 1}
_SHORT_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_OFFSET = re.compile(r"(?<=[:.\d]\d\d)[+-]\d\d:?\d\d$")
_TOKEN = re.compile(r"%(-?)(\d?)([A-Za-z])")

LIMITS = {"Y": (1, 9999), "m": (1, 12), "d": (1, 31), "q": (1, 4), "H": (0, 23), "I": (1, 12), "M": (0, 59),
          "S": (0, 59)}  # fmt: skip
NAMES = {"b": _SHORT_MONTHS, "B": tuple(name.upper() for name in _SHORT_MONTHS), "p": ("AM", "PM")}
FIELDS = {"b": "m", "B": "m"}
"""Directives that spell the number of another one."""
COMPACT_YEARS = (1900, 2100)
"""Years that eight digits may stand for; outside of these they are a number."""


class Part(NamedTuple):
    """A directive, or a literal text where ``code`` is empty, at its place in texts of a fixed width."""

    code: str
    text: str
    start: int
    width: int
    padded: bool

    @property
    def field(self) -> str:
        """Which number the directive spells."""
        return FIELDS.get(self.code, self.code)


@lru_cache(maxsize=512)
def parts_of(pattern: str) -> tuple[Part, ...]:
    """The directives and literals of a format, in order."""
    parts: list[Part] = []
    position = start = 0
    for match in [*_TOKEN.finditer(pattern), None]:
        literal = pattern[position : match.start() if match else len(pattern)]
        if literal:
            parts.append(Part("", literal, start, len(literal), True))
            start += len(literal)
        if match:
            dash, digits, code = match.groups()
            width = int(digits) if code == "f" else _WIDTHS[code]
            parts.append(Part(code, "", start, width, not dash))
            start, position = start + width, match.end()
    return tuple(parts)


def is_fixed(pattern: str) -> bool:
    """Whether all texts of the format have one width."""
    return "%-" not in pattern


def digits_of_second(pattern: str) -> int:
    """Digits behind the second's point."""
    return next((part.width for part in parts_of(pattern) if part.code == "f"), 0)


def candidates(text: str) -> list[str]:
    """Known formats whose texts look like this one, those of one width first; an offset is part of the format."""
    offset = _OFFSET.search(text)
    if offset is None:
        return [pattern for cut in (False, True) for pattern in _by_mask().get(_mask(text, cut=cut), ())]
    known = candidates(text[: offset.start()] + "Z")
    return [pattern.removesuffix("Z") + offset.group() for pattern in known if pattern.endswith("Z")]


@lru_cache(maxsize=1)
def _by_mask() -> dict[str, list[str]]:
    """Known formats by the shape of their texts: digits as 0, letters as a; runs of digits cut short if unpadded."""
    found: dict[str, list[str]] = {}
    stamps = [
        f"{date}{gap}{clock}{zone}"
        for date, gap, clock, zone in product(_DAYS, (" ", "T"), _CLOCKS, _ZONES)
        if (gap == " " or date == "%Y-%m-%d") and not ("%-" in date + clock and "f" in clock)
    ]
    for pattern in (*_DAYS, *_MONTHS, *_CLOCKS[:2], *stamps):
        sample = "".join(part.text or ("a" if part.code in NAMES else "0") * part.width for part in parts_of(pattern))
        found.setdefault(_mask(sample, cut=not is_fixed(pattern)), []).append(pattern)
    return found


def _mask(text: str, *, cut: bool) -> str:
    text = re.sub(r"[A-Za-z]", "a", text)
    return "cut " + re.sub(r"\d+", "0", text) if cut else re.sub(r"\d", "0", text)


def all_formats() -> list[str]:
    """Every known format."""
    return [pattern for patterns in _by_mask().values() for pattern in patterns]
