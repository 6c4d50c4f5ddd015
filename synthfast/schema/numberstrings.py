"""Numbers written as text: the spelling found, the text read, and written again letter for letter.

A spelling is a text such as ``{fixed}``, ``${,fixed}`` or ``{shortest} %``: what stands before and behind every number,
a comma where thousands are set apart, and how decimals end.
"""

import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["count_decimals", "find_number_spelling", "is_number_spelling", "parse_numbers", "write_numbers"]

_WHOLE = r"(?:0|[1-9]\d{0,14})"
_GROUPED = r"(?:0|[1-9]\d{0,2}(?:,\d{3}){0,4})"
_ENDINGS = {
    "fixed": r"(?:\.\d{1,10})?$",  # one number of decimals for all
    "shortest": r"(?:\.\d{0,9}[1-9])?$",  # no zeros at the end
    "float": r"\.(?:0|\d{0,9}[1-9])$",  # as Python writes floats
}
_NEGATIVE_ZERO = r"^-0(?:\.0+)?$"
_SPELLING = re.compile(r"(.*)\{(,?)(fixed|shortest|float)\}(.*)", re.DOTALL)
_CURRENCY = re.compile(r"(?:[$€£¥₹]|[A-Z]{3}|US\$)? ?")
_MAX_SUFFIX = 10


class _Spelling(NamedTuple):
    before: str
    comma: str
    ending: str
    behind: str


def is_number_spelling(text: str) -> bool:
    """Whether a format spells numbers; else it spells dates."""
    return _SPELLING.fullmatch(text) is not None


def _read_spelling(text: str) -> _Spelling:
    match = _SPELLING.fullmatch(text)
    if match is None:
        raise ValueError(f"expected a spelling such as '{{fixed}}' or '${{,fixed}}', got {text!r}")
    return _Spelling(*match.groups())


def find_number_spelling(levels: pa.Array, sample: list[str]) -> str | None:
    """The spelling that all texts follow; None if none does. Before a number only a currency may stand."""
    match = re.fullmatch(r"([^\d.-]*)-?[\d.,]*\d([^\d]*)", sample[0]) if sample else None
    if match is None or not _CURRENCY.fullmatch(match[1]) or len(match[2]) > _MAX_SUFFIX:
        return None
    few = pa.array(sample, pa.large_string())
    comma = "," if any("," in text for text in sample) else ""
    for ending in _ENDINGS:
        spelling = f"{match[1]}{{{comma}{ending}}}{match[2]}"
        if parse_numbers(few, spelling) is not None and parse_numbers(levels, spelling) is not None:
            return spelling
    return None


def parse_numbers(texts: pa.Array, spelling: str) -> npt.NDArray[np.float64] | None:
    """Read texts without nulls; None if one does not follow the spelling."""
    before, comma, ending, behind = _read_spelling(spelling)
    if not len(texts) or not pc.all(pc.starts_with(texts, before)).as_py():
        return None
    if not pc.all(pc.ends_with(texts, behind)).as_py():
        return None
    if before or behind:
        texts = pc.utf8_slice_codeunits(texts, len(before), -len(behind) if behind else None)
    if not pc.all(pc.match_substring_regex(texts, f"^-?{_GROUPED if comma else _WHOLE}{_ENDINGS[ending]}")).as_py():
        return None
    if comma:
        texts = pc.replace_substring(texts, ",", "")
    if pc.any(pc.match_substring_regex(texts, _NEGATIVE_ZERO)).as_py():
        return None
    if ending == "fixed" and len(np.unique(_decimals(texts))) > 1:
        return None
    return texts.cast(pa.float64()).to_numpy()


def count_decimals(text: str, spelling: str) -> int:
    """Decimal places of one text, its zeros counted."""
    before, _, _, behind = _read_spelling(spelling)
    return len(text[len(before) : len(text) - len(behind)].partition(".")[2])


def _decimals(texts: pa.Array) -> npt.NDArray[np.int64]:
    points = pc.find_substring(texts, ".").to_numpy()
    return np.where(points < 0, 0, pc.binary_length(texts).to_numpy() - points - 1)


def write_numbers(values: npt.NDArray[np.float64], spelling: str, decimals: int) -> pa.Array:
    """Write numbers of at most ``decimals`` decimal places as large_string texts; NaN as null."""
    before, comma, ending, behind = _read_spelling(spelling)
    missing = np.isnan(values)
    distinct, codes = np.unique(np.where(missing, 0.0, values), return_inverse=True)
    texts = [f"{value:{comma}.{decimals}f}" for value in distinct.tolist()]
    if ending != "fixed":
        texts = [_trim(text, ending) for text in texts]
    if before or behind:
        texts = [before + text + behind for text in texts]
    indices = pa.array(codes, mask=missing if missing.any() else None)
    return pa.array(texts, pa.large_string()).take(indices)


def _trim(text: str, ending: str) -> str:
    """Without zeros at the end; ``float`` keeps one behind the point."""
    whole, _, decimals = text.partition(".")
    decimals = decimals.rstrip("0")
    if decimals:
        return f"{whole}.{decimals}"
    return f"{whole}.0" if ending == "float" else whole
