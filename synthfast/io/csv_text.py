"""Columns to delimited text: each column rendered by Arrow, then all joined to one buffer that is the file's bytes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["join_lines", "quote", "render_column", "time_format"]

# Arrow writes these magnitudes the way ``repr`` does, apart from whole numbers; outside of them ``repr`` is asked.
PLAIN_MIN, PLAIN_MAX = 1e-3, 1e9
WHOLE_MAX = 1e15
TIME_UNITS = ("s", "ms", "us", "ns")


def render_column(values: "pa.Array", delimiter: str, words: tuple[str, str], time_unit: str | None) -> "pa.Array":
    """Turn one column into the text of its fields, quoted where needed; missing values stay null.

    Parameters
    ----------
    values : pyarrow.Array, shape (n_rows,)
        Any type that Arrow casts to text; dictionaries are written as their values.
    delimiter : str
        Fields that hold it, a quote or a line end are quoted.
    words : (str, str)
        How to write true and false.
    time_unit : {"day", "s", "ms", "us", "ns"} or None
        How fine to write times, from ``time_format``; None for other columns.

    Returns
    -------
    pyarrow.Array of large_string, shape (n_rows,)
        The fields. Decimals are the shortest text that reads back to the same number, as ``repr`` gives; not-a-number
        is missing.

    Notes
    -----
    Cost O(n_rows).
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    if pa.types.is_dictionary(kind):
        values = values.dictionary_decode()
        kind = values.type
    if pa.types.is_boolean(kind):
        return pc.if_else(values, *(pa.scalar(quote(word, delimiter), pa.large_string()) for word in words))
    if pa.types.is_floating(kind):
        return _render_floats(values)
    if pa.types.is_timestamp(kind):
        return _render_times(values, time_unit or kind.unit)
    text = values.cast(pa.large_string())
    return _quote_all(text, delimiter) if pa.types.is_large_string(text.type) else text


def quote(field: str, delimiter: str) -> str:
    """Quote one field where it needs it."""
    if any(mark in field for mark in (delimiter, '"', "\n", "\r")):
        return '"' + field.replace('"', '""') + '"'
    return field


def join_lines(columns: Sequence["pa.Array"], delimiter: str) -> "pa.Buffer":
    r"""Join rendered columns to lines that end in ``\n``.

    Parameters
    ----------
    columns : sequence of pyarrow.Array of large_string, each of shape (n_rows,)
        At least one; null is written as nothing.
    delimiter : str
        Between the fields.

    Returns
    -------
    pyarrow.Buffer
        The bytes of the lines.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    def joined(parts: Sequence["pa.Array | pa.Scalar"], between: str) -> "pa.Array":
        separator = pa.scalar(between, pa.large_string())
        return pc.binary_join_element_wise(*parts, separator, null_handling="replace", null_replacement="")

    lines = columns[0] if len(columns) > 1 else _visible(columns[0])
    if len(columns) > 1:
        lines = joined(columns, delimiter)
    ended = joined([lines, pa.scalar("", pa.large_string())], "\n")
    # The values of a text array lie one behind the other: between the first and the last offset is the file's text.
    _, offsets, text = ended.buffers()
    ends = np.frombuffer(offsets, np.int64)[ended.offset : ended.offset + len(ended) + 1]
    return text.slice(int(ends[0]), int(ends[-1] - ends[0]))


def time_format(values: "pa.Array", unit: str | None = None) -> str:
    """Tell how finely a column of times has to be written.

    Parameters
    ----------
    values : pyarrow.Array of timestamp, shape (n_rows,)
        The times.
    unit : {"day", "s", "ms", "us", "ns"}, optional
        What was found for the rows before.

    Returns
    -------
    {"day", "s", "ms", "us", "ns"}
        The coarsest that loses nothing of these rows nor of those before; times with a zone have at least seconds.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    order = ("day", *TIME_UNITS)
    kind = values.type
    ticks = pc.drop_null(values).cast(pa.int64()).to_numpy(zero_copy_only=False)
    per_second = 1_000 ** TIME_UNITS.index(kind.unit)
    steps = {"day": 86_400 * per_second}
    steps |= {name: per_second // 1_000**power for power, name in enumerate(TIME_UNITS) if 1_000**power <= per_second}
    start = max(order.index(unit or "day"), 1 if kind.tz else 0)
    fits = (name for name in order[start:] if name in steps and not np.any(ticks % steps[name]))
    return next(fits, order[start])


def _visible(column: "pa.Array") -> "pa.Array":
    """The only column of a file: a missing field is written as a pair of quotes, since a blank line is no row."""
    import pyarrow.compute as pc

    filled = pc.fill_null(column, "")
    return pc.if_else(pc.equal(filled, ""), '""', filled)


def _quote_all(text: "pa.Array", delimiter: str) -> "pa.Array":
    import pyarrow as pa
    import pyarrow.compute as pc

    needs = pc.or_(pc.match_substring(text, '"'), pc.match_substring(text, delimiter))
    for mark in ("\n", "\r"):
        needs = pc.or_(needs, pc.match_substring(text, mark))
    if not pc.any(needs).as_py():
        return text
    mark = pa.scalar('"', pa.large_string())
    doubled = pc.replace_substring(text, '"', '""')
    quoted = pc.binary_join_element_wise(mark, doubled, mark, pa.scalar("", pa.large_string()))
    return pc.if_else(needs, quoted, text)


def _render_floats(values: "pa.Array") -> "pa.Array":
    import pyarrow as pa
    import pyarrow.compute as pc

    values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
    text = values.cast(pa.large_string())
    numbers = values.fill_null(0.5).to_numpy(zero_copy_only=False)
    size = np.abs(numbers)
    whole = (numbers == np.floor(numbers)) & (size < WHOLE_MAX)
    if whole.any():
        integers = np.where(whole, numbers, 0).astype(np.int64)
        endings = pa.scalar(".0", pa.large_string()), pa.scalar("", pa.large_string())
        ended = pc.binary_join_element_wise(pa.array(integers).cast(pa.large_string()), *endings)
        minus_zero = whole & (numbers == 0) & np.signbit(numbers)
        whole &= ~minus_zero
        text = pc.if_else(pa.array(whole & values.is_valid().to_numpy(zero_copy_only=False)), ended, text)
    else:
        minus_zero = whole
    rare = minus_zero | (~whole & ((size < PLAIN_MIN) | (size >= PLAIN_MAX)))
    if rare.any():
        by_repr = [repr(float(str(number))) for number in numbers[rare]]  # the digits of its own precision
        text = pc.replace_with_mask(text, pa.array(rare), pa.array(by_repr, pa.large_string()))
    return text


def _render_times(values: "pa.Array", unit: str) -> "pa.Array":
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    if unit == "day":
        return pc.strftime(values, format="%Y-%m-%d").cast(pa.large_string())
    text = pc.strftime(values.cast(pa.timestamp(unit, kind.tz)), format="%Y-%m-%d %H:%M:%S" + ("%z" if kind.tz else ""))
    if kind.tz:
        text = pc.replace_substring_regex(text, r"([0-9]{2})([0-9]{2})$", r"\1:\2")
    return text.cast(pa.large_string())
