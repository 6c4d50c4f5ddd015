"""Any ``concurrent.futures.Executor``: the standard library's, loky, mpi4py, parsl, Dask's own."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import Any

from synthfast.engines.protocol import IN_FLIGHT_PER_WORKER, Shared, ordered
from synthfast.engines.worker import NEEDS_VALUE, Task

__all__ = ["ExecutorEngine"]


class ExecutorEngine:
    """Submits to an executor of the user's; a worker gets the shared value when it first says that it needs it."""

    def __init__(self, executor: Executor) -> None:
        self.name, self._executor = type(executor).__name__, executor
        self.workers = int(getattr(executor, "_max_workers", None) or os.cpu_count() or 1)
        self._n_threads = max(1, (os.cpu_count() or 1) // self.workers)

    def map(self, function: Callable[[Any, Any], Any], items: Iterable[Any], shared: Shared) -> Iterator[Any]:
        """See `Engine`."""
        task, limit = Task(function, shared.key, self._n_threads), self.workers * IN_FLIGHT_PER_WORKER

        def submit(item: Any) -> "tuple[Any, Future[Any]]":
            return item, self._executor.submit(task, item)

        def collect(handle: "tuple[Any, Future[Any]]") -> Any:
            result = handle[1].result()
            asked = isinstance(result, str) and result == NEEDS_VALUE
            return self._executor.submit(task, handle[0], shared.value).result() if asked else result

        return ordered(submit, collect, lambda handle: handle[1].cancel(), items, limit)
