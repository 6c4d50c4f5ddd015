"""A Dask cluster, by its ``distributed.Client``."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from synthfast.engines.protocol import IN_FLIGHT_PER_WORKER, Shared, ordered
from synthfast.engines.worker import Task
from synthfast.exceptions import EngineError

__all__ = ["DaskEngine"]


class DaskEngine:
    """As many workers as the cluster has threads; the shared value is scattered once."""

    name = "Dask"

    def __init__(self, client: Any) -> None:
        self._client = client
        self.workers = sum(client.nthreads().values())
        if not self.workers:
            raise EngineError(
                "Dask: the cluster has no workers. Add some (cluster.scale(2)) and wait for them "
                "(client.wait_for_workers(1)); a script also needs `if __name__ == '__main__':`."
            )

    def map(self, function: Callable[[Any, Any], Any], items: Iterable[Any], shared: Shared) -> Iterator[Any]:
        """See `Engine`."""
        value = self._client.scatter(shared.value, broadcast=True, hash=False)
        task, limit = Task(function, shared.key), self.workers * IN_FLIGHT_PER_WORKER

        def submit(item: Any) -> Any:
            return self._client.submit(task, item, value, pure=False)

        return ordered(submit, lambda future: future.result(), lambda future: future.cancel(), items, limit)
