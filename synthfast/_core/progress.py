"""A progress bar where somebody can see it: tqdm if it is installed and standard error is a terminal, else nothing."""

import sys
from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from typing import Protocol, TypeVar

__all__ = ["ProgressBar", "progress", "progress_bar"]

T = TypeVar("T")


class ProgressBar(Protocol):
    """What :func:`progress_bar` hands out."""

    def update(self, n: int = 1) -> object:
        """Move on by ``n`` steps."""


class _NoBar:
    def update(self, n: int = 1) -> None:
        pass


@contextmanager
def progress_bar(
    total: int | None = None, desc: str | None = None, *, unit: str = "it", enabled: bool | None = None
) -> Iterator[ProgressBar]:
    """Context that gives a bar to be moved by hand with ``update(n)``.

    Parameters
    ----------
    total : int, optional
        Number of steps, where known.
    desc : str, optional
        Words in front of the bar.
    unit : str, default "it"
        What is counted.
    enabled : bool, optional
        ``False`` shows nothing, ``True`` shows the bar wherever tqdm is installed, ``None`` shows it only on a
        terminal.

    Yields
    ------
    ProgressBar

    Examples
    --------
    >>> from synthfast._core.progress import progress_bar
    >>> with progress_bar(10, "rows") as bar:
    ...     _ = bar.update(10)
    """
    tqdm = _tqdm() if _wanted(enabled) else None
    if tqdm is None:
        yield _NoBar()
        return
    with tqdm(total=total, desc=desc, unit=unit, unit_scale=True, leave=False, file=sys.stderr) as bar:
        yield bar


def progress(
    iterable: Iterable[T],
    desc: str | None = None,
    *,
    total: int | None = None,
    unit: str = "it",
    enabled: bool | None = None,
) -> Iterator[T]:
    """Iterate over ``iterable`` and show how far it got; ``total`` is its length where it has one.

    Parameters
    ----------
    iterable : iterable
        What to go through.
    desc, total, unit, enabled
        As in :func:`progress_bar`.

    Yields
    ------
    object
        The items, unchanged.

    Examples
    --------
    >>> from synthfast._core.progress import progress
    >>> list(progress(range(3), "blocks"))
    [0, 1, 2]
    """
    if total is None and isinstance(iterable, Sized):
        total = len(iterable)
    with progress_bar(total, desc, unit=unit, enabled=enabled) as bar:
        for item in iterable:
            yield item
            bar.update(1)


def _wanted(enabled: bool | None) -> bool:
    if enabled is not None:
        return enabled
    return sys.stderr is not None and sys.stderr.isatty()


def _tqdm() -> "type | None":
    try:
        from tqdm import tqdm
    except ImportError:
        return None
    return tqdm
