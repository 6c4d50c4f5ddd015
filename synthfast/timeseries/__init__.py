"""Generators and distances of time series; names load when they are first used."""

from typing import Any

from synthfast._registry import REGISTRY, entries, load_object

_DISTANCES = [name for name, entry in REGISTRY.items() if entry.target.startswith("synthfast.timeseries._dtw:")]

__all__ = [*_DISTANCES, *entries("series"), *entries("panel")]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return load_object(name)
    raise AttributeError(f"module 'synthfast.timeseries' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
