"""Text that is no Unicode, which neither Arrow nor a file can hold: strings with half of a surrogate pair."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from synthfast.exceptions import SchemaError

__all__ = ["check_unicode", "unicode_only"]


def check_unicode(values: Iterable[Any], where: str) -> None:
    """Refuse text that is no Unicode among column names or distinct values; tuples are looked into.

    Raises
    ------
    SchemaError
        If there is such a text; the message begins with ``where`` it is.
    """
    for value in values:
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str) and not text.isascii():
                with unicode_only(where):
                    text.encode()


@contextmanager
def unicode_only(where: str, values: Iterable[Any] = ()) -> Iterator[None]:
    """What cannot be encoded inside the block is refused; the message tells its row among ``values``.

    Raises
    ------
    SchemaError
        Instead of a UnicodeEncodeError.
    """
    try:
        yield
    except UnicodeEncodeError as error:
        text = error.object
        row = next((i for i, value in enumerate(values) if isinstance(value, str) and value == text), None)
        place = "" if row is None else f" in row {row}"
        raise SchemaError(
            f"{where}: expected text of whole Unicode characters, got {text!r}{place}, which holds half of a surrogate "
            "pair. Replace it, for instance with text.encode('utf-8', 'replace').decode()."
        ) from error
