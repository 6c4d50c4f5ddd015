"""Column names as users and files give them: equal to a table's own, or of NaN, which does not equal itself."""

from collections.abc import Hashable, Iterable
from dataclasses import replace
from typing import Any

from synthfast.encoding import TableCodec

__all__ = ["Names", "with_own_names"]

NAN = object()  # what stands for NaN where names are compared


class Names:
    """A table's own names, found by others that mean them.

    Parameters
    ----------
    own : iterable of names
    """

    def __init__(self, own: Iterable[Hashable]) -> None:
        self._own = {_comparable(name): name for name in own}

    def __contains__(self, name: Any) -> bool:
        return isinstance(name, Hashable) and _comparable(name) in self._own

    def __getitem__(self, name: Hashable) -> Hashable:
        """The own name that a name means.

        Raises
        ------
        KeyError
            If it means none.
        """
        return self._own[_comparable(name)]


def _comparable(name: Hashable) -> Hashable:
    if isinstance(name, tuple):
        return tuple(map(_comparable, name))
    return NAN if isinstance(name, float) and name != name else name


def with_own_names(codec: TableCodec) -> TableCodec:
    """A codec that was read or copied, in whose parts each column's name is one object."""
    own = Names(codec.schema.columns)
    if not all(name in own for name in codec.template.names):  # columns that constraints keep from models
        return codec
    return codec.with_template(replace(codec.template, names=tuple(own[name] for name in codec.template.names)))
