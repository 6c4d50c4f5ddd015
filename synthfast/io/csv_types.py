"""What type a column of text has: the law by which a CSV column becomes integers, decimals, booleans or stays text."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["BOOLEAN_WORDS", "MISSING_WORDS", "typed_column"]

# Missing in every column. "?" and "None" are often levels of their own, so they are not among them.
MISSING_WORDS = ("", "NA", "N/A", "#N/A", "<NA>", "NaN", "nan", "n/a", "NULL", "null")
# Missing in a column that holds numbers or booleans otherwise.
MISSING_NUMBER_WORDS = ("None", "none", "-NaN", "-nan", "#NA", "#N/A N/A", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN")
PROBE_ROWS = 128
LONG_DIGITS = 19  # the shortest whole numbers that an integer type may not hold
BOOLEAN_WORDS = (("True", "False"), ("TRUE", "FALSE"), ("true", "false"))


def typed_column(text: "pa.ChunkedArray") -> "pa.ChunkedArray":
    """Give a column of text the narrowest type that loses nothing of it.

    Parameters
    ----------
    text : pyarrow.ChunkedArray of string, shape (n_rows,)
        The column; missing values are null already.

    Returns
    -------
    pyarrow.ChunkedArray
        int64, or uint64 where only that holds the values, if all values are whole numbers; float64, read to the nearest
        double, if all are numbers or all are missing; bool if all are ``True``/``False`` in one spelling; else the text
        itself. Numbers with needless leading zeros (codes such as ``00713``) and whole numbers that fit no integer type
        stay text, because they could not be written back.

    Notes
    -----
    Cost O(n_rows); text columns are told by their first value in most cases.

    Examples
    --------
    >>> import pyarrow as pa
    >>> [str(typed_column(pa.chunked_array([c])).type) for c in (["1", None], ["1", "2.5"], ["007"], ["TRUE"])]
    ['int64', 'double', 'string', 'bool']
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    first = _first_value(text)
    if first is None:
        return pa.chunked_array([pa.nulls(len(text), pa.float64())])
    if first.strip() in MISSING_NUMBER_WORDS:
        rest = _without_words(text, MISSING_NUMBER_WORDS)
        typed = typed_column(rest)
        return text if typed.type == text.type or typed.null_count == len(text) else typed
    if _is_number(first):
        numbers = _numbers(text)
        if numbers is None:
            trimmed = pc.utf8_ltrim(pc.utf8_trim_whitespace(text), "+")
            numbers = _numbers(_without_words(trimmed, MISSING_NUMBER_WORDS))
        return text if numbers is None else numbers
    if any(first in words for words in BOOLEAN_WORDS):
        booleans = _booleans(_without_words(text, MISSING_NUMBER_WORDS))
        return text if booleans is None else booleans
    return text


def _first_value(text: "pa.ChunkedArray") -> str | None:
    """The first value that is not missing."""
    for chunk in text.chunks:
        if chunk.null_count < len(chunk):
            return next(value for value in (scalar.as_py() for scalar in chunk) if value is not None)
    return None


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _without_words(text: "pa.ChunkedArray", words: tuple[str, ...]) -> "pa.ChunkedArray":
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.if_else(pc.is_in(text, value_set=pa.array(words)), pa.scalar(None, text.type), text)


def _numbers(text: "pa.ChunkedArray") -> "pa.ChunkedArray | None":
    """The column as numbers, or None where a value is no number or would not come back as it was written."""
    import pyarrow as pa

    probe = _probe(text)
    if _cast(probe, pa.float64()) is None or _has_padding(text):
        return None
    for number_type in (pa.int64(), pa.uint64(), pa.float64()):
        numbers = None if _cast(probe, number_type) is None else _cast(text, number_type)
        if numbers is not None:
            return None if number_type == pa.float64() and _all_digits(text) else numbers
    return None


def _probe(text: "pa.ChunkedArray") -> "pa.ChunkedArray":
    """Rows from the start, the middle and the end: a cast that fails is far dearer than one that works."""
    import pyarrow as pa

    starts = (0, max(0, len(text) // 2), max(0, len(text) - PROBE_ROWS))
    return pa.chunked_array([chunk for start in starts for chunk in text.slice(start, PROBE_ROWS).chunks], text.type)


def _cast(text: "pa.ChunkedArray", number_type: "pa.DataType") -> "pa.ChunkedArray | None":
    """The column cast, or None where a value does not allow it."""
    import pyarrow as pa

    try:
        return text.cast(number_type)
    except pa.ArrowInvalid:
        return None


def _has_padding(text: "pa.ChunkedArray") -> bool:
    """Whether a value starts with a zero that a number would not have: ``007``, ``-07``, ``0x1F``, but not ``0.7``."""
    import pyarrow.compute as pc

    for sign in ("", "-"):
        zero = pc.starts_with(text, f"{sign}0")
        if pc.any(zero).as_py():
            longer = pc.and_(zero, pc.greater(pc.binary_length(text), len(sign) + 1))
            plain = pc.or_(pc.starts_with(text, f"{sign}0."), pc.starts_with(text, f"{sign}0e", ignore_case=True))
            if pc.any(pc.and_not(longer, plain)).as_py():
                return True
    return False


def _all_digits(text: "pa.ChunkedArray") -> bool:
    """Whether all values are whole numbers without exponent: those that no integer type took are too long for any."""
    import pyarrow.compute as pc

    if pc.max(pc.binary_length(text)).as_py() < LONG_DIGITS:
        return False
    return bool(pc.all(pc.match_substring_regex(text, r"^-?[0-9]+$")).as_py())


def _booleans(text: "pa.ChunkedArray") -> "pa.ChunkedArray | None":
    import pyarrow as pa

    values = {value for value in text.unique().to_pylist() if value is not None}
    return text.cast(pa.bool_()) if any(values <= set(words) for words in BOOLEAN_WORDS) else None
