"""Executors that run the same loop over blocks; which one runs it never changes what comes out."""

from synthfast.engines.choose import as_engine
from synthfast.engines.protocol import Engine, Shared
from synthfast.engines.threads import map_blocks

__all__ = ["Engine", "Shared", "as_engine", "map_blocks"]
