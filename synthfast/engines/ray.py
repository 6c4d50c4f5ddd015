"""A Ray cluster, by the module ``ray`` that is connected to it."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from synthfast.engines.protocol import IN_FLIGHT_PER_WORKER, Shared, ordered
from synthfast.engines.worker import Task
from synthfast.exceptions import EngineError

__all__ = ["RayEngine"]


class RayEngine:
    """As many workers as the cluster has CPUs; the shared value is put into its object store once."""

    name = "Ray"

    def __init__(self, ray: Any) -> None:
        if not ray.is_initialized():
            raise EngineError("Ray: not connected to a cluster. Call ray.init() first.")
        self._ray, self.workers = ray, int(ray.cluster_resources().get("CPU", 0))
        if not self.workers:
            raise EngineError("Ray: the cluster has no CPUs to work with. Start it with num_cpus of 1 or more.")

    def map(self, function: Callable[[Any, Any], Any], items: Iterable[Any], shared: Shared) -> Iterator[Any]:
        """See `Engine`."""
        remote = self._ray.remote(num_cpus=1)(_compute)
        value = self._ray.put(shared.value)
        task, limit = Task(function, shared.key), self.workers * IN_FLIGHT_PER_WORKER
        return ordered(lambda item: remote.remote(task, item, value), self._ray.get, self._ray.cancel, items, limit)


def _compute(task: Task, item: Any, value: Any) -> Any:
    return task(item, value)
