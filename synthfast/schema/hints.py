"""What a column's name says about it."""

import re
from collections.abc import Hashable

__all__ = ["name_tokens", "names_identifier", "names_key", "names_measure"]

_PIECES = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_IDENTIFIER = frozenset(
    "id ids uid uuid guid key pk nr no number index idx serial identifier account acct rowid row ref reference".split()
)
_KEY = frozenset("id ids uid uuid guid key pk identifier rowid".split())
_MEASURE = frozenset(
    "age amount balance count date day duration hour income minute month num price quantity rate rank salary score "
    "second size temperature time total value weight week year".split()
)


def name_tokens(name: Hashable) -> frozenset[str]:
    """Lower-case words of a name: ``"CustomerID"`` and ``"customer_id"`` both hold ``customer`` and ``id``."""
    return frozenset(piece.lower() for piece in _PIECES.findall(name)) if isinstance(name, str) else frozenset()


def names_identifier(name: Hashable) -> bool:
    """Whether the name says that the column identifies rows."""
    return bool(name_tokens(name) & _IDENTIFIER)


def names_key(name: Hashable) -> bool:
    """Whether the name says so beyond doubt."""
    return bool(name_tokens(name) & _KEY)


def names_measure(name: Hashable) -> bool:
    """Whether the name says that the column measures something, however unique its values are."""
    return bool(name_tokens(name) & _MEASURE)
