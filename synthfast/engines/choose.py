"""From what a user passes as ``engine`` to an engine."""

from concurrent.futures import Executor
from typing import Any

from synthfast.engines.protocol import Engine
from synthfast.exceptions import EngineError

__all__ = ["as_engine"]


def as_engine(engine: Any) -> Engine:
    """Find the engine that an argument means.

    Parameters
    ----------
    engine : None, "threads", "processes", distributed.Client, the module ray, SparkSession or Executor
        None means threads of this process. An object with a ``map`` of the protocol `Engine` is taken as it is.

    Returns
    -------
    Engine

    Raises
    ------
    EngineError
        If it is none of these, or has no workers.

    Examples
    --------
    >>> from synthfast.engines import Shared, as_engine
    >>> list(as_engine("threads").map(pow, [1, 2, 3], Shared(2)))
    [2, 4, 8]
    """
    if engine is None or engine == "threads":
        from synthfast.engines.threads import ThreadEngine

        return ThreadEngine()
    if isinstance(engine, str) and engine == "processes":
        from synthfast.engines.processes import ProcessEngine

        return ProcessEngine()
    if isinstance(engine, Executor):
        from synthfast.engines.executor import ExecutorEngine

        return ExecutorEngine(engine)
    cluster = _cluster(engine)
    if cluster is not None:
        return cluster
    if hasattr(engine, "workers") and hasattr(engine, "map"):
        return engine
    raise EngineError(
        "engine: expected None, 'threads', 'processes', a dask.distributed.Client, the module ray, a SparkSession or a "
        f"concurrent.futures.Executor; got {engine!r} of type {type(engine).__name__}."
    )


def _cluster(engine: Any) -> Engine | None:
    """An engine of one of the cluster libraries, told by the library and the name of the type; nothing is imported."""
    library = getattr(engine, "__name__", type(engine).__module__).partition(".")[0]
    kind = type(engine).__name__
    if library == "distributed" and kind == "Client":
        from synthfast.engines.dask import DaskEngine

        return DaskEngine(engine)
    if library == "ray" and kind == "module":
        from synthfast.engines.ray import RayEngine

        return RayEngine(engine)
    if library == "pyspark" and kind == "SparkSession":
        from synthfast.engines.spark import SparkEngine

        return SparkEngine(engine)
    return None
