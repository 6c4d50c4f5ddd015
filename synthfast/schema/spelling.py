"""Dates and numbers that a string column spells, as neutral columns and back."""

from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthfast._core.frames import ColumnData
from synthfast.exceptions import SchemaError
from synthfast.schema.columns import Column
from synthfast.schema.datestrings import parse_dates, write_dates
from synthfast.schema.numberstrings import is_number_spelling, parse_numbers, write_numbers

__all__ = ["is_blank", "read_spelled", "write_spelled"]

_BLANKS = pa.array(
    ["", "?", "-", "--", ".", "na", "NA", "n/a", "N/A", "#N/A", "nan", "NaN", "null", "NULL", "None", "none", "\\N",
     "unknown", "Unknown", "missing", "Missing", "0000-00-00", "0000-00-00 00:00:00"],
    pa.large_string(),
)  # fmt: skip


def read_spelled(data: ColumnData, spelling: str) -> ColumnData:
    """The dates or numbers that a column spells; texts that stand for nothing, such as "?", are missing.

    Parameters
    ----------
    data : ColumnData
        A string column, or one of whole numbers such as 20240131.
    spelling : str
        A date format or a number spelling.

    Raises
    ------
    SchemaError
        If a text does not follow the spelling; the message tells the first one.
    """
    if spelling in data.spelled:
        return data.spelled[spelling]
    codes, levels = _texts_of(data, spelling)
    blank = is_blank(levels)
    places = np.cumsum(~blank) - 1
    places[blank] = -1
    codes = np.append(places, -1)[codes]
    texts = levels.filter(pa.array(~blank)) if blank.any() else levels
    values, unit = _parse(data, texts, spelling)
    missing = codes < 0
    table = np.append(values, values.dtype.type(0))[codes]
    if unit is None:
        table[missing] = np.nan
        read = ColumnData(data.name, "float", data.n_rows, data.dtype, table)
    else:
        valid = ~missing if missing.any() else None
        read = ColumnData(data.name, "datetime", data.n_rows, data.dtype, table, valid, unit=unit)
    data.spelled[spelling] = read
    return read


def _texts_of(data: ColumnData, spelling: str) -> tuple[npt.NDArray[np.int32], pa.Array]:
    codes, found = data.factorize()
    if data.storage == "string":
        return codes, cast(pa.Array, found)
    if data.storage not in ("integer", "float") or any(level != int(level) for level in found):
        raise SchemaError(f"column {data.name!r}: expected text of the format {spelling!r}, got dtype {data.dtype}.")
    return codes, pa.array([str(int(level)) for level in found], pa.large_string())


def is_blank(levels: pa.Array) -> Any:
    """Which texts stand for a missing value: empty ones and the usual signs."""
    return pc.is_in(pc.utf8_trim_whitespace(levels), value_set=_BLANKS).to_numpy(zero_copy_only=False)


def _parse(data: ColumnData, texts: pa.Array, spelling: str) -> tuple[Any, str | None]:
    if is_number_spelling(spelling):
        numbers = parse_numbers(texts, spelling)
        if numbers is not None:
            return numbers, None
    else:
        dates = parse_dates(texts, spelling)
        if dates is not None:
            return dates
    raise SchemaError(
        f"column {data.name!r}: expected every text in the format {spelling!r}, got {_misfit(texts, spelling)}. "
        "Clean the column, or override its kind with 'categorical' or 'text'."
    )


def _misfit(texts: pa.Array, spelling: str) -> str:
    read: Any = parse_numbers if is_number_spelling(spelling) else parse_dates
    for row in range(len(texts)):
        if read(texts.slice(row, 1), spelling) is None:
            return repr(texts[row].as_py())
    return "numbers of different decimals"


def write_spelled(column: Column, data: ColumnData) -> ColumnData:
    """Undo ``read_spelled``; missing rows become the column's blank text where it had one."""
    spelling = str(column.format)
    if is_number_spelling(spelling):
        strings = write_numbers(data.array, spelling, int(column.decimals or 0))
    else:
        strings = write_dates(data.array, str(data.unit), spelling)
        if data.valid is not None:
            strings = pc.if_else(pa.array(data.valid), strings, pa.scalar(None, pa.large_string()))
    blank = (column.pattern or {}).get("blank")
    if blank is not None:
        strings = pc.fill_null(strings, blank)
    if column.storage not in ("integer", "float"):
        return ColumnData(column.name, "string", data.n_rows, column.dtype, strings=strings)
    plain = strings.cast(pa.int64())
    if column.storage == "float":
        values = plain.cast(pa.float64()).to_numpy(zero_copy_only=False)
        return ColumnData(column.name, "float", data.n_rows, column.dtype, values)
    values = pc.fill_null(plain, 0).to_numpy(zero_copy_only=False)
    return ColumnData(column.name, "integer", data.n_rows, column.dtype, values, data.valid)
