"""A Spark cluster, by its ``SparkSession``."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from synthfast.engines.protocol import IN_FLIGHT_PER_WORKER, Shared
from synthfast.engines.worker import Task
from synthfast.exceptions import EngineError

__all__ = ["SparkEngine"]


class SparkEngine:
    """As many workers as the session's default parallelism; the shared value is a broadcast variable.

    Spark has no ordered stream of results, so it runs one job for each few items per worker.
    """

    name = "Spark"

    def __init__(self, session: Any) -> None:
        if not hasattr(session, "_jvm"):
            raise EngineError("Spark: a Spark Connect session runs no Python functions; use a classic session here.")
        self._context = session.sparkContext
        self.workers = int(self._context.defaultParallelism)

    def map(self, function: Callable[[Any, Any], Any], items: Iterable[Any], shared: Shared) -> Iterator[Any]:
        """See `Engine`."""
        task, value = Task(function, shared.key), self._context.broadcast(shared.value)
        pending = iter(items)
        while window := list(islice(pending, self.workers * IN_FLIGHT_PER_WORKER)):
            yield from (
                self._context.parallelize(window, len(window)).map(lambda item: task(item, value.value)).collect()
            )
        value.unpersist()
