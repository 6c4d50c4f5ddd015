"""What an engine is: one ordered map with bounded work in flight, and the values that its workers share."""

import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, TypeVar

__all__ = ["IN_FLIGHT_PER_WORKER", "Engine", "Shared", "ordered"]

Item = TypeVar("Item")
Handle = TypeVar("Handle")
Result = TypeVar("Result")

# Items that are being worked on or wait for the consumer, per worker: enough to keep every worker busy while the
# consumer is at work, and a bound on memory when the consumer is the slower side.
IN_FLIGHT_PER_WORKER = 2


class Shared:
    """A value that every worker needs, sent to each of them once.

    Parameters
    ----------
    value : object
        Picklable, unless the engine is threads.

    Attributes
    ----------
    key : str
        Names the value, and no other: workers keep the last few by it.
    """

    def __init__(self, value: Any) -> None:
        self.value, self.key = value, secrets.token_hex(16)


class Engine(Protocol):
    """Something that computes a function for many items.

    Attributes
    ----------
    name : str
        For messages.
    workers : int
        Items that are computed side by side.
    """

    name: str
    workers: int

    def map(self, function: Callable[[Any, Any], Any], items: Iterable[Any], shared: Shared) -> Iterator[Any]:
        """Yield ``function(shared.value, item)`` for every item, in the order of the items.

        Parameters
        ----------
        function : callable
            Importable by name, and a pure function: it may be computed twice where a worker is lost.
        items : iterable
            Small; taken lazily, at most twice as many as there are workers ahead of the result being consumed.
        shared : Shared
            What all of them need.
        """
        ...


def ordered(
    submit: Callable[[Item], Handle],
    collect: Callable[[Handle], Result],
    cancel: Callable[[Handle], Any],
    items: Iterable[Item],
    limit: int,
) -> Iterator[Result]:
    """Results in the order of the items, with at most ``limit`` items submitted and not yet consumed."""
    waiting: deque[Handle] = deque()
    try:
        for item in items:
            waiting.append(submit(item))
            if len(waiting) >= limit:
                yield collect(waiting.popleft())
        while waiting:
            yield collect(waiting.popleft())
    finally:
        for handle in waiting:
            cancel(handle)
