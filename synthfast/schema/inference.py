"""From a neutral column to its kind and facts."""

import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pyarrow as pa

from synthfast._core.frames import ColumnData
from synthfast.exceptions import PersonalDataWarning, PlaceholderTextWarning, SchemaError
from synthfast.schema.columns import GENERATED_KINDS, LEVEL_KINDS, NUMERIC_KINDS, Column
from synthfast.schema.integers import classify_integers, describe_generated_integers, spells_days
from synthfast.schema.levels import MAX_RARE_SHARE, count_levels, describe_levels, rare_share
from synthfast.schema.numbers import check_finite, describe_numbers, find_decimals
from synthfast.schema.numberstrings import count_decimals
from synthfast.schema.spelling import is_blank, read_spelled
from synthfast.schema.strings import classify_strings, describe_generated_strings, find_spelling
from synthfast.schema.times import describe_times

__all__ = ["infer_column", "names_rows"]

_NUMBER_STORAGES = ("float", "integer", "decimal")
_TIME_KIND = {"datetime": "datetime", "duration": "timedelta", "time": "timedelta"}
_CHOSEN_LEVELS = ("categorical", "ordinal")  # any value is a level where the user says so, an infinite one too
_MAX_MIXED_LEVELS = 50
_Found = tuple[str, dict[str, Any]]


def infer_column(data: ColumnData, override: Mapping[str, Any], min_level_count: int) -> Column:
    """Infer one column; facts in ``override`` win, and a kind in it decides how the rest is read."""
    missing = data.missing()
    column = Column(
        data.name,
        "empty",
        dtype=data.dtype,
        storage=data.storage,
        missing_rate=0.0 if missing is None else int(np.count_nonzero(missing)) / data.n_rows,
    )
    if column.missing_rate == 1.0:
        return column
    kind = override.get("kind")
    if data.storage == "float" and kind not in _CHOSEN_LEVELS:
        check_finite(data.name, data.array)
    found = _infer(data, min_level_count) if kind is None else _describe(data, kind, override, min_level_count)
    if "format" in found[1]:  # texts that stand for nothing are missing too
        absent = read_spelled(data, found[1]["format"]).missing()
        column = replace(column, missing_rate=0.0 if absent is None else int(np.count_nonzero(absent)) / data.n_rows)
    if kind is None:
        _warn(column, *found)
    facts = {**found[1], **{key: value for key, value in override.items() if key != "kind"}}
    if "levels" in override:
        known = dict(zip(found[1].get("levels", ()), found[1].get("shares", ()), strict=True))
        levels = tuple(override["levels"])
        facts |= {"levels": levels, "shares": tuple(known.get(level, 0.0) for level in levels)}
    if found[0] in GENERATED_KINDS:
        data.release()
    return replace(column, kind=found[0], **facts)


def names_rows(data: ColumnData, min_level_count: int = 5) -> bool:
    """Whether a column of whole numbers, or of text that never repeats, would be inferred to be generated.

    So are identifiers, personal data and text. Nothing else of the column is found out.
    """
    if data.storage in ("integer", "float"):
        values = data.present()
        if not len(values) or (data.storage == "float" and not _holds_whole_floats(data)):
            return False
        return not spells_days(data) and classify_integers(data, min_level_count) is not None
    if data.storage == "string" or (data.storage == "category" and _holds_strings(data)):
        counts = count_levels(data)[1]
        found = classify_strings(data, min_level_count) if counts.max(initial=0) == 1 else None
        return found is not None and found[0] in GENERATED_KINDS
    return False


def _holds_whole_floats(data: ColumnData) -> bool:
    largest = max(float(np.fmax.reduce(data.array)), -float(np.fmin.reduce(data.array)))
    return largest < 2**53 and find_decimals(data.array) == 0


def _infer(data: ColumnData, min_level_count: int) -> _Found:
    if data.storage in _NUMBER_STORAGES:
        return _infer_numbers(data, min_level_count)
    if data.storage in _TIME_KIND:
        return _TIME_KIND[data.storage], describe_times(data, min_level_count)
    if data.storage == "string" or (data.storage == "category" and _holds_strings(data)):
        found = classify_strings(data, min_level_count)
        if found is not None:
            return _finish_spelled(data, *found, min_level_count=min_level_count)
    return _infer_levels(data, min_level_count)


def _holds_strings(data: ColumnData) -> bool:
    return all(isinstance(level, str) for level in data.categories or ())


def _infer_levels(data: ColumnData, min_level_count: int) -> _Found:
    if data.storage == "object":
        _check_mixed(data, min_level_count)
    facts = describe_levels(data, min_level_count)
    if len(facts["levels"]) == 1:
        return "constant", facts
    if data.storage == "boolean":
        return "boolean", facts
    return ("ordinal" if facts["ordered"] else "categorical"), facts


def _check_mixed(data: ColumnData, min_level_count: int) -> None:
    levels, counts = count_levels(data)
    if len(levels) <= _MAX_MIXED_LEVELS or rare_share(counts, min_level_count) <= MAX_RARE_SHARE:
        return
    types = list(dict.fromkeys(type(level).__name__ for level in levels))
    other = next((code for code, level in enumerate(levels) if type(level).__name__ == types[-1]), 0)
    row = int(np.argmax(data.array == other))
    raise SchemaError(
        f"column {data.name!r}: expected values of one type, got {' and '.join(types)} mixed, such as "
        f"{levels[other]!r} in row {row}. Make it numeric with pandas.to_numeric(..., errors='coerce') or text with "
        ".astype(str), or declare it 'categorical' in Schema.infer(overrides=...)."
    )


def _infer_numbers(data: ColumnData, min_level_count: int) -> _Found:
    values = data.present()
    if values[0] == values[-1] and (values == values[0]).all():
        return "constant", describe_levels(data, min_level_count)
    facts = describe_numbers(data, min_level_count)
    if facts["decimals"] != 0:
        return "continuous", facts
    if data.storage == "integer" or (data.storage == "float" and max(-facts["minimum"], facts["maximum"]) < 2**53):
        if spells_days(data):
            return _finish_spelled(data, "datetime", {"format": "%Y%m%d"}, min_level_count=min_level_count)
        found = classify_integers(data, min_level_count)
        if found is not None:
            return found
    return "integer", facts


def _finish_spelled(data: ColumnData, kind: str, facts: dict[str, Any], *, min_level_count: int) -> _Found:
    """Add the facts of the dates or numbers that a string column spells."""
    if "format" not in facts:
        return kind, facts
    spelled = read_spelled(data, facts["format"])
    if kind == "datetime":
        times = describe_times(spelled, min_level_count)
        if "%Y" not in facts["format"]:  # a clock without a date stays within its day
            times |= {"minimum": "1970-01-01T00:00:00", "maximum": "1970-01-01T23:59:59"}
        return kind, {**times, **facts}
    numbers = describe_numbers(spelled, min_level_count)
    if kind == "continuous" and numbers["decimals"] == 0:
        kind = "integer"
    return kind, {**_with_written_decimals(data, numbers, facts), **facts}


def _with_written_decimals(data: ColumnData, numbers: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    """Fixed spellings keep their zeros: ``1.50`` has two decimals."""
    if "fixed" not in facts["format"]:
        return numbers
    levels = cast(pa.Array, data.factorize()[1])
    text = levels[int(np.argmin(is_blank(levels)))].as_py()
    return {**numbers, "decimals": count_decimals(text, facts["format"])}


def _describe(data: ColumnData, kind: str, override: Mapping[str, Any], min_level_count: int) -> _Found:
    """Facts for a kind that the user declares."""
    if kind in LEVEL_KINDS:
        return kind, describe_levels(data, min_level_count)
    if kind in NUMERIC_KINDS and data.storage in _NUMBER_STORAGES:
        return kind, describe_numbers(data, min_level_count)
    if kind == _TIME_KIND.get(data.storage):
        return kind, describe_times(data, min_level_count)
    if kind in GENERATED_KINDS and data.storage in ("string", "category"):
        return kind, describe_generated_strings(data, kind, min_level_count)
    if kind in ("identifier", "personal") and _holds_whole_numbers(data):
        return kind, describe_generated_integers(data, kind, min_level_count)
    if data.storage == "string" and kind in (*NUMERIC_KINDS, "datetime"):
        spelling = override.get("format")
        facts = {"format": spelling} if spelling else find_spelling(data, kind)
        if facts is not None:
            return _finish_spelled(data, kind, facts, min_level_count=min_level_count)
    raise SchemaError(
        f"column {data.name!r}: expected a kind that dtype {data.dtype} can have, got the override {kind!r}. "
        "Cast the column, or choose another kind."
    )


def _holds_whole_numbers(data: ColumnData) -> bool:
    return data.storage == "integer" or (data.storage == "float" and find_decimals(data.array) == 0)


def _warn(column: Column, kind: str, facts: dict[str, Any]) -> None:
    if kind == "personal":
        warnings.warn(
            f"column {column.name!r} looks like personal data ({facts['pattern']['type']}): it is generated anew by "
            "pattern, not learned from. Name a kind in Schema.infer(overrides=...) to choose otherwise.",
            PersonalDataWarning,
            stacklevel=4,
        )
    elif kind == "text":
        warnings.warn(
            f"column {column.name!r} holds free text: it becomes generated placeholder text of like length. Pass "
            "{'kind': 'text', 'generator': ...} or another kind in Schema.infer(overrides=...) to choose otherwise.",
            PlaceholderTextWarning,
            stacklevel=4,
        )
