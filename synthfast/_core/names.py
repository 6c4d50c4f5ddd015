"""Column names as users and files give them: equal to a table's own, or of NaN, which does not equal itself."""

from collections.abc import Hashable, Iterable
from typing import Any

__all__ = ["Names"]

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
