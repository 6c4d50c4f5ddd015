"""What a column of text is: levels, dates, numbers, identifiers, personal data, or free text."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthfast._core.frames import ColumnData
from synthfast.schema.datestrings import find_date_format
from synthfast.schema.hints import names_identifier
from synthfast.schema.levels import MAX_RARE_SHARE, count_levels, rare_share
from synthfast.schema.numberstrings import find_number_spelling
from synthfast.schema.patterns import learn_shapes, learn_strings, with_repeats
from synthfast.schema.personal import describe_personal, find_named_personal, find_personal
from synthfast.schema.spelling import is_blank

__all__ = ["classify_strings", "describe_generated_strings", "find_spelling"]

_SAMPLE = 1_000
_MIN_UNIQUE_ROWS = 20  # fewer unique rows are levels: nothing says that they are not
_MIN_WIDE_LEVELS = 50
_MAX_RARE_ROWS = 0.5  # more than this share of rows in rare levels, and levels are no model of the column
_MIN_DATE_LEVELS = 10
_MIN_NUMBER_LEVELS = 20


class _Levels:
    """The levels of a column that occur, and what the rules below ask of them."""

    def __init__(self, data: ColumnData, min_level_count: int) -> None:
        found, counts = count_levels(data)
        levels = found if isinstance(found, pa.Array) else pa.array(found, pa.large_string())
        used = counts > 0
        self.texts = levels if used.all() else levels.filter(pa.array(used))
        self.counts: npt.NDArray[np.int64] = counts[used]
        self.n_rows, self.n_all = int(counts.sum()), data.n_rows
        self.rare = rare_share(counts, min_level_count)
        self.sample = _sample(self.texts)

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def unique(self) -> bool:
        return len(self) == self.n_rows


def _sample(texts: pa.Array) -> list[str]:
    stride = max(1, len(texts) // _SAMPLE)
    return texts.take(pa.array(np.arange(0, len(texts), stride))).to_pylist()


def classify_strings(data: ColumnData, min_level_count: int) -> tuple[str, dict[str, Any]] | None:
    """Kind and facts of a column whose levels are strings; None where they are plain levels.

    Dates and numbers come with their ``format`` alone, as kind ``datetime`` or ``continuous``.
    """
    levels = _Levels(data, min_level_count)
    if len(levels) < 2:
        return None
    personal = find_personal(data.name, levels.sample)
    if personal is not None:
        return "personal", _describe_personal(personal, levels, min_level_count)
    if data.storage == "string":
        spelled = _find_dates(levels) or _find_numbers(data, levels)
        if spelled is not None:
            return spelled
    return _describe_wide(data, levels, min_level_count) if _too_many(data, levels) else None


def find_spelling(data: ColumnData, kind: str) -> dict[str, Any] | None:
    """Facts ``format`` and ``pattern`` of a string column that spells dates or numbers, whatever its levels."""
    levels = _Levels(data, 1)
    return _spelling_facts(levels, find_date_format if kind == "datetime" else find_number_spelling)


def _find_dates(levels: _Levels) -> tuple[str, dict[str, Any]] | None:
    if len(levels) <= _MIN_DATE_LEVELS and levels.n_rows >= 10 * len(levels):
        return None
    facts = _spelling_facts(levels, find_date_format)
    return None if facts is None else ("datetime", facts)


def _find_numbers(data: ColumnData, levels: _Levels) -> tuple[str, dict[str, Any]] | None:
    """Numbers kept as text. Plain whole numbers may be codes: they are levels if these repeat, else identifiers."""
    if len(levels) <= _MIN_NUMBER_LEVELS or (levels.unique and names_identifier(data.name)):
        return None
    if all(text.lstrip("-").isdecimal() for text in levels.sample) and (levels.unique or levels.rare <= MAX_RARE_SHARE):
        return None
    facts = _spelling_facts(levels, find_number_spelling)
    return None if facts is None else ("continuous", facts)


def _spelling_facts(levels: _Levels, find: Any) -> dict[str, Any] | None:
    blank = is_blank(levels.texts)
    texts = levels.texts.filter(pa.array(~blank)) if blank.any() else levels.texts
    if not len(texts):
        return None
    spelling = find(texts, _sample(texts))
    if spelling is None:
        return None
    if not blank.any() or levels.n_rows < levels.n_all:
        return {"format": spelling}
    commonest = int(np.argmax(np.where(blank, levels.counts, 0)))
    return {"format": spelling, "pattern": {"blank": levels.texts[commonest].as_py()}}


def _too_many(data: ColumnData, levels: _Levels) -> bool:
    """Whether the levels are too many to be learned one by one."""
    if levels.unique:
        return levels.n_rows >= _MIN_UNIQUE_ROWS or (levels.n_rows >= 3 and names_identifier(data.name))
    return len(levels) > _MIN_WIDE_LEVELS and levels.rare > _MAX_RARE_ROWS


def _describe_wide(data: ColumnData, levels: _Levels, min_level_count: int) -> tuple[str, dict[str, Any]]:
    pattern = learn_strings(levels.texts)
    if pattern is not None:
        return "identifier", {"pattern": with_repeats(pattern, len(levels), levels.n_rows)}
    named = find_named_personal(data.name, levels.sample)
    if named is not None:
        return "personal", _describe_personal(named, levels, min_level_count)
    shapes = learn_shapes(levels.sample)
    if shapes is not None:
        return "identifier", {"pattern": with_repeats(shapes, len(levels), levels.n_rows)}
    return "text", {"pattern": _describe_text(levels.texts)}


def _describe_personal(kind: str, levels: _Levels, min_level_count: int) -> dict[str, Any]:
    pattern = describe_personal(kind, levels.sample, min_level_count)
    return {"pattern": with_repeats(pattern, len(levels), levels.n_rows)}


def describe_generated_strings(data: ColumnData, kind: str, min_level_count: int) -> dict[str, Any]:
    """Facts of a string column that the user declares an identifier, personal data or text."""
    levels = _Levels(data, min_level_count)
    if kind == "personal":
        found = find_personal(data.name, levels.sample) or find_named_personal(data.name, levels.sample)
        if found is not None:
            return _describe_personal(found, levels, min_level_count)
    pattern = learn_strings(levels.texts) or learn_shapes(levels.sample) if kind != "text" else None
    if pattern is None:
        return {"pattern": _describe_text(levels.texts)}
    return {"pattern": with_repeats(pattern, len(levels), levels.n_rows)}


def _describe_text(texts: pa.Array) -> dict[str, Any]:
    """Lengths of texts at eleven places between 5 % and 95 % of their distribution, and whether they have words."""
    lengths = np.sort(pc.utf8_length(texts).to_numpy())
    places = np.rint(np.linspace(0.05, 0.95, 11) * (len(lengths) - 1)).astype(np.int64)
    spaced = pc.mean(pc.match_substring(texts, " ").cast(pa.int8())).as_py() > 0.5
    return {"type": "placeholder", "lengths": lengths[places].tolist(), "spaced": bool(spaced)}
