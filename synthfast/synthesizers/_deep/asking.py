"""Constructor arguments of the deep generators, checked before any work."""

from typing import Any

from synthfast._core.validation import check_integer

__all__ = ["check_batch_size", "check_widths"]


def check_widths(name: str, value: Any) -> tuple[int, ...]:
    """Widths of layers, at least one.

    Raises
    ------
    TypeError, ValueError
        If they are not a sequence of whole numbers of at least 1.
    """
    if not isinstance(value, list | tuple) or not value:
        raise TypeError(f"{name}: expected widths of layers such as (256, 128), got {value!r}.")
    return tuple(check_integer(f"{name}[{i}]", width, minimum=1) for i, width in enumerate(value))


def check_batch_size(value: Any) -> int | None:
    """Rows of a batch, or None for ``"auto"``.

    Raises
    ------
    TypeError, ValueError
        If it is neither.
    """
    return None if isinstance(value, str) and value == "auto" else check_integer("batch_size", value, minimum=1)
