"""SIGINT and SIGTERM taken as a request to come to an end: what has begun is finished, nothing further is begun."""

import signal
import threading
from collections.abc import Iterable, Iterator
from types import FrameType, TracebackType
from typing import Any, TypeVar

__all__ = ["GracefulStop"]

Item = TypeVar("Item")

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class GracefulStop:
    """Context in which the first SIGINT or SIGTERM only ends the iteration over `until_stopped`.

    At its end the signal is raised again under the handlers that were there before. A second signal acts at once.
    Outside the main thread, where Python allows no handlers, signals are left alone.

    Examples
    --------
    >>> import signal
    >>> from synthfast.engines.interrupt import GracefulStop
    >>> done = []
    >>> try:
    ...     with GracefulStop() as stop:
    ...         for item in stop.until_stopped(range(5)):
    ...             done.append(item)
    ...             if item == 1:
    ...                 signal.raise_signal(signal.SIGINT)
    ... except KeyboardInterrupt:
    ...     print(done)
    [0, 1]
    """

    def __init__(self) -> None:
        self._received: int | None = None
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> "GracefulStop":
        if threading.current_thread() is threading.main_thread():
            self._previous = {number: signal.signal(number, self._receive) for number in SIGNALS}
        return self

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self._received = number
        self._restore()

    def _restore(self) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._previous = {}

    def stop(self) -> None:
        """Take no further items, as if a signal had come, but raise nothing at the end."""
        self._received = self._received or 0

    def until_stopped(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items, until a signal comes."""
        for item in items:
            if self._received is not None:
                return
            yield item

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._restore()
        if self._received and error is None:
            signal.raise_signal(self._received)
