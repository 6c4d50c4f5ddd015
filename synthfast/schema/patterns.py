"""Patterns of identifiers: which numbers, or which letters at which place, and which of them are not taken."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthfast.schema.letters import letters_of

__all__ = [
    "LETTERS_LIMIT",
    "count_shapes",
    "learn_ends",
    "learn_integers",
    "learn_shapes",
    "learn_strings",
    "with_repeats",
    "without_gaps",
]

LETTERS_LIMIT = 2**62
_MAX_GAPS = 64
_MARGIN = 16  # a sixteenth of a gap is left at both ends, so that a pattern tells no identifier
_SAMPLE = 20_000
_OFTEN = 10  # rows per value
_MAX_SHAPES = 16
_MIN_SHAPE_COUNT = 5
_MIN_CODED, _MIN_DENSE, _MIN_COVERED = 0.8, 0.7, 0.6
_MAX_CODE_LENGTH = 24
_EVIDENCE = 200  # identifiers that make an absent letter mean something
_DIGITS, _LOWER, _UPPER = "0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CLASSES = tuple(
    frozenset(letters)
    for letters in (
        _DIGITS, _DIGITS + "abcdef", _DIGITS + "ABCDEF", _UPPER, _LOWER, _DIGITS + _UPPER, _DIGITS + _LOWER,
        _DIGITS + _UPPER + _LOWER,
    )
)  # fmt: skip


def with_repeats(pattern: dict[str, Any], n_levels: int, n_rows: int) -> dict[str, Any]:
    """The pattern with how values repeat, where some do.

    Values that repeat a few times come as rows per distinct value, a fraction ``repeats``: ``[rows, values]``; values
    that repeat often as the number of distinct ones, ``pool``.
    """
    if n_levels == n_rows:
        return pattern
    if n_rows >= _OFTEN * n_levels:
        return {**pattern, "pool": n_levels}
    return {**pattern, "repeats": [max(round(64 * n_rows / n_levels), 64), 64]}


def count_shapes(shapes: Iterable[str], min_count: int) -> list[list[Any]]:
    """The most frequent shapes and their shares, ``[shape, share]``, without those seen fewer than ``min_count`` times.

    A shape is a text in which ``#`` stands for a digit, ``A`` for a capital letter and ``a`` for a small one.
    """
    counted = Counter(shapes).most_common(_MAX_SHAPES)
    kept = [(shape, count) for shape, count in counted if count >= min_count] or counted[:1]
    total = sum(count for _, count in kept)
    return [[shape, count / total] for shape, count in kept]


def learn_integers(values: npt.NDArray[Any], *, width: int | None = None, limit: int = 2**63 - 1) -> dict[str, Any]:
    """Pattern of integers in row order.

    Parameters
    ----------
    values : ndarray of int of shape (n,)
        Identifiers, distinct or nearly so.
    width : int, optional
        Digits that they are padded to with zeros.
    limit : int
        The largest number that the column can hold.

    Returns
    -------
    dict
        ``sequential``: ``[start, step]`` of a row counter, which goes on where the data ends; else None.
        ``free``: inclusive ranges of numbers with as many digits that no identifier falls in, the widest first.
        ``beyond``: the first number that has more digits. ``limit``: as given.
    """
    ordered = np.sort(values)
    low, high = int(ordered[0]), int(ordered[-1])
    beyond = 10 ** (width or len(str(abs(high)))) if high >= 0 else 0
    floor = low if low < 0 else (0 if width or low == 0 else 10 ** (len(str(low)) - 1))
    steps = np.diff(values[: min(len(values), 1_000_000)])
    sequential = None
    if len(steps) and steps[0] > 0 and (steps == steps[0]).all() and int(values[-1]) == high:
        step, first = int(steps[0]), low % int(steps[0])
        start = first + -(-(_round_up(high + 1) - first) // step) * step
        sequential = [start, step] if start + step * len(values) <= limit else None
    ceiling = min(beyond - 1, limit)
    free = _find_gaps(ordered, floor, ceiling)
    if not free and beyond + len(values) > limit:
        free = [[floor, ceiling]]  # the dtype holds no other numbers
    return {"sequential": sequential, "free": free, "beyond": beyond, "limit": limit}


def learn_ends(low: int, high: int, n_rows: int, *, limit: int) -> dict[str, Any]:
    """Pattern of integers of which only the exact extremes are known; parameters and result as ``learn_integers``."""
    beyond = 10 ** len(str(abs(high))) if high >= 0 else 0
    floor = low if low <= 0 else 10 ** (len(str(low)) - 1)
    free = []
    for first, last in ((floor, low - 1), (high + 1, min(beyond - 1, limit))):
        margin = (last - first) // _MARGIN
        if last - first - 2 * margin >= n_rows:
            free.append([first + margin, last - margin])
    return {
        "sequential": None,
        "free": sorted(free, key=lambda ends: ends[0] - ends[1]),
        "beyond": beyond,
        "limit": limit,
    }


def without_gaps(pattern: dict[str, Any]) -> dict[str, Any]:
    """A pattern of a sample of identifiers without the gaps between those, in which others may lie."""
    if pattern.get("type") == "serial":
        longer = pattern["beyond"] if pattern["width"] else 10 * pattern["beyond"]
        return {**pattern, "sequential": None, "free": [], "beyond": longer}
    return {**pattern, "free": []} if "free" in pattern else pattern


def _round_up(number: int) -> int:
    """To a number of one or two leading digits, so that the count of the rows is not told."""
    power = 10 ** max(len(str(abs(number))) - 2, 0)
    return -(-number // power) * power


def _find_gaps(ordered: npt.NDArray[Any], floor: int, ceiling: int) -> list[list[int]]:
    """The widest ranges between ``floor`` and ``ceiling`` that hold none of the sorted values."""
    before = ordered[:-1].astype(np.uint64)
    widths = ordered[1:].astype(np.uint64) - before  # exact modulo 2**64
    widest = np.argsort(widths, kind="stable")[::-1][:_MAX_GAPS]
    gaps = [(int(ordered[i]), int(ordered[i + 1])) for i in widest.tolist()]
    gaps += [(floor - 1, int(ordered[0])), (int(ordered[-1]), ceiling + 1)]
    gaps.sort(key=lambda gap: gap[0] - gap[1])
    enough, found, total = max(20 * len(ordered), (ceiling - floor) // 4), [], 0
    for low, high in gaps[:_MAX_GAPS]:
        margin = (high - low) // _MARGIN
        first, last = low + 1 + margin, high - 1 - margin
        if last >= first and total < enough:
            found.append([first, last])
            total += last - first + 1
    return found if total >= len(ordered) else []


def learn_strings(levels: pa.Array) -> dict[str, Any] | None:
    """Pattern of identifier strings: numbers between fixed texts, or letters by place; None if neither fits.

    Returns
    -------
    dict or None
        ``{"type": "serial", "prefix", "suffix", "width", ...}`` with the facts of ``learn_integers``, or
        ``{"type": "letters", "alphabets", "free"}``.
    """
    stride = max(1, len(levels) // _SAMPLE)
    sample = levels.take(pa.array(np.arange(0, len(levels), stride))).to_pylist()
    return _learn_serial(levels, sample) or _learn_letters(levels, sample)


def _learn_serial(levels: pa.Array, sample: list[str]) -> dict[str, Any] | None:
    prefix = _common_prefix(sample).rstrip(_DIGITS)
    suffix = _common_prefix([text[::-1] for text in sample])[::-1].lstrip(_DIGITS)
    bodies = [text[len(prefix) : len(text) - len(suffix)] for text in sample]
    if not all(body.isdecimal() and body.isascii() and len(body) <= 18 for body in bodies):
        return None
    widths = {len(body) for body in bodies}
    padded = any(len(body) > 1 and body[0] == "0" for body in bodies)
    if padded and len(widths) > 1:
        return None
    try:
        texts = pc.utf8_slice_codeunits(levels, len(prefix), -len(suffix) if suffix else None)
        numbers = texts.cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid:
        return None
    width = widths.pop() if len(widths) == 1 else None
    facts = learn_integers(numbers, width=width if padded else None)
    return {"type": "serial", "prefix": prefix, "suffix": suffix, "width": width if padded else 0, **facts}


def _common_prefix(texts: list[str]) -> str:
    first, last = min(texts), max(texts)  # what the extremes share, all share
    length = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:length]


def _learn_letters(levels: pa.Array, sample: list[str]) -> dict[str, Any] | None:
    length = len(sample[0])
    if length == 0 or any(len(text) != length or not text.isascii() for text in sample):
        return None
    seen = [frozenset(column) for column in zip(*sample, strict=True)]
    varied = frozenset().union(*(letters for letters in seen if len(letters) > 1))
    if not varied & frozenset(_DIGITS) and not varied <= frozenset(_UPPER):
        return None  # words rather than codes
    alphabets = ["".join(sorted(_widen(letters, varied, len(sample)))) for letters in seen]
    return {"type": "letters", "alphabets": alphabets, "free": _free_places(levels, alphabets)}


def learn_shapes(sample: Sequence[str]) -> dict[str, Any] | None:
    """Pattern of codes of various lengths, ``{"type": "shapes", "shapes"}``; None if texts are not codes.

    Codes are short, most hold a digit and little but digits and capital letters, and a few shapes cover most of them.
    """
    letters = "".join(sample)
    dense = sum(letter in _DIGITS or letter in _UPPER for letter in letters)
    coded = sum(any(letter in _DIGITS for letter in text) for text in sample)
    if coded < _MIN_CODED * len(sample) or dense < _MIN_DENSE * len(letters) or not letters.isascii():
        return None
    if len(letters) > _MAX_CODE_LENGTH * len(sample):
        return None
    shapes = [_shape_of(text) for text in sample]
    common = Counter(shapes).most_common(_MAX_SHAPES)
    if sum(count for _, count in common if count >= _MIN_SHAPE_COUNT) < _MIN_COVERED * len(sample):
        return None
    return {"type": "shapes", "shapes": count_shapes(shapes, _MIN_SHAPE_COUNT)}


def _shape_of(text: str) -> str:
    return "".join("#" if c in _DIGITS else "A" if c in _UPPER else "a" if c in _LOWER else c for c in text)


def _widen(letters: frozenset[str], varied: frozenset[str], n: int) -> frozenset[str]:
    """The class of letters that a place draws from, unless many identifiers show that it has only a few."""
    if len(letters) == 1 or (n >= _EVIDENCE and len(letters) <= 4):
        return letters
    whole = next((known for known in _CLASSES if varied <= known), varied)
    small = next((known for known in _CLASSES if letters <= known), letters)
    return whole if len(letters & whole) > len(small) / 2 and not letters <= frozenset(_DIGITS) else small


def _free_places(levels: pa.Array, alphabets: list[str]) -> list[list[int]]:
    """Ranges of places, counting through all spellings, that no identifier has; empty where there are too many."""
    size = 1
    for alphabet in alphabets:
        size *= len(alphabet)
    if size > LETTERS_LIMIT:
        return []
    letters = letters_of(levels, len(alphabets))
    if letters is None:
        return []
    places = np.zeros(len(levels), dtype=np.int64)
    for column, alphabet in zip(letters.T, alphabets, strict=True):
        order = np.zeros(256, dtype=np.int64)
        order[np.frombuffer(alphabet.encode(), dtype=np.uint8)] = np.arange(len(alphabet))
        places = places * len(alphabet) + order[column]
    return _find_gaps(np.sort(places), 0, size - 1)
