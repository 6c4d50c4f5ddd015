"""Integer columns that are identifiers or card numbers rather than quantities."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synthfast._core.frames import ColumnData
from synthfast.schema.dateformats import COMPACT_YEARS
from synthfast.schema.datestrings import parse_dates
from synthfast.schema.hints import name_tokens, names_identifier, names_key, names_measure
from synthfast.schema.numbers import spread_sample
from synthfast.schema.patterns import learn_integers, with_repeats
from synthfast.schema.personal import describe_personal, is_card_number, names_number_of_person

__all__ = ["classify_integers", "describe_generated_integers", "spells_days"]

_MIN_DAYS = 10
_MIN_KEY_ROWS = 3
_MIN_HINTED_ROWS = 20
_MIN_DENSE_ROWS = 1_000
_MIN_PERSON_NUMBER = 10**6
_CARD_RANGE = (10**12, 10**19)


def classify_integers(data: ColumnData, min_level_count: int) -> tuple[str, dict[str, Any]] | None:
    """Kind and facts where whole numbers only name things; None where they are quantities.

    Card numbers are told by their check digits. Identifiers differ in every row, and the column's name says so, or
    they are the numbers from one to the number of rows (or an equally dense range) in any order.
    """
    values = _whole(data)
    if _CARD_RANGE[0] <= int(values.min()) and int(values.max()) < _CARD_RANGE[1]:
        sample = [str(value) for value in spread_sample(values, 1_000).tolist()]
        if len(sample) >= _MIN_HINTED_ROWS and all(map(is_card_number, sample)):
            return "personal", {"pattern": describe_personal("card", sample, min_level_count)}
    if (
        names_number_of_person(data.name)
        and len(values) >= _MIN_HINTED_ROWS
        and int(values.min()) >= _MIN_PERSON_NUMBER
    ):
        return "personal", describe_generated_integers(data, "identifier", min_level_count)
    if _is_identifier(data, values):
        return "identifier", {"pattern": {"type": "integer", **learn_integers(values, limit=_limit(data))}}
    return None


def spells_days(data: ColumnData) -> bool:
    """Whether whole numbers are days such as 20240131: all of them are, and there are more than a few."""
    low, high = (year * 10_000 for year in COMPACT_YEARS)
    values = _whole(data)
    sample = spread_sample(values)
    if not (low <= sample.min() and sample.max() < high) or not _are_days(sample):
        return False
    distinct = np.unique(values)
    return bool(len(distinct) > _MIN_DAYS and low <= distinct[0] and distinct[-1] < high and _are_days(distinct))


def _are_days(values: npt.NDArray[Any]) -> bool:
    texts = pa.array([str(value) for value in values.tolist()], pa.large_string())
    return parse_dates(texts, "%Y%m%d") is not None


def _whole(data: ColumnData) -> npt.NDArray[Any]:
    values = data.present()
    return values.astype(np.int64) if values.dtype.kind == "f" else values


def _limit(data: ColumnData) -> int:
    if data.storage == "float":
        return 2**24 if data.array.dtype.itemsize == 4 else 2**53
    return min(int(np.iinfo(data.array.dtype).max), 2**63 - 1)


def _is_identifier(data: ColumnData, values: npt.NDArray[Any]) -> bool:
    n = len(values)
    hinted = (n >= _MIN_KEY_ROWS and names_key(data.name)) or (
        n >= _MIN_HINTED_ROWS and names_identifier(data.name) and not names_measure(data.name)
    )
    if hinted:
        return _all_differ(spread_sample(values)) and _all_differ(values)
    if n < _MIN_DENSE_ROWS or names_measure(data.name) or max(map(len, name_tokens(data.name)), default=0) < 2:
        return False
    low, high = int(values.min()), int(values.max())
    if high - low != n - 1 or data.storage != "integer":
        return False
    return bool((np.bincount((values - values.min()).astype(np.int64), minlength=n) == 1).all())


def _all_differ(values: npt.NDArray[Any]) -> bool:
    ordered = np.sort(values)
    return bool((ordered[1:] != ordered[:-1]).all())


def describe_generated_integers(data: ColumnData, kind: str, min_level_count: int) -> dict[str, Any]:
    """Facts of an integer column that the user declares an identifier or personal data."""
    values = _whole(data)
    if kind == "personal":
        sample = [str(value) for value in spread_sample(values, 1_000).tolist()]
        if sum(map(is_card_number, sample)) > 0.9 * len(sample):
            return {"pattern": describe_personal("card", sample, min_level_count)}
    pattern = {"type": "integer", **learn_integers(values, limit=_limit(data))}
    return {"pattern": with_repeats(pattern, len(np.unique(values)), len(values))}
