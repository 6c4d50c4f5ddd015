"""Executors that run the same loop over blocks; which one runs it never changes what comes out."""

from synthfast.engines.threads import map_blocks

__all__ = ["map_blocks"]
