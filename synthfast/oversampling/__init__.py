"""Resamplers of imbalanced classes; each one is also a name of the top level, and loads when it is first used."""

from typing import Any

from synthfast._registry import entries, load_object
from synthfast.neighbors import nearest_neighbors

__all__ = ["nearest_neighbors", *entries("resampler")]


def __getattr__(name: str) -> Any:
    if name in entries("resampler"):
        return load_object(name)
    raise AttributeError(f"module 'synthfast.oversampling' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
