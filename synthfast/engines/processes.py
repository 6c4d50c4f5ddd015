"""Worker processes of our own: spawned, never forked, and replaced where one dies."""

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from synthfast._core.threads import effective_n_threads
from synthfast.engines.protocol import IN_FLIGHT_PER_WORKER, Shared, ordered
from synthfast.engines.worker import NEEDS_VALUE, Task
from synthfast.exceptions import EngineError

__all__ = ["ProcessEngine"]

MAX_DEATHS = 3  # of workers at one item, before it is the item's fault


class ProcessEngine:
    """As many spawned processes as threads may be used, of one thread each."""

    name = "processes"

    def __init__(self) -> None:
        self.workers = effective_n_threads()

    def map(self, function: Callable[[Any, Any], Any], items: Iterable[Any], shared: Shared) -> Iterator[Any]:
        """See `Engine`. An item whose worker died is computed again by a new one."""
        pool = _Pool(self.workers, Task(function, shared.key), shared.value)
        limit = self.workers * IN_FLIGHT_PER_WORKER
        try:
            yield from ordered(pool.submit, pool.collect, lambda handle: handle[1].cancel(), items, limit)
        finally:
            pool.executor.shutdown(wait=True, cancel_futures=True)


class _Pool:
    """A process pool that is made anew when it breaks; a worker gets the value when it first says that it needs it.

    (What starts a process must stay small: Python hangs where one dies before it has read all of that.)
    """

    def __init__(self, workers: int, task: Task, value: Any) -> None:
        self._workers, self._task, self._value = workers, task, value
        self.executor = self._start()

    def _start(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self._workers, multiprocessing.get_context("spawn"), _ignore_interrupts)

    def submit(self, item: Any) -> "tuple[Any, Future[Any]]":
        return item, self._call(item)

    def _call(self, *arguments: Any) -> "Future[Any]":
        try:
            return self.executor.submit(self._task, *arguments)
        except BrokenProcessPool:
            self.executor = self._start()
            return self.executor.submit(self._task, *arguments)

    def collect(self, handle: "tuple[Any, Future[Any]]") -> Any:
        item, future = handle
        for _ in range(MAX_DEATHS):
            try:
                result = future.result()
                asked = isinstance(result, str) and result == NEEDS_VALUE
                return self._call(item, self._value).result() if asked else result
            except BrokenProcessPool:
                future = self._call(item)
        raise EngineError(
            f"processes: the worker died {MAX_DEATHS} times at item {item!r}: killed for its memory, "
            "or the script has no `if __name__ == '__main__':`. What was finished is kept; use fewer workers."
        )


def _ignore_interrupts() -> None:
    """An interrupt from the keyboard reaches all processes; the one that asks decides what is still finished."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
